/**
 * Telling a network that failed from a programmer's mistake: `fetch` makes a `TypeError` of both, and each runtime words
 * it differently.
 */
const messages: ReadonlySet<string> = new Set([
  // Chrome, Firefox, Safari
  'Failed to fetch',
  'network error',
  'NetworkError when attempting to fetch resource.',
  'The Internet connection appears to be offline.',
  // Node, twice; Bun; Workers; cross-fetch
  'fetch failed',
  'terminated',
  ' A network error occurred.',
  'Network connection lost',
  'Network request failed',
]);

export function isNetworkError(error: Error): boolean {
  if (Object.prototype.toString.call(error) !== '[object Error]') return false;
  const { name, message, stack } = error;
  if (name !== 'TypeError' || typeof message !== 'string') return false;
  // Safari words nearly everything so, but leaves a network's failure without a stack, unless Sentry has added one.
  if (isAbout('Load failed', message)) return stack === undefined || '__sentry_captured__' in error;
  return (
    messages.has(message) ||
    isAbout('Failed to fetch', message) ||
    message.startsWith('error sending request for url')
  );
}

/** The words alone, or with a host behind them: `Failed to fetch (example.com)`. */
function isAbout(words: string, message: string): boolean {
  return message === words || (message.startsWith(`${words} (`) && message.endsWith(')'));
}
