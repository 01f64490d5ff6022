// Public API of 'kedge/pino'. Written by `npm run api`; do not edit.

// observe/pino.d.ts
import type { EventType, Severity } from '../core/events.ts';
import type { SinkObject } from '../core/event-bus.ts';
import { type RedactionOptions } from '../failures/redact/options.ts';
import { type Logger } from './pino/logger.ts';
export type { Logger } from './pino/logger.ts';
export type Levels = {
    readonly [Type in EventType]?: Severity | false;
} & {
    readonly [custom: `${string}.${string}`]: Severity | false | undefined;
};
export interface LogsOptions extends RedactionOptions {
    levels?: Levels;
    burst?: number;
    context?: () => Readonly<Record<string, string>> | undefined;
}
export declare function logs(logger: Logger, options?: LogsOptions): SinkObject;

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

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts

// observe/pino/logger.d.ts
import type { Severity } from '../../core/events.ts';
import { type Logger as Writer } from '../../failures/report/logger.ts';
export interface Logger extends Writer {
    readonly level?: unknown;
}
export declare function checkLogger(logger: unknown): void;
export declare function isEnabled(logger: Logger, level: Severity): boolean;
export declare function whenLevelChanges(logger: Logger, then: () => void): () => void;
export declare function withPlainErrors(logger: Logger): Logger;
export declare function hasOwnSerializer(logger: Logger): boolean;

// failures/report/logger.d.ts: see kedge-express.d.ts
