import type { Distribution } from './random.ts';

/**
 * Everything that a simulation depends on. Each can be set on the command line under its name: `--rate 400`.
 * Milliseconds, shares from 0 to 1, calls a second.
 */
export interface Parameters {
  seed: number;

  /** Calls a second that are asked for, over all clients. */
  rate: number;
  /** Calls a second during the spike, where a scenario has one. */
  spike: number;
  /** How many processes call, each with policies of its own. */
  clients: number;
  /** How many hosts the calls go to, each with a pipeline of its own in every client. */
  hosts: number;
  /** Of those, how many have the outage. */
  badHosts: number;
  /** An answer after this is of no use. */
  patience: number;

  /** How long calls are made before the outage, and are not measured. */
  warmUp: number;
  /** How long the outage is. */
  outage: number;
  /** How long calls are made after it. */
  after: number;

  /** How many calls a host works on at a time; the others wait in line there. */
  workers: number;
  /** The mean time that a host works on a call. */
  service: number;
  distribution: Distribution;
  /** Of the lognormal distribution. */
  sigma: number;
  /** How long a dead host takes to refuse a call. */
  refusal: number;
  /** Share of calls that fail during a brownout. */
  errorRate: number;
  /** Factor on the time of all calls while a host is slow. */
  slowdown: number;
  /** Share of calls that take `tailFactor` as long. */
  tailShare: number;
  tailFactor: number;
  /** How long a flapping host is down, and then up. */
  period: number;
  /** Whether a host drops a call whose client has given it up; most do not notice. */
  hostsNotice: boolean;
  /** Whether callers say that their calls may be made twice. Where they say no, nobody repeats what may have been executed. */
  idempotent: 'yes' | 'no' | 'unsaid';

  /** What the libraries are told. */
  total: number;
  attempt: number;
  maxAttempts: number;
  firstDelay: number;
  failureRate: number;
  minimumCalls: number;
  window: number;
  openFor: number;
  maxOpenFor: number;
  probes: number;
}

export const common: Parameters = {
  seed: 1,
  rate: 200,
  spike: 0,
  clients: 1,
  hosts: 1,
  badHosts: 1,
  patience: 5_000,
  warmUp: 20_000,
  outage: 60_000,
  after: 60_000,
  workers: 10,
  service: 20,
  distribution: 'exponential',
  sigma: 0.25,
  refusal: 1,
  errorRate: 0.3,
  slowdown: 100,
  tailShare: 0.01,
  tailFactor: 50,
  period: 3_000,
  hostsNotice: false,
  idempotent: 'yes',
  total: 5_000,
  attempt: 1_000,
  maxAttempts: 4,
  firstDelay: 100,
  failureRate: 0.5,
  minimumCalls: 20,
  window: 10_000,
  openFor: 500,
  maxOpenFor: 5_000,
  probes: 3,
};

/** Reads the parameters among command line options. */
export function readParameters(options: Readonly<Record<string, string>>): Partial<Parameters> {
  const given: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(options)) {
    const known = common[name as keyof Parameters];
    if (known === undefined) continue;
    given[name] =
      typeof known === 'number'
        ? Number(text)
        : typeof known === 'boolean'
          ? text !== 'false'
          : text;
    if (Number.isNaN(given[name]))
      throw new TypeError(`--${name}: expected a number, got '${text}'.`);
  }
  return given;
}
