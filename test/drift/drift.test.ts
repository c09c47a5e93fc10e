import { describe, expect, it } from 'vitest';
import type { DunlinEvent } from '../../src/bridge/index.ts';
import type { Status } from '../../src/operations/status.ts';
import { failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { edits, harmless, migrations } from './hand-edits.ts';

const drivers = ['better-sqlite3', 'node:sqlite'] as const;
const driftOf = async (db: TestDatabase, files: Record<string, string> = migrations): Promise<readonly string[]> =>
  (await db.runner(files).status()).drift.map(({ text }) => text);

describe.each(drivers)('an edit by hand is reported exactly (%s)', (driver) => {
  it.each(edits)('%s', async (_, edit, lines) => {
    const db = openTestDatabase({ driver, api: 'sync' });
    await db.up(migrations);
    expect(await driftOf(db)).toEqual([]);
    edit(db);
    expect(await driftOf(db)).toEqual(lines);
    const { problems } = db.runner(migrations).checkSync();
    expect(problems.map(({ code }) => code)).toEqual(['SCHEMA_DRIFT']);
    expect(problems[0]?.message).toContain(lines.join('; '));
  });

  it.each(harmless)('%s: no drift', async (_, edit) => {
    const db = openTestDatabase({ driver, api: 'sync' });
    await db.up(migrations);
    edit(db);
    expect(await driftOf(db)).toEqual([]);
    expect((await db.up(migrations)).notes).toEqual([]);
  });
});

onEveryDriver('drift', (open) => {
  it('is a note of every run, and an event', async () => {
    const db = open();
    await db.up(migrations);
    db.exec('CREATE TABLE extra (a)');
    const events: DunlinEvent[] = [];
    const result = await db.up(migrations, { onEvent: (event) => void events.push(event) });
    expect(result.notes).toEqual([
      'the schema is not as it was recorded: table extra exists, no migration made it (`dunlin status` shows it, `dunlin repair --schema` accepts it)',
    ]);
    expect(events).toEqual([{ type: 'schema:drift', differences: ['table extra exists, no migration made it'] }]);
    const more = { ...migrations, '002_b.sql': 'CREATE TABLE b (x);' };
    expect((await db.up(more)).notes).toHaveLength(1);
  });

  it('stops a run with `drift: error`', async () => {
    const db = open();
    await db.up(migrations);
    db.exec('CREATE TABLE a1 (a); CREATE TABLE a2 (a); CREATE TABLE a3 (a); CREATE TABLE a4 (a)');
    const before = db.content();
    const more = { ...migrations, '002_b.sql': 'CREATE TABLE b (x);' };
    const error = await failureOf(() => db.up(more, { drift: 'error' }));
    expect(error.code).toBe('SCHEMA_DRIFT');
    expect(error.hint).toContain('dunlin repair --schema');
    expect((await failureOf(() => db.up(migrations, { drift: 'error' }))).code).toBe('SCHEMA_DRIFT');
    expect(db.content()).toBe(before);
    expect((await db.up(more, { drift: 'note' })).notes[0]).toContain('and 1 more');
  });

  it('is still reported after the next run', async () => {
    const db = open();
    const next = {
      ...migrations,
      '002_b.sql': 'CREATE TABLE b (x);',
      '003_c.sql': '-- dunlin: no-transaction\nVACUUM;',
      '004_d.sql': 'ALTER TABLE b ADD COLUMN y;',
    };
    await db.up(migrations);
    db.exec('CREATE TABLE extra (a); DROP TRIGGER stamp; ALTER TABLE teams ADD COLUMN nick');
    const lines = [
      'table extra exists, no migration made it',
      'table teams: column nick was added by hand',
      'trigger stamp on users is gone',
    ];
    await db.up(next);
    expect(await driftOf(db, next)).toEqual(lines);
    // And it is noticed by the next start as well, which trusts SQLite's count of changes.
    expect((await db.up(next)).notes).toHaveLength(1);
    db.exec('DROP TABLE extra');
    expect(await driftOf(db, next)).toEqual(lines.slice(1));
  });

  it('ends when a migration changes the object', async () => {
    const db = open();
    await db.up(migrations);
    db.exec(
      'CREATE TABLE extra (a); CREATE INDEX users_name ON users (name); DROP TRIGGER stamp; ALTER TABLE teams ADD COLUMN nick',
    );
    const next = {
      ...migrations,
      '002_b.sql':
        'CREATE TABLE IF NOT EXISTS extra (a); CREATE INDEX IF NOT EXISTS users_name ON users (name); DROP TRIGGER IF EXISTS stamp; ALTER TABLE teams ADD COLUMN b;',
    };
    await db.up(next);
    expect(await driftOf(db, next)).toEqual([]);
  });

  it('is no longer reported once the schema has been accepted', async () => {
    const db = open();
    await db.up(migrations);
    const runner = db.runner(migrations);
    expect(await runner.acceptSchema()).toEqual([]);
    const rows = db.attempts().length;
    db.exec('CREATE TABLE extra (a)');
    expect((await runner.acceptSchema()).map(({ text }) => text)).toEqual(['table extra exists, no migration made it']);
    expect(await driftOf(db)).toEqual([]);
    expect((await db.up(migrations)).notes).toEqual([]);
    expect(db.attempts().slice(rows)).toEqual(['run repair ok']);
  });

  it('is that of what a failed run left as well', async () => {
    const db = open();
    const next = {
      ...migrations,
      '002_b.sql': 'CREATE TABLE b (x);',
      '003_c.sql': 'CREATE TABLE c (x); SELECT nonsense;',
    };
    await failureOf(() => db.up(next));
    expect(db.versions()).toEqual([1, 2]);
    expect(await driftOf(db, next)).toEqual([]);
  });

  it('is none after going down, redo, a baseline and a reset', async () => {
    const db = open();
    const files = {
      '001_a.sql': '-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;',
      '002_b.sql': '-- === UP MIGRATION ===\nCREATE TABLE b (x);\n-- === DOWN MIGRATION ===\nDROP TABLE b;',
    };
    await db.up(files);
    await db.down(files);
    expect(await driftOf(db, files)).toEqual([]);
    await db.up(files);
    await db.runner(files).redo();
    expect(await driftOf(db, files)).toEqual([]);
    await db.down(files, {}, { all: true });
    expect(await driftOf(db, files)).toEqual([]);
    await db.runner(files).reset({ confirm: 'app.db' });
    db.exec('CREATE TABLE a (x); CREATE TABLE b (x)');
    expect(await driftOf(db, files)).toEqual([]);
    await db.runner(files).baseline(2);
    expect(await driftOf(db, files)).toEqual([]);
    db.exec('DROP TABLE b');
    expect(await driftOf(db, files)).toEqual(['table b is gone']);
  });

  it('is none as long as nothing was recorded', async () => {
    const db = open();
    db.exec('CREATE TABLE old (a)');
    expect(await driftOf(db)).toEqual([]);
    expect(await db.runner(migrations).acceptSchema()).toEqual([]);
    expect(db.column('SELECT name FROM sqlite_schema')).toEqual(['old']);
    await db.up(migrations);
    expect(await driftOf(db)).toEqual([]);
  });
});

describe('the recorded schema', () => {
  const columns = ['fingerprint', 'schema_cookie', 'schema'];
  const shrink = (db: TestDatabase): void =>
    columns.forEach((name) => db.exec(`ALTER TABLE schema_migration_attempts DROP COLUMN ${name}`));

  it('comes with the next run into tables that were made before there was one', async () => {
    const db = openTestDatabase();
    await db.up(migrations);
    shrink(db);
    db.exec('CREATE TABLE extra (a)');
    expect(await driftOf(db)).toEqual([]);
    expect((await db.up(migrations)).notes).toEqual([]);
    expect(db.runner(migrations).historySync()).toHaveLength(1);
    const next = { ...migrations, '002_b.sql': 'CREATE TABLE b (x);' };
    await db.up(next);
    expect(await driftOf(db, next)).toEqual([]);
    db.exec('DROP TABLE extra');
    expect(await driftOf(db, next)).toEqual(['table extra is gone']);
  });

  it('comes with an acceptance as well', async () => {
    const db = openTestDatabase();
    await db.up(migrations);
    shrink(db);
    expect(db.runner(migrations).acceptSchemaSync()).toEqual([]);
    db.exec('CREATE TABLE extra (a)');
    expect(await driftOf(db)).toEqual(['table extra exists, no migration made it']);
  });

  it('is kept once, its fingerprint with every run', async () => {
    const db = openTestDatabase();
    await db.up({ '001_a.sql': 'CREATE TABLE a (x);' });
    await db.up({
      '001_a.sql': 'CREATE TABLE a (x);',
      '002_b.sql': 'CREATE TABLE b (x);',
      '003_c.sql': 'DROP TABLE b;',
    });
    const rows = db.rows(
      'SELECT version, fingerprint, schema FROM schema_migration_attempts WHERE fingerprint NOT NULL',
    );
    expect(rows.map((row) => row['version'])).toEqual([1, 3]);
    // Made and dropped again: the schema is the one of before.
    expect(rows[0]?.['fingerprint']).toBe(rows[1]?.['fingerprint']);
    expect(rows.map((row) => row['schema'])).toEqual([null, '[["table","a","a","CREATE TABLE a (x)"]]']);
    expect(db.column('SELECT fingerprint FROM schema_migrations')).toEqual([
      rows[0]?.['fingerprint'],
      null,
      rows[1]?.['fingerprint'],
    ]);
  });

  it('that cannot be read counts as none', async () => {
    const db = openTestDatabase();
    await db.up(migrations);
    db.exec(`UPDATE schema_migration_attempts SET schema = '{' WHERE schema NOT NULL; CREATE TABLE extra (a)`);
    expect(await driftOf(db)).toEqual([]);
    expect((await db.up(migrations)).notes).toEqual([]);
  });

  it.each(['filename', 'semver'] as const)('is there in the layout %s', async (layout) => {
    const db = openTestDatabase();
    const files = { '001_a.sql': '-- Schema-Version: 1.0.0\nCREATE TABLE a (x);' };
    await db.up(files, { layout });
    const status = (): Status => db.runner(files, { layout }).statusSync();
    expect(status().drift).toEqual([]);
    db.exec('ALTER TABLE a ADD COLUMN y');
    expect(status().drift.map(({ text }) => text)).toEqual(['table a: column y was added by hand']);
  });
});
