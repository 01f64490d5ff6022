/** Goodput over time as an SVG, drawn by hand: a line a library, the outage in grey. */

export interface Line {
  readonly name: string;
  /** A share from 0 to 1 for each second. */
  readonly values: readonly number[];
}

const width = 760;
const height = 280;
const plot = { left: 46, top: 34, right: 170, bottom: 34 };
const colours = ['#c2255c', '#1971c2', '#2f9e44', '#e8590c', '#868e96'];

export function chart(title: string, lines: readonly Line[], outageEnds: number): string {
  const seconds = Math.max(...lines.map(({ values }) => values.length));
  const innerWidth = width - plot.left - plot.right;
  const innerHeight = height - plot.top - plot.bottom;
  const x = (second: number): string => (plot.left + (second / seconds) * innerWidth).toFixed(1);
  const y = (share: number): string => (plot.top + (1 - share) * innerHeight).toFixed(1);
  const parts = head(title);
  parts.push(
    `<rect x="${x(0)}" y="${plot.top}" width="${((outageEnds / seconds) * innerWidth).toFixed(1)}" height="${innerHeight}" fill="#f1f3f5"/>`,
  );
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(rule(y(share), `${share * 100} %`));
  }
  const every = seconds > 60 ? 20 : 10;
  for (let second = 0; second <= seconds; second += every) {
    parts.push(
      `<text x="${x(second)}" y="${height - 14}" text-anchor="middle" fill="#495057">${second} s</text>`,
    );
  }
  // The last is drawn first, so that the first, kedge, lies on top.
  for (const [index, { name, values }] of [...lines.entries()].toReversed()) {
    parts.push(
      ...drawn(
        index,
        name,
        values.map((share, second) => `${x(second + 0.5)} ${y(share)}`),
      ),
    );
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** How far behind each library is, settings sorted by that, as an SVG. */
export function distribution(title: string, lines: readonly Line[]): string {
  const innerWidth = width - plot.left - plot.right;
  const innerHeight = height - plot.top - plot.bottom;
  const x = (share: number): string => (plot.left + share * innerWidth).toFixed(1);
  const y = (share: number): string => (plot.top + (1 - share) * innerHeight).toFixed(1);
  const parts = head(title);
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(
      rule(y(share), `${share * 100}`),
      `<text x="${x(share)}" y="${height - 14}" text-anchor="middle" fill="#495057">${share * 100} %</text>`,
    );
  }
  for (const [index, { name, values }] of [...lines.entries()].toReversed()) {
    const sorted = values.toSorted((one, other) => other - one);
    const points = sorted.map((each, at) => `${x((at + 0.5) / sorted.length)} ${y(each)}`);
    parts.push(...drawn(index, name, points));
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

function head(title: string): string[] {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${plot.left}" y="20" font-size="14" fill="#212529">${escaped(title)}</text>`,
  ];
}

function rule(y: string, label: string): string {
  return (
    `<path d="M${plot.left} ${y}H${width - plot.right}" stroke="#dee2e6"/>` +
    `<text x="${plot.left - 6}" y="${Number(y) + 4}" text-anchor="end" fill="#495057">${label}</text>`
  );
}

/** A line and its name. */
function drawn(index: number, name: string, points: readonly string[]): string[] {
  const colour = colours[index % colours.length]!;
  const thick = index === 0 ? 2.5 : 1.5;
  const legend = plot.top + 12 + index * 20;
  return [
    `<path d="M${points.join('L')}" fill="none" stroke="${colour}" stroke-width="${thick}" stroke-linejoin="round"/>`,
    `<path d="M${width - plot.right + 12} ${legend - 4}h18" stroke="${colour}" stroke-width="${thick}"/>`,
    `<text x="${width - plot.right + 36}" y="${legend}" fill="#212529">${escaped(name)}</text>`,
  ];
}
