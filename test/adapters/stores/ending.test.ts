import { describe, expect, it } from 'vitest';
import { endingWords, isUndone } from '../../../src/adapters/stores/ending.ts';

describe('the end of a transaction, sent as a statement', () => {
  it.each([
    ['COMMIT', 'commit'],
    ['end', 'end'],
    ['-- so far\n  Rollback Work', 'rollback'],
    ['abort', 'abort'],
    ['commit and chain', 'commit'],
    ["select 'a'; /* now */ commit; begin", 'commit'],
    ["prepare transaction 'x'", 'prepare transaction'],
  ])('is found in %j of PostgreSQL', (sql, words) => {
    expect(endingWords(sql, 'postgres')).toBe(words);
  });

  it.each([
    ['commit', 'commit'],
    ['rollback and chain', 'rollback'],
    ['begin', 'begin'],
    ['START  TRANSACTION', 'start transaction'],
    ['# so far\ncreate table t (a int)', 'create'],
    ['CREATE\nINDEX i ON t (a)', 'create'],
    ['drop table if exists t', 'drop'],
    ['alter table t add b int', 'alter'],
    ['truncate t', 'truncate'],
    ['analyze table t', 'analyze'],
    ['lock tables t write', 'lock tables'],
    ["set password = 'x'", 'set password'],
    ['insert into t values (1); commit', 'commit'],
    ['/*!50000 commit */', 'commit'],
    ['/*M! commit */', 'commit'],
    ["execute immediate 'commit'", 'commit'],
    ['PREPARE s FROM "rollback"', 'rollback'],
  ])('is found in %j of MySQL, which commits first', (sql, words) => {
    expect(endingWords(sql, 'mysql')).toBe(words);
  });

  it.each([
    'select case when a = 1 then 2 end from t',
    "insert into log (text) values ('; commit')",
    'insert into "commit" values (1)',
    'select 1 as commit',
    'rollback to a',
    'ROLLBACK WORK TO SAVEPOINT a',
    'savepoint a',
    'release savepoint a',
    'begin',
    'prepare p as select 1',
    'create table t (a int)',
    'select $$; commit; $$',
    'create function f() returns int language sql begin atomic select 1; end',
    `insert into t values ('${'x'.repeat(40_000)}')`,
  ])('is not found in %.60j of PostgreSQL', (sql) => {
    expect(endingWords(sql, 'postgres')).toBeUndefined();
  });

  it.each([
    'create temporary table t (a int)',
    "execute immediate 'select 1'",
    "insert into log values ('execute immediate commit')",
    'select /*!40001 sql_no_cache */ 1',
    'drop temporary table t',
    'rollback to savepoint a',
    "load data local infile 'x' into table t",
    'replace into t values (1)',
    'select `commit` from t',
    'update t set `begin` = 1',
    'set @a = 1',
  ])('is not found in %j of MySQL', (sql) => {
    expect(endingWords(sql, 'mysql')).toBeUndefined();
  });
});

describe('an error of the server', () => {
  it.each([
    'insert into t values (1)',
    "-- all\nUPDATE t SET a = ';' where b = 1;",
    '(select 1)',
    'with moved as (delete from a returning *) insert into b select * from moved',
    "insert into t values ('it\\'s')",
  ])('undoes all of %j', (sql) => {
    expect([isUndone(sql, 'postgres'), isUndone(sql, 'mysql')]).toEqual([true, true]);
  });

  it.each([
    'call pay()',
    'do $$ begin update t set a = 1; commit; end $$',
    'begin not atomic update t set a = 1; end',
    'update t set a = 1; update t set b = 1',
    "execute immediate 'call pay()'",
    "update t set a = 'it\\'s'; commit",
    'begin; update t set a = 1; commit',
  ])('may leave a part of %j', (sql) => {
    expect([isUndone(sql, 'postgres'), isUndone(sql, 'mysql')]).toEqual([false, false]);
  });
});
