/** Who is signed in. A token is told once and never kept; the store has its hash. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Account, Store } from '../store/store.ts';
import type { Secret } from './secret.ts';

const LINK = 15 * 60_000;
const SESSION = 7 * 24 * 3_600_000;

export class Sessions {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly secret: Secret;

  constructor(store: Store, clock: Clock, secret: Secret) {
    this.store = store;
    this.clock = clock;
    this.secret = secret;
  }

  /** For a link that signs in once, within 15 minutes. */
  startLink(account: string): Promise<string> {
    return this.start(account, 'link', LINK);
  }

  startSession(account: string): Promise<string> {
    return this.start(account, 'session', SESSION);
  }

  /** The token of a session for that of a link, which is of no more use. */
  async followLink(token: string): Promise<string | undefined> {
    const hash = this.secret.tokenHash(token);
    const link = await this.store.session(hash, this.clock.now());
    // Of two that come at once, one ends it.
    if (link?.kind !== 'link' || !(await this.store.endSession(hash))) return undefined;
    return this.startSession(link.account);
  }

  /** Whose session it is. */
  async accountOf(token: string): Promise<Account | undefined> {
    const session = await this.store.session(this.secret.tokenHash(token), this.clock.now());
    if (session?.kind !== 'session') return undefined;
    return (await this.store.accounts()).find(({ name }) => name === session.account);
  }

  end(token: string): Promise<boolean> {
    return this.store.endSession(this.secret.tokenHash(token));
  }

  private async start(account: string, kind: 'link' | 'session', length: number): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const hash = this.secret.tokenHash(token);
    await this.store.startSession({ hash, account, kind, expires: this.clock.now() + length });
    return token;
  }
}
