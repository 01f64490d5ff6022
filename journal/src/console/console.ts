/** What all pages need. */
import type { Context, Hono } from 'hono';
import type { IncomingMessage } from 'node:http';
import type { ProxyUser } from '../access/proxy.ts';
import type { Secret } from '../access/secret.ts';
import type { Sessions } from '../access/sessions.ts';
import type { Clock } from '../clock.ts';
import type { ChannelSettings } from '../notices/channels.ts';
import type { Account, Store } from '../store/store.ts';
import type { Frame } from './pages/layout.tsx';

export interface ConsoleOptions {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Where people reach it; it may have a path. Asked for when it is needed: a port may be any. */
  readonly publicUrl: () => string;
  /** Users are found by what they are called. */
  readonly secret: Secret;
  readonly proxyUser: ProxyUser;
  /** What channels of notices may be. */
  readonly channels: ChannelSettings;
  /** There is a notice to be sent. */
  readonly onNotice: () => void;
  /** What is about to go wrong with the journal itself, as a sentence. */
  readonly alarm: () => string | undefined;
  /** After keys or projects were changed. */
  readonly onChange: () => Promise<void>;
  /** Hears of what was not expected. */
  readonly onError: (error: unknown) => void;
}

interface Environment {
  Bindings: { readonly incoming?: IncomingMessage };
  Variables: { account: Account };
}
export type Page = Hono<Environment>;
export type PageContext = Context<Environment>;

export const baseOf = ({ publicUrl }: ConsoleOptions): string =>
  new URL(publicUrl()).pathname.replace(/\/+$/, '');

export function frameOf(options: ConsoleOptions, account?: Account): Frame {
  return { base: baseOf(options), account, alarm: account && options.alarm() };
}

/** The fields of a form, as browsers send one without files. */
export const formOf = async (context: PageContext): Promise<URLSearchParams> =>
  new URLSearchParams(await context.req.text());

export const fieldOf = (form: URLSearchParams, name: string): string => form.get(name) ?? '';
