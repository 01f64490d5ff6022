/** Killed at random under load, and restarted in order with a socket that is handed over. */
import { randomInt } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import { once as message } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { heldSocket } from './bare.ts';
import { eventOf, requests } from './events.ts';
import { load } from './load.ts';
import { command, start, temporary } from './program.ts';
import { ms, type Row } from './rows.ts';
import { unlimited } from './intake.ts';

const KILLS = Number(process.env['KILLS'] ?? 100);
const RESTARTS = 20;

export async function kills(): Promise<Row[]> {
  using place = temporary();
  const answered: string[] = [];
  let slowest = 0;
  const event = eventOf(2_000);
  await command(place.database, 'project', 'set', '1', ...unlimited);
  for (let round = 0; round < KILLS; round++) {
    const journal = await start(place.database);
    slowest = Math.max(slowest, journal.readyAfter);
    const lasts = randomInt(50, 400);
    const next = requests(`/api/1/store/?sentry_key=${journal.key}`, event);
    const onAnswer = (id: string): void => void answered.push(id);
    const plan = { port: journal.port, connections: 32, milliseconds: lasts + 50, next, onAnswer };
    const loading = load(plan);
    await new Promise((resolve) => setTimeout(resolve, lasts));
    await journal.end('SIGKILL');
    await loading;
  }
  const last = await start(place.database);
  await last.end('SIGTERM');
  const { kept, rows, seen } = contents(place.database);
  const lost = answered.filter((id) => !kept.has(id)).length;
  const twice = rows - kept.size;
  return [
    {
      what: `killed ${KILLS} times at random under load`,
      goal: '0 answered lost, 0 twice; ready in ≤ 2 s',
      found: `${lost} of ${answered.length.toLocaleString('en')} lost, ${twice} twice, ${seen === rows ? 'counts exact' : `${seen} counted, ${rows} kept`}; ready in ${ms(slowest)} at most`,
      met: lost === 0 && twice === 0 && seen === rows && slowest <= 2_000,
    },
    await restarts(),
  ];
}

function contents(database: string): { kept: Set<string>; rows: number; seen: number } {
  const db = new DatabaseSync(database, { readOnly: true });
  const events = db.prepare('SELECT lower(hex(event)) AS id FROM record').all() as { id: string }[];
  const { seen } = db.prepare('SELECT sum(seen) AS seen FROM failure_group').get() as {
    seen: number;
  };
  db.close();
  return { kept: new Set(events.map(({ id }) => id)), rows: events.length, seen };
}

/** Every request is a connection of its own: those that come between two processes wait in the socket. */
async function restarts(): Promise<Row> {
  using place = temporary();
  const listed = await command(place.database, 'key', 'list');
  const key = new URL(/(http\S+)/.exec(listed)?.[1] as string).username;
  const { port, supervisor } = await supervised(place.database);
  const next = requests(`/api/1/store/?sentry_key=${key}`, eventOf(2_000));
  let [sent, refused, longest] = [0, 0, 0];
  const over = new AbortController();
  const clients = Array.from({ length: 8 }, async () => {
    while (!over.signal.aborted) {
      const begin = performance.now();
      const status = await once(port, next().request);
      longest = Math.max(longest, performance.now() - begin);
      sent += 1;
      if (status !== 200) refused += 1;
    }
  });
  for (let round = 0; round < RESTARTS; round++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    supervisor.send('restart');
    await message(supervisor, 'message');
  }
  over.abort();
  await Promise.all(clients);
  supervisor.send('end');
  await message(supervisor, 'exit');
  return {
    what: `${RESTARTS} orderly restarts with a handed-over socket`,
    goal: '0 refused',
    found: `${refused} of ${sent.toLocaleString('en')} refused, the longest wait was ${ms(longest)}`,
    met: refused === 0,
  };
}

/** The bench itself may not hold the socket: it would take connections, too. */
async function supervised(database: string): Promise<{ port: number; supervisor: ChildProcess }> {
  using held = await heldSocket();
  const supervisor = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts')], {
    env: { ...process.env, DATABASE_URL: database },
    stdio: ['ignore', 'inherit', 'inherit', held.fd, 'ipc'],
  });
  await message(supervisor, 'message');
  return { port: held.port, supervisor };
}

function once(port: number, request: Buffer): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('error', () => resolve(0));
    socket.on('close', () => resolve(0));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      resolve(Number(text.slice(9, 12)));
      socket.destroy();
    });
    socket.write(request);
  });
}
