/** Secrets in values as languages print them: PHP, Erlang, Lisp, and in sentences that end in a colon. */
import { endOfLine, endOfQuotation, endOfValue, skipBlank } from './extent.ts';
import type { Finder } from './finder.ts';
import { isSecret, judge, wordAt } from './judge.ts';

/** The name is the first group; its value is a quotation, and begins where the match ends. */
const printed: readonly RegExp[] = [
  // `["password":protected]=> string(7) "…"`
  /\["([\w.-]{1,64})"(?::(?:protected|"[^"\n]{1,80}":private))?\]=>\s{1,40}string\(\d{1,9}\) (?=")/g,
  // `{password,"…"}`, `{secret,<<"…">>}`
  /\{'?([a-z]\w{0,63})'?,\s?(?:<<)?(?=["'])/g,
  // `:api-key "…"`
  /(?<![\w:]):([A-Za-z][\w-]{0,63}) {1,4}(?=")/g,
];

/** `password for ann: …`, `PIN of the card = …` */
const owned =
  /(?<![\p{L}\p{N}_.-])([\p{L}\p{N}_-]{2,40})\s{1,3}(?:for|of|für|von)\s{1,3}[^\s:="'`,;]{1,60}(?:\s{1,3}[^\s:="'`,;]{1,60}){0,2}(?:\s{0,3}[:=]\s{0,3}|\s(?:is|was)\s{1,3})/giu;

export function findDumps(finder: Finder): void {
  const { text, names } = finder;
  if (text.includes('"') || text.includes("'")) {
    for (const pattern of printed) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        if (names.level(match[1] ?? '') === 0) continue;
        const start = pattern.lastIndex;
        pattern.lastIndex = endOfQuotation(text, start, text.charCodeAt(start));
        finder.addValue(start, pattern.lastIndex);
      }
    }
  }
  owned.lastIndex = 0;
  for (let match = owned.exec(text); match !== null; match = owned.exec(text)) {
    const { 0: said, 1: name = '', index } = match;
    const start = skipBlank(text, owned.lastIndex);
    // The words behind the first may be another such sentence.
    owned.lastIndex = index + name.length;
    const level = names.level(name);
    if (level === 0 || said.endsWith('\n')) continue;
    const isSentence = !/[:=]\s*$/.test(said);
    const extent = judge(text, start, level);
    if (extent === 'none' || (isSentence && !isSecret(wordAt(text, start)))) continue;
    finder.addValue(start, extent === 'line' ? endOfLine(text, start) : endOfValue(text, start));
  }
}
