// Public API of 'kedge/journal'. Written by `npm run api`; do not edit.

// observe/journal.d.ts
import type { SinkObject } from '../core/event-bus.ts';
import { type RedactionOptions } from '../failures/redact/options.ts';
export interface JournalOptions extends RedactionOptions {
    url: string | URL;
    key: string;
    service?: string;
    environment?: string;
    release?: string;
    host?: string;
}
export interface JournalSink extends SinkObject {
    readonly flush: () => Promise<void>;
}
export declare function journal(options: JournalOptions): JournalSink;

// core/event-bus.d.ts: see kedge.d.ts

// core/names.d.ts: see kedge.d.ts

// core/numbers.d.ts: see kedge.d.ts

// core/durations.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// core/sinks.d.ts: see kedge.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/transitions.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/judge.d.ts: see kedge.d.ts

// core/gauges.d.ts: see kedge.d.ts

// core/circuit-view.d.ts: see kedge.d.ts

// core/tracing.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/abort.d.ts: see kedge.d.ts

// core/answer.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/limit.d.ts: see kedge.d.ts

// core/work.d.ts: see kedge.d.ts

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts
