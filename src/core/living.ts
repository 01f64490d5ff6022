/**
 * Pipelines that are known without being held: whoever made one holds it, and when nobody does any more it goes.
 */

/** Something that is known, and perhaps not held. */
interface Reference<Part extends object> {
  deref(): Part | undefined;
}

class Held<Part extends object> implements Reference<Part> {
  private readonly part: Part;

  constructor(part: Part) {
    this.part = part;
  }

  deref(): Part {
    return this.part;
  }
}

// Runtimes without weak references hold a pipeline until it is disposed.
const canBeWeak = typeof WeakRef === 'function' && typeof FinalizationRegistry === 'function';

function reference<Part extends object>(part: Part): Reference<Part> {
  return canBeWeak ? new WeakRef(part) : new Held(part);
}

/** A place in a set. It must not refer to the part itself, which would then never be collected. */
class Membership {
  readonly set: LivingSet<object>;
  readonly reference: Reference<object>;

  constructor(set: LivingSet<object>, part: object) {
    this.set = set;
    this.reference = reference(part);
  }

  readonly end = (): void => {
    collected?.unregister(this);
    this.set.remove(this);
  };
}

const collected = canBeWeak
  ? new FinalizationRegistry<Membership>((membership) => membership.end())
  : undefined;

/** A set that holds none of its members, and is told when they are collected. */
export class LivingSet<Part extends object> {
  private readonly memberships: Set<Membership> = new Set();
  private readonly whenEmpty: () => void;

  /** `whenEmpty` is called when the last member has left or was collected. */
  constructor(whenEmpty: () => void) {
    this.whenEmpty = whenEmpty;
  }

  /** How many there are, those included that nobody holds any more and that are still to be collected. */
  get size(): number {
    return this.memberships.size;
  }

  /** Adds `part`, until the returned function is called or it is collected. */
  add(part: Part): () => void {
    const membership = new Membership(this, part);
    collected?.register(part, membership, membership);
    this.memberships.add(membership);
    return membership.end;
  }

  remove(membership: Membership): void {
    if (this.memberships.delete(membership) && this.memberships.size === 0) this.whenEmpty();
  }

  *[Symbol.iterator](): Iterator<Part> {
    for (const { reference: each } of this.memberships) {
      const part = each.deref();
      if (part !== undefined) yield part as Part;
    }
  }
}

/** So many may be there before those that were collected are looked for. */
const fewest = 8;

/** A list that holds none of its members. It is told nothing, and so costs next to nothing where there is but one. */
export class WeakList<Part extends object> {
  private members: Reference<Part>[] = [];
  private tolerated = fewest;

  add(part: Part): void {
    // Whenever there are twice as many as there were after the last time.
    if (this.members.length >= this.tolerated) {
      this.members = this.members.filter((each) => each.deref() !== undefined);
      this.tolerated = Math.max(fewest, 2 * this.members.length);
    }
    this.members.push(reference(part));
  }

  remove(part: Part): void {
    this.members = this.members.filter((each) => each.deref() !== part);
  }

  /** The one that came first, of those that there still are. */
  get first(): Part | undefined {
    for (const each of this.members) {
      const part = each.deref();
      if (part !== undefined) return part;
    }
    return undefined;
  }

  *[Symbol.iterator](): Iterator<Part> {
    for (const each of this.members) {
      const part = each.deref();
      if (part !== undefined) yield part;
    }
  }
}
