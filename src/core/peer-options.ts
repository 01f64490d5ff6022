/**
 * What options are called in other libraries, and what says the same here: so that whoever comes from one of them is
 * answered with a translation, and not with the name that happens to be spelled alike.
 */

/** Names elsewhere, the option here, how its value follows from a number that was given, and what else to know. */
type Row = readonly [
  names: string,
  option: string,
  value?: ((given: number) => string | number) | undefined,
  note?: string,
];

const same = (given: number): number => given;
const percent = (given: number): number => given / 100;
const grows = (member: string) => (given: number) => `exponentialBackoff({ ${member}: ${given} })`;

/** Of several rows for one name the first counts of which the policy has the option. */
export const rows: readonly Row[] = [
  // p-retry, async-retry, got, axios-retry, Polly, mollitia, exponential-backoff
  [
    'retries maxRetries maxRetryAttempts retryLimit retryAttempts retryCount limit',
    'maxAttempts',
    (given) => given + 1,
    'the first attempt counts too',
  ],
  [
    'attempts tries maxTries numOfAttempts attemptLimit',
    'maxAttempts',
    same,
    'the first attempt counts too',
  ],
  ['forever', 'maxAttempts', undefined, 'give `Infinity`'],
  ['minTimeout initialDelay startingDelay minDelay baseDelay', 'initial', same],
  ['maxTimeout maxDelay backoffLimit', 'max', same],
  ['exponent timeMultiple multiplier exponentialBase', 'factor', same],
  [
    'randomize jitterFactor useJitter noise',
    'jitter',
    undefined,
    "it is `'full'` unless you say so",
  ],
  ['minTimeout initialDelay startingDelay minDelay baseDelay initial', 'backoff', grows('initial')],
  ['maxTimeout maxDelay backoffLimit', 'backoff', grows('max')],
  ['factor exponent timeMultiple multiplier exponentialBase', 'backoff', grows('factor')],
  [
    'randomize jitter jitterFactor useJitter noise',
    'backoff',
    undefined,
    "`exponentialBackoff({ jitter: 'full' })` is the default",
  ],
  ['delay retryDelay calculateDelay generator delayGenerator delayStrategy', 'backoff', same],
  ['maxRetryTime maxElapsedTime maxDuration', 'maxElapsed', same],
  ['respectRetryAfterHeader', 'respectRetryAfter'],
  [
    'shouldRetry retryOn retryIf retryCondition retryWhen handleType handleWhen shouldHandle shouldConsumeRetry errorCodes enforceRetryRules',
    'handle',
    undefined,
    'it decides without waiting, and `undefined` leaves the decision to the default',
  ],
  [
    'errorFilter abortOn ignore ignoreErrors',
    'handle',
    undefined,
    'the other way round: false for an error that does not count',
  ],
  ['handleResultType handleWhenResult orWhenResult retryOnResult validateResponse', 'handleResult'],
  [
    'shouldRetry retryCondition errorCodes enforceRetryRules',
    'retry',
    undefined,
    '`retry: { handle }`',
  ],
  ['maxRetryAfter', 'retry', (given) => `{ maxRetryAfter: ${given} }`],
  ['maxRetryTime', 'totalTimeout', same],
  ['validateResponse', 'statusCodes', undefined, 'further statuses that are failures'],
  [
    'onFailedAttempt onRetry',
    'beforeRetry',
    undefined,
    'or `observe` where you only want to hear of it',
  ],
  // opossum, cockatiel, Polly, resilience4j, mollitia
  [
    'resetTimeout halfOpenAfter breakDuration durationOfBreak openDuration waitDurationInOpenState openStateDelay',
    'openFor',
    same,
  ],
  ['errorThresholdPercentage failureRateThreshold', 'failureRate', percent, 'rates are 0 to 1'],
  ['threshold failureRatio', 'failureRate', same],
  ['failureThreshold maxFailures consecutiveErrors', 'consecutiveFailures', same],
  ['volumeThreshold minimumThroughput minimumNumberOfCalls', 'minimumCalls', same],
  [
    'minimumRps allowWarmUp',
    'minimumCalls',
    undefined,
    'no rate is taken of fewer calls in the window',
  ],
  [
    'rollingCountTimeout rollingDuration samplingDuration duration',
    'window',
    (given) => `{ duration: ${given} }`,
  ],
  [
    'slidingWindowSize slidingWindowType rollingCountBuckets size',
    'window',
    undefined,
    '`{ duration }` or `{ calls }`',
  ],
  [
    'slowCallDurationThreshold slowCallRateThreshold',
    'slowCall',
    undefined,
    '`{ after, rate }`, a rate is 0 to 1',
  ],
  [
    'permittedNumberOfCallsInHalfOpenState halfOpenMaxCalls halfOpenMaxAttempts',
    'halfOpen',
    (given) => `{ probes: ${given} }`,
  ],
  ['halfOpenSampling', 'halfOpen', undefined, '`{ probes }`'],
  ['initialState state status', 'restore', undefined, 'the `snapshot()` of an earlier breaker'],
  ['resetTimeout halfOpenAfter', 'circuitBreaker', (given) => `{ openFor: ${given} }`],
  ['errorThresholdPercentage', 'circuitBreaker', (given) => `{ failureRate: ${percent(given)} }`],
  ['volumeThreshold', 'circuitBreaker', (given) => `{ minimumCalls: ${given} }`],
  ['capacity', 'bulkhead', (given) => `{ maxConcurrent: ${given} }`],
  // bulkheads and limiters
  [
    'capacity concurrency maxConcurrency maxConcurrentCalls concurrentSize concurrentLimit limit size',
    'maxConcurrent',
    same,
  ],
  ['queue queueSize queueLimit maxQueue maxQueuedCalls maxWaitingCalls', 'maxQueued', same],
  ['queueTimeout maxQueueWait maxWaitDuration', 'maxWait', same],
  [
    'limitForPeriod tokensPerInterval points permitLimit permits maxRequests requests max',
    'limit',
    same,
  ],
  [
    'limitPeriod limitRefreshPeriod period perMilliseconds duration windowMs window',
    'interval',
    same,
  ],
  // the others
  ['ms milliseconds timeout duration delay limit', 'after', same],
  ['timeoutStrategy', 'strategy'],
  ['timeout', 'totalTimeout', same, '`attemptTimeout` is that of each attempt'],
  ['maxHedgedAttempts hedges', 'maxHedges', same],
  ['ttl cacheTTL maxStale staleFor', 'maxAge', same],
  ['maxSize cacheSize max', 'maxEntries', same],
  ['fallbackValue defaultValue valueOrFactory', 'value'],
  ['callback action fallback fallbackAction', 'run'],
  ['group', 'name'],
];

/** Options elsewhere that are something else here than an option. */
const advice: readonly (readonly [names: string, sentence: string])[] = [
  [
    'timeout attemptTimeout callTimeout',
    'Time is limited by a policy of its own: put `timeout(ms)` into the pipeline.',
  ],
  ['capacity concurrency maxConcurrency', 'Put `bulkhead({ maxConcurrent })` into the pipeline.'],
  ['fallback fallbackValue', 'Put `fallback({ value })` or `fallback({ run })` outside it.'],
  [
    'cache cacheTTL cacheSize cacheGetKey cacheTransport coalesce coalesceTTL coalesceSize coalesceResetOn',
    'Put `coalesce()` or `staleIfError({ maxAge })` into the pipeline.',
  ],
  ['breaker', 'Its rules are options: `consecutiveFailures`, `failureRate`.'],
  [
    'rollingPercentilesEnabled enableSnapshots rotateBucketController',
    'Metrics need no option: `observe(prometheus(registry))`.',
  ],
  ['abortOnReturn', 'A signal never aborts after success.'],
  ['methods', 'Idempotent methods are repeated, others with `idempotent: true` in the call.'],
  ['afterStatusCodes', '`Retry-After` is heeded whatever the status.'],
  [
    'shouldResetTimeout retryOnTimeout',
    '`attemptTimeout` bounds each attempt, `totalTimeout` the call.',
  ],
  [
    'signal abortSignal abortController autoRenewAbortController',
    'A signal belongs to one call: `execute(operation, { signal })`.',
  ],
  [
    'idempotent',
    'Say so with each call: `execute(operation, { attributes: { idempotent: true } })`.',
  ],
  ['enabled', 'Leave the policy out: a pipeline passes over `false`.'],
  [
    'onFailedAttempt onRetry onMaxRetryTimesExceeded onFailure onSuccess onBreak onReset onHalfOpen onTimeout onError logger metrics',
    '`observe(sink)` hears of it.',
  ],
  ['retries maxRetries attempts maxAttempts', 'Put `retry({ maxAttempts })` into the pipeline.'],
];

const has = (names: string, name: string): boolean => names.split(' ').includes(name);

/** Says what an option of another library is here; nothing where none is known that the policy could take. */
export function translate(
  name: string,
  given: unknown,
  options: readonly string[],
): string | undefined {
  const row = rows.find(([names, option]) => has(names, name) && options.includes(option));
  if (row === undefined) return advice.find(([names]) => has(names, name))?.[1];
  const [, option, value, note] = row;
  const known = typeof given === 'number' && value !== undefined;
  const from = known ? `${name}: ${given}` : name;
  const to = known ? `${option}: ${value(given)}` : option;
  return `\`${from}\` is \`${to}\` here${note === undefined ? '' : `: ${note}`}.`;
}
