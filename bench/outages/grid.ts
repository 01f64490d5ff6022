/**
 * Hundreds of settings: nobody chooses his outage. Those of the sweep, and as many drawn from distributions as are asked
 * for. A seed determines them, and no default of kedge knows their numbers.
 */
import { common, type Parameters } from './parameters.ts';
import { type Random, seeded } from './random.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { combinations, variations } from './sweep.ts';

export interface Setting {
  readonly name: string;
  readonly scenario: Scenario;
  readonly parameters: Partial<Parameters>;
}

/** A setting is shortened until about so many calls are asked for: thousands say as much as millions. */
const mostCalls = 5_000;

export function listed(): Setting[] {
  return scenarios.flatMap((scenario) =>
    combinations(variations[scenario.name] ?? {}).map((parameters) =>
      named(
        scenario,
        { ...shortened({ ...common, ...scenario.parameters, ...parameters }) },
        parameters,
      ),
    ),
  );
}

export function drawn(count: number, seed: number): Setting[] {
  const random = seeded(seed, 'grid');
  return Array.from({ length: count }, () => one(random));
}

/** What the page shows. */
export function published(): Setting[] {
  return [...drawn(600, 11), ...listed()];
}

function one(random: Random): Setting {
  const among = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const logarithmic = (from: number, to: number): number => from * (to / from) ** random();
  const scenario = among(scenarios);
  const rate = round(logarithmic(0.2, 5_000));
  const service = round(logarithmic(1, 2_000));
  // Enough workers for the ordinary load, with more or less room.
  const workers = Math.max(1, Math.ceil(((rate * service) / 1_000) * logarithmic(1.2, 8)));
  const clients =
    scenario.periodic === true ? Math.ceil(logarithmic(10, 1_000)) : among([1, 1, 1, 4, 30]);
  const capacity = (workers / service) * 1_000;
  const patience = among([1_000, 5_000, 5_000, 30_000]);
  const attempt = Math.min(patience, Math.max(50, round(service * logarithmic(5, 50))));
  const parameters: Partial<Parameters> = {
    seed: Math.floor(random() * 1e6),
    rate,
    spike: round(capacity * logarithmic(1.05, 3)),
    clients,
    service,
    workers: Math.min(1_600, workers),
    distribution: among(['exponential', 'exponential', 'lognormal', 'fixed']),
    sigma: 0.2 + random(),
    refusal: round(logarithmic(0.5, 50)),
    errorRate: 0.05 + 0.85 * random(),
    slowdown: round(logarithmic(2, 500)),
    tailShare: logarithmic(0.003, 0.05),
    tailFactor: round(logarithmic(5, 200)),
    period: round(logarithmic(100, 60_000)),
    badHosts: among([1, 1, 2, 5]),
    outage: round(logarithmic(200, 600_000)),
    hostsNotice: random() < 0.3,
    idempotent: among(['yes', 'yes', 'no', 'unsaid']),
    patience,
    total: patience,
    attempt,
    maxAttempts: among([2, 3, 4, 4, 6]),
  };
  return named(
    scenario,
    shortened({ ...common, ...scenario.parameters, ...parameters }),
    parameters,
  );
}

/** Less of what is always the same: the time before, the time after, and the middle of a long outage. */
function shortened(p: Parameters): Parameters {
  const rate = Math.max(p.rate, p.spike === common.spike ? 0 : p.spike);
  const room = Math.max(2_000, (mostCalls / rate) * 1_000);
  const outage = Math.min(p.outage, Math.max(4 * p.period > 60_000 ? 60_000 : 4_000, room / 2));
  return {
    ...p,
    outage,
    warmUp: Math.min(p.warmUp, room / 4, 20_000),
    after: Math.max(6_000, Math.min(p.after, room / 4)),
  };
}

function named(scenario: Scenario, parameters: Parameters, varied: Partial<Parameters>): Setting {
  const shown = new Set([
    'rate',
    'outage',
    'period',
    'errorRate',
    'slowdown',
    'workers',
    'service',
    'clients',
  ]);
  const about = Object.entries({ ...parameters })
    .filter(([name]) => shown.has(name) && (name in varied || name === 'rate'))
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'number' ? Number(value.toPrecision(3)) : value}`,
    );
  return { name: `${scenario.name}: ${about.join(', ')}`, scenario, parameters };
}

const round = (value: number): number => Number(value.toPrecision(3));
