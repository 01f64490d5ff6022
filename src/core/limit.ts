/** An instant that bounds a call. */
export interface Limit {
  readonly instant: number;
  /** Whether nobody ends the call then: whoever makes it wait does. */
  readonly isAdvice?: true;
  /** The limit outside; it may be the tighter one. */
  readonly around?: Limit | undefined;
}

/** The tightest of limits, and of those around it. */
export function earliest(innermost: Limit | undefined): number {
  let instant = Infinity;
  for (let limit = innermost; limit !== undefined; limit = limit.around)
    if (limit.instant < instant) ({ instant } = limit);
  return instant;
}
