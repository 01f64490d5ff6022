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

/** A place in the set. It must not refer to the part itself, which would then never be collected. */
class Membership {
  readonly set: LivingSet<object>;
  readonly reference: Reference<object>;

  constructor(set: LivingSet<object>, part: object) {
    this.set = set;
    this.reference = canBeWeak ? new WeakRef(part) : new Held(part);
  }

  readonly end = (): void => {
    collected?.unregister(this);
    this.set.remove(this);
  };
}

const collected = canBeWeak
  ? new FinalizationRegistry<Membership>((membership) => membership.end())
  : undefined;

/** So many may be there before those that were collected are looked for. */
const fewest = 8;

/** A set that holds none of its members. */
export class LivingSet<Part extends object> {
  private readonly memberships: Set<Membership> = new Set();
  private readonly whenEmpty: (() => void) | undefined;
  private tolerated = fewest;

  /**
   * `whenEmpty` is called when the last member has left or was collected; without it nothing is told when a member is
   * collected, which costs less.
   */
  constructor(whenEmpty?: () => void) {
    this.whenEmpty = whenEmpty;
  }

  /** How many there are, those included that nobody holds any more and that are still to be collected. */
  get size(): number {
    return this.memberships.size;
  }

  /** Adds `part`, until the returned function is called or it is collected. */
  add(part: Part): () => void {
    const membership = new Membership(this, part);
    if (this.whenEmpty === undefined) this.sweep();
    else collected?.register(part, membership, membership);
    this.memberships.add(membership);
    return membership.end;
  }

  remove(membership: Membership): void {
    if (this.memberships.delete(membership) && this.memberships.size === 0) this.whenEmpty?.();
  }

  *[Symbol.iterator](): Iterator<Part> {
    for (const { reference } of this.memberships) {
      const part = reference.deref();
      if (part !== undefined) yield part as Part;
    }
  }

  /** Forgets those that were collected, whenever there are twice as many as there were after the last time. */
  private sweep(): void {
    if (this.memberships.size < this.tolerated) return;
    for (const membership of this.memberships) {
      if (membership.reference.deref() === undefined) this.memberships.delete(membership);
    }
    this.tolerated = Math.max(fewest, 2 * this.memberships.size);
  }
}
