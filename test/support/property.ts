import fc from 'fast-check';

// fast-check with this project's number of runs: few on every `npm test`, many in `test:long`.
fc.configureGlobal({ numRuns: Number(process.env['KEDGE_RUNS'] ?? 100) });

export { fc };
