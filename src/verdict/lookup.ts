/** The table, indexed once. The answers are frozen and shared, so that a usual failure allocates nothing. */
import type { Verdict } from './verdict.ts';
import { usualBlame } from './evidence.ts';
import { mongodb } from './sources/mongodb.ts';
import { mysql } from './sources/mysql.ts';
import { grpc } from './sources/network.ts';
import type { Source } from './sources/source.ts';
import { sqlite } from './sources/sqlite.ts';
import { table } from './table.ts';

export type Index = ReadonlyMap<string | number, Verdict>;

/** Answers that give way to what a status or a cause says. */
export const hints: Set<Verdict> = new Set();

/** Answers that hold only for a system call that connects. */
export const connecting: Set<Verdict> = new Set();

export const byCode: Index = index('code');
export const byName: Index = index('name');
export const byMessage: Index = index('message');
export const byReply: Index = index('reply');
export const byLabel: Index = index('label');
export const byMongoCode: Index = index('number', mongodb);
export const byGrpcCode: Index = index('number', grpc);
export const byMysqlError: Index = index('errno', mysql);
export const bySqliteError: Index = index('errno', sqlite);

const byState = index('sqlState');
const byPrefix = index('prefix');
const byStatus = index('status');

/** A state that is listed, or whose class is. */
export function ofSqlState(code: string): Verdict | undefined {
  return byState.get(code) ?? recoded(byState.get(code.slice(0, 2)), code);
}

export function ofPrefix(code: string): Verdict | undefined {
  for (const [prefix, known] of byPrefix) {
    if (code.startsWith(String(prefix))) return recoded(known, code);
  }
  return undefined;
}

/** From 300 to 599. */
export function ofStatus(status: number): Verdict | undefined {
  const code = String(status);
  let known = byStatus.get(code);
  if (known === undefined) {
    known = Object.freeze(recoded(byStatus.get(`${code[0]}xx`), code));
    // There are at most 300, so that the index can simply learn.
    if (known !== undefined) byStatus.set(code, known);
  }
  return known;
}

/** The same under a code of its own. */
export function recoded<Known extends Verdict | undefined>(known: Known, code: string): Known {
  return known === undefined || known.code === code ? known : { ...known, code };
}

function index(
  property: Exclude<keyof Source, 'source'>,
  only?: Source,
): Map<string | number, Verdict> {
  const found = new Map<string | number, Verdict>();
  for (const one of only === undefined ? table : [only]) {
    for (const { kind, repeat, on, blame, maxRetries, connection, ...row } of one[property] ?? []) {
      for (const word of on) {
        // `14:UNAVAILABLE` is found by either, and a lone number as a number.
        const [number = '', name = number] = word.split(':');
        const known: Verdict = Object.freeze({
          kind,
          blame: blame ?? usualBlame[kind],
          repeat,
          source: one.source,
          // A message is no code, and a bug's name is its type.
          ...(property !== 'message' && kind !== 'bug' && { code: name }),
          ...(maxRetries !== undefined && { maxRetries }),
          ...(connection !== undefined && { connection }),
        });
        found.set(name, known);
        if (/^\d+$/.test(number)) found.set(Number(number), known);
        if (row.hint === true) hints.add(known);
        if (row.connecting === true) connecting.add(known);
      }
    }
  }
  return found;
}
