import type { Account, Erasure, IntakeKey, Project, Session } from '../../store.ts';
import type { Database } from '../database.ts';

interface ProjectRow extends Omit<Project, 'origins'> {
  readonly origins: string;
}

export function projects(db: Database): Project[] {
  return db
    .all<ProjectRow>(
      `SELECT id, name, rate, burst, keep_per_hour AS keepPerHour, origins
       FROM project ORDER BY id`,
    )
    .map((row) => ({ ...row, origins: JSON.parse(row.origins) as string[] }));
}

export function keys(db: Database): IntakeKey[] {
  return db
    .all<IntakeKey & { ended: number | null }>(
      'SELECT key, project, label, created, ended FROM intake_key ORDER BY project, created',
    )
    .map(({ ended, ...key }) => (ended === null ? key : { ...key, ended }));
}

export function accounts(db: Database): Account[] {
  return db
    .all<Omit<Account, 'roles'> & { roles: string }>(
      'SELECT name, role, roles, password FROM account ORDER BY name',
    )
    .map((row) => ({ ...row, roles: JSON.parse(row.roles) as Account['roles'] }));
}

export function session(db: Database, hash: string, at: number): Session | undefined {
  const row = db.get<Session>(
    'SELECT hash, account, kind, expires FROM session WHERE hash = ? AND expires > ?',
    hash,
    at,
  );
  return row === undefined ? undefined : { ...row };
}

export function erasures(db: Database): Erasure[] {
  return db
    .all<Erasure>('SELECT project, user, at FROM erasure ORDER BY at')
    .map((row) => ({ ...row }));
}
