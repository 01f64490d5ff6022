/**
 * A process: PostgreSQL, compiled to WebAssembly, behind its wire protocol on a TCP port.
 */
import { rmSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { announce, endWithParent } from '../stage/child.ts';

const folder = process.env['PGLITE_FOLDER'];
const port = Number(process.env['PORT'] ?? 0);

endWithParent();
// Killed, it leaves its files to be found again. When it ends by itself, nobody is left who would remove them.
process.on('exit', () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

const db = await PGlite.create(folder);
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port, maxConnections: 100 });
await server.start();
announce(Number(server.getServerConn().split(':').at(-1)));
