/**
 * Why a goal is not met, by `what` or `what: goal`. A goal that is missed without a reason here shows as such on the
 * page.
 */
const context =
  'The clock is read twice, which is a fifth of it; promises, closures and the way back into the call’s own asynchronous ' +
  'context cost as much as the bare call. The rest is spread over small functions of which none takes 5 %.';
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
  'an idle breaker': 'The window of the last ten seconds, and what is told of an outage.',
  '1 000 000 executions in flight under one timeout: ≤ 850 bytes each':
    'Promises, their functions, contexts and reactions are 824 bytes of it, the execution’s own two objects 320.',
  '1 000 000 executions in flight under one timeout: ≤ 3 µs of work each to expire':
    'Each makes an error, rejects a promise and leaves four lists.',
  '`import` of four policies, minified and gzipped':
    'Whose failure an error is, and whether it may be repeated, is a table of some twenty drivers and clients; cockatiel leaves that to its users.',
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
