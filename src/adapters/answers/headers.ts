/** Headers of the answer that there would have been, which say nothing about the one that there is instead. */
export const bodyHeaders: readonly string[] = [
  'accept-ranges',
  'age',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'etag',
  'expires',
  'last-modified',
  'trailer',
  'transfer-encoding',
];

/** `value` in addition to what the answer depends on already. */
export function varyWith(value: string, known: unknown): string {
  const before = Array.isArray(known) ? known.join(', ') : typeof known === 'string' ? known : '';
  if (before === '') return value;
  const names = before.toLowerCase().split(/\s*,\s*/);
  return names.includes('*') || names.includes(value.toLowerCase())
    ? before
    : `${before}, ${value}`;
}
