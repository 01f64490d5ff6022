/**
 * What counts against what: for every ordered pair of built-in policies, what the outer one makes of what the inner
 * one does. `pairs.test.ts` checks each row by running it; `docs/composition.md` shows them.
 */

/** The built-in policies, in the order in which the documentation names them. */
export const kinds = [
  'retry',
  'circuitBreaker',
  'timeout',
  'fallback',
  'staleIfError',
  'bulkhead',
  'rateLimiter',
  'hedge',
  'adaptiveLimiter',
  'adaptiveThrottle',
  'coalesce',
] as const;

export type Kind = (typeof kinds)[number];

/** What each policy does in these rows, when it is the inner one. */
export const interventions: Readonly<Record<Kind, string>> = {
  retry: 'all its attempts fail',
  circuitBreaker: 'refuses: the circuit is open',
  timeout: 'ends the attempt, whose work goes on',
  fallback: 'answers in place of a failure',
  staleIfError: 'answers with an older value',
  bulkhead: 'refuses: all permits are in use',
  rateLimiter: 'refuses: the rate is used up',
  hedge: 'a second call answers, the first one’s work goes on',
  adaptiveLimiter: 'refuses: limit and queue are full',
  adaptiveThrottle: 'refuses: the dependency accepts too little',
  coalesce: 'two callers share one execution, which fails',
};

/** What is asked of each policy in these rows, when it is the outer one. */
export const questions: Readonly<Record<Kind, string>> = {
  retry: 'Does it try again?',
  circuitBreaker: 'What does it count?',
  timeout: 'When its time is up, what does the inner policy do?',
  fallback: 'Does it answer?',
  staleIfError: 'Does it answer, or keep the value?',
  bulkhead: 'Is the permit back when the caller has the answer?',
  rateLimiter: 'What does the call cost?',
  hedge: 'Does it start another call at once?',
  adaptiveLimiter: 'Is the permit back when the caller has the answer?',
  adaptiveThrottle: 'What does it count?',
  coalesce: 'Do callers of one key share it?',
};

/** The effect in a few words, and what it means for who composes. */
type Cell = readonly [effect: string, says: string];

const sent = 'Nothing was sent, so trying again costs no budget.';
const own = 'A refusal by kedge’s own policies says nothing about the dependency.';
const neverSent = 'Nothing runs, so nothing holds it.';
const spent =
  'The token is spent although nothing was sent: limit the rate inside of what refuses.';
const again = 'The next call would meet the same refusal.';
const atOnce = 'A refusal is over before anybody can join it: each caller has one of its own.';

const rows: Readonly<Record<Kind, Readonly<Record<Kind, Cell>>>> = {
  retry: {
    retry: ['tries again', 'Attempts multiply: two retries of 3 are up to 9 attempts. Use one.'],
    circuitBreaker: [
      'waits for it',
      'A refusal is no attempt: once a call, paid from the budget, if the deadline allows it.',
    ],
    timeout: [
      'tries again',
      'Each attempt has its time; the abandoned work of the last may go on.',
    ],
    fallback: ['not needed', 'It sees the fallback’s answer: put the fallback outside.'],
    staleIfError: ['not needed', 'It sees the older value: put staleIfError outside.'],
    bulkhead: ['tries again, free', sent],
    rateLimiter: ['waits its time, free', `It waits for \`retryAfter\`. ${sent}`],
    hedge: ['not needed', 'The winner’s answer is the attempt’s.'],
    adaptiveLimiter: ['tries again, free', sent],
    adaptiveThrottle: [
      'tries again, free',
      `${sent} Each try counts as asked for in the throttle.`,
    ],
    coalesce: ['tries again', 'Each caller by itself; those who wait together share again.'],
  },
  circuitBreaker: {
    retry: ['failure', 'One for all attempts: it sees less. Put the breaker inside the retry.'],
    circuitBreaker: ['nothing', own],
    timeout: ['failure', 'Too slow is a failure of the dependency.'],
    fallback: ['success', 'The fallback hides the failures from it: put the fallback outside.'],
    staleIfError: [
      'success',
      'The older value hides the failures from it: put staleIfError outside.',
    ],
    bulkhead: ['nothing', own],
    rateLimiter: ['nothing', own],
    hedge: ['success', 'One for all calls of the race: it does not see the losers.'],
    adaptiveLimiter: ['nothing', own],
    adaptiveThrottle: ['nothing', own],
    coalesce: ['failure', 'One for each caller, although there was one execution.'],
  },
  timeout: {
    retry: [
      'stops',
      'The wait ends, no further attempt starts; a wait that would cross it is not begun.',
    ],
    circuitBreaker: [
      'counts a failure',
      'The caller had no answer in time, whatever time that was.',
    ],
    timeout: ['gives way', 'The tighter of the two ends the call, and rejects with its own error.'],
    fallback: [
      'does not answer',
      'The call is over for everything inside: put the fallback outside.',
    ],
    staleIfError: ['does not answer', 'The call is over for everything inside: put it outside.'],
    bulkhead: ['leaves the queue', 'A call that runs keeps its permit until its work has ended.'],
    rateLimiter: ['is not waited for', 'A wait that would cross the deadline is refused at once.'],
    hedge: ['ends all', 'All calls of the race are aborted and count as timed out.'],
    adaptiveLimiter: [
      'leaves the queue',
      'A call that runs keeps its permit until its work has ended.',
    ],
    adaptiveThrottle: ['counts it as refused', 'The dependency has not accepted it.'],
    coalesce: ['leaves the flight', 'The others wait on; the last one who leaves ends the work.'],
  },
  fallback: {
    retry: ['answers', 'Once, after the last attempt.'],
    circuitBreaker: ['answers', 'At once, while the circuit is open.'],
    timeout: ['answers', 'The work that was ended may go on meanwhile.'],
    fallback: ['not needed', 'The inner one has answered; the outer one is for when that fails.'],
    staleIfError: ['not needed', 'It answers only what staleIfError has nothing for.'],
    bulkhead: ['answers', 'Refusals are answered too, unless `handle` says otherwise.'],
    rateLimiter: ['answers', 'Refusals are answered too, unless `handle` says otherwise.'],
    hedge: ['not needed', 'It answers when all calls of the race have failed.'],
    adaptiveLimiter: ['answers', 'Refusals are answered too, unless `handle` says otherwise.'],
    adaptiveThrottle: ['answers', 'Refusals are answered too, unless `handle` says otherwise.'],
    coalesce: ['answers', 'Each caller by itself.'],
  },
  staleIfError: {
    retry: ['answers', 'Once, after the last attempt.'],
    circuitBreaker: ['answers', 'At once, while the circuit is open.'],
    timeout: ['answers', 'A late value is not kept: nobody waits for it any more.'],
    fallback: [
      'keeps it',
      'It takes the fallback’s answer for a good value: put the fallback outside.',
    ],
    staleIfError: ['keeps it', 'The old value is kept as a new one, and lives longer. Use one.'],
    bulkhead: ['answers', 'Refusals are answered too, unless `handle` says otherwise.'],
    rateLimiter: ['answers', 'Refusals are answered too, unless `handle` says otherwise.'],
    hedge: ['keeps it', 'The winner’s value.'],
    adaptiveLimiter: ['answers', 'Refusals are answered too, unless `handle` says otherwise.'],
    adaptiveThrottle: ['answers', 'Refusals are answered too, unless `handle` says otherwise.'],
    coalesce: ['answers', 'Each caller by itself.'],
  },
  bulkhead: {
    retry: ['returned', 'One permit for all attempts and the waits between them.'],
    circuitBreaker: ['returned', neverSent],
    timeout: ['held', 'It comes back when the work has really ended.'],
    fallback: ['returned', 'Also while `run` looks for an answer the permit is in use.'],
    staleIfError: ['returned', 'The work has ended.'],
    bulkhead: ['returned', 'A call that waits in the inner queue holds a permit of the outer one.'],
    rateLimiter: ['returned', 'A call that waits for its turn inside holds a permit.'],
    hedge: ['held', 'One permit for the whole race, until the last loser has ended.'],
    adaptiveLimiter: [
      'returned',
      'A call that waits in the inner queue holds a permit of the outer one.',
    ],
    adaptiveThrottle: ['returned', neverSent],
    coalesce: ['returned', 'Each caller holds one, also who only waits: put coalesce outside.'],
  },
  rateLimiter: {
    retry: ['one token', 'For all attempts: put it inside the retry to limit what is sent.'],
    circuitBreaker: ['one token', spent],
    timeout: ['one token', 'An attempt that is ended was sent.'],
    fallback: ['one token', 'The fallback’s answer costs nothing more.'],
    staleIfError: ['one token', 'The older value costs nothing more.'],
    bulkhead: ['one token', spent],
    rateLimiter: ['one token', spent],
    hedge: [
      'one token',
      'For all calls of the race: put it inside the hedge to limit what is sent.',
    ],
    adaptiveLimiter: ['one token', spent],
    adaptiveThrottle: ['one token', spent],
    coalesce: ['one token', 'Each caller, although there was one execution: put coalesce outside.'],
  },
  hedge: {
    retry: ['next at once', 'The whole retry again: put the hedge inside the retry.'],
    circuitBreaker: ['no', again],
    timeout: ['next at once', 'Each call of the race has its own time.'],
    fallback: ['not needed', 'The fallback’s answer wins the race: put the fallback outside.'],
    staleIfError: ['not needed', 'The older value wins the race: put staleIfError outside.'],
    bulkhead: ['no', `${again} A hedge that is refused leaves the first call running.`],
    rateLimiter: ['no', `${again} A hedge that is refused leaves the first call running.`],
    hedge: ['not needed', 'Races multiply. Use one.'],
    adaptiveLimiter: ['no', `${again} A hedge that is refused leaves the first call running.`],
    adaptiveThrottle: ['no', `${again} A hedge that is refused leaves the first call running.`],
    coalesce: [
      'next at once',
      'A late call’s hedge joins the same flight, for nothing: put coalesce outside.',
    ],
  },
  adaptiveLimiter: {
    retry: ['returned', 'It measures attempts and waits together: put it inside the retry.'],
    circuitBreaker: ['returned', `${neverSent} A refusal is not measured.`],
    timeout: ['held', 'It comes back when the work has really ended.'],
    fallback: ['returned', 'It measures the fallback’s answer too: put the fallback outside.'],
    staleIfError: ['returned', 'It measures the older value too: put staleIfError outside.'],
    bulkhead: ['returned', `${neverSent} A refusal is not measured.`],
    rateLimiter: [
      'returned',
      `${neverSent} A wait for a turn inside looks like a slow dependency.`,
    ],
    hedge: ['held', 'One permit for the whole race, until the last loser has ended.'],
    adaptiveLimiter: ['returned', `${neverSent} A refusal is not measured.`],
    adaptiveThrottle: ['returned', `${neverSent} A refusal is not measured.`],
    coalesce: ['returned', 'Each caller holds one, also who only waits: put coalesce outside.'],
  },
  adaptiveThrottle: {
    retry: [
      'refused',
      'One for all attempts: put the throttle inside the retry, where it sees each.',
    ],
    circuitBreaker: ['nothing', own],
    timeout: ['refused', 'The dependency has not accepted it in time.'],
    fallback: ['accepted', 'The fallback hides the failures from it: put the fallback outside.'],
    staleIfError: [
      'accepted',
      'The older value hides the failures from it: put staleIfError outside.',
    ],
    bulkhead: ['nothing', own],
    rateLimiter: ['nothing', own],
    hedge: ['accepted', 'One for all calls of the race.'],
    adaptiveLimiter: ['nothing', own],
    adaptiveThrottle: ['nothing', own],
    coalesce: ['refused', 'One for each caller, although there was one execution.'],
  },
  coalesce: {
    retry: ['shared', 'One set of attempts for all who wait.'],
    circuitBreaker: ['over at once', atOnce],
    timeout: ['shared', 'All get the one TimeoutError.'],
    fallback: ['shared', 'All get the one answer, when it comes after the work.'],
    staleIfError: ['shared', 'All get the one older value.'],
    bulkhead: ['over at once', atOnce],
    rateLimiter: ['over at once', `${atOnce} Who waits for a turn inside is joined.`],
    hedge: ['shared', 'One race for all who wait.'],
    adaptiveLimiter: ['over at once', atOnce],
    adaptiveThrottle: ['over at once', atOnce],
    coalesce: ['shared', 'One inside the other changes nothing. Use one.'],
  },
};

export interface Fact {
  readonly outer: Kind;
  readonly inner: Kind;
  readonly effect: string;
  readonly says: string;
}

/** All ordered pairs. */
export const facts: readonly Fact[] = kinds.flatMap((outer) =>
  kinds.map((inner) => {
    const [effect, says] = rows[outer][inner];
    return { outer, inner, effect, says };
  }),
);
