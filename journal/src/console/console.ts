/** What all pages need. */
import type { Context, Hono } from 'hono';
import type { Sessions } from '../access/sessions.ts';
import type { Clock } from '../clock.ts';
import type { Account, Store } from '../store/store.ts';
import type { Frame } from './pages/layout.tsx';

export interface ConsoleOptions {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly clock: Clock;
  /** Where people reach it; it may have a path. Asked for when it is needed: a port may be any. */
  readonly publicUrl: () => string;
  /** After keys or projects were changed. */
  readonly onChange: () => Promise<void>;
  /** Hears of what was not expected. */
  readonly onError: (error: unknown) => void;
}

export type Page = Hono<{ Variables: { account: Account } }>;
export type PageContext = Context<{ Variables: { account: Account } }>;

export const baseOf = ({ publicUrl }: ConsoleOptions): string =>
  new URL(publicUrl()).pathname.replace(/\/+$/, '');

export function frameOf(options: ConsoleOptions, account?: Account): Frame {
  return { base: baseOf(options), account };
}

export const formOf = (context: PageContext): Promise<FormData> => context.req.formData();

/** A text, and nothing for a file. */
export function fieldOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
