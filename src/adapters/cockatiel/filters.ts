/** Which errors and values a policy acts on. */
import { check, func, show } from '../../core/options.ts';
import type { IBasePolicyOptions } from './types.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- any constructor will do
type Constructor<T> = new (...args: any) => T;

type Filter = (subject: unknown) => boolean;

const always = (): boolean => true;
const never = (): boolean => false;

/** The filter of values of a policy that knows none: it need not be asked. */
export const noValue: Filter = never;

function ofType<T>(
  policy: string,
  cls: Constructor<T>,
  predicate?: (subject: T) => boolean,
): Filter {
  check(policy, 'cls', cls, func);
  if (predicate === undefined) return (subject) => subject instanceof cls;
  check(policy, 'predicate', predicate, func);
  return (subject) => subject instanceof cls && predicate(subject);
}

function asked(policy: string, predicate: Filter): Filter {
  check(policy, 'predicate', predicate, func);
  return predicate;
}

/** Which errors and values a policy acts on; each of its methods returns another that acts on more. */
export class Policy {
  readonly options: Readonly<IBasePolicyOptions>;

  constructor(options: Readonly<IBasePolicyOptions>) {
    this.options = options;
  }

  /** Acts on errors of a class as well; of those for which `predicate` holds, where one is given. */
  orType<T>(cls: Constructor<T>, predicate?: (error: T) => boolean): Policy {
    return this.orError(ofType('orType', cls, predicate));
  }

  /** Acts on errors for which `predicate` holds as well. */
  orWhen(predicate: (error: unknown) => boolean): Policy {
    return this.orError(asked('orWhen', predicate));
  }

  /** Acts on values for which `predicate` holds as well. */
  orWhenResult(predicate: (result: unknown) => boolean): Policy {
    return this.orResult(asked('orWhenResult', predicate));
  }

  /** Acts on values of a class as well; of those for which `predicate` holds, where one is given. */
  orResultType<T>(cls: Constructor<T>, predicate?: (result: T) => boolean): Policy {
    return this.orResult(ofType('orResultType', cls, predicate));
  }

  private orError(filter: Filter): Policy {
    const { errorFilter } = this.options;
    return new Policy({
      ...this.options,
      errorFilter: (error) => errorFilter(error) || filter(error),
    });
  }

  private orResult(filter: Filter): Policy {
    const { resultFilter } = this.options;
    return new Policy({
      ...this.options,
      resultFilter: (result) => resultFilter(result) || filter(result),
    });
  }
}

/** Acts on all errors. */
export const handleAll: Policy = /* @__PURE__ */ new Policy({
  errorFilter: always,
  resultFilter: never,
});

/** Acts on errors of a class; of those for which `predicate` holds, where one is given. */
export function handleType<T>(cls: Constructor<T>, predicate?: (error: T) => boolean): Policy {
  return new Policy({ errorFilter: ofType('handleType', cls, predicate), resultFilter: never });
}

/** Acts on errors for which `predicate` holds. */
export function handleWhen(predicate: (error: unknown) => boolean): Policy {
  return new Policy({ errorFilter: asked('handleWhen', predicate), resultFilter: never });
}

/** Acts on values of a class; of those for which `predicate` holds, where one is given. */
export function handleResultType<T>(
  cls: Constructor<T>,
  predicate?: (result: T) => boolean,
): Policy {
  const resultFilter = ofType('handleResultType', cls, predicate);
  return new Policy({ errorFilter: never, resultFilter });
}

/** Acts on values for which `predicate` holds. */
export function handleWhenResult(predicate: (result: unknown) => boolean): Policy {
  return new Policy({ errorFilter: never, resultFilter: asked('handleWhenResult', predicate) });
}

/** What a policy acts on, of this entry's `Policy` or of cockatiel's own. */
export function filtersOf(
  of: string,
  policy: { readonly options: Readonly<IBasePolicyOptions> },
): Readonly<IBasePolicyOptions> {
  const options = (policy as Partial<typeof policy> | undefined)?.options;
  const fit =
    typeof options?.errorFilter === 'function' && typeof options.resultFilter === 'function';
  if (fit) return options;
  throw new TypeError(
    `${of}: expected a policy such as \`handleAll\` or \`handleType(…)\` first, got ${show(policy)}.`,
  );
}
