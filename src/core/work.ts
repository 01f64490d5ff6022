/**
 * Who is at work for whom: the operations of a scope that run, awaited or abandoned, and what waits for their end.
 */
import type { Scope } from './scope.ts';

/** What few scopes have: somebody who waits for the end of their work, and work of other executions that is theirs, too. */
export interface Work {
  whenIdle: (() => void)[];
  readonly others: Scope[];
}

/** An operation has been started for `scope`, and for all around it. */
export function workBegun(scope: Scope): void {
  const { startedAt } = scope;
  for (let each: Scope | undefined = scope; each !== undefined; each = each.parent) {
    each.working++;
    each.mayHaveRun++;
    if (each.startedAt < 0) each.startedAt = startedAt;
  }
}

/** It has ended. */
export function workEnded(scope: Scope): void {
  for (let each: Scope | undefined = scope; each !== undefined; each = each.parent)
    if (--each.working === 0 && each.work !== undefined) becomeIdle(each.work);
}

/** Runs `then` when no operation of `scope` is at work any more, abandoned ones included. */
export function afterWork(scope: Scope, then: () => void): void {
  if (scope.working === 0) then();
  else workOf(scope).whenIdle.push(then);
}

/** Counts the work of `other`, which was begun on behalf of `scope`, as its own until it has ended. */
export function workFor(scope: Scope, other: Scope): void {
  if (other.working === 0) return;
  workOf(scope).others.push(other);
  for (let each: Scope | undefined = scope; each !== undefined; each = each.parent) each.working++;
  afterWork(other, () => workEnded(scope));
}

/** Nobody waits for the end of work of `scope` any more that was abandoned: it counts no longer. */
export function forgetWork(scope: Scope): void {
  const { abandoned, metrics } = scope.execution;
  for (const left of abandoned ?? []) {
    if (!isWithin(left, scope)) continue;
    abandoned?.delete(left);
    metrics.abandoned--;
  }
  for (const other of scope.work?.others ?? []) forgetWork(other);
}

function isWithin(scope: Scope, around: Scope): boolean {
  let each: Scope | undefined = scope;
  while (each !== undefined && each !== around) each = each.parent;
  return each !== undefined;
}

function workOf(scope: Scope): Work {
  return (scope.work ??= { whenIdle: [], others: [] });
}

function becomeIdle(work: Work): void {
  const hooks = work.whenIdle;
  work.whenIdle = [];
  for (const hook of hooks) hook();
}
