/** The cells of the tables in a text, row by row, without headings. */
export function rowsOf(text: string): string[][] {
  const lines = text.split('\n');
  return lines
    .filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

function isRule(line: string | undefined): boolean {
  return /^\|[ |-]+\|$/.test(line ?? '');
}

/** One section of a page, by its heading. */
export function section(text: string, heading: string): string {
  const [, after = ''] = text.split(new RegExp(`^## ${heading}$`, 'm'));
  return after.split(/^## /m)[0] ?? '';
}

/** A cell without its code marks. */
export function plain(cell: string): string {
  return cell.replaceAll('`', '');
}
