/**
 * Making a built-in policy: a stage for pipelines, and an `apply` for whoever composes by hand.
 */
import { AppliedExecution } from './applied.ts';
import { Chain } from './chain.ts';
import { EventBus } from './event-bus.ts';
import { PipelineMetrics } from './pipeline-metrics.ts';
import type { Next, Policy } from './policy.ts';
import { isStaged, type Place, type Stage, type StagedPolicy, stage } from './stage.ts';

/** Returns a policy of which pipelines make a stage. */
export function staged<Alternative = never>(
  kind: string,
  name: string,
  make: (place: Place) => Stage,
): StagedPolicy<Alternative> {
  return { kind, name, [stage]: make, apply: applyStaged };
}

/** `apply` of every built-in policy: a chain of that one policy around `next`, whose events leave by the pipeline around. */
export function applyStaged(this: Policy<unknown>, next: Next): Next {
  if (!isStaged(this)) refuseCopy(this);
  const chain = new Chain(new PipelineMetrics(this.name, new EventBus()), [this]);
  return (context) => chain.run(new AppliedExecution(chain, context, next)).promise();
}

/** A copy by `{ ...policy }` has left behind what it inherits, and would apply itself for ever. */
function refuseCopy({ kind, name }: Policy<unknown>): never {
  throw new TypeError(
    `${kind}: the policy '${name}' is a copy of another, which leaves a part of it behind. Make a second one, and give its ` +
      `name with the options: ${kind}({ …, name: '${name}' }).`,
  );
}
