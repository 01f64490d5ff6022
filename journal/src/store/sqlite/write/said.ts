/** What a group can be found by in words: title, culprit, up to 20 different messages, and values of tags. */
import type { Kept } from '../../../record/sighting.ts';
import type { Database } from '../database.ts';

const MOST_MESSAGES = 20;
const MOST_TAGS = 100;
const LONGEST = 300;

interface Words {
  readonly messages: string[];
  readonly tags: string[];
}

/** Those of groups that failed lately; forgotten all at once when there are too many. */
const lately = new WeakMap<Database, Map<number, Words>>();
const MOST_LATELY = 5_000;

/** After a transaction that failed: its words are not there. */
export const forgetWords = (db: Database): boolean => lately.delete(db);

export class Said {
  private readonly db: Database;
  private readonly known: Map<number, Words>;
  private readonly changed = new Map<number, { words: Words; kept: Kept }>();

  constructor(db: Database) {
    this.db = db;
    let known = lately.get(db);
    if (known === undefined || known.size > MOST_LATELY) lately.set(db, (known = new Map()));
    this.known = known;
  }

  hear(group: number, kept: Kept): void {
    const words = this.wordsOf(group);
    const isNew = words.messages.length === 0;
    const heard = add(words.messages, kept.title, MOST_MESSAGES);
    let tagged = false;
    for (const value of [kept.service, ...Object.values(kept.tags)]) {
      if (value !== '') tagged = add(words.tags, value, MOST_TAGS) || tagged;
    }
    if (isNew || heard || tagged) this.changed.set(group, { words, kept });
  }

  finish(): void {
    for (const [group, { words, kept }] of this.changed) {
      this.db.run('INSERT OR REPLACE INTO group_said VALUES (?, ?)', group, JSON.stringify(words));
      this.db.run('DELETE FROM group_text WHERE rowid = ?', group);
      this.db.run(
        'INSERT INTO group_text (rowid, title, culprit, messages, tags) VALUES (?, ?, ?, ?, ?)',
        group,
        words.messages[0] ?? '',
        kept.culprit,
        words.messages.join('\n'),
        words.tags.join('\n'),
      );
    }
  }

  private wordsOf(group: number): Words {
    let words = this.known.get(group);
    if (words === undefined) {
      const row = this.db.get<{ said: string }>(
        'SELECT said FROM group_said WHERE group_id = ?',
        group,
      );
      words = row === undefined ? { messages: [], tags: [] } : (JSON.parse(row.said) as Words);
      this.known.set(group, words);
    }
    return words;
  }
}

function add(list: string[], text: string, most: number): boolean {
  const short = text.slice(0, LONGEST);
  if (list.length >= most || list.includes(short)) return false;
  list.push(short);
  return true;
}
