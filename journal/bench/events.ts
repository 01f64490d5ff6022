/** Events of a real client, as long as they are wanted, and requests with them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const sample = join(import.meta.dirname, '../test/samples/node-other.envelope');

/** With as many breadcrumbs as it takes to be so long. */
export function eventOf(bytes: number): string {
  const event = JSON.parse(readFileSync(sample, 'utf8').split('\n')[2] as string) as Record<
    string,
    unknown
  >;
  const { exception, release, environment, level, platform, sdk } = event;
  const values = (exception as { values: { stacktrace: { frames: object[] } }[] }).values;
  // 2 kB are what a client sends without lines of the source.
  for (const { stacktrace } of bytes < 10_000 ? values : []) {
    stacktrace.frames = stacktrace.frames.map((frame) => ({
      ...frame,
      pre_context: undefined,
      context_line: undefined,
      post_context: undefined,
    }));
  }
  const small = bytes < 10_000 ? { exception, release, environment, level, platform, sdk } : event;
  const breadcrumbs: object[] = [];
  const whole = { ...small, tags: { region: 'eu-1' }, user: { id: 'u-17' }, breadcrumbs };
  for (let at = 0; JSON.stringify(whole).length < bytes; at++) {
    const message = `SELECT name, price FROM product WHERE id = ${at} AND shop = 'main' ORDER BY price`;
    const data = {
      rows: at,
      took: at / 7,
      'db.system': 'postgresql',
      'net.peer.name': 'db.internal',
    };
    breadcrumbs.push({ timestamp: 1_795_813_593 + at, category: 'query', message, data });
  }
  return JSON.stringify(whole).replace(/"event_id":"\w+",?/, '');
}

let last = 0;
/** Differs from run to run, so that no id comes twice in one database. */
const run = Math.floor(Math.random() * 2 ** 32)
  .toString(16)
  .padStart(8, '0');

export interface Sent {
  readonly id: string;
  readonly request: Buffer;
}

/** A request after the other, each with its own id, and of one of `groups` groups. */
export function requests(path: string, event: string, groups = 200): () => Sent {
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: `;
  return () => {
    last += 1;
    const id = run + last.toString(16).padStart(24, '0');
    const group = last % groups;
    const name = `cancelOrder${String.fromCharCode(97 + (group % 26))}${'x'.repeat(group / 26)}`;
    const body = `{"event_id":"${id}",${event.slice(1).replace('cancelOrder', name)}`;
    return { id, request: Buffer.from(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`) };
  };
}
