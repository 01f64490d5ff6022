/** Networks at their worst, by chance. */
import type { Ending, Weather } from './tcp-proxy.ts';

const endings: readonly Ending[] = ['close', 'reset', 'half-close'];

/** Of a connection that is cut sooner or later: as it comes, inside what is sent, or inside what is answered. */
export function cutsAnywhere(chance: () => number, most = 4_000): Weather {
  const ending = endings[Math.floor(chance() * endings.length)] ?? 'reset';
  const bytes = Math.floor(chance() * most);
  const kind = chance();
  if (kind < 0.1) return { atOnce: ending };
  return { after: kind < 0.55 ? { up: bytes, ending } : { down: bytes, ending } };
}
