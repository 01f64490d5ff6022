/** What the journal says of itself: a line of JSON each. */
import type { Clock } from '../clock.ts';

export type Log = (level: 'info' | 'warn' | 'error', message: string, more?: object) => void;

export function jsonLog(clock: Clock, write: (line: string) => void): Log {
  return (level, message, more = {}) => {
    const time = new Date(clock.now()).toISOString();
    write(`${JSON.stringify({ time, level, message, ...more })}\n`);
  };
}
