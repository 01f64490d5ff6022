/** Health and numbers, for those who watch the journal. */
import type { Intake, Reply } from '../intake/intake.ts';
import type { Notifier } from '../notices/notifier.ts';
import type { Store } from '../store/store.ts';
import type { Disk } from './disk.ts';

const LEAST_FREE = 0.05;

export interface System {
  readonly intake: Intake;
  readonly store: Store;
  readonly notifier: Notifier;
  readonly disk: () => Disk;
}

export function systemRoutes(
  system: System,
): (method: string, path: string) => Promise<Reply> | undefined {
  const routes: Readonly<Record<string, () => Promise<Reply>>> = {
    '/healthz': () => Promise.resolve(text(200, 'ok\n')),
    '/readyz': () => ready(system),
    '/metrics': () => metrics(system),
  };
  return (method, path) => {
    const isAsked = /^(?:GET|HEAD)$/.test(method) && Object.hasOwn(routes, path);
    return isAsked
      ? routes[path]?.().catch((error: Error) => text(503, `${said(error)}\n`))
      : undefined;
  };
}

const text = (status: number, body: string, type = 'text/plain; charset=utf-8'): Reply => ({
  status,
  headers: { 'content-type': type, 'cache-control': 'no-store' },
  body,
});

/** Whether failures can be kept: the database answers, and there is room on the disk. */
async function ready({ store, disk }: System): Promise<Reply> {
  const { free, total } = disk();
  const why =
    free < LEAST_FREE * total ? 'the disk is nearly full' : await store.size().then(none, said);
  return why === undefined ? text(200, 'ready\n') : text(503, `${why}\n`);
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly values: readonly (readonly [labels: string, value: number])[];
}

const one = (value: number): Metric['values'] => [['', value]];
const none = (): undefined => undefined;
const said = (error: Error): string => `the database does not answer: ${error.message}`;

async function metrics({ intake, store, notifier, disk }: System): Promise<Reply> {
  const { numbers, room } = intake;
  const [size, channels] = await Promise.all([store.size(), store.channels()]);
  const { sent, failed, givenUp } = notifier.numbers;
  const { free, total } = disk();
  const all: Metric[] = [
    {
      name: 'requests_total',
      help: 'Requests of intake by status of the answer.',
      type: 'counter',
      values: [...numbers.answers].map(([status, count]) => [`{status="${status}"}`, count]),
    },
    {
      name: 'failures_total',
      help: 'Failures by what became of them.',
      type: 'counter',
      values: (['kept', 'counted', 'repeated'] as const).map((outcome) => [
        `{outcome="${outcome}"}`,
        numbers[outcome],
      ]),
    },
    {
      name: 'intake_bytes',
      help: 'Bytes of requests in memory.',
      type: 'gauge',
      values: one(room.bytes),
    },
    {
      name: 'intake_waiting',
      help: 'Requests that wait for room.',
      type: 'gauge',
      values: one(room.waiting),
    },
    {
      name: 'notices_total',
      help: 'Messages that were sent or failed, and notices that were given up.',
      type: 'counter',
      values: [
        ['{outcome="sent"}', sent],
        ['{outcome="failed"}', failed],
        ['{outcome="given-up"}', givenUp],
      ],
    },
    {
      name: 'notices_waiting',
      help: 'Notices that wait to be sent.',
      type: 'gauge',
      values: one(channels.reduce((sum, { waiting }) => sum + waiting, 0)),
    },
    {
      name: 'database_bytes',
      help: 'Bytes of the database.',
      type: 'gauge',
      values: one(size.bytes),
    },
    {
      name: 'records',
      help: 'Records that are kept, about.',
      type: 'gauge',
      values: one(size.records),
    },
    { name: 'groups', help: 'Groups of failures.', type: 'gauge', values: one(size.groups) },
    {
      name: 'disk_free_bytes',
      help: 'Bytes that are free on the disk.',
      type: 'gauge',
      values: one(free),
    },
    { name: 'disk_bytes', help: 'Bytes of the disk.', type: 'gauge', values: one(total) },
  ];
  return text(200, all.map(exposed).join(''), 'text/plain; version=0.0.4; charset=utf-8');
}

function exposed({ name, help, type, values }: Metric): string {
  const full = `kedge_journal_${name}`;
  const lines = values.map(([labels, value]) => `${full}${labels} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}
