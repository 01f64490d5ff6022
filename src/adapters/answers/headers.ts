/** Headers of the answer that there would have been, which say nothing about the one that there is instead. */

/** Of its body: form, digests and signatures, parts, when it was made, and for how long it holds. */
const ofBody: ReadonlySet<string> = new Set(
  (
    'accept-ranges age available-dictionary cache-groups cache-status cache-tag content-digest content-disposition content-dpr ' +
    'content-encoding content-language content-length content-location content-md5 content-range ' +
    'content-transfer-encoding delta-base dictionary-id digest edge-cache-tag etag expires im last-modified location no-vary-search ' +
    'pragma refresh repr-digest signature signature-input sourcemap surrogate-control surrogate-key trailer use-as-dictionary ' +
    'transfer-encoding xkey x-sourcemap x-sendfile x-reproxy-url x-proxy-redirect'
  ).split(' '),
);
/** Of caches (RFC 9213 has one for each kind: `CDN-Cache-Control`), and orders to the server in front of this one. */
const ofServers =
  /(?:^|-)(?:cache-control|cache-tags?|edge-control)$|^(?:edge|surrogate|cdn|akamai)-|^x-(?:accel|lighttpd|litespeed|sendfile|varnish|fastly|surrogate)-/;
/** Digests, lengths and versions of a stored body, as the stores of clouds have them: `x-goog-hash`, `x-amz-checksum-sha256`. */
const ofStores =
  /^x-(?:amz|goog|ms|oss|cos|obs|bz)-.*(?:hash|checksum|digest|md5|crc|sha\d|content|length|version|generation|etag|expiration)|^x-(?:content|checksum|digest|hash)-?(?:md5|sha\d*|crc\w*|digest|length)?$/;

/** Those of `names`, in any case, that have to go from the answer to an error. */
export function staleHeaders(names: Iterable<string>): string[] {
  return [...names].filter((name) => {
    const small = name.toLowerCase();
    return ofBody.has(small) || ofServers.test(small) || ofStores.test(small);
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
