// Public API of 'kedge/live'. Written by `npm run api`; do not edit.

// observe/live.d.ts
import { type RedactionOptions } from '../failures/redact/options.ts';
import { type Handler } from './web.ts';
export type { Handler, NodeRequest, NodeResponse } from './web.ts';
export interface LiveOptions extends Omit<RedactionOptions, 'keys'> {
    authorize?: ((request: Request) => unknown) | undefined;
    keys?: boolean;
    links?: Readonly<Record<string, string>>;
    buttons?: Readonly<Record<string, (who: unknown) => unknown>>;
}
export type LiveHandler = Handler & Disposable;
export declare function liveHandler(options?: LiveOptions): LiveHandler;

// failures/redact/options.d.ts: see kedge-express.d.ts

// core/options.d.ts: see kedge.d.ts

// failures/hash.d.ts: see kedge-express.d.ts

// failures/redact/names.d.ts: see kedge-express.d.ts

// observe/web.d.ts
export interface NodeRequest {
    readonly method?: string | undefined;
    readonly url?: string | undefined;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}
export interface NodeResponse {
    writeHead(status: number, headers: Record<string, string>): unknown;
    write(chunk: Uint8Array): boolean;
    end(body?: string): unknown;
    destroy(): unknown;
    once(event: 'close', listener: () => void): unknown;
    readonly writableLength: number;
}
export interface Handler<Answer = Response | Promise<Response>> {
    (request: Request | NodeRequest): Answer;
    (request: NodeRequest, response: NodeResponse): void;
}
export type Push = (chunk: Uint8Array) => boolean;
export type Stream = (push: Push, end: () => void) => () => void;
export interface Reply {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Stream;
}
export declare function handlerOf(answer: (request: Request) => Reply | Promise<Reply>): Handler;
export declare const strict: Readonly<Record<string, string>>;
export declare function json(status: number, value: unknown, more?: Record<string, string>): Reply;
export declare function refusal(status: number, title: string, more?: Record<string, string>): Reply;
