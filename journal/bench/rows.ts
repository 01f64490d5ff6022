/** What a part of the benchmark says of one goal. */
export interface Row {
  readonly what: string;
  readonly goal: string;
  readonly found: string;
  readonly met: boolean;
}

/** Numbers, as the page shows them. */
export const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en')}/s`;
export const ms = (time: number): string => `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
export const share = (part: number, whole: number): string =>
  `${Math.round((100 * part) / whole)} %`;
