/**
 * What is timed: the same work through kedge and through its peers. All are made once, as in a service.
 */
import type { DropIns, Kedge, Sinks } from '../kedge.ts';
import { bare, failing, failure, nullLogger, plain, quietly, type Stack } from './operations.ts';
import { dropIns } from './drop-ins.ts';
import { own } from './own.ts';
import { peers } from './peers.ts';

export function stacks(kedge: Kedge, sinks: Sinks, entries: DropIns): Stack[] {
  const logger = nullLogger();
  return [
    { group: 'success', name: bare, call: plain },
    ...peers(),
    ...own(kedge, sinks),
    ...dropIns(kedge, sinks, entries),
    { group: 'failing', name: 'failing, bare', call: quietly(failing) },
    {
      group: 'failing',
      name: 'a pino line with its own `err`',
      call: async () => logger.warn({ err: failure, event: 'attempt.failed' }, 'attempt failed'),
    },
    { group: 'concurrent', name: '10 000 at once, bare', call: plain, concurrent: 10_000 },
  ];
}
