import { epoch } from '../../core/time.ts';
import { isResponse, release, type ResponseLike } from '../../core/response-body.ts';
import { copyOf } from '../shared/values.ts';
import type { Settings } from './options.ts';

/** A longer body is not kept, in bytes: one that never ends would fill the memory. */
const longestBody = 8 * 1_024 * 1_024;

interface Entry {
  readonly value: unknown;
  /** When it came, on the scale of the first clock, which goes on where others come and go. */
  readonly at: number;
  /** Which of all calls has brought it: a later one's answer is newer. */
  readonly by: number;
  /** Ends the reading of a body that nobody needs any more. */
  stop?: () => void;
}

export const ageOf = ({ at }: Entry, time: number): number => time - epoch - at;

/** The last good value of each key: bounded, and by its age. */
export class LastGoodValues {
  settings: Settings;
  /** The least recently used first. */
  private readonly entries: Map<string, Entry> = new Map();
  private begun = 0;
  private underWay = 0;
  /** Up to which call a value is gone, by its key and of all keys: who began before must not bring it back. */
  private readonly goneFor: Map<string, number> = new Map();
  private goneForAll = 0;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  get size(): number {
    return this.entries.size;
  }

  /** A call begins. Returns its number. */
  begin(): number {
    this.underWay++;
    return ++this.begun;
  }

  /** A call has ended. */
  end(): void {
    if (--this.underWay === 0) this.goneFor.clear();
  }

  /** A value is gone, and stays so for the calls that are under way. */
  clear(key?: string): void {
    for (const each of key === undefined ? [...this.entries.keys()] : [key]) this.drop(each);
    if (this.underWay === 0) return;
    if (key === undefined) this.goneForAll = this.begun;
    else this.goneFor.set(key, this.begun);
    const [oldest] = this.goneFor;
    if (oldest === undefined || this.goneFor.size <= this.settings.maxEntries) return;
    // Rather too many are forgotten than one too few.
    this.goneForAll = Math.max(this.goneForAll, oldest[1]);
    this.goneFor.delete(oldest[0]);
  }

  /** Keeps the value that a call has brought, unless a later one has brought another, or it is gone since. */
  store(key: string, value: unknown, time: number, by: number): void {
    const newest = Math.max(
      this.goneForAll,
      this.goneFor.get(key) ?? 0,
      (this.entries.get(key)?.by ?? 0) - 1,
    );
    if (by <= newest) return;
    const { clone } = this.settings;
    const copy = clone === undefined ? copyOf(value) : clone(value);
    const entry: Entry = { value: copy, at: time - epoch, by };
    const before = this.entries.get(key);
    this.entries.delete(key);
    this.entries.set(key, entry);
    if (clone === undefined && isResponse(entry.value) && !entry.value.bodyUsed)
      this.keepWhole(key, entry, before, readWhole(entry.value, entry));
    else this.forget(before);
    this.trim();
  }

  /** The value of a key that is not too old. */
  find(key: string, time: number): Entry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (ageOf(entry, time) <= this.settings.maxAge) return entry;
    this.drop(key);
    return undefined;
  }

  /** A copy of a value that is served; it goes to the end of those that may be dropped. */
  use(key: string, entry: Entry): unknown {
    const { clone = copyOf } = this.settings;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return clone(entry.value);
  }

  /** Keeps no more than what the settings allow. */
  trim(): void {
    for (const key of this.entries.keys()) {
      if (this.entries.size <= this.settings.maxEntries) return;
      this.drop(key);
    }
  }

  /** A body must be here before the dependency fails: where it breaks off, the value before it is the last good one. */
  private keepWhole(
    key: string,
    entry: Entry,
    before: Entry | undefined,
    whole: Promise<boolean>,
  ): void {
    void whole.then((isWhole) => {
      if (isWhole || this.entries.get(key) !== entry) this.forget(before);
      else {
        this.drop(key);
        if (before !== undefined) this.entries.set(key, before);
      }
    });
  }

  private drop(key: string): void {
    this.forget(this.entries.get(key));
    this.entries.delete(key);
  }

  /** The copy of a response was made here, and nobody else has it. */
  private forget(entry: Entry | undefined): void {
    entry?.stop?.();
    if (this.settings.clone === undefined) release(entry?.value);
  }
}

/** Reads a copy to its end, so that the one that is kept has all of its body. Resolves to whether it has. */
async function readWhole(response: ResponseLike, entry: Entry): Promise<boolean> {
  const reader = response.clone().body?.getReader();
  if (reader === undefined) return true;
  entry.stop = () => void reader.cancel().catch(() => {});
  try {
    for (let bytes = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return true;
      bytes += value?.byteLength ?? 0;
      if (bytes > longestBody) {
        entry.stop();
        return false;
      }
    }
  } catch {
    return false;
  } finally {
    delete entry.stop;
  }
}
