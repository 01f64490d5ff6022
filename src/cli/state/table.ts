/** Columns of text. A heading that begins with `>` has its column to the right. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  { columns: widest }: { readonly columns: number },
  style: (text: string, name: string) => string,
): string {
  const clean = rows.map((row) => columns.map((_, at) => printable(row[at] ?? '')));
  const isRight = columns.map((name) => name.startsWith('>'));
  const names = columns.map((name) => name.replace('>', ''));
  // A column in which nobody has anything says nothing.
  const shown = names.map((_, at) => at).filter((at) => clean.some((row) => row[at] !== ''));
  const widths = names.map((name, at) =>
    Math.min(longest, Math.max(name.length, ...clean.map((row) => (row[at] as string).length))),
  );
  const last = shown.at(-1);
  const line = (cells: readonly string[], look: (cell: string) => string): string => {
    let width = 0;
    const texts = shown.map((at) => {
      const room = at === last ? Math.max(8, widest - width) : (widths[at] as number);
      const cell = clip(cells[at] as string, at === last ? room : (widths[at] as number));
      width += (widths[at] as number) + 2;
      const padding = ' '.repeat(Math.max(0, (widths[at] as number) - cell.length));
      return isRight[at] ? padding + look(cell) : look(cell) + (at === last ? '' : padding);
    });
    return texts.join('  ').trimEnd();
  };
  return [
    style(
      line(names, (cell) => cell),
      'faint',
    ),
    ...clean.map((row) => line(row, (cell) => style(cell, cell))),
  ].join('\n');
}

const longest = 48;

/** Names come from outside: nothing in them may speak to the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}

/** `850 ms`, `12 s`, `3 min 12 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}
