/**
 * Making a built-in policy: a stage for pipelines, and an `apply` for whoever composes by hand.
 */
import { PipelineMetrics } from './pipeline-metrics.ts';
import { EventBus } from './event-bus.ts';
import { Chain } from './chain.ts';
import type { PolicyContext, Next, Policy } from './policy.ts';
import { type Place, type Stage, type StagedPolicy, stage } from './stage.ts';

/** Returns a policy of which pipelines make a stage. */
export function staged<Alternative = never>(
  kind: string,
  name: string,
  make: (place: Place) => Stage,
): StagedPolicy<Alternative> {
  return { kind, name, [stage]: make, apply: applyStaged };
}

/** `apply` of every built-in policy: a pipeline of that one policy around `next`, whose events leave by the outer one. */
export function applyStaged(this: Policy<unknown>, next: Next): Next {
  const chain = new Chain(new PipelineMetrics(this.name, new EventBus(), false), [this]);
  return (execution) => {
    const { signal, key, attributes } = execution;
    return chain.execute(
      (context) => next(inside(execution, context)),
      { signal, key, attributes },
      execution,
    );
  };
}

/** The execution as the inner part sees it: the signal and the deadline may be tighter. */
function inside(
  execution: PolicyContext,
  context: { readonly signal: AbortSignal; readonly deadline: number },
): PolicyContext {
  return Object.create(execution, {
    signal: { get: () => context.signal, enumerable: true },
    deadline: { get: () => Math.min(execution.deadline, context.deadline), enumerable: true },
  }) as PolicyContext;
}
