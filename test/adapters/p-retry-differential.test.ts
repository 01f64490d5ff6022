// The same random scripts through p-retry and through kedge/p-retry: calls, callbacks, delays and answers are the same,
// to the promise job, but for the exceptions that docs/coming-from/p-retry.md lists.
import ownPRetry, { AbortError as OwnAbortError } from 'kedge/p-retry';
import pRetry, { AbortError, type Options } from 'p-retry';
import { expect, it, vi } from 'vitest';
import { fc, patience, runs } from '../support/property.ts';
import { type Action, play, type World } from './peers/scripts.ts';

type How = 'now' | 'job' | number;

interface Outcome {
  readonly what:
    | 'value'
    | 'error'
    | 'abort-error'
    | 'wrapped'
    | 'bug'
    | 'network'
    | 'text'
    | 'hang';
  readonly how: How;
  readonly aborts: boolean;
}

interface Answer {
  readonly says: boolean | 'nothing' | 'throws';
  readonly how: How;
  readonly aborts: boolean;
}

interface Scene {
  readonly numbers: Options;
  readonly outcomes: readonly Outcome[];
  readonly consume: readonly Answer[];
  readonly failed: readonly Answer[];
  readonly retry: readonly Answer[];
  readonly hasSignal: boolean;
  readonly script: readonly Action[];
}

const how: fc.Arbitrary<How> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<How>('now', 'job') },
  fc.constantFrom<How>(1, 5, 40),
);
const rarely = fc.integer({ min: 0, max: 14 }).map((each) => each === 0);
const outcome: fc.Arbitrary<Outcome> = fc.record({
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant('error' as const) },
    { weight: 2, arbitrary: fc.constant('value' as const) },
    fc.constantFrom('abort-error', 'wrapped', 'bug', 'network', 'text', 'hang') as fc.Arbitrary<
      Outcome['what']
    >,
  ),
  how,
  aborts: rarely,
});
const answer = (usual: boolean | 'nothing'): fc.Arbitrary<Answer> =>
  fc.record({
    says: fc.oneof(
      { weight: 8, arbitrary: fc.constant(usual) },
      fc.constantFrom<Answer['says']>(true, false, 'nothing', 'throws'),
    ),
    how,
    aborts: rarely,
  });
const answers = (usual: boolean | 'nothing'): fc.Arbitrary<readonly Answer[]> =>
  fc.oneof(fc.constant([]), fc.array(answer(usual), { minLength: 1, maxLength: 4 }));

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('jobs' as const),
      count: fc.integer({ min: 1, max: 7 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      ms: fc.constantFrom(0, 1, 4, 5, 10, 40, 100, 1_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'act' as const, index: 1 }) },
);

const maybe = <T>(values: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.constantFrom(undefined, ...values);

const scene: fc.Arbitrary<Scene> = fc.record({
  numbers: fc.record({
    retries: maybe([0, 1, 2, 3, 5, Infinity]),
    factor: maybe([0, 0.5, 1, 2, 3.7]),
    minTimeout: maybe([0, 0.3, 1, 7.5, 10, 100]),
    maxTimeout: maybe([0, 0.4, 12, 150, 2 ** 33, Infinity]),
    maxRetryTime: maybe([0, 3.5, 20, 300, Infinity]),
    randomize: maybe([true, false]),
    unref: maybe([true, false]),
  }),
  outcomes: fc.array(outcome, { minLength: 1, maxLength: 7 }),
  consume: answers('nothing'),
  failed: answers('nothing'),
  retry: answers(true),
  hasSignal: fc.boolean(),
  script: fc
    .array(action, { maxLength: 25 })
    .map((rest): readonly Action[] => [{ do: 'act', index: 0 }, ...rest]),
});

type Implementation = typeof pRetry;

/** What became of a scene; `left`: the signal aborted while an attempt ran, or a delay, where kedge answers at once. */
interface Course {
  readonly log: readonly string[];
  readonly abortedDuring: 'attempt' | 'other' | undefined;
}

async function course(
  implementation: Implementation,
  Abort: typeof AbortError,
  { numbers, outcomes, consume, failed, retry, hasSignal, script }: Scene,
): Promise<Course> {
  let seed = 7;
  const random = vi.spyOn(Math, 'random').mockImplementation(() => (seed = (seed * 31) % 97) / 97);
  let running = false;
  let abortedDuring: Course['abortedDuring'];
  const log = await play(script, (world: World) => {
    const controller = new AbortController();
    const abort = (): void => {
      if (!hasSignal || controller.signal.aborted) return;
      abortedDuring = running ? 'attempt' : 'other';
      world.note('abort');
      controller.abort(new Error('the caller has left'));
    };
    const settle = (way: How, make: () => unknown): unknown => {
      if (way === 'now') return make();
      if (way === 'job') return Promise.resolve().then(make);
      return new Promise((resolve, reject) => {
        setTimeout(() => {
          try {
            resolve(make());
          } catch (error) {
            reject(error);
          }
        }, way);
      });
    };
    const input = (attempt: number): unknown => {
      world.note(`attempt ${attempt}`);
      // The last one is good, or a call without end would never end.
      const {
        what,
        how: way,
        aborts,
      } = outcomes[attempt - 1] ?? { what: 'value', how: 'now', aborts: false };
      running = true;
      if (what === 'hang') return new Promise(() => {});
      if (aborts && way === 'now') abort();
      const answered = settle(way, () => {
        if (aborts) abort();
        // A value counts from when it is there; p-retry throws it away when it finds the signal aborted.
        running = what === 'value';
        switch (what) {
          case 'value':
            return `value ${attempt}`;
          case 'abort-error':
            throw new Abort('given up');
          case 'wrapped':
            throw new Abort(new Abort(new Error(`inner ${attempt}`)));
          case 'bug':
            throw new TypeError('x is not a function');
          case 'network':
            throw new TypeError('Failed to fetch');
          case 'text':
            throw 'a text';
          case 'error':
            throw new Error(`failure ${attempt}`);
        }
      });
      return answered;
    };
    const callback = (
      name: string,
      list: readonly Answer[],
    ): ((context: object) => unknown) | undefined =>
      list.length === 0
        ? undefined
        : (context) => {
            const { attemptNumber, error, ...rest } = context as {
              attemptNumber: number;
              error: Error;
            };
            const { says, how: way, aborts } = list[(attemptNumber - 1) % list.length]!;
            world.note(
              `${name} ${attemptNumber} ${error.message} ${JSON.stringify(rest)} ${Object.isFrozen(context)}`,
            );
            if (aborts) abort();
            return settle(way, () => {
              if (says === 'throws') throw new Error(`${name} threw`);
              return says === 'nothing' ? undefined : says;
            });
          };
    const options = {
      ...numbers,
      onFailedAttempt: callback('failed', failed),
      shouldRetry: callback('retry', retry),
      shouldConsumeRetry: callback('consume', consume),
      ...(hasSignal && { signal: controller.signal }),
    } as Options;
    return (index) => {
      if (index === 1) abort();
      else {
        const call = implementation(input, options);
        world.watch('call', call);
        const ended = (): void => void (running = false);
        call.then(ended, ended);
      }
    };
  });
  random.mockRestore();
  return { log, abortedDuring };
}

const isMark = (line: string): boolean => line.startsWith('-- ');
const told = (log: readonly string[]): string[] => log.filter((line) => !isMark(line));
/** What is left of a rejection when its instant does not matter. */
const bare = (line: string): string => line.replace(/^[\d.]+: /, '');

/** The caller gets the thrown value itself (row 18 of the page). */
const withText = (log: readonly string[]): string[] =>
  log.map((line) =>
    line.replace(
      'TypeError(Non-error was thrown: "a text". You should only throw errors.)',
      'a text',
    ),
  );

/** What is to be the same of two courses: everything, until an abort which kedge answers at once. */
function compared(theirs: Course, ours: Course): [expected: unknown, found: unknown] {
  const [expected, found] = [withText(theirs.log), ours.log];
  const end = expected.findIndex((line) => line.endsWith(': abort')) + 1;
  if (end === 0) return [expected, found];
  const [before, theirRest, ourRest] = [
    expected.slice(0, end),
    told(expected.slice(end)).map(bare),
    told(found.slice(end)).map(bare),
  ];
  const answer = /^call (?:rejected Error\(the caller has left\)|fulfilled value)/;
  const isAnswered = ourRest.length === 1 && answer.test(ourRest[0]!);
  const rest = theirs.abortedDuring === 'attempt' && isAnswered ? ourRest : theirRest;
  return [
    [before, rest],
    [found.slice(0, end), ourRest],
  ];
}

it(
  'does as p-retry does, to the promise job',
  async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (each) => {
        const theirs = await course(pRetry, AbortError, each);
        const ours = await course(ownPRetry, OwnAbortError, each);
        const [expected, found] = compared(theirs, ours);
        expect(found).toEqual(expected);
      }),
      runs(300),
    );
  },
  patience,
);
