// What drivers, query builders and validators say of rows. `value` is that of a column whose name says nothing of secrets.

export const rows: Readonly<Record<string, (value: string) => string>> = {
  'Drizzle, insert': (v) => `Failed query: insert into "users" ("note") values ($1)\nparams: ${v}`,
  'Drizzle, select': (v) =>
    `Failed query: select "id" from "users" where "note" = $1 limit $2\nparams: ${v},1`,
  'Drizzle, update': (v) => `Failed query: update "users" set "note" = $1\nparams: a\nb,${v}`,
  'Drizzle, delete': (v) => `Failed query: delete from "users" where "note" = $1\nparams: ${v}`,
  'Knex, insert': (v) =>
    `insert into "users" ("note") values ('${v}') - duplicate key value violates unique constraint "x"`,
  'Knex, a dash in the value': (v) => `insert into "users" ("note") values ('a - ${v}') - no`,
  'Knex, a quote in the value': (v) => `insert into "users" ("note") values ('it''s ${v}') - no`,
  'Knex, select': (v) => `select * from "users" where "note" = '${v}' - relation does not exist`,
  'Knex, update': (v) =>
    `update \`users\` set \`note\` = '${v}' where \`id\` = 7 - ER_NO_SUCH_TABLE`,
  'Knex, delete': (v) => `delete from \`users\` where \`note\` = '${v}' - SQLITE_BUSY`,
  MikroORM: (v) => `insert into "users" ("note") values ('${v}') returning "id" - duplicate key`,
  Sequelize: (v) => `insert into "users" ("note") VALUES ('${v}') RETURNING "id";`,
  TypeORM: (v) => `QueryFailedError: insert into users(note) values ('${v}')`,
  'TypeORM, criteria': (v) =>
    `Could not find any entity of type "User" matching: {\n  "where": {\n    "note": "${v}"\n  }\n}`,
  'Prisma, arguments': (v) =>
    `\nInvalid \`prisma.user.create()\` invocation:\n\n{\n  data: {\n    note: "${v}"\n  }\n}\n\nArgument \`email\` is missing.`,
  'Prisma, source': (v) =>
    `\nInvalid \`prisma.user.create()\` invocation in\n/srv/a.ts:10:5\n\n  8 const note = '${v}'\n→ 10 await prisma.user.create(\nUnique constraint failed on the fields: (\`email\`)`,
  'Prisma, raw': (v) =>
    `Raw query failed. Code: \`23505\`. Message: \`Key (note)=(${v}) already exists.\``,
  'mariadb with its statement': (v) =>
    `(conn:5, no: 1062) Duplicate entry '${v}' for key 'x'\nsql: INSERT INTO users (note) VALUES (?) - parameters:['${v}']`,
  'MySQL, duplicate': (v) => `Duplicate entry '${v}' for key 'users.note'`,
  'MySQL, wrong type': (v) => `Incorrect integer value: '${v}' for column 'age' at row 1`,
  'MySQL, truncated': (v) => `Truncated incorrect DOUBLE value: '${v}'`,
  'PostgreSQL, wrong type': (v) => `invalid input syntax for type integer: "${v}"`,
  'PostgreSQL, enum': (v) => `invalid input value for enum mood: "${v}"`,
  'PostgreSQL, range': (v) => `value "${v}" is out of range for type integer`,
  'PostgreSQL, key': (v) => `Key (note)=(${v}) already exists.`,
  'PostgreSQL, row': (v) => `Failing row contains (1, ${v}, null).`,
  MongoDB: (v) =>
    `E11000 duplicate key error collection: shop.users index: note_1 dup key: { note: "${v}" }`,
  'Mongoose, cast': (v) =>
    `Cast to ObjectId failed for value "${v}" (type string) at path "_id" for model "User"`,
  'Mongoose, validator': (v) => `User validation failed: note: Path \`note\` is invalid (${v}).`,
  'Mongoose, length': (v) =>
    `User validation failed: note: Path \`note\` (\`${v}\`) is shorter than the minimum allowed length (80).`,
  'Mongoose, enum': (v) =>
    `User validation failed: role: \`${v}\` is not a valid enum value for path \`role\`.`,
  'SQL Server, duplicate': (v) =>
    `Violation of UNIQUE KEY constraint. The duplicate key value is (${v}).`,
  'SQL Server, conversion': (v) =>
    `Conversion failed when converting the nvarchar value '${v}' to data type int.`,
  'SQL Server, truncated': (v) =>
    `String or binary data would be truncated. Truncated value: '${v}'.`,
  SQLAlchemy: (v) =>
    `duplicate key\n[SQL: INSERT INTO users (note) VALUES (%(note)s)]\n[parameters: {'note': '${v}'}]`,
  Redis: (v) => `ERR unknown command 'FOO', with args beginning with: 'a' '${v}' `,
  Joi: (v) => `"note" with value "${v}" fails to match the required pattern: /^a$/`,
  Yup: (v) =>
    `age must be a \`number\` type, but the final value was: \`NaN\` (cast from the value \`"${v}"\`).`,
  Superstruct: (v) => `At path: note -- Expected a number, but received: "${v}"`,
  zod: (v) => JSON.stringify([{ code: 'custom', path: ['note'], message: 'x', input: v }]),
  'a stored procedure': (v) => `CALL add_user('${v}', 5) failed`,
  'a statement in quotes': (v) =>
    `could not run "insert into users (note) values ('${v}')": duplicate key`,
};
