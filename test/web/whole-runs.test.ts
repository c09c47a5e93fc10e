import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DunlinEvent, Row, Value } from '../../src/bridge/index.ts';
import {
  bridgeFor,
  defineMigration,
  migrate,
  MigrationRunner,
  onMigrating,
  status,
  type MigrationRecord,
  type WebDatabase,
} from '../../src/web/index.ts';
import { openSqlJs, openSqliteWasm, openWaSqlite } from '../support/wasm.ts';

interface Open {
  readonly database: WebDatabase;
  rows(sql: string): Promise<readonly Row[]>;
}

async function opened(database: WebDatabase): Promise<Open> {
  const bridge = bridgeFor(database);
  onTestFinished(async () => void (await bridge.close?.()));
  return { database, rows: async (sql) => await bridge.query(sql, []) };
}

const first: MigrationRecord = {
  './migrations/1_notes.sql': `-- === UP MIGRATION ===
CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE tags (note INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE, tag TEXT);
INSERT INTO notes VALUES (1, 'milk'), (2, 'bread');
INSERT INTO tags VALUES (1, 'shop'), (2, 'shop');
-- === DOWN MIGRATION ===
-- dunlin: destructive
DROP TABLE tags;
DROP TABLE notes;`,
};
const ofNotes = 'SELECT (SELECT count(*) FROM notes) AS notes, (SELECT count(*) FROM tags) AS tags';
const code = (error: unknown): unknown => (error as { code?: unknown }).code;

describe.each([
  ['sqlite-wasm', openSqliteWasm],
  ['sql.js', openSqlJs],
  ['wa-sqlite', openWaSqlite],
] as const)('%s', (driver, open) => {
  it('applies what is pending, and then nothing', async () => {
    const { database, rows } = await opened(await open());
    expect(await status({ database, migrations: first })).toMatchObject({ version: 0, pending: [{ version: 1 }] });
    const result = await migrate({ database, migrations: first });
    expect(result.applied).toMatchObject([{ version: 1, name: 'notes' }]);
    expect(result.notes).toEqual([expect.stringMatching(/^no backup was made/)]);
    const before = await rows('SELECT total_changes() AS n');
    const again = await migrate({ database, migrations: first });
    expect([again.applied, again.notes]).toEqual([[], []]);
    expect(await rows('SELECT total_changes() AS n')).toEqual(before);
    expect(await status({ database, migrations: first })).toMatchObject({ version: 1, pending: [] });
  });

  it('refuses a loss that is not declared, and keeps the rows', async () => {
    const { database, rows } = await opened(await open());
    await migrate({ database, migrations: first });
    const losing = {
      ...first,
      '2_tidy.sql': `CREATE TABLE tags_new (note INTEGER NOT NULL REFERENCES notes ON DELETE CASCADE, tag TEXT);
INSERT INTO tags_new SELECT note, tag FROM tags WHERE note = 1;
DROP TABLE tags;
ALTER TABLE tags_new RENAME TO tags;`,
    };
    expect(code(await migrate({ database, migrations: losing }).catch((error: unknown) => error))).toBe('ROWS_LOST');
    expect(await rows(ofNotes)).toEqual([{ notes: 2, tags: 2 }]);
    expect(await rows('SELECT version FROM schema_migrations')).toEqual([{ version: 1 }]);
  });

  it('undoes a migration whose statement fails, and says which', async () => {
    const { database, rows } = await opened(await open());
    const failing = { ...first, '2_more.sql': 'CREATE TABLE more (a);\nINSERT INTO nowhere VALUES (1);' };
    const error = await migrate({ database, migrations: failing }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('no such table: nowhere'),
    });
    expect((error as Error).message).not.toContain('result code');
    expect(await rows(`SELECT name FROM sqlite_schema WHERE name = 'more'`)).toEqual([]);
  });

  it('rebuilds a parent whose children cascade', async () => {
    const { database, rows } = await opened(await open());
    const bridge = bridgeFor(database);
    await bridge.script('PRAGMA foreign_keys = ON');
    const rebuilding = {
      ...first,
      '2_title.sql': `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, body TEXT NOT NULL, title TEXT);
INSERT INTO notes_new (id, body) SELECT id, body FROM notes;
DROP TABLE notes;
ALTER TABLE notes_new RENAME TO notes;`,
    };
    await migrate({ database, migrations: rebuilding });
    expect(await rows(ofNotes)).toEqual([{ notes: 2, tags: 2 }]);
    expect(await rows('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
  });

  it('runs migrations in code, which get and give each kind of value', async () => {
    const { database, rows } = await opened(await open());
    const values: readonly Value[] = [
      1e300,
      -1.7976931348623157e308,
      2 ** 60,
      2n ** 63n - 1n,
      5_000_000_000,
      0.5,
      'a\0b',
      '\ufeffx',
      '',
      new Uint8Array(),
      new Uint8Array([1, 0]),
      null,
      Infinity,
    ];
    const seen: unknown[] = [];
    const definition = defineMigration({
      version: 1,
      name: 'values',
      async up(db) {
        await db.exec('CREATE TABLE v (id INTEGER PRIMARY KEY, v)');
        for (const value of values) await db.run('INSERT INTO v (v) VALUES (?)', value);
        for (const { v } of await db.all('SELECT v FROM v ORDER BY id')) seen.push(v);
      },
    });
    await migrate({ database, migrations: [definition] });
    expect(seen).toEqual(values);
    expect(await rows('SELECT group_concat(typeof(v)) AS types FROM (SELECT v FROM v ORDER BY id)')).toEqual([
      { types: 'real,real,real,integer,integer,real,text,text,text,blob,blob,null,real' },
    ]);
  });

  it('has the other operations in its runner', async () => {
    const { database, rows } = await opened(await open());
    const runner = new MigrationRunner({ database, migrations: first });
    expect(runner.database).toBe(`the ${driver} connection`);
    await runner.up();
    expect(await runner.dump()).toContain('CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
    expect((await runner.down()).to).toBe(0);
    expect(await rows(`SELECT name FROM sqlite_schema WHERE name = 'notes'`)).toEqual([]);
    await expect(runner.check({ replay: true })).rejects.toMatchObject({ code: 'COPY_FAILED' });
    await runner.close();
  });

  it('an old tab with a newer schema gets an error, and changes nothing', async () => {
    const { database, rows } = await opened(await open());
    const newer = { ...first, '2_more.sql': 'CREATE TABLE more (a)' };
    await migrate({ database, migrations: newer });
    const before = await rows('SELECT total_changes() AS n');
    const error = await migrate({ database, migrations: first }).catch((thrown: unknown) => thrown);
    expect(code(error)).toBe('DATABASE_AHEAD');
    expect(await rows('SELECT total_changes() AS n')).toEqual(before);
  });
});

describe('options', () => {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  it('a run that changes something tells other tabs, by the name of the database', async () => {
    const { database } = await opened(await openSqlJs());
    const heard = new Promise((resolve) => void stops.push(onMigrating('notes', resolve)));
    const events: DunlinEvent[] = [];
    await migrate({ database, migrations: first, name: 'notes', onEvent: (event) => void events.push(event) });
    expect(await heard).toEqual({ name: 'notes', to: 1 });
    expect(events.map(({ type }) => type)).toContain('run:start');
  });

  it('the note about backups can be left out', async () => {
    const { database } = await opened(await openSqlJs());
    expect((await migrate({ database, migrations: first, backup: 'off' })).notes).toEqual([]);
  });

  it.each<readonly [string, object]>([
    ['backup', { backup: 'always' }],
    ['backups', { backups: { directory: 'backups' } }],
    ['extensions', { extensions: ['./x.so'] }],
    ['prepare', { prepare: () => undefined }],
    ['doubleQuotedStrings', { doubleQuotedStrings: true }],
    ['seeds', { seeds: 'seeds' }],
    ['name', { name: '' }],
    ['migrations', { migrations: 7 }],
    ['to', { to: -1 }],
  ])('%s: what needs files, or is wrong, is refused', async (option, given) => {
    const { database } = await opened(await openSqlJs());
    const options = { database, migrations: first, ...given } as never;
    await expect(migrate(options)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining(`\`${option}\``),
    });
  });

  it('what is no options at all is refused', async () => {
    await expect(migrate(undefined as never)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('a function of an option can be called by indexes, except on sql.js', async () => {
    const functions = {
      lower_it: (text: Value): Value => (text instanceof Uint8Array ? text : String(text).toLowerCase()),
    };
    const migrations = {
      '1_t.sql': `CREATE TABLE t (a); CREATE INDEX i ON t (lower_it(a)); INSERT INTO t VALUES ('A')`,
    };
    for (const open of [openSqliteWasm, openWaSqlite]) {
      const { database, rows } = await opened(await open());
      await migrate({ database, migrations, functions });
      expect(await rows(`SELECT lower_it(a) AS a, lower_it(x'00ff') AS b FROM t`)).toEqual([
        { a: 'a', b: new Uint8Array([0, 255]) },
      ]);
    }
    const { database } = await opened(await openSqlJs());
    await expect(migrate({ database, migrations, functions })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringContaining('`functions`'),
    });
  });
});
