// Holds a socket that listens, as systemd does, and starts the journal with it: at first, and anew for each message.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { main } from './program.ts';

/** Where it was handed over, and is handed on. */
const SOCKET = 3;

let child = await start();
process.send?.('started');

process.on('message', (message) => {
  void (async () => {
    const over = once(child, 'exit');
    child.kill('SIGTERM');
    await over;
    if (message === 'end') process.exit();
    child = await start();
    process.send?.('started');
  })();
});

async function start(): Promise<ChildProcess> {
  const started = spawn(process.execPath, [main], {
    env: { ...process.env, LISTEN_FDS: '1' },
    stdio: ['ignore', 'pipe', 'inherit', SOCKET],
  });
  await once(started.stdout as NonNullable<typeof started.stdout>, 'data');
  return started;
}
