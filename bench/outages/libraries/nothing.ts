import type { Library } from './library.ts';

export const nothing: Library = {
  name: 'nothing',
  client: (_parameters, _opened) => ({ call: (operation) => operation(undefined) }),
  turnedAway: () => false,
};
