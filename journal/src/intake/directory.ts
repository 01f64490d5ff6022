/** Which key belongs to which project: kept in memory, read again now and then, and when somebody knows better. */
import type { Clock } from '../clock.ts';
import type { Project, Store } from '../store/store.ts';

/** A key that was ended elsewhere is taken for so long. */
const FRESH = 10_000;
/** Unknown keys make it look again, but no more often. */
const SHORTEST = 1_000;

export class Directory {
  private readonly store: Store;
  private readonly clock: Clock;
  private byKey: ReadonlyMap<string, Project> = new Map();
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(store: Store, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  /** The project whose key it is, if it has not ended. */
  async projectOf(key: string): Promise<Project | undefined> {
    const age = this.clock.elapsed() - this.readAt;
    const known = this.byKey.get(key);
    if (age > FRESH || (known === undefined && age > SHORTEST)) {
      await this.read();
      return this.byKey.get(key);
    }
    return known;
  }

  /** After a change that is to be seen at once. */
  read(): Promise<void> {
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readAll(): Promise<void> {
    const [projects, keys] = await Promise.all([this.store.projects(), this.store.keys()]);
    const byId = new Map(projects.map((project) => [project.id, project]));
    const byKey = new Map<string, Project>();
    for (const { key, project, ended } of keys) {
      const found = byId.get(project);
      if (found !== undefined && ended === undefined) byKey.set(key, found);
    }
    this.byKey = byKey;
    this.readAt = this.clock.elapsed();
  }
}
