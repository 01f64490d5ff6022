/** Values of rows, which descriptions do not have: what drivers and object mappers quote of them. */
import { endOfBrackets, endOfLine, endOfQuotation, isQuote } from './extent.ts';
import type { Finder } from './finder.ts';
import { findParameters, statementsIn } from './statements.ts';

/** What drivers say of rows; the group in front of the value stays. */
const ofRows: readonly RegExp[] = [
  /\bFailing row contains \(/g,
  /\bKey \([^()]{1,300}(?:\([^()]{0,100}\)[^()]{0,200})?\)=\(/g,
  /\bDuplicate entry (?=')/g,
  /\bdup key: (?=\{)/g,
  /\bduplicate key value is \(/gi,
  /\binvalid (?:input (?:syntax|value) for|text representation)[^:\n]{0,100}: (?=")/gi,
  /\b(?:Incorrect|Truncated incorrect|Invalid)(?: [\w()]+){0,4} value: (?=')/gi,
  /\bConversion failed when converting the \w+ value (?=')/g,
  /\bTruncated value: (?=')/g,
  /\bCast to [\w[\]]+ failed for value (?=")/g,
  /\bPath `[^`]{1,100}` (?:is invalid|\([^)]{0,200}\) is [a-z ]{1,80}) \(/g,
  /\bPath `[^`]{1,100}` \(/g,
  /: (?=`[^`]{0,200}` is not a valid enum value)/g,
  /\bfield value out of range: (?=")/g,
  /\b(?:with|from the) value (?=["'`])/g,
  /\b(?:but received:?|final value was:|alternative at input) (?=["'`])/g,
  /"(?:input|received|actual|rejectedValue)"\s*:\s*(?=["{[])/g,
  /\bvalue (?="[^"]{0,500}" is out of range)/g,
  /\bout of range for type [\w ]{1,40}: (?=")/g,
  /\bargs beginning with: (?=[^\n])/g,
  /\b(?:matching|where|criteria)\b[^\n{]{0,40}(?=\{)/gi,
  /\brow \(/g,
];
const hasRow =
  /Failing row|Key \(|Duplicate entry|dup key|duplicate key value is|invalid |Incorrect|Truncated|Conversion failed|Cast to|Path `|enum value|out of range|args beginning|matching|where|criteria|row \(|value|received|input|"actual"/i;

/** For descriptions, which have no values of rows: statements, their parameters, and what drivers quote of rows. */
export function findRows(finder: Finder): void {
  const { text } = finder;
  const statements = statementsIn(text);
  for (const { start, end } of statements) if (end > start) finder.add(start, end, 'sql');
  if (statements[0] !== undefined) findParameters(finder, statements[0].start, 'values');
  if (/^Failed query: |\bparams: /.test(text)) findParameters(finder, 0, 'values');
  findInvocation(finder);
  if (!hasRow.test(text)) return;
  for (const pattern of ofRows) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const isInside = match[0].endsWith('(');
      const isLine = match[0].startsWith('args');
      const start = isInside ? pattern.lastIndex - 1 : pattern.lastIndex;
      const char = text.charCodeAt(start);
      const close = isQuote(char) ? endOfQuotation(text, start, char) : endOfBrackets(text, start);
      const end = Math.min(close, text.length);
      if (!isLine && (isQuote(char) || isInside || char === 123 || char === 91)) {
        finder.add(start + 1, Math.max(start + 1, end - 1), 'values');
      } else finder.add(start, endOfLine(text, start), 'values');
      pattern.lastIndex = Math.max(end, pattern.lastIndex);
    }
  }
}

/** Prisma shows the call with all of its arguments; what was wrong with it is the last paragraph. */
function findInvocation(finder: Finder): void {
  const { text } = finder;
  const mark = /\binvocation(?: in\s[^\n]*)?:?\s*\n/.exec(text);
  if (mark === null) return;
  const start = mark.index + mark[0].length;
  const said = text.trimEnd();
  const paragraph = said.lastIndexOf('\n\n');
  const line = said.lastIndexOf('\n');
  // Behind lines of the source it is the last line.
  const isLine = /^[A-Z]/.test(said.slice(line + 1, line + 2)) && line > start;
  const end =
    paragraph > start && !/^\s*(?:\d|→)/.test(said.slice(paragraph + 2))
      ? paragraph
      : isLine
        ? line
        : said.length;
  if (end > start) finder.add(start, end, 'values');
}
