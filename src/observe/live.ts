/** A page that shows all pipelines of this process, as they are. */
import { sharedBus } from '../core/event-bus.ts';
import { boolean, func, readOptions, type Rules } from '../core/options.ts';
import { type RedactionOptions, redactionRules } from '../failures/redact/options.ts';
import { actOn, isFromThePage, press } from './live/actions.ts';
import { Failures } from './live/failures.ts';
import { Feed } from './live/feed.ts';
import { additionRules, type Additions } from './live/additions.ts';
import { page } from './live/page.ts';
import { gate } from './state.ts';
import { ErrorTexts } from './state/errors.ts';
import { type Handler, handlerOf, refusal, type Reply, strict } from './web.ts';

export type { Handler, NodeRequest, NodeResponse } from './web.ts';

/** Options of `liveHandler`. */
export interface LiveOptions extends Omit<RedactionOptions, 'keys'> {
  /**
   * Who may isolate, open and close circuits: the name of whoever asks, or nothing for somebody who may only look; a
   * promise is waited for.
   * @default nobody
   */
  authorize?: ((request: Request) => unknown) | undefined;
  /**
   * Whether the keys of a keyed pipeline without a `label` are shown as they are, in place of a hash. Keys may be
   * personal.
   * @default false
   */
  keys?: boolean;
  /** Where the page leads: addresses by what they are called, such as `{ Metrics: '/metrics' }`. @default {} */
  links?: Readonly<Record<string, string>>;
  /**
   * Buttons of your own, for those who may act, by what they are called. Each is called with what `authorize` said of
   * whoever pressed it; a promise is waited for, and a text that comes back is shown.
   * @default {}
   */
  buttons?: Readonly<Record<string, (who: unknown) => unknown>>;
}

const rules: Rules<LiveOptions> = {
  ...redactionRules,
  ...additionRules,
  authorize: func,
  keys: boolean,
};

type Settled = LiveOptions & Additions & { readonly keys: boolean };

/** A handler that can be ended: its watchers are sent away, and it hears of failures no longer. */
export type LiveHandler = Handler & Disposable;

/**
 * Makes a handler of a page with all pipelines of the process: states, rates, latency, budgets, open circuits and the
 * latest failures, once a second.
 *
 * The page has no resource from elsewhere and a strict content security policy. It is read-only unless `authorize` is
 * given; then a circuit can be isolated, opened and closed with a note, and each action is an event `operator.acted`
 * with who it was, as each press of a button of your own is. At most 200 may watch at a time. Making and sending messages
 * takes a hundredth of a core at most: where it takes longer there are fewer. Mount it at one path for GET and POST.
 * Throws a `TypeError` or a `RangeError` for options that cannot be.
 *
 * @example
 * import { liveHandler } from 'kedge/live';
 *
 * const live = liveHandler();
 * const response = await live(new Request('https://shop.example/live'));
 * console.log(response.headers.get('content-type')); // text/html; charset=utf-8
 */
export function liveHandler(options: LiveOptions = {}): LiveHandler {
  const { authorize, keys, links, buttons, ...redaction } = readOptions<Settled>(
    'liveHandler',
    options,
    { keys: false, links: {}, buttons: {} },
    rules,
  );
  const errors = new ErrorTexts(redaction);
  const failures = new Failures(new ErrorTexts(redaction));
  const feed = new Feed(errors, failures, keys);
  const detach = sharedBus.attach(failures);
  const readOnly = page(false, { links, buttons });
  const acting = page(true, { links, buttons });

  const handler = handlerOf((request) => {
    const query = new URL(request.url).searchParams;
    if (request.method === 'POST') {
      if (authorize === undefined || !isFromThePage(request)) return refusal(403, 'Forbidden');
      return gate(request, authorize, (who) => {
        if (query.has('button')) return press(query.get('button') ?? '', who, buttons, errors);
        const reply = actOn(query, who, (id) => feed.circuit(id), errors);
        feed.refresh();
        return reply;
      });
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refusal(405, 'Method Not Allowed', { allow: 'GET, HEAD, POST' });
    if (query.has('events')) return events(request, feed);
    if (authorize === undefined) return readOnly;
    // Whoever may not act may still look.
    const orReadOnly = (reply: Reply): Reply => (reply.status === 403 ? readOnly : reply);
    const seen = gate(request, authorize, () => acting);
    return seen instanceof Promise ? seen.then(orReadOnly) : orReadOnly(seen);
  });
  const end = (): void => {
    detach();
    feed.close();
  };
  return Object.assign(handler, { [Symbol.dispose]: end });
}

function events({ method }: Request, feed: Feed): Reply {
  if (feed.isFull) return refusal(503, 'Too many are watching', { 'retry-after': '10' });
  const headers = { ...strict, 'content-type': 'text/event-stream; charset=utf-8' };
  if (method === 'HEAD') return { status: 200, headers, body: '' };
  return {
    status: 200,
    // No proxy may keep messages back until there are many.
    headers: { ...headers, 'x-accel-buffering': 'no' },
    body: (push, close) => feed.watch(push, close),
  };
}
