import { expect, it } from 'vitest';
import { MigrationRunner } from '../../src/node/create-runner.ts';
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

onEveryDriver('the semver layout', (open) => {
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

  it('refuses a database whose version is above every label: a newer release has been here', async () => {
    const db = open();
    db.exec(base);
    db.exec(`UPDATE schema_version SET version = '2.0.0'`);
    const before = db.files();
    const more = { ...indexer, '002_tags.sql': 'CREATE TABLE tags (x);' };
    const runner = db.runner(more, setup);
    for (const work of [() => runner.up(), () => runner.down(), () => runner.baseline(2)])
      expect(await failureOf(work)).toMatchObject({
        code: 'DATABASE_AHEAD',
        message: 'app.db is ahead: it has schema_version 2.0.0, and the newest migration here is 002_tags (1.1.0).',
      });
    expect(await runner.status()).toMatchObject({ tooNew: true, problems: [{ code: 'DATABASE_AHEAD' }] });
    expect(db.files()).toEqual(before);
  });

  it('does not take a file that comes later for applied because its label is lower', async () => {
    const db = open();
    const files = {
      '001_a.sql': labelled('1.0.0', 'CREATE TABLE a (x);', 'DROP TABLE a;'),
      '003_c.sql': labelled('1.2.0', 'CREATE TABLE c (x);', 'DROP TABLE c;'),
    };
    await db.up(files, setup);
    const before = db.files();
    const more = { ...files, '002_b.sql': labelled('1.1.0', 'CREATE TABLE b (x);', 'DROP TABLE b;') };
    expect(await failureOf(() => db.up(more, setup))).toMatchObject({
      code: 'OUT_OF_ORDER',
      migration: { version: 2 },
    });
    const status = await db.runner(more, setup).status();
    expect(status.entries.map((entry) => entry.state)).toEqual(['applied', 'out-of-order', 'applied']);
    expect(status.problems.map((problem) => problem.code)).toEqual(['OUT_OF_ORDER']);
    expect(db.files()).toEqual(before);
    // Out of order, what 003 made of the version stays.
    const allowed = { ...setup, outOfOrder: 'allow' } as const;
    expect(await db.up(more, allowed)).toMatchObject({ applied: [{ version: 2 }], toLabel: '1.2.0' });
    expect(says(db)).toBe('1.2.0');
    expect((await db.down(more, setup)).toLabel).toBe('1.1.0');
    expect(says(db)).toBe('1.1.0');
  });

  it('reports a version that was set back by hand; both commands of the hint resolve it', async () => {
    const db = open();
    db.exec(base);
    const files = { ...indexer, '002_tags.sql': labelled('1.2.0', 'CREATE TABLE tags (x);', 'DROP TABLE tags;') };
    await db.up(indexer, setup);
    db.exec(`UPDATE schema_version SET version = '1.0.0'`);
    const before = db.files();
    const expected = {
      code: 'SCHEMA_VERSION_DAMAGED',
      message:
        'The table "schema_version" of app.db says 1.0.0, but the newest version that is recorded as applied is 1.1.0.',
      hint: expect.stringContaining(`\`UPDATE schema_version SET version = '1.1.0'\``),
    };
    expect(await failureOf(() => db.up(files, setup))).toMatchObject(expected);
    expect(await failureOf(() => db.down(files, setup))).toMatchObject(expected);
    expect((await db.runner(indexer, setup).status()).problems).toMatchObject([expected]);
    expect(db.files()).toEqual(before);
    db.exec(`UPDATE schema_version SET version = '1.1.0'`);
    expect((await db.up(files, setup)).applied).toHaveLength(1);

    // Somebody ran the next one by hand.
    const next = { ...files, '003_b.sql': labelled('1.3.0', 'CREATE TABLE b (x);', 'DROP TABLE b;') };
    db.exec(`CREATE TABLE b (x); UPDATE schema_version SET version = '1.3.0'`);
    expect(await failureOf(() => db.up(next, setup))).toMatchObject({
      code: 'SCHEMA_VERSION_DAMAGED',
      hint: expect.stringContaining('record the migrations that it has with `dunlin baseline <version>`'),
    });
    await db.runner(next, setup).baseline(3);
    expect((await db.up(next, setup)).applied).toEqual([]);
  });

  it('continues from a version between two labels, which a patch release set', async () => {
    const db = open();
    db.exec(base);
    db.exec(`UPDATE schema_version SET version = '1.0.5'`);
    const files = {
      '001_base.sql': labelled('1.0.0', 'CREATE TABLE never (x);', 'SELECT 1;'),
      '002_b.sql': labelled('1.1.0', 'CREATE TABLE b (x);', 'DROP TABLE b;'),
      '003_c.sql': labelled('1.2.0', 'SELECT nope;', 'SELECT 1;'),
    };
    const { '003_c.sql': _, ...good } = files;
    // A run that fails at its first step has recorded what was there.
    expect(
      await failureOf(() => db.up({ ...files, '002_b.sql': files['003_c.sql'].replace('1.2', '1.1') }, setup)),
    ).toMatchObject({ code: 'STATEMENT_FAILED' });
    expect(await failureOf(() => db.up(files, setup))).toMatchObject({ applied: [{ version: 2 }] });
    expect(says(db)).toBe('1.1.0');
    expect((await db.down(good, setup)).toLabel).toBe('1.0.5');
    expect(says(db)).toBe('1.0.5');
  });

  it('records the version that a migration without a label sets', async () => {
    const db = open();
    db.exec(base);
    const files = {
      ...indexer,
      '002_tags.sql': `-- === UP MIGRATION ===
CREATE TABLE tags (x); UPDATE schema_version SET version = '1.2.0';
-- === DOWN MIGRATION ===
DROP TABLE tags;`,
      '003_x.sql': '-- === UP MIGRATION ===\nCREATE TABLE x (x);\n-- === DOWN MIGRATION ===\nDROP TABLE x;',
    };
    expect((await db.up(files, setup)).toLabel).toBe('1.2.0');
    expect((await db.runner(files, setup).status()).problems).toEqual([]);
    expect(db.column('SELECT schema_version FROM schema_migrations')).toEqual(['1.1.0', '1.2.0', null]);
    expect((await db.down(files, setup, { steps: 2 })).toLabel).toBe('1.1.0');
  });

  it('follows a migration outside a transaction', async () => {
    const db = open();
    db.exec(base);
    const files = { ...indexer, '002_v.sql': `-- dunlin: no-transaction\n${labelled('1.2.0', 'VACUUM;', 'VACUUM;')}` };
    expect((await db.up(files, setup)).toLabel).toBe('1.2.0');
    expect(says(db)).toBe('1.2.0');
    expect((await db.down(files, setup)).toLabel).toBe('1.1.0');
    expect((await db.up(files, setup)).applied).toHaveLength(1);
  });

  it('follows a repair', async () => {
    const db = open();
    const files = {
      '001_a.sql': labelled('1.0.0', 'CREATE TABLE a (x);', 'DROP TABLE a;'),
      '002_b.sql': labelled('1.1.0', 'CREATE TABLE b (x);', 'DROP TABLE b;'),
    };
    await db.up(files, setup);
    const edited = { ...files, '002_b.sql': labelled('1.1.1', 'CREATE TABLE b (y);', 'DROP TABLE b;') };
    await db.runner(edited, setup).repair([2]);
    expect(says(db)).toBe('1.1.1');
    const gone = {
      '001_a.sql': files['001_a.sql'],
      '003_c.sql': labelled('1.2.0', 'CREATE TABLE c (x);', 'DROP TABLE c;'),
    };
    await db.runner(gone, setup).repair([2]);
    expect(says(db)).toBe('1.0.0');
    expect((await db.up(gone, setup)).toLabel).toBe('1.2.0');
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

  it('refuses to roll back what would leave the table saying that it is applied', async () => {
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
  ])('names a damaged schema_version: %s', async (_, sql, message) => {
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

  it('refuses labels that do not rise, in a new database as well', async () => {
    const db = open();
    const files = {
      '001_a.sql': '-- Schema-Version: banana\nCREATE TABLE a (x)',
      '002_b.sql': '-- Schema-Version: 1.0\nSELECT 1',
    };
    const error = await failureOf(() => db.up(files, setup));
    expect(error.problems.map((problem) => problem.code)).toEqual(['LABEL_INVALID', 'LABEL_INVALID']);
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('a baseline keeps the table in step, and records what the table says', async () => {
    const db = open();
    db.exec(base);
    const verified = {
      ...plain,
      '001_folder_size.sql': `${plain['001_folder_size.sql']}-- === VERIFY ===\nSELECT version = '1.1.0' FROM schema_version;\n`,
    };
    expect(await db.runner(verified, setup).baseline(1)).toMatchObject({ fromLabel: '1.0.0', toLabel: '1.1.0' });
    expect(says(db)).toBe('1.1.0');

    const more = { ...plain, '002_tags.sql': labelled('1.2.0', 'CREATE TABLE tags (x);', 'DROP TABLE tags;') };
    const other = open();
    other.exec(base);
    other.exec(`ALTER TABLE files ADD COLUMN folder_size INTEGER; UPDATE schema_version SET version = '1.1.0'`);
    other.exec('CREATE TABLE tags (x)');
    expect((await other.runner(more, setup).baseline(2)).applied.map((outcome) => outcome.version)).toEqual([2]);
    expect(other.versions()).toEqual([1, 2]);
    expect((await other.up(more, setup)).applied).toEqual([]);
    expect(says(other)).toBe('1.2.0');
  });

  it('tries what the table names', async () => {
    const db = open();
    db.exec(base);
    db.exec(
      `ALTER TABLE files ADD COLUMN folder_size INTEGER; CREATE INDEX idx_files_folder_size ON files (folder_size); UPDATE schema_version SET version = '1.1.0'`,
    );
    const runner = new MigrationRunner({ database: db.bridge, migrations: indexer, ...setup });
    expect(await runner.try(1)).toMatchObject({ up: { version: 1 }, down: { version: 1 } });
  });

  it('plans show the version before and after', async () => {
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
