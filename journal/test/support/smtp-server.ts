/** A server of mail on a free port of this machine, that takes everything. */
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { atEnd } from './store.ts';

export interface SmtpServer {
  readonly url: string;
  /** Whole messages, head and body. */
  readonly mails: { readonly to: string; readonly text: string }[];
  /** What each address is answered with. */
  answer: string;
}

export async function smtpServer(): Promise<SmtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    let to = '';
    let data: string | undefined;
    let rest = '';
    say('220 test');
    socket.on('data', (chunk) => {
      rest += String(chunk);
      for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data !== undefined && line !== '.') data += `${line}\n`;
        else if (data !== undefined) {
          made.mails.push({ to, text: data });
          data = undefined;
          say('250 kept');
        } else if (/^DATA/i.test(line)) {
          data = '';
          say('354 go on');
        } else if (/^RCPT/i.test(line)) {
          to = /<(.*)>/.exec(line)?.[1] ?? '';
          say(made.answer);
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const made: SmtpServer = { url: `smtp://127.0.0.1:${port}`, mails: [], answer: '250 ok' };
  return made;
}
