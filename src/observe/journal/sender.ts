/** Sends one batch to a journal. */
import { request as requestHttp, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { request as requestHttps, Agent as HttpsAgent } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { wall } from '../../core/time.ts';
import {
  classify,
  doNotRetry,
  exponentialBackoff,
  type Pipeline,
  pipeline,
  retry,
  timeout,
} from '../../index.ts';
import { headerReader, readRetryAfter } from '../../verdict/retry-after.ts';
import { version } from '../version.ts';
import type { Entry } from './pending.ts';
import type { Total } from './totals.ts';

/** The pipeline that batches are sent through. Its own failures are in logs and metrics, and never in the journal. */
export const own = 'kedge-journal';

/** What one request brings. */
export interface Batch {
  /** The same whenever it is sent: the journal keeps it once. */
  readonly id: string;
  readonly failures: readonly Entry[];
  readonly totals: readonly Total[];
}

/** What became of a batch: kept; refused for good; or to be sent again, not before `retryAfter` milliseconds. */
export type Delivery = 'kept' | 'refused' | { readonly retryAfter: number | undefined };

const ATTEMPT_TIMEOUT = 10_000;
/** A longer wait would be one that the end of the process cannot cut short. */
const LONGEST_WAIT = 1_000;
const LONGEST_ANSWER = 2_048;
const LONGEST_DETAIL = 200;

const pack = promisify(gzip);

export class Sender {
  private readonly url: URL;
  private readonly key: string;
  private readonly release: string | undefined;
  private readonly agent: HttpAgent;
  private readonly pipeline: Pipeline = pipeline(
    own,
    retry({
      maxAttempts: 3,
      backoff: exponentialBackoff({ initial: 200, max: LONGEST_WAIT }),
      maxRetryAfter: LONGEST_WAIT,
      unref: true,
    }),
    timeout({ after: ATTEMPT_TIMEOUT, unref: true }),
  );

  constructor(url: URL, key: string, release: string | undefined) {
    this.url = new URL(`${url.href.replace(/\/+$/, '')}/v1/failures`);
    this.key = key;
    this.release = release;
    const options = { keepAlive: true, maxSockets: 1 };
    this.agent = url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Delivery> {
    try {
      await this.pipeline.execute((context) => this.attempt(batch, context.signal), { signal });
      return 'kept';
    } catch (error) {
      const { kind, repeat, retryAfter } = classify(error);
      return repeat === 'never' && kind !== 'cancelled' ? 'refused' : { retryAfter };
    }
  }

  private async attempt(batch: Batch, signal: AbortSignal): Promise<void> {
    const body = await pack(bodyOf(batch, this.release));
    const { answer, text } = await this.post(body, signal);
    const { statusCode: status = 0, headers } = answer;
    if (status === 200 && isReceipt(text, batch.id)) return;
    if (status >= 400) {
      const { after } = readRetryAfter(headerReader(headers)) ?? {};
      throw new JournalError(`${status}${detailIn(text)}`, status, after);
    }
    // A login page, a redirection, a wrong address: nothing was kept, and sending it again would change nothing.
    throw doNotRetry(new JournalError(`${status}, but not as a kedge-journal does`));
  }

  private post(
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ readonly answer: IncomingMessage; readonly text: string }> {
    const { url, agent, key } = this;
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'content-length': body.length,
        'user-agent': `kedge/${version}`,
      };
      const sent = request(url, { method: 'POST', headers, agent, signal }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          if (text.length < LONGEST_ANSWER) text += chunk.slice(0, LONGEST_ANSWER);
        });
        answer.once('end', () => resolve({ answer, text }));
        answer.once('error', reject);
      });
      // The program may end meanwhile: `flush` is what waits.
      sent.once('socket', (socket) => socket.unref());
      sent.once('error', reject);
      sent.end(body);
    });
  }
}

/** A journal, or what stands in its place, did not take a batch. */
class JournalError extends Error {
  declare readonly status: number;
  declare readonly retryAfter: number;

  constructor(answer: string, status?: number, retryAfter?: number) {
    super(`the journal answered ${answer}`);
    if (status !== undefined) this.status = status;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }

  override get name(): string {
    return 'JournalError';
  }
}

/** With the time at which it is sent: the journal corrects the times in it by that. */
function bodyOf({ id, failures, totals }: Batch, release: string | undefined): string {
  const entries = failures.map(({ count, json }) => `{"count":${count},"failure":${json}}`);
  const head = { id, sentAt: new Date(wall()).toISOString(), version };
  const sums = totals.map((total) => ({ ...total, ...(release !== undefined && { release }) }));
  return `${JSON.stringify(head).slice(0, -1)},"failures":[${entries.join(',')}],"totals":${JSON.stringify(sums)}}`;
}

function isReceipt(text: string, id: string): boolean {
  return membersOf(text)['id'] === id;
}

function detailIn(text: string): string {
  const { detail } = membersOf(text);
  return typeof detail === 'string' ? `: ${detail.slice(0, LONGEST_DETAIL)}` : '';
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
