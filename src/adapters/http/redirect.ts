/** Redirects of requests that must not be executed twice, by the rules of https://fetch.spec.whatwg.org/#http-redirect-fetch. */
import { drop } from './responses.ts';

/** The first argument of `fetch`. */
export type FetchInput = Parameters<typeof fetch>[0];

interface Redirected {
  readonly send: typeof fetch;
  readonly init: RequestInit;
  readonly given: Request | undefined;
  /** The request, with its body, once more. */
  body(): FetchInput;
  onRedirect(): void;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const ofBodies = [
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
];
const ofOrigins = ['authorization', 'proxy-authorization', 'cookie', 'host'];

/** Returns `answer`, or what it leads to. */
export async function follow(answer: Response, request: Redirected): Promise<Response> {
  const location = redirects.has(answer.status) ? answer.headers.get('location') : null;
  if (location === null) return answer;
  request.onRedirect();
  drop(answer);
  const { given, init } = request;
  const to = URL.parse(location, answer.url);
  if (to === null)
    throw new TypeError('fetch failed', { cause: new Error('invalid redirect URL') });

  const method = (init.method ?? given?.method ?? 'GET').toUpperCase();
  const headers = new Headers(init.headers ?? given?.headers);
  if (to.origin !== new URL(answer.url).origin) for (const name of ofOrigins) headers.delete(name);
  const becomesGet =
    answer.status === 303 ? method !== 'HEAD' : answer.status < 303 && method === 'POST';
  if (becomesGet) for (const name of ofBodies) headers.delete(name);

  const { body: _body, ...rest } = init;
  const next: RequestInit & { duplex?: 'half' } = {
    ...settingsOf(given),
    ...rest,
    method: becomesGet ? 'GET' : method,
    headers,
  };
  if (!becomesGet) {
    const again = init.body ?? (request.body() as Request).body;
    if (again !== undefined && again !== null) Object.assign(next, { body: again, duplex: 'half' });
  }
  const end = await request.send(to, next);
  // The first step was one too.
  return Object.defineProperty(end, 'redirected', { value: true, configurable: true });
}

/** What a request has besides its method, headers and body. */
function settingsOf(given: Request | undefined): RequestInit {
  if (given === undefined) return {};
  const { credentials, integrity, keepalive, mode, referrer, referrerPolicy, cache } = given;
  return { credentials, integrity, keepalive, mode, referrer, referrerPolicy, cache };
}
