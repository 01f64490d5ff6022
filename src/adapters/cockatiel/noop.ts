import { PeerPolicy } from './policy.ts';
import { Reports, ReportingStage, unseenPart } from './reports.ts';

/** Does nothing but tell its listeners. */
export class NoopPolicy extends PeerPolicy {
  constructor() {
    super();
    const reports = new Reports();
    this.install(reports, [unseenPart('noop', (place) => new ReportingStage(place, reports))]);
  }
}

/** A policy that does nothing, for tests and for what is to be switched off. */
export const noop: NoopPolicy = /* @__PURE__ */ new NoopPolicy();
