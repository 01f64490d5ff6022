/**
 * One scenario through everything, in a process of its own: `node bench/outages/run.ts <scenario> [sweep]`.
 */
import { answer } from '../child.ts';
import { loadKedge, origin } from '../kedge.ts';
import { goals, seeds } from './goals.ts';
import { libraries, withoutHedging } from './libraries.ts';
import type { Library } from './libraries/library.ts';
import type { Outcome } from './measure.ts';
import { common, type Parameters } from './parameters.ts';
import { scenarios } from './scenarios.ts';
import { simulate } from './simulate.ts';
import { sweep, worst } from './sweep.ts';

export interface Judged {
  readonly what: string;
  readonly found: string;
  /** The same of the peers with kedge’s numbers, in the first seed. */
  readonly peers: string;
  readonly met: boolean;
  /** In how many of the seeds. */
  readonly metIn: number;
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly possible: number | undefined;
  readonly outage: number;
  readonly rows: readonly (readonly [name: string, outcome: Outcome])[];
  readonly goals: readonly Judged[];
}

const [wanted, mode] = process.argv.slice(2);
const scenario = scenarios.find(({ name }) => name === wanted);
if (scenario !== undefined) {
  const kedge = await loadKedge(origin);
  if (mode === 'sweep') {
    const rivals = libraries(kedge, 'tuned').slice(0, 3);
    const swept = await sweep(scenario, rivals, {});
    answer({ name: scenario.name, settings: swept.length, text: worst(scenario, swept, 2) });
  } else answer(await all());

  async function all(): Promise<ScenarioResult> {
    const p: Parameters = { ...common, ...scenario!.parameters };
    const rows: [string, Outcome][] = [];
    const [own, ...tuned] = libraries(kedge, 'tuned');
    const documented = libraries(kedge, 'documented').slice(1, -1);
    for (const library of [own!, ...tuned.slice(0, -1)])
      rows.push([library.name, await once(library, p)]);
    for (const library of documented)
      rows.push([`${library.name}, documented`, await once(library, p)]);
    rows.push([tuned.at(-1)!.name, await once(tuned.at(-1)!, p)]);
    return {
      name: scenario!.name,
      title: scenario!.title,
      possible: scenario!.possible?.(p),
      outage: p.outage,
      rows,
      goals: await judged(own!, rows.slice(1, tuned.length), p),
    };
  }

  /** The first seed is shown; the goals are asked of several. */
  async function judged(
    own: Library,
    peers: ScenarioResult['rows'],
    p: Parameters,
  ): Promise<Judged[]> {
    const asked = goals.filter((goal) => goal.scenario === scenario!.name);
    const found: (readonly [string, boolean])[][] = [];
    for (let seed = p.seed; seed < p.seed + seeds; seed++) {
      const outcome = await simulate(scenario!, own, { seed });
      const plain =
        scenario!.name === 'tail'
          ? await simulate(scenario!, withoutHedging(kedge), { seed })
          : outcome;
      found.push(asked.map((goal) => goal.check(outcome, { ...p, seed }, plain)));
    }
    const plain =
      scenario!.name === 'tail' ? await simulate(scenario!, withoutHedging(kedge), p) : undefined;
    return asked.map((goal, index) => {
      const metIn = found.filter((each) => each[index]![1]).length;
      // Of several seeds the worst is told, where one breaks the goal.
      const told = found.find((each) => !each[index]![1]) ?? found[0]!;
      const ofPeers = peers.map(([name, o]) => `${name} ${goal.check(o, p, plain ?? o)[0]}`);
      return {
        what: goal.what,
        found: told[index]![0],
        peers: ofPeers.join(', '),
        met: metIn === seeds,
        metIn,
      };
    });
  }

  async function once(library: Library, p: Parameters): Promise<Outcome> {
    return simulate(scenario!, library, p);
  }
}
