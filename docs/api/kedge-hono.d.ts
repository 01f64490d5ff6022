// Public API of 'kedge/hono'. Written by `npm run api`; do not edit.

// adapters/hono.d.ts
import type { ErrorResponsesOptions } from '../responses/responder/options.ts';
export type { ErrorResponsesOptions } from '../responses/responder/options.ts';
export interface HonoApplication {
    readonly routes: readonly unknown[];
    onError(handler: never): unknown;
    notFound(handler: never): unknown;
}
export declare function errorResponses(app: HonoApplication, options?: ErrorResponsesOptions): void;

// responses/responder/options.d.ts: see kedge-express.d.ts

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts

// responses/handlers.d.ts: see kedge-express.d.ts

// responses/handlers/presets.d.ts: see kedge-express.d.ts

// responses/problem/explain.d.ts: see kedge-express.d.ts

// responses/public-error.d.ts: see kedge-express.d.ts

// responses/pages.d.ts: see kedge-express.d.ts

// responses/pages/options.d.ts: see kedge-express.d.ts

// responses/pages/colors.d.ts: see kedge-express.d.ts

// responses/pages/html.d.ts: see kedge-express.d.ts

// responses/pages/texts.d.ts: see kedge-express.d.ts

// responses/problem/texts.d.ts: see kedge-express.d.ts

// responses/pages/view.d.ts: see kedge-express.d.ts

// responses/problem/document.d.ts: see kedge-express.d.ts

// failures/failure.d.ts: see kedge-express.d.ts

// verdict/classify.d.ts: see kedge.d.ts

// verdict/verdict.d.ts: see kedge.d.ts

// failures/redact.d.ts: see kedge-express.d.ts

// failures/redact/walk.d.ts: see kedge-express.d.ts

// failures/redact/taken.d.ts: see kedge-express.d.ts

// failures/runtime.d.ts: see kedge-express.d.ts

// failures/report.d.ts: see kedge-express.d.ts

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// core/sinks.d.ts: see kedge.d.ts

// core/numbers.d.ts: see kedge.d.ts

// core/durations.d.ts: see kedge.d.ts

// core/pipeline-metrics.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// core/names.d.ts: see kedge.d.ts

// core/judge.d.ts: see kedge.d.ts

// core/gauges.d.ts: see kedge.d.ts

// core/circuit-view.d.ts: see kedge.d.ts

// core/transitions.d.ts: see kedge.d.ts

// core/tracing.d.ts: see kedge.d.ts

// core/execution.d.ts: see kedge.d.ts

// core/abort.d.ts: see kedge.d.ts

// core/answer.d.ts: see kedge.d.ts

// core/chain.d.ts: see kedge.d.ts

// core/stage.d.ts: see kedge.d.ts

// core/scope.d.ts: see kedge.d.ts

// core/limit.d.ts: see kedge.d.ts

// core/work.d.ts: see kedge.d.ts

// failures/report/logger.d.ts: see kedge-express.d.ts

// failures/report/storm.d.ts: see kedge-express.d.ts
