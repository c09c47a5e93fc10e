import { expect, it } from 'vitest';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

const oldest = ['id INTEGER PRIMARY KEY', 'run_id TEXT NOT NULL', 'version INTEGER', 'name TEXT']
  .concat(['direction TEXT NOT NULL', 'status TEXT NOT NULL', 'started_at TEXT NOT NULL', 'finished_at TEXT'])
  .concat([
    'statement INTEGER',
    'error_code TEXT',
    'error TEXT',
    'backup TEXT',
    'host TEXT',
    'pid INTEGER',
    'tool TEXT',
  ]);
const withRecords = [...oldest, 'fingerprint TEXT', 'schema_cookie INTEGER', 'schema TEXT'];
const added = ['fingerprint', 'schema_cookie', 'schema', 'progress', 'from_label'];

const first = { '001_a.sql': '-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;' };
const second = {
  ...first,
  '002_b.sql': '-- === UP MIGRATION ===\nCREATE TABLE b (x);\n-- === DOWN MIGRATION ===\nDROP TABLE b;',
};

/** Gives the attempt log the columns of an older version, and keeps its rows. */
function makeOlder(db: TestDatabase, columns: readonly string[]): void {
  const names = columns.map((column) => column.split(' ')[0]).join(', ');
  db.exec(`CREATE TABLE older (${columns.join(', ')});
    INSERT INTO older SELECT ${names} FROM schema_migration_attempts;
    DROP TABLE schema_migration_attempts;
    ALTER TABLE older RENAME TO schema_migration_attempts;`);
}

const columnsOf = (db: TestDatabase): unknown[] =>
  db.column(`SELECT name FROM pragma_table_info('schema_migration_attempts')`);
const runRow = (db: TestDatabase): unknown =>
  db.rows(
    'SELECT statement, progress FROM schema_migration_attempts WHERE version IS NULL ORDER BY id DESC LIMIT 1',
  )[0];

onEveryDriver('an attempt log of an older version', (open) => {
  it.each([
    ['without the columns for schemas', oldest],
    ['with the columns for schemas', withRecords],
  ])('gets the missing columns with the next run, and keeps its rows: %s', async (_, columns) => {
    const db = open();
    await db.up(first);
    makeOlder(db, columns);
    const before = db.rows('SELECT run_id, started_at, tool FROM schema_migration_attempts ORDER BY id');
    expect((await db.up(first)).notes).toEqual([]);
    expect(await db.runner(first).history()).toHaveLength(1);
    expect(columnsOf(db)).toHaveLength(columns.length);
    await db.up(second);
    expect(columnsOf(db)).toEqual([...oldest.map((column) => column.split(' ')[0]), ...added]);
    expect(db.rows('SELECT run_id, started_at, tool FROM schema_migration_attempts ORDER BY id LIMIT 2')).toEqual(
      before,
    );
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', 'run up ok', '2 up ok']);
    await db.down(second, {}, { steps: 2 });
    expect(db.versions()).toEqual([]);
  });

  it('gets them when a backup with such a log is restored', async () => {
    const db = open();
    await db.up(first);
    makeOlder(db, oldest);
    const manager = new BackupManager({ database: db.bridge, lockTimeoutMs: 0 });
    const { id } = await manager.create();
    await db.up(second);
    await manager.restore(id);
    expect(columnsOf(db)).toEqual(expect.arrayContaining(added));
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', 'run up ok', '2 up ok', 'run restore ok']);
    await db.up(second);
    expect(db.versions()).toEqual([1, 2]);
  });

  it('shows no statement for a run: older versions kept its progress there', async () => {
    const db = open();
    await failureOf(() => db.up({ '001_a.sql': 'CREATE TABLE a (x);\nCREATE TABLE a (x);' }));
    makeOlder(db, withRecords);
    db.exec(`UPDATE schema_migration_attempts SET statement = 1, status = 'interrupted' WHERE version IS NULL`);
    const [run] = await db.runner(first).history();
    expect(run).toMatchObject({ status: 'interrupted', statement: null, migrations: [{ statement: 2 }] });
  });
});

onEveryDriver('the progress of a run', (open) => {
  it('has a column of its own, which is empty after the run', async () => {
    const db = open();
    let during: unknown;
    await db.up({ ...first, '002_b.ts': { up: () => void (during = runRow(db)) } });
    expect(during).toEqual({ statement: null, progress: 1 });
    expect(runRow(db)).toEqual({ statement: null, progress: null });
  });

  it('tells that a migration committed, as an older version could', async () => {
    const db = open();
    await db.up(first);
    makeOlder(db, withRecords);
    // The bridge commits behind the run's back.
    const files = { ...first, '002_b.ts': { up: () => db.exec('CREATE TABLE b (x); COMMIT') } };
    const error = await failureOf(() => db.up(files));
    expect(error.code).toBe('TRANSACTION_COMMITTED');
    expect(runRow(db)).toEqual({ statement: null, progress: null });
  });
});

const setup = { layout: 'semver' } as const;
const base = `CREATE TABLE schema_version (version TEXT NOT NULL, updated_at TEXT);
INSERT INTO schema_version VALUES ('1.0.0', '2025-01-01');`;
const labelled = {
  '001_a.sql':
    '-- Schema-Version: 1.1.0\n-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;\n',
};
const version = (db: TestDatabase): unknown => db.value('SELECT version FROM schema_version');

onEveryDriver('the version from before the first labelled migration', (open) => {
  it('stands on the row of the run', async () => {
    const db = open();
    db.exec(base);
    await db.up(labelled, setup);
    expect(db.rows('SELECT version, name, from_label FROM schema_migration_attempts ORDER BY id')).toEqual([
      { version: null, name: null, from_label: '1.0.0' },
      { version: 1, name: 'a', from_label: null },
    ]);
    await db.down(labelled, setup);
    expect(version(db)).toBe('1.0.0');
  });

  it('is read where an older version wrote it, as a baseline of version 0', async () => {
    const db = open();
    db.exec(base);
    await db.up(labelled, setup);
    makeOlder(db, withRecords);
    db.exec(`INSERT INTO schema_migration_attempts (run_id, version, name, direction, status, started_at)
      SELECT run_id, 0, '1.0.0', 'baseline', 'ok', started_at FROM schema_migration_attempts WHERE version IS NULL`);
    await db.down(labelled, setup);
    expect(version(db)).toBe('1.0.0');
  });

  it('is kept by a restore', async () => {
    const db = open();
    db.exec(base);
    await db.up(labelled, setup);
    const manager = new BackupManager({ database: db.bridge, lockTimeoutMs: 0, layout: 'semver' });
    await manager.create();
    await manager.restore('latest');
    await db.down(labelled, setup);
    expect(version(db)).toBe('1.0.0');
  });
});
