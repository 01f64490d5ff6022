// The same scripts through cockatiel and through kedge/cockatiel: nothing that can be seen differs, but for what
// docs/coming-from/cockatiel.md lists, which no script does.
import { describe, expect, it } from 'vitest';
import { fc, patience, runs } from '../../support/property.ts';
import { libraries, run, scripts } from './scripts.ts';

describe('kedge/cockatiel beside cockatiel', () => {
  it(
    'gives the same results, calls, delays and events for any script',
    async () => {
      await fc.assert(
        fc.asyncProperty(scripts, async (script) => {
          expect(await run(libraries.kedge, script)).toEqual(
            await run(libraries.cockatiel, script),
          );
        }),
        runs(100),
      );
    },
    patience,
  );
});
