import { parseArgs } from 'node:util';

export interface Options {
  /** How long the load and the faults last. */
  readonly seconds: number;
  /** Requests a second on each of the three routes. */
  readonly rate: number;
  /** The shop's port; 0 for any that is free. */
  readonly port: number;
  /** The file that the shop logs to. */
  readonly log: string;
  /** Whether the shop stays up after the summary, and users keep coming. */
  readonly serve: boolean;
  /** A PostgreSQL server to use in place of the embedded one. */
  readonly databaseUrl: string | undefined;
}

/** Something outside the example is not as it has to be: told in one sentence, and the exit code is 2. */
export class CannotRun extends Error {}

export const usage = `npm start -- [options]

  --seconds N   how long load and faults last (30)
  --rate N      requests a second on each of the three routes (100)
  --port N      the shop's port (any free one)
  --log FILE    where the shop logs to (shop.log)
  --serve       stay up after the summary, with users, until Ctrl-C
  --help        this text

  DATABASE_URL=postgres://…   use this PostgreSQL server in place of the embedded one`;

/** Returns undefined when only help was asked for. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | undefined {
  const given = parse(args);
  if (given.help) return undefined;
  return {
    seconds: wholeNumber('--seconds', given.seconds, 3, 3_600),
    rate: wholeNumber('--rate', given.rate, 1, 1_000),
    port: wholeNumber('--port', given.port, 0, 65_535),
    log: given.log,
    serve: given.serve,
    // An empty variable is what a shell makes of an unset one.
    databaseUrl: env['DATABASE_URL'] === '' ? undefined : env['DATABASE_URL'],
  };
}

interface Given {
  seconds: string;
  rate: string;
  port: string;
  log: string;
  serve: boolean;
  help: boolean;
}

function parse(args: readonly string[]): Given {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '30' },
        rate: { type: 'string', default: '100' },
        port: { type: 'string', default: '0' },
        log: { type: 'string', default: 'shop.log' },
        serve: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new CannotRun(`${(error as Error).message}\n\n${usage}`);
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new CannotRun(`${name}: expected a whole number from ${min} to ${max}, got '${text}'.`);
}
