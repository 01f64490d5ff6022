/** Values that stand under the name of a secret, so that they can be looked for everywhere else. */
import { redact } from 'kedge/failures';
import { type Fields, isFields } from './reading.ts';

const SHORTEST = 8;
const LONGEST = 1_000;
const MOST_VALUES = 50;
/** Of one event, over all of its parts: whoever sends more has no use for having it searched. */
const MOST_NODES = 20_000;
/** It takes longer to ask for a name than to look at a value. */
const MOST_NEW_NAMES = 2_000;
const DEEPEST = 16;

const secretNames = new Map<string, boolean>();
const MOST_NAMES = 5_000;

/** Whether kedge takes out what stands under this name. */
export function isSecretName(name: string): boolean {
  let known = secretNames.get(name);
  if (known === undefined) {
    const sample = redact({ [name]: 'x7Kq93mZpLw2' }) as Fields;
    known = Object.values(sample)[0] !== 'x7Kq93mZpLw2';
    if (secretNames.size >= MOST_NAMES) secretNames.clear();
    if (name.length <= 200) secretNames.set(name, known);
  }
  return known;
}

/** Words that stand under such names and are no secrets, and marks that clients leave in their place. */
const harmless =
  /^(?:password|postgres|username|database|localhost|changeme|undefined|required|disabled|function|\[.*\]|\*+|<.*>)$/i;

/** The values under secret names in `part`, at any depth, are added to `found`. */
export function findSecrets(part: unknown, found: Set<string>): void {
  let walk = walks.get(found);
  if (walk === undefined) walks.set(found, (walk = { nodes: 0, newNames: 0, found }));
  visit(part, false, 0, walk);
}

/** The parts of one event share what they find, and how long it may take. */
const walks = new WeakMap<Set<string>, Walk>();

interface Walk {
  nodes: number;
  newNames: number;
  readonly found: Set<string>;
}

const isOver = ({ nodes, newNames }: Walk): boolean =>
  nodes > MOST_NODES || newNames > MOST_NEW_NAMES;

function visit(value: unknown, isSecret: boolean, depth: number, walk: Walk): void {
  walk.nodes += 1;
  if (depth > DEEPEST) return;
  if (typeof value === 'string' || typeof value === 'number') {
    if (isSecret) addSecret(String(value), walk.found);
  } else if (Array.isArray(value)) {
    const [name, second] = value as unknown[];
    // `['authorization', 'Bearer …']`: headers as pairs.
    const isPair = value.length === 2 && typeof name === 'string' && typeof second === 'string';
    if (isPair && isSecretName(name)) addSecret(second, walk.found);
    for (const item of value) {
      if (isOver(walk)) return;
      visit(item, isSecret, depth + 1, walk);
    }
  } else if (isFields(value)) {
    for (const name in value) {
      if (isOver(walk)) return;
      if (!secretNames.has(name)) walk.newNames += 1;
      visit(value[name], isSecret || isSecretName(name), depth + 1, walk);
    }
  }
}

/** Adds a value, and what is secret in it: the token of `Bearer …`, what a cookie holds, a text in quotes. */
export function addSecret(value: string, found: Set<string>): void {
  if (value.length > LONGEST) return;
  const whole = value.trim().replace(/^(['"])(.*)\1$/s, '$2');
  const parts = whole
    .split(/[\s;,&]+/)
    .flatMap((part) => [part, part.slice(part.indexOf('=') + 1)]);
  for (const one of [whole, ...parts]) {
    if (found.size >= MOST_VALUES) return;
    if (one.length >= SHORTEST && !harmless.test(one)) found.add(one);
  }
}
