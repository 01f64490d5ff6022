/**
 * Why a goal is not met, by `what` or `what: goal`. A goal that is missed without a reason here shows as such on the
 * page.
 */
const context =
  'The clock (two readings, 70 ns) and the way back into the call’s own asynchronous context after a timeout (50 ns) are ' +
  'half of what comes on top; the rest is spread over some 25 small functions that V8 does not inline into one.';
const rejection =
  'A bare rejection that is awaited costs about as much as the rest: the error object alone is 0.4 µs without a stack.';

export const reasons: Readonly<Record<string, string>> = {
  'four policies': context,
  'presets.http, 7 policies': context,
  'rejected by an open circuit, `execute`': rejection,
  'rejected by an open circuit, `settle`': rejection,
  'allocated a call, four policies':
    'Two promises with their functions, one of them for the asynchronous context.',
  'a failing attempt with `logs` at pino speed':
    'The failing attempt itself: an error, its classification, and the events.',
  '1 000 000 executions in flight under one timeout: ≤ 400 bytes each':
    'Promises, their functions, contexts and reactions are 824 bytes of it, the execution’s own two objects 320.',
  '1 000 000 executions in flight under one timeout: expiry of all ≤ 1 s':
    'Each makes an error, rejects a promise and leaves four lists; collecting 1.4 GB meanwhile takes most of the time.',
  '`import` of four policies, minified and gzipped':
    'Which errors are worth a retry is a table of 6 kB, which cockatiel leaves to its users.',
};

/** Why kedge is behind in a setting of the regret, by its name or by the kind of its outage. */
export const behind: Readonly<Record<string, string>> = {
  blackhole:
    'That calls hang is known only when they time out, when a short outage is over already: the circuit opens for nothing, and comes back by calls that take as long as the outage did.',
  'cold: rate 1160, clients 1, outage 270, workers 1600, service 1450, errorRate 0.213, slowdown 21.4, period 141':
    'Every other call runs into its time limit, also of a healthy dependency: one probe at a time seldom finds it well.',
  host: 'Waits for the circuit of a dead host, in place of asking the next one at once.',
  storm:
    'The circuit opens on time limits, and its single probes run into them as well, while half of the calls would be answered.',
  surge:
    'Calls beyond the limit and its short queue are refused, tried again within a second, and given up; a queue at the dependency would have answered some of them in time.',
};
