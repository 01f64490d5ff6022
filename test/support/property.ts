import fc from 'fast-check';

// Set by `npm run test:long`, to many, and by `npm run test:mutation`, to few.
const asked = process.env['KEDGE_RUNS'];
const usual = 100;
const few = asked !== undefined && Number(asked) < usual;

// fast-check with this project's number of runs: a hundred on every `npm test`, many in `test:long`.
// The few are the same ones every time, and the first that fails is enough.
fc.configureGlobal({
  numRuns: Number(asked ?? usual),
  ...(few && { seed: 1, endOnFailure: true }),
});

/** Options of a property that wants at least so many runs also in `npm test`. */
export function runs(atLeast: number): { numRuns: number } {
  const times = Number(asked ?? usual);
  return { numRuns: few ? Math.ceil((atLeast * times) / usual) : Math.max(atLeast, times) };
}

/** How long a property with many runs may take, in milliseconds; a hung one must end. */
export const patience: number = asked === undefined ? 60_000 : few ? 10_000 : 3_600_000;

export { fc };
