/** Secrets in sentences: `the token abc123def is expired`, `"…" is an invalid header value`. */
import { endOfQuotation } from './extent.ts';
import type { Finder } from './finder.ts';
import { isSecret } from './judge.ts';
import { namesSecret } from './pairs.ts';

const spoken =
  /\b((?:api|access|private|secret|session|license|account)?[ _-]?(?:pass(?:word|wd|phrase|code|key)?|pwd|secret|token|key|otp|totp|pin|cvv|cvc|session(?: id)?|cookie|bearer|jwt|credentials?|passwort|kennwort|(?:verification|confirmation|security|login|access|backup|recovery|one-time) code|sid|nonce|signature|community(?: string)?))["'`]?\s+(?:(?:(?:(?:that )?(?:you|they|he|she) (?:have |had )?(?:entered|gave|provided|sent|supplied|typed|used),?)|(?:(?:is|was) )?set to|is|was|of|equals|provided:?|given:?|supplied:?|value:?|:|=|used:?)\s+)?["'`(]?([^\s"'`()<>,;]{4,200})/gi;
const digitsOnly = /^(?:otp|totp|pin|cvv|cvc|passcode|.* code)$/i;
/** `password for ann was "…"` */
const spokenFor =
  /\b(?:pass(?:word|phrase|code)|secret|token|pin|passwort|kennwort)\s+(?:for|of|für)\s+[^\s"']{1,100}\s+(?:is|was|set to|ist|war|=)\s*:?\s*(?=["'`])/gi;
/** `"password" with value "…"`, as Joi says it. */
const withValue = /["'`]([\w.[\]-]{1,100})["'`] with value (["'`])/g;
const invalidHeader = /["']([^"']{1,4000}?)["'] is an invalid (?:HTTP )?header value/g;

export function findSpoken(finder: Finder): void {
  const { text } = finder;
  if (/\d/.test(text)) {
    spoken.lastIndex = 0;
    for (let match = spoken.exec(text); match !== null; match = spoken.exec(text)) {
      const [whole, name = '', said = ''] = match;
      const value = said.replace(/[.:!?]+$/, '');
      const isCode = digitsOnly.test(name) && /^\d{3,10}$/.test(value);
      if (isCode || isSecret(value)) {
        const start = match.index + whole.length - said.length;
        finder.add(start, start + value.length);
      } else {
        // The word that was taken for a value may be a name itself.
        spoken.lastIndex -= said.length;
      }
    }
  }
  spokenFor.lastIndex = 0;
  while (spokenFor.exec(text) !== null) {
    const start = spokenFor.lastIndex;
    spokenFor.lastIndex = endOfQuotation(text, start, text.charCodeAt(start));
    finder.addValue(start, spokenFor.lastIndex);
  }
  if (text.includes(' with value ')) {
    withValue.lastIndex = 0;
    for (let match = withValue.exec(text); match !== null; match = withValue.exec(text)) {
      const start = withValue.lastIndex - 1;
      if (!namesSecret(match[1] ?? '', finder.names)) continue;
      finder.addValue(start, endOfQuotation(text, start, text.charCodeAt(start)));
    }
  }
  if (!text.includes('invalid')) return;
  invalidHeader.lastIndex = 0;
  for (let match = invalidHeader.exec(text); match !== null; match = invalidHeader.exec(text)) {
    finder.add(match.index + 1, match.index + 1 + (match[1]?.length ?? 0));
  }
}
