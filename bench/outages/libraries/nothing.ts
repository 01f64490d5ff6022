import { within } from './p-retry.ts';
import type { Library } from './library.ts';

export const nothing: Library = {
  name: 'nothing',
  client: (_parameters, _opened) => ({ call: (operation) => operation(undefined) }),
  turnedAway: () => false,
};

/** No library, and the time limits that everybody sets: what users would have had. */
export const bare: Library = {
  name: 'bare',
  client: (p) => ({ call: (operation) => within(p.attempt, operation) }),
  turnedAway: () => false,
};
