import type { IPolicy } from './types.ts';

/**
 * A decorator that runs a method under a policy; the method is given the context as its last argument.
 *
 * A caller may end its call by giving an `AbortSignal` as the last argument. It is a decorator of TypeScript's
 * `experimentalDecorators`. Throws an `Error` for what is no method.
 */
export function usePolicy(
  policy: IPolicy,
): (_target: unknown, _key: string, descriptor: PropertyDescriptor) => void {
  return (_target, _key, descriptor) => {
    const method: unknown = descriptor.value;
    if (typeof method !== 'function')
      throw new Error(`Can only decorate functions with @cockatiel, got ${typeof method}`);
    descriptor.value = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      const signal = args.at(-1) instanceof AbortSignal ? (args.pop() as AbortSignal) : undefined;
      return policy.execute(
        (context) => Reflect.apply(method, this, [...args, context]) as unknown,
        signal,
      );
    };
  };
}
