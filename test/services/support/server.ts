/**
 * Servers from Debian's packages, on free ports of the loopback interface, with their data in temporary folders. They
 * are ended by their own process ids.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const install =
  'apt-get install -y --no-install-recommends postgresql mariadb-server redis-server pgbouncer prometheus prometheus-alertmanager';

/** Who the servers run as where the tests are run by root: most of them refuse to be. */
interface User {
  readonly uid: number;
  readonly gid: number;
}

function userNamed(name: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

/** The path of a server's program, in the folders that Debian puts them into. */
export function program(name: string, folders: readonly string[] = []): string {
  for (const folder of [...folders, '/usr/sbin', '/usr/bin', '/usr/local/bin']) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // In the next one, perhaps.
    }
  }
  throw new Error(`${name} is missing. Install it by: ${install}`);
}

/** Debian keeps PostgreSQL's programs by version, the newest is taken. */
export function postgresFolders(): string[] {
  const versions = '/usr/lib/postgresql';
  try {
    return readdirSync(versions)
      .toSorted((one, other) => Number(other) - Number(one))
      .map((version) => join(versions, version, 'bin'));
  } catch {
    return [];
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What is said about one sort of server. */
interface Recipe {
  readonly user: string;
  /** Programs that fill the folder with data, before the first start. */
  prepare?(folder: string): readonly (readonly [file: string, ...args: string[]])[];
  start(folder: string, port: number): readonly [file: string, ...args: string[]];
  /** Resolves when it answers. */
  ready(port: number): Promise<void>;
}

export class Server implements AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  private readonly recipe: Recipe;
  private readonly user: User | undefined;
  private child: ChildProcess | undefined;
  private output = '';

  private constructor(recipe: Recipe, port: number) {
    this.recipe = recipe;
    this.port = port;
    this.user = userNamed(recipe.user);
    this.folder = mkdtempSync(join(tmpdir(), 'kedge-service-'));
    if (this.user !== undefined) chownSync(this.folder, this.user.uid, this.user.gid);
  }

  static async start(recipe: Recipe): Promise<Server> {
    // A missing program is told before anything is made.
    recipe.start(tmpdir(), 1);
    const server = new Server(recipe, await freePort());
    for (const [file, ...args] of recipe.prepare?.(server.folder) ?? []) {
      execFileSync(file, args, { stdio: 'pipe', cwd: server.folder, ...server.user });
    }
    await server.up();
    return server;
  }

  /** Starts it, or starts it again. */
  async up(): Promise<void> {
    const [file, ...args] = this.recipe.start(this.folder, this.port);
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
      ...this.user,
    });
    this.child = child;
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const until = performance.now() + 30_000;
    for (;;) {
      try {
        await this.recipe.ready(this.port);
        return;
      } catch (error) {
        if (child.exitCode !== null || performance.now() > until) {
          throw new Error(`${file} does not start:\n${this.output}`, { cause: error });
        }
        await sleep(20);
      }
    }
  }

  /** Ends it in the middle of whatever it does. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    // Helpers of a killed server may still write for a moment.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

/** Whether somebody listens, and speaks or waits to be spoken to. */
export async function listens(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
