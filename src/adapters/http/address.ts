/** Addresses: which pipeline a request belongs to, and what of an address may be shown. */

/** The host that a request is for: what has no origin (`data:`, a relative URL) shares one pipeline. */
export function hostOf(url: string | URL): string {
  return (url instanceof URL ? url : URL.parse(url))?.origin ?? 'null';
}

const numbers: WeakMap<object, number> = new WeakMap();
let latest = 0;

/** A number that tells one dispatcher, agent or proxy from another. */
export function numberOf(way: object): number {
  let number = numbers.get(way);
  if (number === undefined) numbers.set(way, (number = ++latest));
  return number;
}

/** The host by another way than the usual one: a proxy, a socket, an agent of the caller's own. */
export function by(host: string, way: unknown): string {
  if (typeof way === 'string') return `${host} by ${way}`;
  return typeof way === 'object' && way !== null ? `${host} by way ${numberOf(way)}` : host;
}

/** An address without what may be secret in it: who asks, and what for. */
export function withoutSecrets(address: string): string {
  // A password that is not encoded may have any sign in it, and then the address is none.
  const user = URL.canParse(address)
    ? /^([a-z][\w+.-]*:\/\/)[^/?#]*@/i
    : /^([a-z][\w+.-]*:\/*)?.*@/is;
  return address.replace(user, '$1').replace(/[?#].*$/s, '?…');
}

/** Takes what may be secret in an address out of the messages of an error that was made for it, and returns the error. */
export function conceal<E>(error: E, address: string | URL): E {
  const given = String(address);
  const url = URL.parse(given);
  const shown = withoutSecrets(given);
  if (shown === given) return error;
  const secrets: [string, string][] = [[given, shown]];
  if (url !== null) {
    secrets.push([url.href, withoutSecrets(url.href)]);
    if (url.username !== '' || url.password !== '')
      secrets.push([`${url.username}:${url.password}@`, '']);
    if (url.search.length > 3) secrets.push([url.search, '?…']);
  }
  const clean = (text: string): string =>
    secrets.reduce((left, [secret, instead]) => left.replaceAll(secret, instead), text);
  let each: unknown = error;
  for (let depth = 0; depth < 5 && typeof each === 'object' && each !== null; depth++) {
    for (const name of ['message', 'stack', 'input'] as const) replace(each, name, clean);
    each = (each as { cause?: unknown }).cause;
  }
  return error;
}

function replace(error: object, name: string, clean: (text: string) => string): void {
  try {
    const text: unknown = Reflect.get(error, name);
    if (typeof text !== 'string') return;
    const cleaned = clean(text);
    if (cleaned === text) return;
    const enumerable = Object.getOwnPropertyDescriptor(error, name)?.enumerable ?? false;
    Object.defineProperty(error, name, {
      value: cleaned,
      enumerable,
      writable: true,
      configurable: true,
    });
  } catch {
    // Frozen, or hostile: it stays as it is.
  }
}
