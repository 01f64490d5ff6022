import fc from 'fast-check';

// Set by `npm run test:long`.
const long = process.env['KEDGE_RUNS'];

// fast-check with this project's number of runs: few on every `npm test`, many in `test:long`.
fc.configureGlobal({ numRuns: Number(long ?? 100) });

/** Options of a property that wants at least so many runs also in `npm test`. */
export function runs(atLeast: number): { numRuns: number } {
  return { numRuns: Math.max(atLeast, Number(long ?? 0)) };
}

/** How long a property with many runs may take, in milliseconds; a hung one must end. */
export const patience: number = long === undefined ? 60_000 : 3_600_000;

export { fc };
