import type { Scope } from '../../core/scope.ts';
import type { Place, Stage } from '../../core/stage.ts';
import type { RetryBudget } from '../../mechanisms/budget.ts';
import { leaveBroken } from './handle.ts';

/** Pays the successes of one stage into budgets: once a pipeline, however many policies of it share a budget. */
export class Deposits {
  private readonly place: Place;
  private readonly claimed: Set<RetryBudget> = new Set();
  private known: RetryBudget | false;
  private pays: boolean;

  constructor(place: Place, budget: RetryBudget | false) {
    this.place = place;
    this.known = budget;
    this.pays = this.claims(budget);
  }

  /** Pays in for a call. Returns false where a budget of a user's own threw, and the call leaves `stage` with that error. */
  add(budget: RetryBudget | false, scope: Scope, stage: Stage): boolean {
    if (budget !== this.known) {
      this.known = budget;
      this.pays = this.claims(budget);
    }
    if (!this.pays) return true;
    try {
      (budget as RetryBudget).deposit(scope.execution.time);
      return true;
    } catch (error) {
      leaveBroken(stage, scope, error);
      return false;
    }
  }

  private claims(budget: RetryBudget | false): boolean {
    if (budget === false) return false;
    if (this.place.claim(budget)) this.claimed.add(budget);
    return this.claimed.has(budget);
  }
}
