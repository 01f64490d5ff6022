/** Whether the inside may be shown: only where it was asked for, and only in a place that says what it is. */

/** The value of the option `expose`. */
export type Expose = 'development' | undefined;

/** A missing environment counts as production, and so does one that nobody has heard of. */
const places = new Set(['development', 'test']);

export function mayExpose(expose: Expose): boolean {
  return expose === 'development' && places.has(process.env['NODE_ENV'] ?? '');
}
