/** Serves the last good value instead of a failure. */
import type { Scope } from '../core/scope.ts';
import {
  func,
  missing,
  positiveDuration,
  readOptions,
  type Rules,
  text,
  wholeNumber,
} from '../core/options.ts';
import type { Context, Policy } from '../core/policy.ts';
import { type Place, Stage, stage } from '../core/stage.ts';
import { applyStaged } from '../core/staged.ts';
import { classify } from '../verdict/classify.ts';

export interface StaleIfErrorOptions {
  /** How old a value may be that is served, in milliseconds. */
  maxAge: number;
  /** What a value is the value of; calls of one key must ask for the same thing. @default the context's key */
  key?: (context: Context) => string | undefined;
  /** How many values are kept; the least recently stored or served is dropped first. @default 1_000 */
  maxEntries?: number;
  /** Which errors are answered. @default all but cancellation by the caller */
  handle?: (error: unknown, context: Context) => boolean;
  /** Which values are no good: not kept, and answered by an older one. @default none */
  handleResult?: (value: unknown, context: Context) => boolean;
  /** The policy's name in metrics and events. @default 'staleIfError' */
  name?: string;
}

/** A cache for bad times, in use. */
export interface StaleIfError extends Policy {
  /** Changes options; the values that are kept stay, as far as they fit. */
  reconfigure(options: Partial<Omit<StaleIfErrorOptions, 'name'>>): void;
  /** Forgets one key, or everything. */
  clear(key?: string): void;
}

const rules: Rules<StaleIfErrorOptions> = {
  maxAge: positiveDuration,
  key: func,
  maxEntries: wholeNumber(1),
  handle: func,
  handleResult: func,
  name: text,
};
const { name: _, ...changeable } = rules;
const defaults = {
  key: (context: Context) => context.key,
  maxEntries: 1_000,
  handle: () => true,
  name: 'staleIfError',
};

/**
 * Keeps the last good value of each key, and answers with it, up to `maxAge` old, when the rest of the pipeline
 * fails: `stale-if-error` of RFC 5861.
 *
 * A call without a key is neither kept nor answered: kedge cannot know that two such calls ask for the same thing.
 * A programmer's bug is answered too, and reported with severity `error`; cancellation by the caller never is. Throws
 * a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * const rates = pipeline('rates', staleIfError({ maxAge: 600_000 }), timeout(1_000));
 * await rates.execute(() => fetchRate('EUR'), { key: 'EUR' });
 */
export function staleIfError(options: StaleIfErrorOptions): StaleIfError {
  return new ErrorCache(options);
}

type Settings = Readonly<
  Required<Omit<StaleIfErrorOptions, 'name' | 'handleResult'>> &
    Pick<StaleIfErrorOptions, 'handleResult'>
>;

interface Entry {
  readonly value: unknown;
  readonly at: number;
}

interface Shared {
  settings: Settings;
  /** The least recently used first. */
  readonly entries: Map<string, Entry>;
}

class ErrorCache implements StaleIfError {
  readonly kind = 'staleIfError';
  readonly name: string;
  readonly apply = applyStaged;
  private readonly shared: Shared;

  constructor(options: StaleIfErrorOptions) {
    const { name, ...settings } = readOptions<StaleIfErrorOptions>(
      'staleIfError',
      options,
      defaults,
      rules,
    );
    if (settings.maxAge === undefined) missing('staleIfError', 'maxAge', rules.maxAge);
    this.name = name ?? defaults.name;
    this.shared = { settings: settings as Settings, entries: new Map() };
  }

  [stage](place: Place): Stage {
    return new StaleStage(place, this.shared);
  }

  reconfigure(options: Partial<Omit<StaleIfErrorOptions, 'name'>>): void {
    const { shared } = this;
    shared.settings = readOptions<Omit<StaleIfErrorOptions, 'name'>>(
      'staleIfError',
      options,
      shared.settings,
      changeable,
    ) as Settings;
    trim(shared);
  }

  clear(key?: string): void {
    if (key === undefined) this.shared.entries.clear();
    else this.shared.entries.delete(key);
  }
}

function trim({ entries, settings }: Shared): void {
  for (const key of entries.keys()) {
    if (entries.size <= settings.maxEntries) return;
    entries.delete(key);
  }
}

class StaleStage extends Stage {
  private readonly shared: Shared;

  constructor(place: Place, shared: Shared) {
    super(place, { stale: 0 });
    this.shared = shared;
  }

  override succeed(scope: Scope, value: unknown): void {
    const { settings, entries } = this.shared;
    try {
      if (settings.handleResult?.(value, scope) ?? false) {
        if (!this.serve(scope, undefined)) this.nextSucceeding.succeed(scope, value);
        return;
      }
      const key = settings.key(scope);
      if (key !== undefined) {
        entries.delete(key);
        entries.set(key, { value, at: scope.execution.time });
        trim(this.shared);
      }
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return;
    }
    this.nextSucceeding.succeed(scope, value);
  }

  override fail(scope: Scope, error: unknown): void {
    try {
      if (
        scope.interruptedBy === undefined &&
        this.shared.settings.handle(error, scope) &&
        this.serve(scope, error)
      )
        return;
    } catch (thrown) {
      this.outer.fail(scope, thrown);
      return;
    }
    this.outer.fail(scope, error);
  }

  override get gauged(): object {
    return this.shared;
  }

  override gauges(): Readonly<Record<string, number>> {
    return { entries: this.shared.entries.size };
  }

  private serve(scope: Scope, error: unknown): boolean {
    const { settings, entries } = this.shared;
    const key = settings.key(scope);
    if (key === undefined || scope.interruptedBy !== undefined) return false;
    const entry = entries.get(key);
    if (entry === undefined) return false;
    entries.delete(key);
    const age = scope.execution.time - entry.at;
    if (age > settings.maxAge) return false;
    entries.set(key, entry);
    this.count('stale');
    scope.execution.handled();
    scope.execution.reportFailure(true);
    scope.execution.outcomeOverride ??= 'stale';
    if (error !== undefined && classify(error).kind === 'bug') {
      scope.execution.report(this, { type: 'stale.served', severity: 'error', age, error });
    } else this.emit(scope, 'stale.served', { age, error });
    this.nextSucceeding.succeed(scope, entry.value);
    return true;
  }
}
