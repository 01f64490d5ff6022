import type { PolicyContext } from './policy.ts';
import type { Scope } from './scope.ts';

/** Where a context that a user's policy is given keeps the scope that it stands for. */
export const scopeOf: unique symbol = Symbol('kedge.scope');

/** Where one keeps the scope of the policy that is applied by hand nearest around it. */
export const appliedOf: unique symbol = Symbol('kedge.applied');

/** What a user's policy hands on: the context that kedge has given it, with the way back to its scope. */
export interface LinkedContext extends PolicyContext {
  /** The scope in the pipeline around. */
  readonly [scopeOf]?: Scope;
  /** The scope of the policy that is applied by hand nearest around. */
  readonly [appliedOf]?: Scope;
}
