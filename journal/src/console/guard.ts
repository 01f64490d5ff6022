/** Who asks, from where, and what they may. */
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { ConsoleOptions, PageContext } from './console.ts';
import type { Account } from '../store/store.ts';

const COOKIE = 'kedge_journal_session';
const WEEK = 7 * 24 * 3_600;

export const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Browsers say where a form was; one from elsewhere changes nothing. */
export function isSameOrigin(context: Context, publicUrl: string): boolean {
  const origin = context.req.header('origin');
  if (origin === undefined) return false;
  const host = context.req.header('host');
  return origin === new URL(publicUrl).origin || URL.parse(origin)?.host === host;
}

export function tokenOf(context: Context): string | undefined {
  return getCookie(context, COOKIE);
}

/** Of the session, unless a proxy says who it is. Throws a `Stranger` where it names nobody. */
export async function accountOf(
  context: PageContext,
  { store, sessions, proxyUser }: ConsoleOptions,
): Promise<Account | undefined> {
  const name = proxyUser(context.env.incoming);
  if (name !== undefined) {
    const account = (await store.accounts()).find((one) => one.name === name);
    if (account === undefined) throw new Stranger();
    return account;
  }
  const token = tokenOf(context);
  return token === undefined ? undefined : sessions.accountOf(token);
}

/** Somebody whom the proxy knows, and the journal does not. */
export class Stranger extends Error {
  override readonly name = 'Stranger';
}

export function signIn(context: Context, token: string, publicUrl: string): void {
  const { protocol, pathname } = new URL(publicUrl);
  setCookie(context, COOKIE, token, {
    httpOnly: true,
    sameSite: 'Lax',
    secure: protocol === 'https:',
    path: pathname,
    maxAge: token === '' ? 0 : WEEK,
  });
}
