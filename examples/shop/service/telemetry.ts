/**
 * Metrics on a registry of prom-client, logs by pino into a file, failures to a journal. All that kedge needs of it is `observe`.
 */
import { observe } from 'kedge';
import { journal } from 'kedge/journal';
import { logs } from 'kedge/pino';
import { prometheus } from 'kedge/prometheus';
import { destination, pino } from 'pino';
import { Counter, Registry } from 'prom-client';

export const registry: Registry = new Registry();

/** What each route sends; what becomes of it, kedge counts for its pipelines. */
export const dependencyCalls: Counter<'route' | 'dependency'> = new Counter({
  name: 'shop_dependency_calls_total',
  help: 'Calls that were sent to a dependency.',
  labelNames: ['route', 'dependency'],
  registers: [registry],
});

export const logFile: string = process.env['LOG_FILE'] ?? 'shop.log';

const logger = pino(
  { base: null }, // nobody needs the host's name in a file on that host
  destination({ dest: logFile, append: false, sync: false }),
);

observe(prometheus(registry));
let logging = observe(logs(logger));

/** Where failures are kept and grouped; nowhere, if the shop runs without one. */
export const journalUrl: string | undefined = process.env['JOURNAL_URL'];

const failures =
  journalUrl === undefined
    ? undefined
    : journal({ url: journalUrl, key: process.env['JOURNAL_KEY'] ?? 'none', service: 'shop' });
if (failures !== undefined) observe(failures);

/** Writes and sends what is still held back, of a storm of the same line or in a buffer. */
export async function flushLogs(): Promise<void> {
  logging[Symbol.dispose]();
  logging = observe(logs(logger));
  await failures?.flush();
  await new Promise<void>((resolve) => logger.flush(() => resolve()));
}
