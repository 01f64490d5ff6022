import type { Scope } from '../../core/scope.ts';
import { afterWork, forgetWork } from '../../core/work.ts';
import { Deadline, type DeadlineList } from '../../mechanisms/deadlines.ts';
import type { Permits } from '../../mechanisms/permits.ts';

/** What it holds, and for how long. */
interface Terms {
  readonly permits: Permits;
  readonly abandonAfter: number;
  readonly leases: DeadlineList;
}

/**
 * Work that goes on although its call has been answered. It keeps its permit until it ends, but not for ever: of work
 * that never ends one permit after the other would be gone.
 */
export class GivenUpWork extends Deadline {
  private readonly terms: Terms;
  private readonly scope: Scope;
  private readonly expired: () => void;
  private holds = true;

  constructor(terms: Terms, scope: Scope, expired: () => void) {
    super(scope.execution.time + terms.abandonAfter);
    this.terms = terms;
    this.scope = scope;
    this.expired = expired;
  }

  begin(): void {
    if (this.instant !== Infinity) this.terms.leases.add(this);
    afterWork(this.scope, () => this.release());
  }

  override expire(): void {
    forgetWork(this.scope);
    this.expired();
    this.release();
  }

  private release(): void {
    if (!this.holds) return;
    this.holds = false;
    this.terms.leases.remove(this);
    this.terms.permits.release();
  }
}
