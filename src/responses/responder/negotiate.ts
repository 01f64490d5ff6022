/** Which form of an answer a client wants (RFC 9110, 12.5.1). */

export type Form = 'page' | 'problem' | 'json';

interface Range {
  readonly type: string;
  readonly quality: number;
}

const LONGEST = 1_000;
const MOST_RANGES = 30;

/**
 * A page where HTML is named and nothing of JSON is preferred; plain JSON where it is preferred to problem documents;
 * a problem document everywhere else, also for who accepts nothing of it: an error in another form is still an answer.
 */
export function formFor(accept: string | undefined, hasPages: boolean): Form {
  if (accept === undefined || accept === '' || accept === '*/*') return 'problem';
  const ranges = parse(accept);
  const problem = qualityOf(ranges, 'application/problem+json');
  const json = qualityOf(ranges, 'application/json');
  if (hasPages) {
    // `*/*` is no wish for a page: programs send it.
    const named = ranges.filter(({ type }) => pages.has(type));
    const page = Math.max(0, ...named.map(({ quality }) => quality));
    const other = Math.max(problem, json);
    if (page > other || (page > 0 && page === other && isFirst(ranges))) return 'page';
  }
  return json > problem ? 'json' : 'problem';
}

const pages = new Set(['text/html', 'application/xhtml+xml', 'text/*']);

/** Whether, of what is wanted as much, a page is named before JSON. */
function isFirst(ranges: readonly Range[]): boolean {
  const first = ranges.find(
    ({ type }) => pages.has(type) || /^application\/(.+\+)?json$/.test(type),
  );
  return first !== undefined && pages.has(first.type);
}

function qualityOf(ranges: readonly Range[], type: string): number {
  for (const name of [type, 'application/*', '*/*']) {
    const range = ranges.find((one) => one.type === name);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

function parse(accept: string): Range[] {
  return accept
    .slice(0, LONGEST)
    .split(',', MOST_RANGES)
    .map((part) => {
      const [type = '', ...parameters] = part.split(';', 10).map((piece) => piece.trim());
      const weight = parameters.find((parameter) => /^q=/i.test(parameter));
      const quality = weight === undefined ? 1 : Number(weight.slice(2));
      return { type: type.toLowerCase(), quality: quality >= 0 && quality <= 1 ? quality : 0 };
    });
}
