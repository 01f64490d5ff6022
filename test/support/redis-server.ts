/**
 * The server's side of Redis' protocol, with scripted outcomes. It stores nothing: it counts what it was told to do.
 *
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What becomes of a command: nothing said, it is carried out and answered. */
export type Outcome =
  /** The connection ends, and nothing is done. */
  | 'cut'
  /** It is done, and the connection ends before the answer. */
  | 'done, then cut'
  /** Nothing is done, and there is no answer. */
  | 'silence'
  /** It is refused with these words. */
  | { readonly refused: string }
  /** It is answered with `nil`: an EXEC whose watched keys have changed. */
  | 'nil';

/** A command as it came: `['incr', 'n']`. */
export type Command = readonly string[];

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** All commands of callers, without those by which clients introduce themselves. */
  readonly received: readonly Command[];
  readonly names: readonly string[];
  /** Writes that took effect, those of MULTI when EXEC comes. */
  readonly executed: readonly Command[];
  /** Connections that are open. */
  readonly open: number;
  /** Is asked about each command, with its number among those of its name, from 1. */
  script: (command: Command, nth: number) => Outcome | undefined;
}

const introducing: ReadonlySet<string> = new Set(['hello', 'client', 'info', 'select', 'command']);
const writing: ReadonlySet<string> = new Set(['set', 'incr', 'del', 'lpush', 'expire']);

/** Starts it on a free port of the loopback interface. */
export async function redisServer(): Promise<RedisServer> {
  const received: Command[] = [];
  const executed: Command[] = [];
  const sockets = new Set<Socket>();

  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    let queued: Command[] | undefined;
    let text = '';

    const execute = (command: Command): string => {
      const [name = ''] = command;
      if (name === 'multi') {
        queued = [];
        return '+OK\r\n';
      }
      if (name === 'exec') {
        const commands = queued ?? [];
        queued = undefined;
        return `*${commands.length}\r\n${commands.map(execute).join('')}`;
      }
      if (queued !== undefined) {
        queued.push(command);
        return '+QUEUED\r\n';
      }
      if (writing.has(name)) executed.push(command);
      return answerTo(command);
    };
    const handle = (command: Command): void => {
      const [name = ''] = command;
      if (introducing.has(name)) {
        socket.write(introduction(command));
        return;
      }
      received.push(command);
      const nth = received.filter((each) => each[0] === name).length;
      const outcome = redis.script(command, nth);
      if (outcome === 'silence') return;
      if (outcome === 'nil') {
        queued = undefined;
        socket.write('*-1\r\n');
        return;
      }
      if (typeof outcome === 'object') {
        socket.write(`-${outcome.refused}\r\n`);
        return;
      }
      const answer = outcome === 'cut' ? '' : execute(command);
      if (outcome !== undefined) socket.resetAndDestroy();
      else socket.write(answer);
    };
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      for (let next = parse(text); next !== undefined; next = parse(text)) {
        text = text.slice(next.length);
        handle(next.command);
        if (socket.destroyed) return;
      }
    });
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const redis: RedisServer = {
    port,
    received,
    get names() {
      return received.map(([name = '']) => name);
    },
    executed,
    get open() {
      return sockets.size;
    },
    script: () => undefined,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return redis;
}

const bulk = (value: string): string => `$${value.length}\r\n${value}\r\n`;

function answerTo([name, key = '']: Command): string {
  if (name === 'get') return bulk(`value of ${key}`);
  if (name === 'set') return '+OK\r\n';
  if (name === 'ping') return '+PONG\r\n';
  if (name === 'subscribe') return `>3\r\n${bulk('subscribe')}${bulk(key)}:1\r\n`;
  return ':1\r\n';
}

function introduction([name, version]: Command): string {
  if (name === 'info') return bulk('redis_version:7.4.0\r\nloading:0\r\n');
  if (name !== 'hello') return '+OK\r\n';
  const fields = ['server', 'redis', 'version', '7.4.0', 'mode', 'standalone', 'role', 'master'];
  return `${version === '3' ? '%4' : '*8'}\r\n${fields.map(bulk).join('')}`;
}

/** The first whole command in `text`: an array of bulk strings. */
function parse(text: string): { command: Command; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return undefined;
  const command: string[] = [];
  let at = head[0].length;
  for (let n = 0; n < Number(head[1]); n++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (size === null) return undefined;
    const from = at + size[0].length;
    at = from + Number(size[1]) + 2;
    if (text.length < at) return undefined;
    command.push(text.slice(from, at - 2));
  }
  return { command: [command[0]?.toLowerCase() ?? '', ...command.slice(1)], length: at };
}
