import { Timer } from '../../core/time.ts';

/** Calls `run` again and again until the returned function is called. It never keeps the process alive. */
export function repeating(run: () => void, interval: number, first: number = interval): () => void {
  let timer: Timer;
  const fire = (): void => {
    timer = new Timer(fire, interval, false);
    run();
  };
  timer = new Timer(fire, first, false);
  return () => timer.stop();
}
