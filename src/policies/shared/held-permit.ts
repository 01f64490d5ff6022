/**
 * Calls inside a call that has a permit: an operation may call a pipeline in which the same limit stands. Such a call
 * shares the permit. It is no second load on the dependency, and would wait for ever for what the call around it holds.
 */
import { carried } from '../../core/async-context.ts';
import type { Scope } from '../../core/scope.ts';
import { afterWork } from '../../core/work.ts';

/** What a call notes that shares the permit of the one around it. */
export const shared: unique symbol = Symbol('kedge.shared');

/** A permit of which calls inside know by their asynchronous context. */
export class HeldPermit {
  isLeft = false;
  readonly permits: object;
  readonly since: number;
  private readonly around: HeldPermit | undefined = HeldPermit.innermost();

  constructor(permits: object, since: number) {
    this.permits = permits;
    this.since = since;
  }

  /** Runs `run` so that calls inside it are known to be made inside of this. */
  enter(run: () => void): void {
    held.run(this, run);
  }

  /** The work inside ends: calls know of it until it has. Returns since when it was held. */
  leave(scope: Scope): number {
    afterWork(scope, () => {
      this.isLeft = true;
    });
    return this.since;
  }

  /** Whether one of `permits` is held around what runs now, as far as the platform can tell. */
  static isAround(permits: object): boolean {
    let each = HeldPermit.innermost();
    while (each !== undefined && (each.isLeft || each.permits !== permits)) each = each.around;
    return each !== undefined;
  }

  /** The innermost that has not been given back: those that have, and what they stood in, need not be kept. */
  static innermost(): HeldPermit | undefined {
    let each = held.get();
    while (each?.isLeft === true) each = each.around;
    return each;
  }
}

const held = carried<HeldPermit>();

/** Whether a call around this one, whose signal it was given, is at work with one of `permits`. */
export function isHeldAround(scope: Scope, permits: object): boolean {
  const { enclosing } = scope.execution;
  return enclosing !== undefined && isHeldBy(enclosing, permits);
}

function isHeldBy(scope: Scope, permits: object): boolean {
  let around: Scope | undefined = scope;
  while (around !== undefined) {
    let stage = around.working > 0 ? around.execution.chain.operation.outer : undefined;
    for (; stage !== undefined; stage = stage.outer) if (stage.gauged === permits) return true;
    around = around.execution.enclosing;
  }
  return false;
}
