/** What this Node's own `fetch` does when a caller leaves: versions differ, and kedge can do no more than it does. */
import { rejection } from './lab.ts';
import { origin, type Origin, until } from './origin.ts';

interface Leaving {
  /** Whether the connection ends at once, and not some seconds later. */
  readonly disconnects: boolean;
  /** Whether who reads the body gets the signal's reason, and not an AbortError in its place. */
  readonly givesReason: boolean;
}

let asked: Promise<Leaving> | undefined;

/** Tries it, once. */
export function leavingFetch(): Promise<Leaving> {
  asked ??= leave();
  return asked;
}

async function leave(): Promise<Leaving> {
  await using server = await origin((_request, answer) => answer.write('one '));
  const controller = new AbortController();
  const response = await fetch(server.url, { signal: controller.signal });
  const reason = new Error('enough');
  controller.abort(reason);
  const given = await rejection(response.text());
  const disconnects = await until(() => server.sockets === 0).then(
    () => true,
    () => false,
  );
  return { disconnects, givesReason: given === reason };
}

/** Waits until the connections of those who left have ended; where `fetch` itself keeps them for a while, ends them. */
export async function disconnected(server: Origin): Promise<void> {
  if (!(await leavingFetch()).disconnects) await server[Symbol.asyncDispose]();
  await until(() => server.sockets === 0);
}
