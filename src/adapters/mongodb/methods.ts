/**
 * What the methods of a client, a database and a collection do, and where their options stand. What is not listed is
 * left alone: change streams, bulk operations that are built step by step, `admin()`, `runCursorCommand`.
 */

/**
 * How much a write may have done when its command is refused: nothing, the first of many documents, or the first of many
 * commands.
 */
export type Writing = 'write' | 'many' | 'bulk';

export interface Known {
  readonly effect: 'read' | Writing | 'cursor';
  /** The place of the options among the arguments. */
  readonly options: number;
  /** Whether the server is told how long it may take. */
  readonly limited: boolean;
}

type Table = ReadonlyMap<string, Known>;

/** `name:place`, by effect; `*` for what the server may be given a limit for. */
function table(lists: Readonly<Record<Known['effect'], string>>): Table {
  const known = new Map<string, Known>();
  for (const [effect, list] of Object.entries(lists)) {
    for (const [, name = '', place, star] of list.matchAll(/(\w+):(\d)(\*?)/g)) {
      const options = Number(place);
      known.set(name, { effect: effect as Known['effect'], options, limited: star === '*' });
    }
  }
  return known;
}

export const collectionMethods: Table = table({
  read: `findOne:1* countDocuments:1* estimatedDocumentCount:0* count:1* distinct:2* indexes:0 indexExists:1
    indexInformation:0 options:0 isCapped:0`,
  cursor: 'find:1 aggregate:1 listIndexes:0',
  write: `insertOne:1* updateOne:2* replaceOne:2* deleteOne:1* findOneAndUpdate:2*
    findOneAndReplace:2* findOneAndDelete:1* rename:1 drop:0 createIndex:1 createIndexes:1 dropIndex:1 dropIndexes:0`,
  many: 'updateMany:2* deleteMany:1*',
  // More than one command: the first may have been carried out when the second says that it was not.
  bulk: 'insertMany:1 bulkWrite:1',
});

export const databaseMethods: Table = table({
  read: 'collections:0 stats:0 profilingLevel:0 indexInformation:1',
  cursor: 'aggregate:1 listCollections:1',
  write: `createCollection:1 renameCollection:2 dropCollection:1 dropDatabase:0 createIndex:2 removeUser:1
    setProfilingLevel:1`,
  // What it does is not looked at.
  many: 'command:1',
  bulk: '',
});

export const clientMethods: Table = table({
  read: '',
  cursor: '',
  write: '',
  many: '',
  bulk: 'bulkWrite:1',
});
