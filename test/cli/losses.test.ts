import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';

// What an error about a loss says, for people and as data: the object, the figures, up to three keys or values, the
// statement that lost it, and what to type if that is intended.

const fields = 'id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT, name TEXT, age TEXT';
const schema = `CREATE TABLE users (${fields});
CREATE INDEX users_email ON users (email);
CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);
CREATE TRIGGER users_log AFTER DELETE ON users BEGIN INSERT INTO log (what) VALUES ('gone'); END;
CREATE VIEW mails AS SELECT email FROM users;
CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), body TEXT);
INSERT INTO users (email, name, age) VALUES ('a@x', 'A', '01'), ('b@x', 'B', '02'), ('c@x', 'C', '03'), ('d@x', 'D', '04');
INSERT INTO notes (user_id, body) VALUES (1, 'one'), (2, 'two'), (3, 'three');
`;
const again = `CREATE INDEX users_email ON users (email);
CREATE TRIGGER users_log AFTER DELETE ON users BEGIN INSERT INTO log (what) VALUES ('gone'); END;`;

/** Line 1: the pragma; 2: CREATE; 3: the copy; 4: DROP; 5: RENAME; then what hangs on the table. */
const rebuild = (copy: string, columns: string = fields, objects: string = again): string =>
  `PRAGMA legacy_alter_table = ON;
CREATE TABLE n (${columns});
${copy}
DROP TABLE users;
ALTER TABLE n RENAME TO users;
${objects}`;

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly location: { readonly file: string; readonly line: number } | null;
  readonly problems?: readonly Problem[];
}

const app = ['-d', 'app.db', '--backup', 'off'];
let folder: Folder;
beforeEach(async () => {
  folder = new Folder({ 'migrations/001_schema.sql': schema });
  await folder.run(['up', ...app, '-q']);
});
afterEach(() => folder.remove());

async function problems(text: string, ending = 'sql'): Promise<readonly Problem[]> {
  folder.write(`migrations/002_step.${ending}`, text);
  const { out } = await folder.run(['up', ...app, '--json']);
  const { error } = JSON.parse(out) as { readonly error: Problem };
  return error.problems ?? [error];
}

describe('a loss is located, in --json and in text:', () => {
  it.each<readonly [what: string, sql: string, code: string, line: number, says: string, declare: string | undefined]>([
    [
      'rows that a copy leaves out',
      rebuild('INSERT INTO n SELECT * FROM users WHERE id < 4;'),
      'ROWS_LOST',
      3,
      'users: 4 rows before, 3 after (without id 4)',
      'users',
    ],
    [
      'rows that a trigger deletes, of two statements that may fire it',
      "CREATE TRIGGER z AFTER INSERT ON log WHEN new.what = 'x' BEGIN DELETE FROM notes WHERE id > 1; END;\nINSERT INTO log (what) VALUES ('a');\nINSERT INTO log (what) VALUES ('x');",
      'ROWS_LOST',
      3,
      'notes: 3 rows before, 1 after',
      'notes',
    ],
    [
      'values that a new type converts',
      rebuild('INSERT INTO n SELECT * FROM users;', fields.replace('age TEXT', 'age INTEGER')),
      'VALUES_CHANGED',
      3,
      "values of users.age, which the new type converts: 4 of 4 changed (id 1: '01' to 1; id 2: '02' to 2; id 3: '03' to 3)",
      'users.age',
    ],
    [
      'values that go into other columns',
      rebuild('INSERT INTO n SELECT id, name, email, age FROM users;'),
      'VALUES_CHANGED',
      3,
      "values of users.email, which were given those of another column: 4 of 4 changed (id 1: 'a@x' to 'A'; id 2: 'b@x' to 'B'; id 3: 'c@x' to 'C')",
      'users.email, users.name',
    ],
    [
      'a column',
      rebuild('INSERT INTO n SELECT id, email, name FROM users;', fields.replace(', age TEXT', '')),
      'COLUMN_LOST',
      3,
      "column users.age is not carried over (4 values: id 1: '01'; id 2: '02'; id 3: '03')",
      'users.age',
    ],
    [
      'the INTEGER PRIMARY KEY',
      `DELETE FROM sqlite_sequence WHERE 0;\n${rebuild('INSERT INTO n SELECT * FROM users;', fields.replace('INTEGER PRIMARY KEY AUTOINCREMENT', 'BIGINT PRIMARY KEY'))}`,
      'ROWID_ALIAS_LOST',
      5,
      'users.id is no longer the INTEGER PRIMARY KEY',
      'users',
    ],
    [
      'a trigger and an index',
      rebuild('INSERT INTO n SELECT * FROM users;', fields, ''),
      'TRIGGER_LOST',
      4,
      'trigger users_log of users is gone; index users_email of users is gone',
      'users_log, users_email',
    ],
    [
      'a sequence that is written',
      "UPDATE log SET what = 'x';\nUPDATE sqlite_sequence SET seq = 2 WHERE name = 'users';",
      'SEQUENCE_LOST',
      2,
      'the AUTOINCREMENT sequence of users: 4 before, 2 after',
      'users',
    ],
    [
      'a sequence that goes with AUTOINCREMENT',
      rebuild('INSERT INTO n SELECT * FROM users;', fields.replace(' AUTOINCREMENT', '')),
      'SEQUENCE_LOST',
      4,
      'the AUTOINCREMENT sequence of users: 4 before, none after',
      'users',
    ],
    [
      'parents that are deleted',
      "UPDATE log SET what = 'x';\nDELETE FROM users WHERE id < 3;",
      'FOREIGN_KEYS_VIOLATED',
      2,
      '2 rows of notes refer to rows of users that do not exist (0 before): 1; 2',
      undefined,
    ],
    [
      'parents whose table is dropped',
      "UPDATE log SET what = 'x';\nDROP VIEW mails;\nDROP TABLE users;",
      'FOREIGN_KEYS_VIOLATED',
      3,
      '3 rows of notes refer to rows of users that do not exist (0 before): 1; 2; 3',
      undefined,
    ],
    [
      'children that never had a parent',
      "UPDATE log SET what = 'x';\nINSERT INTO notes (user_id) VALUES (77);",
      'FOREIGN_KEYS_VIOLATED',
      2,
      '1 row of notes refers to a row of users that does not exist (0 before): 77',
      undefined,
    ],
    [
      'a reference that a rename leads astray',
      'ALTER TABLE users RENAME TO old;\nDELETE FROM notes;\nDROP VIEW mails;\nDROP TABLE old;',
      'FOREIGN_KEYS_VIOLATED',
      1,
      'notes now refers to old, which does not exist',
      undefined,
    ],
    [
      'a column that refers to nothing by its DEFAULT',
      "UPDATE log SET what = 'x';\nINSERT INTO log (what) VALUES ('y');\nALTER TABLE log ADD COLUMN user_id INTEGER NOT NULL DEFAULT 9 REFERENCES users (id);",
      'FOREIGN_KEYS_VIOLATED',
      3,
      '1 row of log refers to a row of users that does not exist (0 before): 9',
      undefined,
    ],
    [
      'a view',
      "UPDATE log SET what = 'x';\nDROP TABLE notes;\nALTER TABLE users RENAME TO persons;\nDROP TABLE persons;",
      'OBJECT_BROKEN',
      4,
      'view mails no longer compiles (no such table: main.persons)',
      undefined,
    ],
  ])('%s', async (_, sql, code, line, says, declare) => {
    const found = (await problems(sql)).find((problem) => problem.code === code);
    expect(found).toMatchObject({ code, location: { file: 'migrations/002_step.sql', line } });
    expect(found!.message).toContain(says);
    if (declare !== undefined) expect(found!.hint).toMatch(new RegExp(`\n    -- dunlin: destructive ${declare}$`));
    const { err } = await folder.run(['up', ...app]);
    expect(err).toContain(`error ${code}  migrations/002_step.sql:${line}:1\n`);
    expect(err).toContain(`> ${line} | `);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(says);
  });

  it('each of several with its own line', async () => {
    const notes = `CREATE TABLE m (id INTEGER PRIMARY KEY, user_id INTEGER, body TEXT);
INSERT INTO m SELECT id, user_id, user_id FROM notes;
DROP TABLE notes;
ALTER TABLE m RENAME TO notes;`;
    const [first] = await problems(
      rebuild('INSERT INTO n SELECT id, email, name, NULL FROM users WHERE id < 4;', fields, notes),
    );
    expect(first!.location!.line).toBe(3);
    expect(first!.message).toMatch(
      /users: 4 rows before, 3 after \(without id 4\), in line 3; values of notes\.body.*, in line 7; .*age.*, in line 3; trigger users_log of users is gone, in line 4; index users_email of users is gone, in line 4\.$/,
    );
  });

  it('rows and the references that went with them, with one line', async () => {
    const found = await problems(rebuild('INSERT INTO n SELECT * FROM users WHERE id > 1;'));
    expect(found.map(({ code, location }) => [code, location!.line])).toEqual([
      ['ROWS_LOST', 3],
      ['FOREIGN_KEYS_VIOLATED', 3],
    ]);
  });

  it('a problem does not take over the line of another', async () => {
    const found = await problems(
      `${rebuild('INSERT INTO n SELECT * FROM users;', fields, '')}\nINSERT INTO notes (user_id) VALUES (9);`,
    );
    expect(found.map(({ code, location }) => [code, location?.line])).toEqual([
      ['TRIGGER_LOST', 4],
      ['FOREIGN_KEYS_VIOLATED', undefined],
    ]);
    expect(found[1]!.message).toMatch(/: 9, in line 4 or 7\.$/);
  });

  it('one that several statements may have caused names them', async () => {
    const [found] = await problems(
      "INSERT INTO notes (user_id) VALUES (77);\nUPDATE log SET what = 'x';\nDELETE FROM users WHERE id = 4;",
    );
    expect(found).toMatchObject({ code: 'FOREIGN_KEYS_VIOLATED', location: null });
    expect(found!.message).toMatch(/: 77, in line 1 or 3\.$/);
  });

  it('in code, which has no lines, by the statement', async () => {
    const code = `export const up = (db) => {
  db.exec(${JSON.stringify(rebuild('INSERT INTO n SELECT * FROM users WHERE id < 4;'))});
  for (let i = 0; i < 20; i++) db.run('INSERT INTO notes (user_id) VALUES (?)', 90 + i);
};`;
    const [rows, references] = await problems(code, 'mjs');
    expect(rows).toMatchObject({ code: 'ROWS_LOST', location: null });
    expect(rows!.message).toMatch(/\(without id 4\), in "INSERT INTO n SELECT \* FROM users WHERE id < 4"\.$/);
    expect(rows!.hint).toMatch(/\n {4}destructive: \['users'\],$/);
    expect(references!.message).toContain('20 rows of notes refer to rows of users that do not exist (0 before)');
  });
});

describe('what to do about changed values fits the way they changed:', () => {
  const mixedUp = /Name the columns on both sides of the copy, in the same order/;
  const converted =
    /Keep the type of age, or say in the SELECT how values are converted, as in CAST\(age AS \.\.\.\)\./;

  it.each([
    ['another type', 'INSERT INTO n SELECT * FROM users;', 'age INTEGER', [converted], [mixedUp]],
    ['a mix-up', 'INSERT INTO n SELECT id, name, email, age FROM users;', 'age TEXT', [mixedUp], [converted]],
    ['both', 'INSERT INTO n SELECT id, name, email, age FROM users;', 'age INTEGER', [mixedUp, converted], []],
  ])('%s', async (_, copy, age, says, not) => {
    const [found] = await problems(rebuild(copy, fields.replace('age TEXT', age)));
    for (const text of says) expect(found!.hint).toMatch(text);
    for (const text of not) expect(found!.hint).not.toMatch(text);
  });
});
