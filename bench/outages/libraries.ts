import type { Kedge } from '../kedge.ts';
import { cockatiel } from './libraries/cockatiel.ts';
import { defaultPolicies, kedgeLibrary } from './libraries/kedge.ts';
import type { Library, Tuning } from './libraries/library.ts';
import { nothing } from './libraries/nothing.ts';
import { opossum } from './libraries/opossum.ts';
import { pRetryAlone } from './libraries/p-retry.ts';

/** All that is compared; `variants` take the place of kedge's preset. */
export function libraries(
  kedge: Kedge,
  peers: Tuning,
  variants: readonly string[] = [],
): Library[] {
  const own =
    variants.length === 0
      ? [kedgeLibrary(kedge, defaultPolicies())]
      : variants.map((source, index) =>
          kedgeLibrary(kedge, source, index === 0 ? 'kedge' : `kedge ${index + 1}`),
        );
  return [...own, cockatiel(peers), opossum(peers), pRetryAlone(peers), nothing];
}

/** The preset with hedging off, to show what hedging does. */
export function withoutHedging(kedge: Kedge): Library {
  return kedgeLibrary(kedge, defaultPolicies(', hedge: false'), 'kedge without hedging');
}
