/** Who asks, from where, and what they may. */
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { Sessions } from '../access/sessions.ts';
import type { Account, Role } from '../store/store.ts';

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

export async function accountOf(
  context: Context,
  sessions: Sessions,
): Promise<Account | undefined> {
  const token = tokenOf(context);
  return token === undefined ? undefined : sessions.accountOf(token);
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

const ranks: Readonly<Record<Role, number>> = { viewer: 0, responder: 1, administrator: 2 };

export const may = ({ role }: Account, least: Role): boolean => ranks[role] >= ranks[least];
