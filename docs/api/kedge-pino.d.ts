// Public API of 'kedge/pino'. Written by `npm run api`; do not edit.

// observe/pino.d.ts
import type { EventType, Severity } from '../core/events.ts';
import type { SinkObject } from '../core/event-bus.ts';
import { type Logger } from './pino/logger.ts';
export type { Logger } from './pino/logger.ts';
export type Levels = {
    readonly [Type in EventType]?: Severity | false;
} & {
    readonly [custom: `${string}.${string}`]: Severity | false | undefined;
};
export interface LogsOptions {
    levels?: Levels;
    burst?: number;
    context?: () => Readonly<Record<string, string>> | undefined;
}
export declare function logs(logger: Logger, options?: LogsOptions): SinkObject;

// core/events.d.ts: see kedge.d.ts

// core/errors.d.ts: see kedge.d.ts

// core/policy.d.ts: see kedge.d.ts

// core/event-bus.d.ts: see kedge.d.ts

// observe/pino/logger.d.ts
import type { Severity } from '../../core/events.ts';
export interface Logger {
    debug(object: object, message: string): unknown;
    info(object: object, message: string): unknown;
    warn(object: object, message: string): unknown;
    error(object: object, message: string): unknown;
    isLevelEnabled?(level: string): boolean;
    readonly level?: unknown;
}
export declare function checkLogger(logger: unknown): void;
export declare function isEnabled(logger: Logger, level: Severity): boolean;
export declare function whenLevelChanges(logger: Logger, then: () => void): () => void;
export declare function withPlainErrors(logger: Logger): Logger;
export declare function hasOwnSerializer(logger: Logger): boolean;
