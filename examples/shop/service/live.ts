/**
 * The page at `/`: the routes and the calls they make, as they are, and buttons that break and heal what they depend on.
 */
import { open } from 'node:fs/promises';
import { type LiveHandler, liveHandler } from 'kedge/live';
import { askStage } from '../stage/child.ts';
import { journalUrl, logFile } from './telemetry.ts';

/** `buttons`: what the stage can do. */
export function livePage(buttons: readonly string[]): LiveHandler {
  return liveHandler({
    // The shop listens on this machine only. A foreign site whose name leads here sends that name.
    authorize: ({ headers }) =>
      /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(headers.get('host') ?? '') && 'the audience',
    links: {
      Metrics: '/metrics',
      State: '/state',
      Log: '/log',
      ...(journalUrl === undefined ? {} : { Journal: journalUrl }),
    },
    buttons: Object.fromEntries(buttons.map((button) => [button, () => askStage(button)])),
  });
}

const longest = 262_144;

/** The last lines of the log. */
export async function lastLines(): Promise<string> {
  const file = await open(logFile);
  try {
    const { size } = await file.stat();
    const begin = Math.max(0, size - longest);
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(longest),
      position: begin,
    });
    const text = buffer.toString('utf8', 0, bytesRead);
    return begin === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}
