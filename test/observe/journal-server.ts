// A server in a journal's place: it keeps what it is sent, and answers as it is told to.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type KedgeEvent, observe } from 'kedge';

export interface Sent {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Body;
}

export interface Body {
  readonly id: string;
  readonly sentAt: string;
  readonly version: string;
  readonly failures: readonly { readonly count: number; readonly failure: SentFailure }[];
  readonly totals: readonly Readonly<Record<string, unknown>>[];
}

export type SentFailure = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly fingerprint: string;
  readonly tags: Readonly<Record<string, unknown>>;
};

type Answer = (response: ServerResponse, sent: Sent) => void;

export const kept: Answer = (response, { body }) => response.end(JSON.stringify({ id: body.id }));

export const saying =
  (status: number, headers: Readonly<Record<string, string>> = {}, text = '{}'): Answer =>
  (response) =>
    response.writeHead(status, headers).end(text);

export class JournalServer {
  readonly sent: Sent[] = [];
  /** One after the other; the last one again. */
  answers: Answer[] = [kept];
  url = '';
  private readonly taken: [ServerResponse, Sent][] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly server = createServer((request, response) => void this.take(request, response));

  async start(port = 0): Promise<this> {
    await once(this.server.listen(port, '127.0.0.1'), 'listening');
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  /** The bodies, as soon as there are so many. */
  async received(count: number): Promise<Body[]> {
    while (this.sent.length < count)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.sent.map(({ body }) => body);
  }

  /** Keeps what has not been answered, and all that comes. */
  release(): void {
    this.answers = [kept];
    for (const [response, sent] of this.taken) if (!response.writableEnded) kept(response, sent);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url: path, headers } = request;
    const body = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()) as Body;
    const sent = { method, path, headers, body };
    this.sent.push(sent);
    this.taken.push([response, sent]);
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    answer?.(response, sent);
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Resolves on so many more events of a type that tell how the sending goes. */
export function heard(type: KedgeEvent['type'], count = 1): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const watching = observe((event) => {
      if (event.pipeline !== 'kedge-journal' || event.type !== type) return;
      left--;
      if (left > 0) return;
      watching[Symbol.dispose]();
      resolve();
    });
  });
}
