import { expect, it } from 'vitest';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

const setup = { layout: 'semver' } as const;

/** The real case: a desktop file indexer whose base schema the application makes itself. */
const base = `CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL);
INSERT INTO files (path) VALUES ('/a'), ('/b');
CREATE TABLE schema_version (version TEXT NOT NULL, updated_at TEXT);
INSERT INTO schema_version VALUES ('1.0.0', '2025-01-01');`;

const folderSize = `-- Description: folder sizes
-- Schema-Version: 1.1.0
-- === UP MIGRATION ===
ALTER TABLE files ADD COLUMN folder_size INTEGER;
CREATE INDEX idx_files_folder_size ON files (folder_size);
UPDATE schema_version SET version = '1.1.0', updated_at = datetime('now');
-- === DOWN MIGRATION ===
DROP INDEX idx_files_folder_size;
ALTER TABLE files DROP COLUMN folder_size;
UPDATE schema_version SET version = '1.0.0', updated_at = datetime('now');
`;

const indexer = { '001_folder_size.sql': folderSize };
/** The same, which leaves `schema_version` to Dunlin. */
const plain = { '001_folder_size.sql': folderSize.replaceAll(/UPDATE schema_version.*\n/g, '') };
const labelled = (label: string, up: string, down: string): string =>
  `-- Schema-Version: ${label}\n-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;

const says = (db: TestDatabase): unknown => db.value('SELECT version FROM schema_version');

onEveryDriver('[A1] [A16] the semver layout', (open) => {
  it.each([
    ['the migration sets the version', indexer],
    ['Dunlin sets the version', plain],
  ])('upgrades 1.0.0 to 1.1.0, changes nothing when run again, and goes back: %s', async (_, files) => {
    const db = open();
    db.exec(base);
    const before = db.content();
    const result = await db.up(files, setup);
    expect(result).toMatchObject({ from: 0, to: 1, fromLabel: '1.0.0', toLabel: '1.1.0' });
    expect(db.rows('SELECT path, folder_size FROM files')).toEqual([
      { path: '/a', folder_size: null },
      { path: '/b', folder_size: null },
    ]);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'idx_files_folder_size'`)).toBe(1);
    expect(db.rows(`SELECT version, updated_at > '2026' AS later FROM schema_version`)).toEqual([
      { version: '1.1.0', later: 1 },
    ]);

    const bytes = db.files();
    expect((await db.up(files, setup)).applied).toEqual([]);
    expect(db.files()).toEqual(bytes);

    expect(await db.down(files, setup)).toMatchObject({ fromLabel: '1.1.0', toLabel: '1.0.0' });
    expect(says(db)).toBe('1.0.0');
    db.exec(`UPDATE schema_version SET updated_at = '2025-01-01'`);
    expect(db.content()).toBe(before);
    expect((await db.up(files, setup)).applied).toHaveLength(1);
    expect(says(db)).toBe('1.1.0');
  });

  it('does not run where somebody has upgraded by hand, and records it at the next run', async () => {
    const db = open();
    db.exec(base);
    db.exec(`ALTER TABLE files ADD COLUMN folder_size INTEGER; UPDATE schema_version SET version = '1.1.0'`);
    const bytes = db.files();
    expect(await db.up(indexer, setup)).toMatchObject({ from: 1, to: 1, applied: [], pending: [], toLabel: '1.1.0' });
    expect((await db.runner(indexer, setup).status()).entries.map((entry) => entry.state)).toEqual(['applied']);
    expect(db.files()).toEqual(bytes);
    const more = { ...indexer, '002_tags.sql': labelled('1.2.0', 'CREATE TABLE tags (x);', 'DROP TABLE tags;') };
    expect((await db.up(more, setup)).applied.map((outcome) => outcome.version)).toEqual([2]);
    expect(db.versions()).toEqual([1, 2]);
    expect(db.attempts()).toEqual(['1 baseline ok', 'run up ok', '2 up ok']);
    await db.down(more, setup);
    expect(says(db)).toBe('1.1.0');
  });

  it('does not run where the version is higher', async () => {
    const db = open();
    db.exec(base);
    db.exec(`UPDATE schema_version SET version = '2.0.0'`);
    expect((await db.up(indexer, setup)).applied).toEqual([]);
    expect(says(db)).toBe('2.0.0');
  });

  it('keeps a table of its own in a new database, and drops it when nothing is left', async () => {
    const db = open();
    const files = {
      '001_a.sql': labelled('1.0.0', 'CREATE TABLE a (x);', 'DROP TABLE a;'),
      '002_b.sql': '-- === UP MIGRATION ===\nCREATE TABLE b (x);\n-- === DOWN MIGRATION ===\nDROP TABLE b;',
      '003_c.sql': labelled('1.1.0', 'CREATE TABLE c (x);', 'DROP TABLE c;'),
    };
    await db.up(files, setup);
    expect(says(db)).toBe('1.1.0');
    await db.down(files, setup);
    expect(says(db)).toBe('1.0.0');
    await db.down(files, setup);
    expect(says(db)).toBe('1.0.0');
    expect(await db.down(files, setup)).toMatchObject({ to: 0, toLabel: undefined });
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'`)).toBe(0);
    expect((await db.up(files, setup)).toLabel).toBe('1.1.0');
  });

  it('fills a table that the migration makes and leaves empty', async () => {
    const db = open();
    const files = {
      '001_a.sql': labelled('1.0.0', 'CREATE TABLE schema_version (version TEXT);', 'DROP TABLE schema_version;'),
    };
    await db.up(files, setup);
    expect(says(db)).toBe('1.0.0');
    await db.down(files, setup);
    const dated = {
      '001_a.sql': labelled(
        '1.0.0',
        'CREATE TABLE schema_version (version TEXT, updated_at TEXT NOT NULL);',
        'DROP TABLE schema_version;',
      ),
    };
    await db.up(dated, setup);
    expect(db.rows(`SELECT version, updated_at > '2026' AS dated FROM schema_version`)).toEqual([
      { version: '1.0.0', dated: 1 },
    ]);
  });

  it('refuses to take back what would leave the table saying that it is applied', async () => {
    const db = open();
    const up = `CREATE TABLE schema_version (version TEXT); INSERT INTO schema_version VALUES ('1.0.0');`;
    const files = { '001_a.sql': labelled('1.0.0', up, 'SELECT 1;') };
    await db.up(files, setup);
    expect(await failureOf(() => db.down(files, setup))).toMatchObject({
      code: 'CANNOT_ROLL_BACK',
      message:
        '001_a cannot be rolled back: what schema_version said before it is not known, and its DOWN part leaves it at 1.0.0: set it back there.',
    });
    expect(db.versions()).toEqual([1]);
  });

  it('writes to a table without updated_at', async () => {
    const db = open();
    db.exec(`CREATE TABLE schema_version (version TEXT); INSERT INTO schema_version VALUES ('0.9.0')`);
    await db.up({ '001_a.sql': labelled('1.0.0', 'CREATE TABLE a (x);', 'DROP TABLE a;') }, setup);
    expect(says(db)).toBe('1.0.0');
  });

  it.each([
    ['no row', 'DELETE FROM schema_version', 'The table "schema_version" of app.db has no row.'],
    [
      'two rows',
      `INSERT INTO schema_version VALUES ('1.1.0', '')`,
      'The table "schema_version" of app.db has more than one row.',
    ],
    [
      'garbage',
      `UPDATE schema_version SET version = 'banana'`,
      'The table "schema_version" of app.db says "banana", which is not a semantic version.',
    ],
    ['a number', `UPDATE schema_version SET version = x'31'`, /says ".*", which is not a semantic version\.$/],
    [
      'NULL',
      'DROP TABLE schema_version; CREATE TABLE schema_version (version); INSERT INTO schema_version VALUES (NULL)',
      /says "null", which is not/,
    ],
    [
      'another column',
      'ALTER TABLE schema_version RENAME COLUMN version TO v',
      'The table "schema_version" of app.db has no column "version".',
    ],
  ])('[A11] names a damaged schema_version: %s', async (_, sql, message) => {
    const db = open();
    db.exec(`${base}${sql}`);
    const before = db.files();
    const error = await failureOf(() => db.up(indexer, setup));
    expect(error).toMatchObject({
      code: 'SCHEMA_VERSION_DAMAGED',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
    expect(error.hint).toContain('one row, one version such as 1.0.0');
    const status = await db.runner(indexer, setup).status();
    expect(status.problems.map((problem) => problem.code)).toEqual(['SCHEMA_VERSION_DAMAGED']);
    expect(db.files()).toEqual(before);
  });

  it('[A11] refuses labels that do not rise, in a new database as well', async () => {
    const db = open();
    const files = {
      '001_a.sql': '-- Schema-Version: banana\nCREATE TABLE a (x)',
      '002_b.sql': '-- Schema-Version: 1.0\nSELECT 1',
    };
    const error = await failureOf(() => db.up(files, setup));
    expect(error.problems.map((problem) => problem.code)).toEqual(['LABEL_INVALID', 'LABEL_INVALID']);
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('a baseline keeps the table in step', async () => {
    const db = open();
    db.exec(base);
    expect(await db.runner(indexer, setup).baseline(1)).toMatchObject({ fromLabel: '1.0.0', toLabel: '1.1.0' });
    expect(says(db)).toBe('1.1.0');
  });

  it('plans tell the version before and after', async () => {
    const db = open();
    db.exec(base);
    const more = {
      ...indexer,
      '002_tags.sql': 'CREATE TABLE tags (x)',
      '003_x.sql': labelled('1.2.0', 'CREATE TABLE x (y);', 'DROP TABLE x;'),
    };
    expect(await db.runner(more, setup).plan()).toMatchObject({ fromLabel: '1.0.0', toLabel: '1.2.0', from: 0, to: 3 });
    await db.up(more, setup);
    expect(await db.runner(more, setup).plan({ direction: 'down' })).toMatchObject({
      fromLabel: '1.2.0',
      toLabel: '1.1.0',
      from: 3,
      to: 2,
    });
    expect(await db.runner(more, setup).plan()).toMatchObject({ fromLabel: '1.2.0', toLabel: '1.2.0', from: 3, to: 3 });
  });
});
