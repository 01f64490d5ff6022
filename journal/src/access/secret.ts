/** What sessions and users are hashed with. It is not in the database: a copy of that tells nobody who somebody is. */
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Settings } from '../settings.ts';

export class Secret {
  private readonly secret: string;
  private readonly userKeys = new Map<number, Buffer>();

  constructor(secret: string) {
    this.secret = secret;
  }

  /** The setting, or the file beside the database, which is made where there is none. */
  static of({ secret, database }: Settings): Secret {
    if (secret !== undefined) return new Secret(secret);
    const file = `${database}.secret`;
    try {
      writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    }
    return new Secret(readFileSync(file, 'utf8').trim());
  }

  userKey(project: number): Buffer {
    let key = this.userKeys.get(project);
    if (key === undefined)
      this.userKeys.set(project, (key = this.derived(`users of project ${project}`)));
    return key;
  }

  /** Of a token of a session, for the database. */
  tokenHash(token: string): string {
    return this.derived(`token ${token}`).toString('hex');
  }

  private derived(purpose: string): Buffer {
    return createHmac('sha256', this.secret).update(purpose).digest();
  }
}
