/** Which failures are the same, told before any of them is described: in a storm most are not. */
import { fingerprint, template } from '../../failures/fingerprint.ts';
import { causesOf, codeOf, messageOf, read, typeOf } from '../../failures/probe.ts';

const MOST_KNOWN = 1_000;

/**
 * Tells failures by their fingerprint and by their message without its variables: another failure is never taken for
 * one that has been logged.
 */
export class Identities {
  /** Identities by what costs less to tell, the longest unused first: one place in a program fails in one way mostly. */
  private known: Map<string, string> = new Map();
  /** Up to five events of one failure are about one error; unless somebody changes it in between. */
  private readonly ofErrors: WeakMap<
    object,
    { readonly message: unknown; readonly identity: string }
  > = new WeakMap();

  of(error: unknown): string {
    if (typeof error !== 'object' || error === null) return this.find(error);
    const message = messageOf(error);
    const known = this.ofErrors.get(error);
    if (known !== undefined && known.message === message) return known.identity;
    const identity = this.find(error);
    this.ofErrors.set(error, { message, identity });
    return identity;
  }

  private find(error: unknown): string {
    const causes = causesOf(error);
    const looks = [error, ...causes].map(looksOf).join('\n');
    const known = this.known.get(looks);
    if (known !== undefined) return known;
    const identity = `${fingerprint(error)}\n${template(messageOf(error) ?? '')}`;
    // A new storm is as good as the last one; what is forgotten is found again.
    if (this.known.size >= MOST_KNOWN) this.known = new Map();
    this.known.set(looks, identity);
    return identity;
  }
}

const LONGEST_STACK = 4_000;

/** Type, code, the message without its variables, and the stack below it, lines and columns included. */
function looksOf(error: unknown): string {
  const message = messageOf(error) ?? '';
  return `${typeOf(error)}\n${codeOf(error) ?? ''}\n${template(message)}\n${framesIn(read(error, 'stack'), message)}`;
}

function framesIn(stack: unknown, message: string): string {
  if (typeof stack !== 'string') return '';
  const at = stack.indexOf(message);
  const frames = at === -1 ? stack : stack.slice(at + message.length);
  return frames.slice(0, LONGEST_STACK);
}
