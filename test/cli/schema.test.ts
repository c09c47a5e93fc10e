import { existsSync, rmSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';

let folder: Folder;
beforeEach(async () => {
  folder = new Folder({
    'migrations/001_users.sql': `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, a, b);
CREATE INDEX users_email ON users (email);
CREATE VIEW v AS
  SELECT id
  FROM users;`,
    'migrations/002_notes.sql': `CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
CREATE TRIGGER touch AFTER INSERT ON notes BEGIN SELECT 1; END;`,
  });
  await folder.run(['up', ...app, '-q']);
});
afterEach(() => folder.remove());

const app = ['-d', 'app.db'];
const plain = { columns: 60, env: { NO_COLOR: '1' } };
const edit = (sql: string): void => {
  const db = new BetterSqlite3('app.db');
  db.exec(sql);
  db.close();
};

describe('drift on the command line', () => {
  it('is a section of status, and its own exit code with --check', async () => {
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(0);
    edit('ALTER TABLE users ADD COLUMN nick; DROP TRIGGER touch');
    const { out, code } = await folder.run(['status', ...app], plain);
    expect(code).toBe(0);
    expect(out).toContain('schema not as recorded');
    expect(out).toContain(`
  the schema is not as it was recorded:
    trigger touch on notes is gone
    table users: column nick was added by hand
  Write a migration that does it, undo it, or accept it with
  \`dunlin repair --schema -d app.db\`.
`);
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(3);
    expect(JSON.parse((await folder.run(['status', ...app, '--json'])).out)).toMatchObject({
      ok: true,
      problems: [],
      drift: [
        {
          kind: 'removed',
          type: 'trigger',
          name: 'touch',
          table: 'notes',
          text: 'trigger touch on notes is gone',
          after: null,
          parts: [],
        },
        {
          kind: 'changed',
          type: 'table',
          name: 'users',
          parts: [{ kind: 'added', part: 'column', name: 'nick', before: null, after: 'nick', was: null }],
        },
      ],
    });
  });

  it('is a problem of check, and a replay finds it as well', async () => {
    edit('CREATE INDEX idx_x ON users (a)');
    const { code, err } = await folder.run(['check', ...app, '--replay']);
    expect(code).toBe(3);
    expect(err).toContain('error SCHEMA_DRIFT');
    expect(err).toContain('error REPLAY_DIFFERS');
    expect(err).toContain('index idx_x on users exists, no migration made it');
    edit('DROP INDEX idx_x');
    expect((await folder.run(['check', ...app, '--replay'])).out).toBe('app.db: 2 migrations, all in order\n');
  });

  it('is a note of up, or an error, and of plan', async () => {
    edit('CREATE TABLE extra (a)');
    const { code, err } = await folder.run(['up', ...app]);
    expect(code).toBe(0);
    expect(err).toContain('note: the schema is not as it was recorded: table extra exists, no migration made it');
    expect((await folder.run(['up', ...app, '--events'])).out).toContain('"type":"schema:drift"');
    const strict = await folder.run(['up', ...app, '--drift', 'error']);
    expect(strict.code).toBe(1);
    expect(strict.err).toContain('error SCHEMA_DRIFT');
    expect((await folder.run(['plan', ...app])).err).toContain('note: the schema is not as it was recorded');
    expect((await folder.run(['plan', ...app, '--drift', 'error'])).code).toBe(1);
    expect((await folder.run(['up', ...app, '--drift', 'maybe'])).code).toBe(2);
    for (const command of ['down', 'redo'])
      expect((await folder.run([command, ...app, '--yes', '--drift', 'error'])).err).toContain('error SCHEMA_DRIFT');
  });

  it('is accepted by repair --schema, after a question', async () => {
    expect((await folder.run(['repair', ...app, '--schema'])).out).toBe(
      'app.db: nothing differs from the recorded schema\n',
    );
    edit('CREATE TABLE extra (a)');
    const refused = await folder.run(['repair', ...app, '--schema']);
    expect(refused.code).toBe(2);
    expect(refused.out).toContain('  table extra exists, no migration made it');
    const done = await folder.run(['repair', ...app, '--schema', '--yes', '--json']);
    expect(JSON.parse(done.out)).toMatchObject({ ok: true, schema: [{ kind: 'added', name: 'extra' }] });
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(0);
    expect((await folder.run(['repair', ...app, '2', '--schema'])).code).toBe(2);
    expect((await folder.run(['repair', ...app, '--schema', '--accept'])).code).toBe(2);
    expect((await folder.run(['history', ...app])).out).toMatch(/repair +ok/);
  });
});

describe('dunlin diff', () => {
  it('shows what migrations change', async () => {
    expect((await folder.run(['diff', '1', '2'])).out).toBe(`version 1 → version 2: 2 differences (2 added)

+ table notes
    + CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)

+ trigger touch on notes
    + CREATE TRIGGER touch AFTER INSERT ON notes BEGIN SELECT 1; END
`);
    expect((await folder.run(['diff', '2', '001'])).out).toContain('version 2 → version 1: 2 differences (2 removed)');
    expect((await folder.run(['diff', '0', '1'], plain)).out).toContain(`
+ view v
    + CREATE VIEW v AS
    + SELECT id
    + FROM users
`);
    expect((await folder.run(['diff', '2', 'app.db'])).out).toBe('version 2 and app.db have the same schema\n');
  });

  it('waits for a locked database as long as the option says', async () => {
    const other = new BetterSqlite3(`${folder.path}/app.db`);
    other.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    const { code, err } = await folder.run(['diff', '0', 'app.db', '--lock-timeout', '0']);
    other.close();
    expect(code).not.toBe(0);
    expect(err).toContain('LOCKED');
    expect(err).toContain('--lock-timeout');
  });

  it('shows each part of what differs, in 60 columns', async () => {
    edit(
      `DROP VIEW v; CREATE VIEW v AS SELECT id, email FROM users; DROP INDEX users_email;
      CREATE UNIQUE INDEX users_email ON users (email DESC); DROP TABLE notes;
      ALTER TABLE users RENAME COLUMN a TO c; ALTER TABLE users DROP COLUMN b;
      CREATE TABLE notes (text VARCHAR(20) NOT NULL DEFAULT 'nothing to say', id INTEGER PRIMARY KEY, CHECK (text <> 'a rather long text that must be folded')) STRICT`.replace(
        'VARCHAR(20)',
        'ANY',
      ),
    );
    const { out, code } = await folder.run(['diff', '2', 'app.db', '--exit-code'], plain);
    expect(code).toBe(3);
    expect(out).toMatchInlineSnapshot(`
      "version 2 → app.db: 5 differences (1 removed, 4 changed)

      ~ table notes
        ~ column text: type, NOT NULL, DEFAULT
              - text TEXT
              + text ANY NOT NULL DEFAULT 'nothing to say'
        ~ column text: at another position
        + CHECK (text <> 'a rather long text that must be
          folded')
        + STRICT

      - trigger touch on notes
          - CREATE TRIGGER touch AFTER INSERT ON notes BEGIN
          - SELECT 1; END

      ~ table users
        ~ column a: now called c (or gone, and c added in its
          place)
        - column b

      ~ index users_email on users
        ~ columns
              - (email)
              + (email DESC)
        + UNIQUE

      ~ view v
          - CREATE VIEW v AS
          - SELECT id
          - FROM users
          + CREATE VIEW v AS SELECT id, email FROM users
      "
    `);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('lists apart what has the same effect', async () => {
    folder.write('one.sql', 'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p, n DEFAULT 0);');
    folder.write(
      'two.sql',
      'create table p (id integer, primary key (id)); CREATE TABLE C (p, n DEFAULT (0), foreign key (p) references p (id));',
    );
    const { out, code } = await folder.run(['diff', 'one.sql', 'two.sql', '--exit-code'], plain);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "one.sql and two.sql have the same schema

      written differently, with the same effect: 2 objects

      ~ table C
        ~ column p: REFERENCES
              - p REFERENCES p
              + p
        ~ column n: DEFAULT
              - n DEFAULT 0
              + n DEFAULT (0)
        + foreign key (p) references p (id)

      ~ table p
        ~ column id: PRIMARY KEY
              - id INTEGER PRIMARY KEY
              + id integer
        + primary key (id)
      "
    `);
    folder.write(
      'three.sql',
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE, n DEFAULT (0));',
    );
    const differs = await folder.run(['diff', 'one.sql', 'three.sql', '--exit-code'], plain);
    expect(differs.code).toBe(3);
    expect(differs.out).toMatchInlineSnapshot(`
      "one.sql → three.sql: 1 difference (1 changed)

      ~ table c
        ~ column p: REFERENCES
              - p REFERENCES p
              + p REFERENCES p ON DELETE CASCADE
      "
    `);
  });

  it('is no drift if it has the same effect', async () => {
    edit(`DROP TABLE notes; CREATE TABLE notes (id INTEGER, text TEXT DEFAULT (NULL), PRIMARY KEY (id));
      CREATE TRIGGER touch AFTER INSERT ON notes FOR EACH ROW BEGIN SELECT (1); END`);
    expect((await folder.run(['check', ...app, '--replay'])).out).toBe('app.db: 2 migrations, all in order\n');
    expect((await folder.run(['status', ...app])).out).not.toContain('not as recorded');
  });

  it('reads an SQL file, and prints data', async () => {
    folder.write('schema.sql', 'create table Users (id);');
    const { out, code } = await folder.run([
      'diff',
      'schema.sql',
      '0',
      '--json',
      '--exit-code',
      '--driver',
      'better-sqlite3',
      '--table',
      'x',
      '--layout',
      'standard',
    ]);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toEqual({
      command: 'diff',
      ok: false,
      from: 'schema.sql',
      to: 'version 0',
      changes: [
        {
          kind: 'removed',
          type: 'table',
          name: 'Users',
          table: 'Users',
          sameEffect: false,
          before: 'CREATE TABLE Users (id)',
          after: null,
          parts: [],
        },
      ],
    });
    folder.write('schema.sql', 'CREATE TABLE t (a);\nCREATE TABLE u (a,);');
    const bad = await folder.run(['diff', 'app.db', 'schema.sql']);
    expect(bad.code).toBe(1);
    expect(bad.err).toContain('error SCHEMA_FILE_FAILED  schema.sql:2:1');
    expect((await folder.run(['diff', 'app.db', 'none.sql'])).code).toBe(1);
  });

  it('takes names and options from the configuration', async () => {
    folder.write(
      'dunlin.config.mjs',
      `export default { databases: {
        main: { path: 'app.db', migrations: 'migrations' },
        other: { path: 'other.db', migrations: 'more', functions: { twice: (x) => 2 * x } } } };`,
    );
    folder.write('more/001_a.sql', 'CREATE TABLE a (x, y AS (twice(x)));');
    expect((await folder.run(['up', '-d', 'other', '-q'])).code).toBe(0);
    expect((await folder.run(['diff', '2', 'main'])).out).toBe('version 2 and main have the same schema\n');
    expect((await folder.run(['diff', 'other', '1'])).out).toBe('other and version 1 have the same schema\n');
    expect((await folder.run(['diff', '0', '1', '-d', 'other'])).out).toContain('+ table a');
    folder.write('schema.sql', 'CREATE TABLE a (x, y AS (twice(x)));');
    expect((await folder.run(['diff', 'other', 'schema.sql', '-d', 'other'])).out).toContain('have the same schema');
    expect((await folder.run(['diff', 'othr', '1'])).code).toBe(2);
  });

  it('creates nothing', async () => {
    rmSync('app.db');
    expect((await folder.run(['diff', 'app.db', '1'])).code).toBe(2);
    expect(existsSync('app.db')).toBe(false);
    expect((await folder.run(['diff', '1', '9'])).code).toBe(1);
    expect((await folder.run(['diff', '1'])).code).toBe(2);
  });
});
