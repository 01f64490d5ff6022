/** Messages as JSON to an address of the web. */
import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { addressesOf, type Resolve } from './address.ts';
import type { Message } from './message.ts';
import type { Sender } from './notifier.ts';
import { signed } from './signature.ts';

export interface WebhookOptions {
  /** Hosts that may be asked though they are not public. */
  readonly named: readonly string[];
  readonly now: () => number;
  readonly resolve?: Resolve;
}

/** Nobody is redirected: an answer of 300 and more is a failure like any other. */
export function webhook({ named, now, resolve }: WebhookOptions): Sender {
  return {
    async send(message, { target, secret }, signal) {
      const body = bodyOf(message);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'kedge-journal',
        'content-length': String(Buffer.byteLength(body)),
        ...signed({ id: message.id, body, at: now() }, secret),
      };
      const status = await ask(new URL(target), { method: 'POST', headers, signal }, body);
      if (status < 200 || status > 299) throw new Error(`The answer was ${status}.`);
    },

    async check({ target }, signal) {
      await ask(new URL(target), { method: 'HEAD', signal }, '');
    },
  };

  /** Returns the status; nobody reads the rest. */
  async function ask(url: URL, options: RequestOptions, body: string): Promise<number> {
    const addresses = await addressesOf(url, named, resolve);
    const [first] = addresses;
    return new Promise((settle, reject) => {
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
        ...options,
        agent: false,
        lookup: (_host, { all }, answer) => {
          if (all === true) answer(null, [...addresses]);
          else answer(null, first?.address ?? '', first?.family);
        },
      });
      request.once('response', (response) => {
        settle(response.statusCode ?? 0);
        request.destroy();
      });
      request.on('error', reject);
      request.end(body);
    });
  }
}

function bodyOf({ type, timestamp, project, groups }: Message): string {
  const [only] = groups;
  const isOne = type === 'group.new' || type === 'group.regressed';
  return JSON.stringify({
    type,
    timestamp,
    data: isOne ? { project, ...only } : { project, groups },
  });
}
