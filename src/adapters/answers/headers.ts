/** Headers of the answer that there would have been, which say nothing about the one that there is instead. */

/** Of its body: form, digests and signatures, parts, when it was made, and for how long it holds. */
const ofBody: ReadonlySet<string> = new Set(
  (
    'accept-ranges age cache-groups cache-status cache-tag content-digest content-disposition content-dpr ' +
    'content-encoding content-language content-length content-location content-md5 content-range ' +
    'content-transfer-encoding delta-base digest edge-cache-tag etag expires im last-modified location no-vary-search ' +
    'pragma refresh repr-digest signature signature-input sourcemap surrogate-control surrogate-key trailer ' +
    'transfer-encoding xkey x-sourcemap x-sendfile x-reproxy-url x-proxy-redirect'
  ).split(' '),
);
/** Of caches (RFC 9213 has one for each kind: `CDN-Cache-Control`), and orders to the server in front of this one. */
const ofServers = /(?:^|-)cache-control$|^x-(?:accel|lighttpd|litespeed|sendfile|varnish|fastly)-/;

/** Those of `names`, in any case, that have to go from the answer to an error. */
export function staleHeaders(names: Iterable<string>): string[] {
  return [...names].filter((name) => {
    const small = name.toLowerCase();
    return ofBody.has(small) || ofServers.test(small);
  });
}

/** `value` in addition to what the answer depends on already. */
export function varyWith(value: string, known: unknown): string {
  const before = Array.isArray(known) ? known.join(', ') : typeof known === 'string' ? known : '';
  if (before === '') return value;
  const names = before.toLowerCase().split(/\s*,\s*/);
  return names.includes('*') || names.includes(value.toLowerCase())
    ? before
    : `${before}, ${value}`;
}
