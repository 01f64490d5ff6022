/** mysql2's own server, with scripted outcomes. It stores nothing: it counts what it was told to do. */
import { once } from 'node:events';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { type Connection, createServer } from 'mysql2';

/** What becomes of a statement: nothing said, it is carried out and answered. */
export type Outcome =
  /** The connection ends, and nothing is done. */
  | 'cut'
  /** It is done, and the connection ends before the answer. */
  | 'done, then cut'
  /** Nothing is done, and there is no answer. */
  | 'silence'
  /** It is refused with this number of an error. */
  | number;

export interface Statement {
  readonly sql: string;
  /** The connection that it came over, from 1. */
  readonly connection: number;
}

export interface MysqlServer extends AsyncDisposable {
  readonly port: number;
  readonly received: readonly Statement[];
  readonly texts: readonly string[];
  /** Statements that change something and took effect, those of a transaction when it is committed. */
  readonly executed: readonly string[];
  /** Connections that are open. */
  readonly open: number;
  /** What the server says of itself: `show session variables`, and its age in seconds. */
  readonly variables: Record<string, string>;
  uptime: number;
  /** What sessions were set to. */
  readonly settings: readonly string[];
  /** Is asked about each statement, with its number among those of its text, from 1. */
  script: (sql: string, nth: number) => Outcome | undefined;
}

const changing = /^(?:insert|update|delete)\b/;

/** Starts it on a free port of the loopback interface. */
export async function mysqlServer(): Promise<MysqlServer> {
  const received: Statement[] = [];
  const executed: string[] = [];
  const settings: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  // It is told of each connection by an event, too.
  const server = createServer(() => {});

  server.on('connection', (connection: Connection) => {
    const number = ++connections;
    const { stream: socket } = connection as unknown as { stream: Socket };
    const line = connection as unknown as Line;
    let pending: string[] | undefined;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    connection.on('error', () => {});

    const execute = (sql: string): void => {
      if (sql.startsWith('start transaction')) pending = [];
      else if (sql === 'commit') {
        executed.push(...(pending ?? []));
        pending = undefined;
      } else if (sql === 'rollback') pending = undefined;
      else if (changing.test(sql)) (pending ?? executed).push(sql);
    };
    /** What clients ask and set beside the statements of a test. */
    const isHousekeeping = (sql: string): boolean => {
      const shown = sql.startsWith('show session variables')
        ? { ...mysql.variables, pseudo_thread_id: String(number) }
        : sql.startsWith('show global status')
          ? { Uptime: String(mysql.uptime) }
          : undefined;
      if (shown !== undefined) {
        const rows = Object.entries(shown).map(([Variable_name, Value]) => ({
          Variable_name,
          Value,
        }));
        line.writeTextResult(rows, [textColumn('Variable_name'), textColumn('Value')]);
      } else if (sql.startsWith('set session max_')) {
        settings.push(sql);
        line.writeOk({ affectedRows: 0 });
      } else return false;
      line.sequenceId = 0;
      return true;
    };
    const handle = (sql: string): void => {
      if (isHousekeeping(sql)) return;
      received.push({ sql, connection: number });
      const nth = received.filter((each) => each.sql === sql).length;
      const outcome = mysql.script(sql, nth);
      if (outcome === 'silence') return;
      if (typeof outcome === 'number') {
        line.writeError({ code: outcome, message: `refused with ${outcome}` });
      } else {
        if (outcome !== 'cut') execute(sql);
        if (outcome !== undefined) socket.resetAndDestroy();
        else if (sql.startsWith('select')) line.writeTextResult([{ a: 1 }], [column]);
        else line.writeOk({ affectedRows: 1 });
      }
      line.sequenceId = 0;
    };
    connection.on('query', handle);
    // It takes SET for a statement that is being prepared.
    connection.on('stmt_prepare', handle);
    line.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.0',
      connectionId: number,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff,
      authCallback(_given, done) {
        done(null);
        // It counts on, and complains of clients that begin anew with each command.
        line.sequenceId = 0;
      },
    });
  });

  const { _server: net } = server as unknown as { _server: NetServer };
  net.listen(0, '127.0.0.1');
  await once(net, 'listening');
  const { port } = net.address() as AddressInfo;
  const mysql: MysqlServer = {
    port,
    received,
    get texts() {
      return received.map(({ sql }) => sql);
    },
    executed,
    get open() {
      return sockets.size;
    },
    variables: {
      hostname: 'here',
      port: String(port),
      max_statement_time: '0.000000',
      innodb_rollback_on_timeout: 'OFF',
    },
    uptime: 1_000_000,
    settings,
    script: () => undefined,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      net.close();
      await once(net, 'close');
    },
  };
  return mysql;
}

/** The server's side of a connection, which has no types. */
interface Line {
  sequenceId: number;
  serverHandshake(options: {
    protocolVersion: number;
    serverVersion: string;
    connectionId: number;
    statusFlags: number;
    characterSet: number;
    capabilityFlags: number;
    authCallback: (given: object, done: (error: unknown) => void) => void;
  }): void;
  writeOk(answer: { affectedRows: number }): void;
  writeError(error: { code: number; message: string }): void;
  writeTextResult(rows: object[], columns: object[]): void;
}

/** One column `a`, an INT. */
const column = {
  catalog: 'def',
  schema: 'tested',
  table: 't',
  orgTable: 't',
  name: 'a',
  orgName: 'a',
  characterSet: 63,
  columnLength: 11,
  columnType: 3,
  flags: 0,
  decimals: 0,
};

/** One column of a VARCHAR. */
const textColumn = (name: string): object => ({
  ...column,
  name,
  orgName: name,
  characterSet: 45,
  columnLength: 1_024,
  columnType: 253,
});
