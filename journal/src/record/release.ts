/** Which of two releases is older. */

interface Version {
  readonly numbers: readonly number[];
  readonly before: readonly string[];
}

/** `shop@2.4.0-rc.1+build7` without package and build, if it is a semantic version. */
function versionOf(release: string): Version | undefined {
  const plain = release.replace(/^.*@/, '').replace(/\+.*$/, '');
  const [, numbers, before] =
    /^v?(\d{1,9}(?:\.\d{1,9}){0,3})(?:-([\w.-]{1,64}))?$/.exec(plain) ?? [];
  if (numbers === undefined) return undefined;
  return { numbers: numbers.split('.').map(Number), before: before?.split('.') ?? [] };
}

/** By their versions where both have one, else by when each was seen first. */
export function isOlder(
  release: string,
  than: string,
  firstSeen: (release: string) => number,
): boolean {
  if (release === than) return false;
  const [one, other] = [versionOf(release), versionOf(than)];
  if (one !== undefined && other !== undefined) return compare(one, other) < 0;
  return firstSeen(release) < firstSeen(than);
}

/** Precedence of Semantic Versioning 2.0, rule 11. */
function compare(one: Version, other: Version): number {
  for (let at = 0; at < 4; at++) {
    const difference = (one.numbers[at] ?? 0) - (other.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.before.length === 0 || other.before.length === 0) {
    return other.before.length - one.before.length;
  }
  for (let at = 0; at < Math.max(one.before.length, other.before.length); at++) {
    const [a, b] = [one.before[at], other.before[at]];
    if (a === undefined) return -1;
    if (b === undefined) return 1;
    if (a !== b) return comparePart(a, b);
  }
  return 0;
}

function comparePart(one: string, other: string): number {
  const numbers = [one, other].filter((part) => /^\d+$/.test(part)).length;
  if (numbers === 2) return Number(one) - Number(other);
  if (numbers === 1) return /^\d+$/.test(one) ? -1 : 1;
  return one < other ? -1 : 1;
}
