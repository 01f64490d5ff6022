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
  /** The last value whose name has not been seen yet. */
  private value: { readonly start: number; readonly end: number } | undefined = undefined;

  constructor(finder: Finder) {
    this.finder = finder;
  }

  /** A member, whose value begins at `start`. */
  member(key: string, keyEnd: number, start: number): void {
    const { text, names } = this.finder;
    const role = roleOf(key);
    if (role === 'name') {
      const said = text.slice(start, Math.min(endOfValue(text, start), start + LONGEST_NAME + 4));
      const isSecret = namesSecret(said.replace(/^[[("'`\s]+|[\])"'`,\s]+$/g, ''), names);
      if (isSecret && this.value !== undefined && start - this.value.end < FAR) {
        this.take(this.value.start, this.value.end);
      } else this.named = isSecret ? start : -1;
      this.value = undefined;
    } else if (role === 'value') {
      const end = endOfValue(text, start);
      if (this.named !== -1 && keyEnd - this.named < FAR) {
        this.take(start, end);
      } else this.value = { start, end };
    }
  }

  /** The object ends. */
  close(): void {
    this.named = -1;
    this.value = undefined;
  }

  private take(start: number, end: number): void {
    this.finder.addValue(start, end);
    this.close();
  }
}

function set(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
