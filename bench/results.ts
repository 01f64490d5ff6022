/**
 * What the parts of the benchmark found, kept outside the repository: so that one part can be measured again and the page
 * written anew.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import type { LimitResult } from './limits/run.ts';
import type { Million } from './memory/million.ts';
import type { Weight } from './memory/run.ts';
import type { MicroResult } from './micro/run.ts';
import type { Measured } from './outages/regret.ts';
import type { ScenarioResult } from './outages/run.ts';
import type { Curve } from './scale/run.ts';
import type { Size } from './size/run.ts';
import type { StormResult } from './storm/run.ts';

export interface Results {
  micro: {
    readonly together: readonly MicroResult[];
    /** The ratio where the stack is alone with the bare call in a fresh process. */
    readonly alone: ReadonlyMap<string, number>;
    readonly bytes: ReadonlyMap<string, number>;
  };
  memory: { readonly weights: ReadonlyMap<string, Weight>; readonly million: Million };
  scale: ReadonlyMap<string, Curve>;
  size: readonly Size[];
  storm: StormResult;
  limits: readonly LimitResult[];
  outages: readonly ScenarioResult[];
  regret: readonly Measured[];
  sweep: readonly { readonly name: string; readonly settings: number; readonly text: string }[];
}

const folder = fileURLToPath(new URL('../node_modules/.cache/kedge-bench/', import.meta.url));

export function keep<Part extends keyof Results>(part: Part, found: Results[Part]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${part}`, serialize({ at: new Date(), found }));
}

/** What was found last, and when. */
export function kept<Part extends keyof Results>(
  part: Part,
): { at: Date; found: Results[Part] } | undefined {
  const file = `${folder}${part}`;
  return existsSync(file)
    ? (deserialize(readFileSync(file)) as { at: Date; found: Results[Part] })
    : undefined;
}
