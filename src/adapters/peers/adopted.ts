/** A policy of another library in a pipeline, with the counters and gauges of the kedge policy that does the same. */
import { CustomStage } from '../../core/custom.ts';
import type { EventFields, EventType } from '../../core/events.ts';
import { type LinkedContext, scopeOf } from '../../core/linked-context.ts';
import type { Next } from '../../core/policy.ts';
import { type Place, type StagedPolicy, stage } from '../../core/stage.ts';
import { applyStaged } from '../../core/staged.ts';

/** How an adopted policy tells of itself. */
export interface Teller {
  count(counter: string, more?: number): void;
  /** Reports a decision about a call. */
  emit<Type extends EventType>(context: LinkedContext, type: Type, fields: EventFields[Type]): void;
  /** Reports what belongs to no call. */
  announce<Type extends EventType>(type: Type, fields: EventFields[Type]): void;
  /** The failure of the last attempt is being acted on, and is reported now. */
  handled(context: LinkedContext): void;
}

export interface Adoption {
  readonly kind: string;
  readonly name: string;
  /** All that are counted, with 0. */
  readonly counters: Readonly<Record<string, number>>;
  /** Called once a pipeline: makes of the rest of it the function that stands in its place. */
  around(next: Next, tell: Teller): Next;
  gauges?(): Readonly<Record<string, number>>;
  /** Whose gauges they are, where the same thing may stand in several pipelines. */
  readonly gauged?: object;
  /** The pipeline leaves the registry. */
  dispose?(tell: Teller): void;
}

export function adopted(adoption: Adoption): StagedPolicy {
  const { kind, name } = adoption;
  return {
    kind,
    name,
    apply: applyStaged,
    [stage]: (place) => AdoptedStage.at(place, adoption),
  };
}

class AdoptedStage extends CustomStage {
  private readonly adoption: Adoption;
  private readonly tell: Teller;

  static at(place: Place, adoption: Adoption): AdoptedStage {
    // The way round the stage itself: its function is made before the stage is.
    const made: { stage?: AdoptedStage } = {};
    const teller: Teller = {
      count: (counter, more = 1) => made.stage?.counted(counter, more),
      emit: (context, type, fields) =>
        context[scopeOf]?.execution.emit(made.stage as AdoptedStage, type, fields),
      announce: (type, fields) => made.stage?.announce(type, fields),
      handled: (context) => {
        const execution = context[scopeOf]?.execution;
        execution?.touch();
        execution?.handled();
        execution?.reportFailure(false);
      },
    };
    return (made.stage = new AdoptedStage(place, adoption, teller));
  }

  private constructor(place: Place, adoption: Adoption, tell: Teller) {
    const { kind, name } = adoption;
    super(place, { kind, name, apply: (next) => adoption.around(next, tell) });
    this.adoption = adoption;
    this.tell = tell;
    place.metrics.countersOf(this, adoption.counters);
  }

  override gauges(): Readonly<Record<string, number>> {
    return this.adoption.gauges?.() ?? {};
  }

  override get gauged(): object {
    return this.adoption.gauged ?? this;
  }

  override dispose(): void {
    this.adoption.dispose?.(this.tell);
  }

  private counted(counter: string, more: number): void {
    this.counters[counter] = (this.counters[counter] ?? 0) + more;
  }
}
