import { compileFunction } from 'node:vm';
import type { Kedge } from '../../kedge.ts';
import type { Parameters } from '../parameters.ts';
import type { Library } from './library.ts';

type Policies = ReturnType<Kedge['timeout']>[];

/** What is compared by default: the preset, told no more than how long calls may take and how often they are tried. */
export function defaultPolicies(changes = ''): string {
  return `...presets.http({ totalTimeout: p.total, attemptTimeout: p.attempt, maxAttempts: p.maxAttempts${changes} })`;
}

/**
 * Policies as they are written in code, such as `timeout(5_000), retry({ budget: false })`, with all that kedge
 * exports and the parameters as `p`: whoever tunes tries a variant from the command line.
 */
function compile(kedge: Kedge, source: string): (p: Parameters) => Policies {
  const names = Object.keys(kedge);
  const compiled = compileFunction(`return [${source}]`, ['p', ...names]) as (
    ...values: unknown[]
  ) => Policies;
  return (p) => compiled(p, ...names.map((name) => kedge[name as keyof Kedge]));
}

export function kedgeLibrary(kedge: Kedge, source: string, name = 'kedge'): Library {
  const make = compile(kedge, source);
  return {
    name,
    client: (p, opened) => {
      const { pipeline } = kedge.createKedge({
        sinks: [{ name: 'opened', wants: (type) => type === 'circuit.opened', handle: opened }],
      });
      const protectedCalls = pipeline('simulated', ...make(p));
      const options =
        p.idempotent === 'unsaid' ? {} : { attributes: { idempotent: p.idempotent === 'yes' } };
      return {
        // No `operation(context.signal)` throughout: a signal that nobody needs is not made.
        call: (operation) =>
          protectedCalls.execute(
            (context) => operation(p.hostsNotice ? context.signal : undefined),
            options,
          ),
      };
    },
    turnedAway: (error) => error instanceof kedge.RejectedError,
  };
}
