/** Projects, keys, accounts and sessions: what changes them. */
import type { Account, IntakeKey, NewProject, Project, Session } from '../store.ts';
import type { Database } from './database.ts';
import { projects } from './read/admin.ts';

export const admin = {
  createProject(db: Database, project: NewProject): Project {
    const { id } = db.run(
      `INSERT INTO project (name, rate, burst, keep_per_hour, origins) VALUES (?, ?, ?, ?, ?)`,
      ...valuesOf(project),
    );
    return { id, ...project };
  },

  changeProject(db: Database, id: number, changes: Partial<NewProject>): Project | undefined {
    const project = projects(db).find((one) => one.id === id);
    if (project === undefined) return undefined;
    const changed = { ...project, ...changes };
    db.run(
      `UPDATE project SET name = ?, rate = ?, burst = ?, keep_per_hour = ?, origins = ? WHERE id = ?`,
      ...valuesOf(changed),
      id,
    );
    return changed;
  },

  createKey(db: Database, project: number, key: string, label: string, at: number): IntakeKey {
    if (!projects(db).some(({ id }) => id === project))
      throw new Error(`There is no project ${project}.`);
    db.run(
      'INSERT INTO intake_key (key, project, label, created) VALUES (?, ?, ?, ?)',
      key,
      project,
      label,
      at,
    );
    return { key, project, label, created: at };
  },

  endKey(db: Database, key: string, at: number): boolean {
    return (
      db.run('UPDATE intake_key SET ended = ? WHERE key = ? AND ended IS NULL', at, key).changes > 0
    );
  },

  saveAccount(db: Database, { name, role, roles, password }: Account): void {
    // Whoever has got hold of a session is out when the password is another one.
    db.run(
      `DELETE FROM session WHERE account = ? AND EXISTS
         (SELECT 1 FROM account WHERE name = ? AND password <> ?)`,
      name,
      name,
      password,
    );
    db.run(
      'INSERT OR REPLACE INTO account (name, role, roles, password) VALUES (?, ?, ?, ?)',
      name,
      role,
      JSON.stringify(roles),
      password,
    );
  },

  endAccount(db: Database, name: string): boolean {
    return db.transaction(() => {
      db.run('DELETE FROM session WHERE account = ?', name);
      return db.run('DELETE FROM account WHERE name = ?', name).changes > 0;
    });
  },

  startSession(db: Database, { hash, account, kind, expires }: Session): void {
    db.run(
      'INSERT INTO session (hash, account, kind, expires) VALUES (?, ?, ?, ?)',
      hash,
      account,
      kind,
      expires,
    );
  },

  endSession(db: Database, hash: string): boolean {
    return db.run('DELETE FROM session WHERE hash = ?', hash).changes > 0;
  },
};

function valuesOf(project: NewProject): [string, number, number, number, string] {
  const { name, rate, burst, keepPerHour, origins } = project;
  return [name, rate, burst, keepPerHour, JSON.stringify(origins)];
}
