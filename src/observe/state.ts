/** Says what holds in this process: which circuit is open, since when and why. */
import { sharedBus } from '../core/event-bus.ts';
import { boolean, func, readOptions, type Rules } from '../core/options.ts';
import { type RedactionOptions, redactionRules } from '../failures/redact/options.ts';
import { ErrorTexts } from './state/errors.ts';
import { readState } from './state/read.ts';
import { type Handler, handlerOf, json, refusal, type Reply } from './web.ts';

export type { CircuitState, PipelineState, PolicyState, State } from './state/state.ts';
export type { Handler, NodeRequest, NodeResponse } from './web.ts';

/** Options of `stateHandler`. */
export interface StateOptions extends Omit<RedactionOptions, 'keys'> {
  /** Whether a request may be answered; a promise is waited for. @default everybody may read */
  authorize?: ((request: Request) => unknown) | undefined;
  /**
   * Whether the keys of a keyed pipeline without a `label` are shown as they are, in place of a hash. Keys may be
   * personal.
   * @default false
   */
  keys?: boolean;
}

const rules: Rules<StateOptions> = { ...redactionRules, authorize: func, keys: boolean };

/**
 * Makes a handler that answers with the state of all pipelines of the process, as JSON: every policy, and every circuit
 * that is not closed, with the error that opened it.
 *
 * It reads and changes nothing, takes GET and HEAD, and forbids caches to keep what it says. At most 1,000 pipelines
 * and 1,000 circuits are shown, 100 of one pipeline. Give it a `Request`, or the request and the response of Node.
 * Without `authorize` whoever reaches it may read it: keep it where your metrics are. Throws a `TypeError` or a
 * `RangeError` for options that cannot be.
 *
 * @example
 * import { pipeline, retry } from 'kedge';
 * import { type State, stateHandler } from 'kedge/state';
 *
 * const tariffs = pipeline('tariffs', retry());
 * await tariffs.execute(() => 1);
 * const state = stateHandler();
 * const response = state(new Request('https://shop.example/state'));
 * const { pipelines } = (await response.json()) as State;
 * const found = pipelines.find(({ name }) => name === tariffs.name);
 * console.log(found?.executions.success); // 1
 */
export function stateHandler(options?: StateOptions & { authorize?: undefined }): Handler<Response>;
export function stateHandler(options: StateOptions): Handler;
export function stateHandler(options: StateOptions = {}): Handler<never> {
  const { authorize, keys, ...redaction } = readOptions<StateOptions & { readonly keys: boolean }>(
    'stateHandler',
    options,
    { keys: false },
    rules,
  );
  const errors = new ErrorTexts(redaction);
  const answer = (): Reply => json(200, readState(sharedBus.names, keys, errors));
  return handlerOf((request) => {
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD')
      return refusal(405, 'Method Not Allowed', { allow: 'GET, HEAD' });
    return gate(request, authorize, answer);
  }) as Handler<never>;
}

/** Answers those who may ask. Whoever cannot be judged may not. */
export function gate(
  request: Request,
  authorize: ((request: Request) => unknown) | undefined,
  answer: (who: unknown) => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  if (authorize === undefined) return answer(undefined);
  const decided = (who: unknown): Reply | Promise<Reply> =>
    isYes(who) ? answer(who) : refusal(403, 'Forbidden');
  let who: unknown;
  try {
    who = authorize(request);
  } catch {
    return decided(false);
  }
  if (!(who instanceof Promise)) return decided(who);
  return who.then(decided, () => decided(false));
}

function isYes(who: unknown): boolean {
  return who !== undefined && who !== null && who !== false && who !== '';
}
