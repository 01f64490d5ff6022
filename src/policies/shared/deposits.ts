import type { Place } from '../../core/stage.ts';
import type { RetryBudget } from '../../mechanisms/budget.ts';

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

  add(budget: RetryBudget | false, time: number): void {
    if (budget !== this.known) {
      this.known = budget;
      this.pays = this.claims(budget);
    }
    if (this.pays) (budget as RetryBudget).deposit(time);
  }

  private claims(budget: RetryBudget | false): boolean {
    if (budget === false) return false;
    if (this.place.claim(budget)) this.claimed.add(budget);
    return this.claimed.has(budget);
  }
}
