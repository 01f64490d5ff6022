// Pipelines by key against a list in the order of use.
import { bulkhead, circuitBreaker, type Pipeline } from 'kedge';
import { describe, expect, it } from 'vitest';
import { type Controlled, controlled, jobs, lab, transient } from '../support/lab.ts';
import { gaugesOf } from '../support/laws.ts';
import { fc, patience, runs } from '../support/property.ts';

type Command =
  | { readonly type: 'use' | 'fail' | 'hold'; readonly key: string }
  | { readonly type: 'release'; readonly which: number }
  | { readonly type: 'advance'; readonly ms: number };

const key = fc.integer({ min: 0, max: 11 }).map((each) => `host-${each}`);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('use' as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('fail' as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('hold' as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('release' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('advance' as const), ms: fc.nat(700) }) },
);

interface Member {
  readonly key: string;
  readonly pipeline: Pipeline;
  usedAt: number;
  open: boolean;
  held: number;
}

/** How many of the oldest may be passed over for what they hold, and how many a call looks at for being idle. */
const candidates = 8;
const swept = 2;

class Model {
  /** The least recently used first. */
  members: Member[] = [];
  private readonly maxKeys: number;
  private readonly idleAfter: number;

  constructor(maxKeys: number, idleAfter: number) {
    this.maxKeys = maxKeys;
    this.idleAfter = idleAfter;
  }

  /** Which pipeline there should be; none if a new one is due. */
  for(key: string, time: number): Member | undefined {
    const known = this.members.find((member) => member.key === key);
    if (known !== undefined) {
      known.usedAt = time;
      this.members = [...this.members.filter((member) => member !== known), known];
    }
    for (let each = 0; each < swept; each++) {
      const oldest = this.members[0];
      if (oldest === undefined || time - oldest.usedAt <= this.idleAfter) break;
      this.members.shift();
    }
    return known;
  }

  add(member: Member): void {
    if (this.members.length >= this.maxKeys) {
      const expendable = this.members
        .slice(0, candidates)
        .find(({ open, held }) => !open && held === 0);
      const dropped = expendable ?? this.members[0];
      this.members = this.members.filter((each) => each !== dropped);
    }
    this.members.push(member);
  }
}

describe('keyed: model', () => {
  it(
    'keeps and drops the pipelines that a list would, and never more than it may',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 10 }),
          fc.constantFrom(500, 2_000, Infinity),
          fc.array(command, { maxLength: 40 }),
          async (maxKeys, idleAfter, commands) => {
            using l = lab();
            const hosts = l.kedge.keyed(
              'outgoing',
              () => [
                circuitBreaker({ consecutiveFailures: 1, openFor: 1e9 }),
                bulkhead({ maxConcurrent: 100 }),
              ],
              { maxKeys, idleAfter },
            );
            const model = new Model(maxKeys, idleAfter);
            const holding: { member: Member; operation: Controlled }[] = [];
            let executions = 0;

            for (const each of commands) {
              const identities: [unknown, unknown][] = [];
              if (each.type === 'advance') await l.clock.advance(each.ms);
              else if (each.type === 'release') {
                const [released] = holding.splice(each.which, 1);
                for (const { resolve } of released?.operation.starts ?? []) resolve('done');
                if (released !== undefined) released.member.held--;
              } else {
                const known = model.for(each.key, l.clock.now);
                const pipeline = hosts.for(each.key);
                const member = known ?? {
                  key: each.key,
                  pipeline,
                  usedAt: l.clock.now,
                  open: false,
                  held: 0,
                };
                identities.push([pipeline === member.pipeline, true]);
                const isNew = model.members.every(({ pipeline: other }) => other !== pipeline);
                identities.push([isNew, known === undefined]);
                if (known === undefined) model.add(member);
                if (each.type === 'fail') {
                  executions++;
                  void pipeline.settle(() => Promise.reject(transient()));
                  member.open = true;
                } else if (each.type === 'hold') {
                  executions++;
                  const operation = controlled();
                  void pipeline.settle(operation);
                  if (operation.starts.length > 0) {
                    member.held++;
                    holding.push({ member, operation });
                  }
                }
              }
              await jobs();
              for (const [is, should] of identities) expect(is).toBe(should);
              expect(hosts.size).toBe(model.members.length);
              expect(hosts.size).toBeLessThanOrEqual(maxKeys);
              expect(l.clock.timers).toBe(0);
              const open = model.members.filter((member) => member.open).length;
              const held = model.members.reduce((total, member) => total + member.held, 0);
              if (hosts.size === 0) continue;
              expect(gaugesOf(hosts, 'circuitBreaker')).toMatchObject({
                open,
                closed: model.members.length - open,
              });
              expect(gaugesOf(hosts, 'bulkhead')).toMatchObject({ in_use: held });
            }

            for (const { operation } of holding)
              for (const { resolve } of operation.starts) resolve('done');
            await jobs();
            // Dropped or not, every call is answered and counted.
            const { inFlight, abandoned, executions: counted } = hosts.stats();
            expect({ inFlight, abandoned }).toEqual({ inFlight: 0, abandoned: 0 });
            expect(Object.values(counted).reduce((total, count) => total + count, 0)).toBe(
              executions,
            );
          },
        ),
        runs(1_000),
      );
    },
    patience,
  );
});
