/** Counts by day, as a picture and as a text. */
import type { FC } from 'hono/jsx';
import type { Count } from '../../store/store.ts';
import { grouped, iso } from '../../record/shown.ts';

export const DAYS = 30;
const DAY = 86_400_000;
const HEIGHT = 40;

export const Bars: FC<{ counts: readonly Count[]; now: number }> = ({ counts, now }) => {
  const today = now - (now % DAY);
  const sums = Array.from({ length: DAYS }, (_, at) => {
    const day = today - (DAYS - 1 - at) * DAY;
    const count = counts.reduce((sum, one) => (one.at === day ? sum + one.count : sum), 0);
    return { day, count };
  });
  const most = Math.max(1, ...sums.map(({ count }) => count));
  const total = sums.reduce((sum, { count }) => sum + count, 0);
  const label = `${grouped(total)} in ${DAYS} days, at most ${grouped(most)} in one`;
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${DAYS * 10} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {sums.map(({ day, count }, at) => {
        const height = count === 0 ? 1 : Math.max(2, (HEIGHT * count) / most);
        return (
          <rect x={at * 10 + 1} y={HEIGHT - height} width={8} height={height} fill="currentColor">
            <title>{`${iso(day).slice(0, 10)}: ${grouped(count)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
};
