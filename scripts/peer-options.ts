// The options of other libraries, and what kedge answers when they are given to it: the tables of docs/coming-from.
import { bulkhead, circuitBreaker, retry, timeout } from '../src/index.ts';
import { resilientAxios } from '../src/adapters/axios.ts';
import { resilientFetch } from '../src/adapters/http.ts';

type Make = (options: never) => unknown;

interface Peer {
  /** The policy, or the client, that is given the options. */
  readonly to: string;
  readonly make: Make;
  /** With values as people give them. */
  readonly options: Readonly<Record<string, unknown>>;
}

const fn = (): boolean => true;

/** Every option of each; those that mean the same in kedge are left out. */
export const peers: Readonly<Record<string, readonly Peer[]>> = {
  'p-retry': [
    {
      to: 'retry',
      make: retry,
      options: {
        retries: 3,
        factor: 3,
        minTimeout: 100,
        maxTimeout: 5_000,
        randomize: true,
        maxRetryTime: 30_000,
        shouldRetry: fn,
        shouldConsumeRetry: fn,
        onFailedAttempt: fn,
        signal: {},
        forever: true,
      },
    },
  ],
  opossum: [
    {
      to: 'circuitBreaker',
      make: circuitBreaker,
      options: {
        errorThresholdPercentage: 50,
        volumeThreshold: 10,
        resetTimeout: 30_000,
        rollingCountTimeout: 10_000,
        rollingCountBuckets: 10,
        errorFilter: fn,
        timeout: 3_000,
        capacity: 50,
        maxFailures: 5,
        allowWarmUp: true,
        cache: true,
        cacheTTL: 1_000,
        cacheSize: 100,
        cacheGetKey: fn,
        cacheTransport: {},
        coalesce: true,
        coalesceTTL: 1_000,
        coalesceSize: 100,
        coalesceResetOn: [],
        abortController: {},
        autoRenewAbortController: true,
        state: {},
        status: {},
        enabled: false,
        group: 'prices',
        rollingPercentilesEnabled: false,
        enableSnapshots: false,
        rotateBucketController: {},
      },
    },
  ],
  cockatiel: [
    {
      to: 'retry',
      make: retry,
      options: { initialDelay: 100, maxDelay: 5_000, exponent: 3, generator: fn },
    },
    {
      to: 'circuitBreaker',
      make: circuitBreaker,
      options: {
        halfOpenAfter: 5_000,
        breaker: {},
        threshold: 0.5,
        duration: 10_000,
        minimumRps: 5,
        size: 100,
        minimumNumberOfCalls: 20,
        halfOpenSampling: {},
        initialState: {},
      },
    },
    { to: 'timeout', make: timeout, options: { abortOnReturn: false } },
    { to: 'bulkhead', make: bulkhead, options: { limit: 10, queue: 5 } },
  ],
  'axios-retry': [
    {
      to: 'resilientAxios',
      make: resilientAxios,
      options: {
        retries: 3,
        retryDelay: fn,
        retryCondition: fn,
        shouldResetTimeout: true,
        onRetry: fn,
        onMaxRetryTimesExceeded: fn,
        validateResponse: fn,
      },
    },
  ],
  got: [
    {
      to: 'resilientFetch',
      make: resilientFetch,
      options: {
        limit: 2,
        methods: [],
        errorCodes: [],
        maxRetryAfter: 60_000,
        calculateDelay: fn,
        backoffLimit: 5_000,
        noise: 100,
        enforceRetryRules: true,
        timeout: 10_000,
      },
    },
  ],
  ky: [
    {
      to: 'resilientFetch',
      make: resilientFetch,
      options: {
        limit: 2,
        methods: [],
        afterStatusCodes: [],
        maxRetryAfter: 60_000,
        backoffLimit: 5_000,
        delay: fn,
        jitter: true,
        retryOnTimeout: true,
        shouldRetry: fn,
        timeout: 10_000,
      },
    },
  ],
};

/** What kedge says to one option, or nothing where it only lists its own. */
export function answerTo(make: Make, name: string, value: unknown): string | undefined {
  try {
    make({ [name]: value } as never);
  } catch (error) {
    const [, answer] =
      /there is no option `\w+`\. (?!It has |Did you mean )(.*)$/.exec(String(error)) ?? [];
    return answer;
  }
  return undefined;
}

/** The rows of one library. */
export function tableOf(library: string): string {
  const rows = (peers[library] ?? []).flatMap(({ to, make, options }) =>
    Object.entries(options).map(([name, value]) => {
      const answer = answerTo(make, name, value);
      if (answer === undefined) throw new Error(`${to} has no answer to ${library}'s ${name}`);
      return `| \`${name}\` | ${answer} |\n`;
    }),
  );
  return `| ${library} | kedge answers |\n| --- | --- |\n${rows.join('')}`;
}
