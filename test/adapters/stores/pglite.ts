/** PostgreSQL's protocol in this process. */
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

export interface Embedded {
  readonly database: PGlite;
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

export async function embedded(schema: string): Promise<Embedded> {
  const database = await PGlite.create();
  await database.exec(schema);
  const server = new PGLiteSocketServer({
    db: database,
    host: '127.0.0.1',
    port: 0,
    maxConnections: 20,
  });
  await server.start();
  const [host = '', port] = server.getServerConn().split(':');
  return {
    database,
    host,
    port: Number(port),
    async stop() {
      await server.stop();
      await database.close();
    },
  };
}
