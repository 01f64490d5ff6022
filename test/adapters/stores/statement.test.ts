import { describe, expect, it } from 'vitest';
import { isRead } from '../../../src/adapters/stores/statement.ts';

const reads = [
  'select 1',
  '  SELECT * FROM orders WHERE id = $1',
  '(select 1) union (select 2)',
  'select count(*), max("id") from "orders" where name = \'update; insert\' -- delete',
  '/* into */ select lower(name) from orders;',
  'values (1), (2)',
  'table orders',
  'show statement_timeout',
  'with recent as (select * from orders) select * from recent',
  'explain select 1',
  'select $$insert into x$$, $tag$ call() $tag$',
  'select "update" from t where updated_at > now() - interval \'1 day\'',
  'select pg_catalog.now()',
  "select e'it\\'s' from t where a is null".replace("e'it\\'s'", "'its'"),
  "select '1'::int, $1::text[], a::double precision, (b)::timestamp with time zone, now()::pg_catalog.date from t",
  'select cast(a as numeric(10, 2)) as price, cast($1 as text) as name, (o).* from o',
  "select date '2020-01-01', interval '1 day', a like 'x' escape '!', a as b from t where c = any('{1}') limit '1'",
  "select extract(year from timestamp '2020-01-01') at time zone 'UTC', trim(both 'x' from 'xax')",
  'select 1 -- one\r\n, 2',
  "select coalesce(json_agg(o.*), '[]') from orders o where o.id in (1, 2) and exists (select 1)",
];

const writes = [
  'insert into orders values (1)',
  'update orders set a = 1',
  'with moved as (delete from orders returning *) select * from moved',
  'with t as (select 1) insert into orders select * from t',
  'select * from orders for update',
  'select * from orders for no key update skip locked',
  'select * from orders for share',
  'select * into copy_of from orders',
  "select nextval('ids')",
  'select pg_advisory_lock(1)',
  'select my_function($1)',
  'select public.lower(name) from t',
  'select "lower"(name) from t',
  'select 1; delete from orders',
  'explain analyze select 1',
  'call refill()',
  'begin',
  'fetch 10 from c',
  '',
  "select 'a\\' , f('b')",
  'select /* /* nested */ 1 */ 1',
  'select $tag$ never closed',
  'select "never closed',
  'select a$b$ from t; insert into log values (1); select n from t where a$b$ = 1',
  'select a$b$, f($1) from t where a$b$ = 1',
  'select äsum(1)',
  'select sumä(1)',
  'select U&"d\\0061t"(1)',
  'select 1 --\r; insert into log values (1)',
  '-- one\rselect 1;\r-- two\rinsert into log values (1)\r',
  "select ('v'::text).charge",
  'select ( i ) . "reserve" from (select 1 as i) q',
  'select $1.charge',
  'select (array[1])[1].charge',
  'select a[1].charge from t',
  "select 'v'::text::money2",
  "select 'v' :: app.sku",
  'select \'v\'::"sku"',
  "select cast('v' as sku)",
  "select cast(cast('v' as text) as sku)",
  "select sku 'v'",
  'select sku $$v$$',
  "select json_value('{}', '$' returning sku)",
  'select abs\u00a0(1)',
  "select \u212aelvin('1')",
  'select 1 \u0001 charge',
  'select emp.raise_salary from emp',
  'select (emp).raise_salary from emp',
  'select emp."raise_salary" from emp',
];

describe('isRead', () => {
  it.each(reads)('tells that it only reads: %s', (sql) => {
    expect(isRead(sql, 'postgres', new Set())).toBe(true);
  });

  it.each(writes)('takes for a write: %s', (sql) => {
    expect(isRead(sql, 'postgres')).toBe(false);
  });

  it('takes a name behind a dot for a column where it is known that no function is called so', () => {
    const functions = new Set(['raise_salary', 'Log it']);
    const reading = (sql: string): boolean => isRead(sql, 'postgres', functions);
    expect(reading('select emp.name, "emp"."id" from public.emp')).toBe(true);
    expect(reading('select 1.5, emp.* from emp')).toBe(true);
    expect(reading('select emp.Raise_Salary from emp')).toBe(false);
    expect(reading('select (emp) . raise_salary from emp')).toBe(false);
    expect(reading('select (emp).name from emp')).toBe(false);
    expect(reading('select emp."Log it" from emp')).toBe(false);
    expect(isRead('select emp.name from emp', 'mysql')).toBe(true);
  });

  it('knows the quotes and comments of MySQL', () => {
    expect(isRead('select `update` from t # insert', 'mysql')).toBe(true);
    expect(isRead('select 1 --\u00a0+charge(1)', 'mysql')).toBe(false);
    expect(isRead("select 1 --\u0001 '\n, charge(1) -- '", 'mysql')).toBe(false);
    expect(isRead('select /*! sleep(1), */ 1', 'mysql')).toBe(false);
    expect(isRead("select 5--3 into outfile '/tmp/x'", 'mysql')).toBe(false);
    expect(isRead('select @a := 1', 'mysql')).toBe(false);
    expect(isRead('select * from t lock in share mode', 'mysql')).toBe(false);
    expect(isRead('replace into t values (1)', 'mysql')).toBe(false);
    expect(isRead('select next value for ids', 'mysql')).toBe(false);
  });

  it('takes time that grows with the length of a statement only', () => {
    const start = performance.now();
    for (const part of [
      "'",
      "''",
      '"',
      '/*',
      '$a$',
      '--\n',
      '( ',
      "e'\\",
      'a.',
      'f(',
      'a',
      ';',
      ' ',
    ]) {
      isRead(`select ${part.repeat(20_000)}`, 'postgres');
      isRead(`select ${part.repeat(20_000)}`, 'mysql');
    }
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
