/** What has been counted under one name since it was asked last. */
import type { PipelineMetrics } from '../../core/pipeline-metrics.ts';

export class Rates {
  private good = 0;
  private bad = 0;
  private rejected = 0;
  private counts: Float64Array = new Float64Array(0);

  constructor(metrics: PipelineMetrics) {
    this.since(metrics, 1);
  }

  /** Answers, failures and rejections a second, and quantiles of latency in milliseconds: 0.5 and 0.99. */
  since(
    { executions, succeeded, failed }: PipelineMetrics,
    elapsed: number,
  ): readonly (number | null)[] {
    const good = executions.success + executions.fallback + executions.stale;
    const bad = executions.failure + executions.timeout;
    const { rejected } = executions;
    const counts = succeeded.counts.map((count, at) => count + (failed.counts[at] ?? 0));
    const added = counts.map((count, at) => count - (this.counts[at] ?? 0));
    const second = 1_000 / elapsed;
    const rates = [good - this.good, bad - this.bad, rejected - this.rejected].map(
      (count) => Math.round(count * second * 10) / 10,
    );
    [this.good, this.bad, this.rejected, this.counts] = [good, bad, rejected, counts];
    return [
      ...rates,
      quantile(added, succeeded.bounds, 0.5),
      quantile(added, succeeded.bounds, 0.99),
    ];
  }
}

/** Within its bucket by the straight line, as Prometheus does it. */
function quantile(counts: Float64Array, bounds: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return null;
  let before = 0;
  for (const [at, count] of counts.entries()) {
    if (before + count >= share * total && count > 0) {
      const from = bounds[at - 1] ?? 0;
      const to = bounds[at] ?? from;
      const seconds = from + (to - from) * ((share * total - before) / count);
      return Math.round(seconds * 10_000) / 10;
    }
    before += count;
  }
  return null;
}
