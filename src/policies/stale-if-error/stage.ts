import type { Scope } from '../../core/scope.ts';
import { type Place, Stage } from '../../core/stage.ts';
import { classify } from '../../verdict/classify.ts';
import { isWithdrawal, isWithdrawn } from '../../verdict/withdrawal.ts';
import { ask, threw } from '../shared/handle.ts';
import { isResponse, release } from '../../core/response-body.ts';
import { ageOf, type LastGoodValues } from './values.ts';

export class StaleStage extends Stage {
  private readonly cache: LastGoodValues;

  constructor(place: Place, cache: LastGoodValues) {
    super(place, { stale: 0 });
    this.cache = cache;
  }

  override enter(scope: Scope): void {
    scope.notes[this.index] = this.cache.begin();
    this.nextEntering.enter(scope);
  }

  override succeed(scope: Scope, value: unknown): void {
    const answer = ask(this, scope, this.judge, value, scope);
    this.cache.end();
    if (answer === threw) return;
    if (answer === undefined) this.nextSucceeding.succeed(scope, value);
    else {
      release(value);
      this.serve(scope, undefined, answer);
    }
  }

  protected override failedInside(scope: Scope, error: unknown): void {
    const answer =
      scope.interruptedBy === undefined ? ask(this, scope, this.answerTo, error, scope) : undefined;
    this.cache.end();
    if (answer === threw) return;
    if (answer === undefined) this.outer.fail(scope, error);
    else this.serve(scope, error, answer);
  }

  override wouldAnswer(scope: Scope, error: unknown): boolean {
    try {
      const { settings } = this.cache;
      const key = settings.handles(error, scope) ? settings.key(scope) : undefined;
      return key !== undefined && this.cache.find(key, scope.execution.time) !== undefined;
    } catch {
      return false;
    }
  }

  override gauges(): Readonly<Record<string, number>> {
    return { entries: this.cache.size };
  }

  /** Keeps a good value; looks for an older one in place of a bad one. */
  private readonly judge = (value: unknown, scope: Scope): Answer | undefined => {
    const { settings } = this.cache;
    const { interruptedBy, execution } = scope;
    if (settings.isFailure?.(value, scope) === true)
      return interruptedBy === undefined ? this.older(scope) : undefined;
    const key = settings.key(scope);
    if (key === undefined) return undefined;
    if (!isResponse(value) || value.ok)
      this.cache.store(key, value, execution.time, scope.notes[this.index] as number);
    else if (isWithdrawn(value.status)) this.cache.clear(key);
    return undefined;
  };

  private readonly answerTo = (error: unknown, scope: Scope): Answer | undefined => {
    if (this.cache.settings.handles(error, scope)) return this.older(scope);
    const key = isWithdrawal(error) ? this.cache.settings.key(scope) : undefined;
    if (key !== undefined) this.cache.clear(key);
    return undefined;
  };

  private older(scope: Scope): Answer | undefined {
    const { time } = scope.execution;
    const key = this.cache.settings.key(scope);
    const entry = key === undefined ? undefined : this.cache.find(key, time);
    if (entry === undefined) return undefined;
    return { value: this.cache.use(key as string, entry), age: ageOf(entry, time) };
  }

  private serve(scope: Scope, error: unknown, { value, age }: Answer): void {
    this.count('stale');
    scope.execution.handled();
    scope.execution.reportFailure(true);
    scope.outcomeOverride = 'stale';
    if (error !== undefined && classify(error).kind === 'bug') {
      scope.execution.report(this, { type: 'stale.served', severity: 'error', age, error });
    } else this.emit(scope, 'stale.served', { age, error });
    this.nextSucceeding.succeed(scope, value);
  }
}

interface Answer {
  readonly value: unknown;
  readonly age: number;
}
