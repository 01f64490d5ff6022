/** For how long a circuit was not closed, in milliseconds, and how often it has turned calls away meanwhile. */
export class NotClosed {
  turnedAway = 0;
  private since: number | undefined = undefined;
  private counted = 0;

  /** Ceases to be closed. */
  begin(time: number): void {
    if (this.since === undefined) this.since = this.counted = time;
  }

  /** What has passed since this was asked last. */
  take(time: number): number {
    if (this.since === undefined) return 0;
    const passed = Math.max(0, time - this.counted);
    this.counted = Math.max(this.counted, time);
    return passed;
  }

  /** Closes. */
  end(time: number): { readonly notClosedFor: number; readonly turnedAway: number } {
    const { turnedAway, since = time } = this;
    this.turnedAway = 0;
    this.since = undefined;
    return { notClosedFor: time - since, turnedAway };
  }
}
