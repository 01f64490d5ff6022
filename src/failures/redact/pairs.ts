/** Names and values that stand in members of their own: `{ name: 'password', value: '…' }`, in text and in objects. */
import { endOfValue } from './extent.ts';
import type { Finder } from './finder.ts';
import { fold, type Names } from './names.ts';

const nameRoles = set(
  `name key property path field fieldname param parameter header headername attribute column columnname label variable
   loc location pointer instancepath datapath option setting envname keyname propertyname k`,
);
const valueRoles = set(
  `value values val v input data content text received actual rejectedvalue rejected newvalue oldvalue current raw
   stringvalue defaultvalue attemptedvalue givenvalue got`,
);

export type Role = 'name' | 'value' | undefined;

const LONGEST_ROLE = 20;
const MOST_KNOWN = 1_000;
const known = new Map<string, Role>();

/** What a member called `key` has: the name of another one's value, such a value, or neither. */
export function roleOf(key: string): Role {
  if (key.length > LONGEST_ROLE) return undefined;
  let role = known.get(key);
  if (role === undefined && !known.has(key)) {
    const folded = fold(key);
    role = nameRoles.has(folded) ? 'name' : valueRoles.has(folded) ? 'value' : undefined;
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, role);
  }
  return role;
}

const LONGEST_NAME = 100;
const FAR = 400;
const FARTHER = 2_000;

/** Whether what a member says is the name of a secret: `password`, `user.password`, `/body/password`, `['password']`. */
export function namesSecret(said: string, names: Names): boolean {
  if (said.length === 0 || said.length > LONGEST_NAME || /\s\S+\s/.test(said)) return false;
  const last =
    said.split(/[./[\]\s,"']+/).findLast((part) => part !== '' && !/^\d+$/.test(part)) ?? '';
  return names.level(last) > 0 || names.level(said) > 0;
}

/** The pairs of one text. Names may stand before or behind their values, in one object. */
export class Pairs {
  private readonly finder: Finder;
  /** Where the last name of a secret ended that has no value yet. */
  private named = -1;
  /** Where the last value began whose name has not been seen yet. */
  private value = -1;

  constructor(finder: Finder) {
    this.finder = finder;
  }

  /** A member, whose value begins at `start`. */
  member(key: string, keyEnd: number, start: number): void {
    const { text, names } = this.finder;
    const role = roleOf(key);
    if (role === 'name') {
      const near = text.slice(start, start + FAR);
      const said = near.slice(0, Math.min(endOfValue(near, 0), LONGEST_NAME + 4));
      const isSecret = namesSecret(said.replace(/^[[("'`\s]+|[\])"'`,\s]+$/g, ''), names);
      if (isSecret && this.value !== -1 && start - this.value < FARTHER) this.take(this.value);
      else this.named = isSecret ? start : -1;
      this.value = -1;
    } else if (role === 'value') {
      if (this.named !== -1 && keyEnd - this.named < FAR) this.take(start);
      else this.value = start;
    }
  }

  /** The object ends. */
  close(): void {
    this.named = -1;
    this.value = -1;
  }

  private take(start: number): void {
    const { finder } = this;
    finder.addValue(start, endOfValue(finder.text, start));
    this.close();
  }
}

function set(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
