// Compiled and run against the packed tarball by scripts/consumer.ts: the real optional peers fit
// the integrations' structural types.
import { Registry as SuccessorRegistry } from '@prometheus-io/client';
import { observe, pipeline, timeout } from 'kedge';
import { logs } from 'kedge/pino';
import { prometheus } from 'kedge/prometheus';
import { pino } from 'pino';
import { Registry } from 'prom-client';

const registry = new Registry();
const successor = new SuccessorRegistry();
observe(prometheus(registry), prometheus(successor), logs(pino({ level: 'silent' })));
await pipeline('quotes', timeout(1_000)).execute(() => 1);

for (const text of [await registry.metrics(), await successor.metrics()]) {
  if (!text.includes('pipeline="quotes"'))
    throw new Error(`no metrics of the pipeline in:\n${text}`);
}
