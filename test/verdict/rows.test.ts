// Every row of the table is found by what it says that it is told by.
import { classify } from 'kedge';
import { describe, expect, it } from 'vitest';
import { usualBlame } from '../../src/verdict/evidence.ts';
import { type Row, type Rows, type Source, wordsOf } from '../../src/verdict/rows.ts';
import * as browser from '../../src/verdict/sources/index.browser.ts';
import { sources } from '../../src/verdict/sources/index.ts';
import { anonymous, aws, failed, grpc, mongo, mysql, named, postgres } from '../failures/errors.ts';

/** An error that has this and nothing else, as its source would throw it. */
const examples: Record<keyof Rows, (word: string, source: Source) => unknown> = {
  code: (code) => failed({ code }),
  ownCode: (code, { source }) =>
    source === 'database'
      ? named('PrismaClientKnownRequestError', 'failed', { code, clientVersion: '7.0.0' })
      : failed({ extensions: { code } }),
  prefix: (begin) => failed({ code: `${begin}X` }),
  type: (type) => failed({ type }),
  message: (message) => new Error(message),
  beginning: (begin) => new Error(`${begin}x`),
  ownBeginning: (begin, { source }) =>
    source === 'postgres' ? postgres('08P01', `${begin}x`) : named('ReplyError', begin),
  name: (name) => anonymous(name, 'failed'),
  number(word, { source }) {
    const number = Number(word.split(':')[0]);
    if (source === 'mongodb') return mongo(number);
    return source === 'mssql'
      ? named('RequestError', 'failed', { code: 'EREQUEST', number, class: 16 })
      : grpc(number);
  },
  errno(word, { source }) {
    const [number, name = ''] = word.split(':');
    return source === 'mysql'
      ? mysql(Number(number), name, 'HY000')
      : failed({ code: 'ERR_SQLITE_ERROR', errcode: Number(number) });
  },
  status: (status) => failed({ status: Number(status.replace('xx', '99')) }),
  sqlState: (state) => postgres(state.padEnd(5, 'Z')),
  label: (label) => mongo(undefined, label),
  reply: (word) => named('ReplyError', `${word} and more`),
  reason: (Code) => aws('TransactionCanceledException', { CancellationReasons: [{ Code }] }),
};

const rows = (source: Source): [keyof Rows, Row][] =>
  (Object.keys(examples) as (keyof Rows)[]).flatMap((property) =>
    (source[property] ?? []).map((row): [keyof Rows, Row] => [property, row]),
  );

/** Words that more than themselves decide about: their own tests are elsewhere. */
const undecided = new Set(['name WatchError', 'reply EXECABORT']);

describe.each(sources.map((source, index) => ({ source, title: `${index} ${source.source}` })))(
  'source $title',
  ({ source }) => {
    it('has answers for what its rows say', () => {
      const wrong: string[] = [];
      for (const [property, row] of rows(source)) {
        const [kind, repeat, , more = {}] = row;
        for (const word of wordsOf(row)) {
          if (undecided.has(`${property} ${word}`)) continue;
          const verdict = classify(examples[property](word, source));
          const wanted = [kind, more.blame ?? usualBlame[kind], repeat, source.source];
          const got = [verdict.kind, verdict.blame, verdict.repeat, verdict.source];
          if (String(got) !== String(wanted) || verdict.connection !== more.connection)
            wrong.push(`${property} ${word}: ${String(got)} instead of ${String(wanted)}`);
        }
      }
      expect(wrong).toEqual([]);
    });

    it('names nothing twice', () => {
      const all = rows(source).flatMap(([property, row]) =>
        wordsOf(row).map((word) => `${property} ${word}`),
      );
      expect(all.filter((word, index) => all.indexOf(word) !== index)).toEqual([]);
    });
  },
);

it('two sources do not answer for one word', () => {
  const owners = new Map<string, Source[]>();
  for (const source of sources) {
    for (const property of ['code', 'prefix', 'type', 'message', 'beginning', 'name'] as const) {
      for (const row of source[property] ?? []) {
        for (const word of wordsOf(row)) {
          const key = `${property} ${word}`;
          owners.set(key, [...(owners.get(key) ?? []), source]);
        }
      }
    }
  }
  expect([...owners].filter(([, { length }]) => length > 1).map(([key]) => key)).toEqual([]);
});

it('a repetition is never wanted of what is permanent, a bug or cancelled', () => {
  const wrong = sources.flatMap((source) =>
    rows(source).filter(
      ([, [kind, repeat]]) =>
        (kind === 'permanent' || kind === 'bug' || kind === 'cancelled') && repeat !== 'never',
    ),
  );
  expect(wrong).toEqual([]);
});

it('browsers are told a part of the same rows', () => {
  expect(browser.sources.filter((source) => !sources.includes(source))).toEqual([]);
  expect(browser.links.filter((link) => !['originalError', 'networkError'].includes(link))).toEqual(
    [],
  );
});
