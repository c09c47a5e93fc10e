import { expect, it } from 'vitest';
import { failureOf, onEveryDriver, registryOf } from '../support/databases.ts';

const files = {
  '001_create_conversations.sql': `CREATE TABLE conversations (id INTEGER PRIMARY KEY, title TEXT, updated_at TEXT);
CREATE INDEX conversations_by_title ON conversations (title);
CREATE TRIGGER conversations_touch AFTER UPDATE OF title ON conversations BEGIN
  UPDATE conversations SET updated_at = 'now' WHERE id = NEW.id;
END;`,
  '002_messages.sql': 'CREATE TABLE messages (id INTEGER PRIMARY KEY, conversation INTEGER REFERENCES conversations);',
};
const setup = { layout: 'filename' } as const;

onEveryDriver('the filename layout', (open) => {
  it('creates its table by itself: id, filename UNIQUE, checksum, applied_at', async () => {
    const db = open();
    const result = await db.up(files, setup);
    expect(result.applied.map((outcome) => outcome.name)).toEqual(['create_conversations', 'messages']);
    expect(db.rows(`SELECT name, type, "notnull" AS required, pk FROM pragma_table_info('migrations')`)).toEqual([
      { name: 'id', type: 'INTEGER', required: 0, pk: 1 },
      { name: 'filename', type: 'TEXT', required: 1, pk: 0 },
      { name: 'checksum', type: 'TEXT', required: 1, pk: 0 },
      { name: 'applied_at', type: 'TEXT', required: 1, pk: 0 },
    ]);
    expect(db.column('SELECT filename FROM migrations ORDER BY id')).toEqual([
      '001_create_conversations.sql',
      '002_messages.sql',
    ]);
    expect(() =>
      db.exec(
        `INSERT INTO migrations (filename, checksum, applied_at) SELECT filename, checksum, applied_at FROM migrations`,
      ),
    ).toThrow(/UNIQUE/);
  });

  it('never runs a file twice, and writes nothing then', async () => {
    const db = open();
    await db.up(files, setup);
    const before = db.files();
    expect((await db.up(files, setup)).applied).toEqual([]);
    expect(db.files()).toEqual(before);
  });

  it('keeps its name when another is chosen', async () => {
    const db = open();
    await db.up(files, { ...setup, tables: { migrations: 'applied_files' } });
    expect(db.value('SELECT count(*) FROM applied_files')).toBe(2);
  });

  it('uses a table that an application made: times as numbers, plain hashes', async () => {
    const db = open();
    db.exec(
      `CREATE TABLE migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, filename TEXT NOT NULL UNIQUE, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)`,
    );
    const { nodeHost } = await import('../../src/node/node-host.ts');
    const hash = nodeHost.sha256(files['001_create_conversations.sql']);
    db.exec(
      `INSERT INTO migrations (filename, checksum, applied_at) VALUES ('001_create_conversations.sql', '${hash}', 1767225600)`,
    );
    db.exec(files['001_create_conversations.sql']);
    const status = await db.runner(files, setup).status();
    expect(status.entries.map((entry) => [entry.state, entry.applied?.appliedAt])).toEqual([
      ['applied', '2026-01-01T00:00:00.000Z'],
      ['pending', undefined],
    ]);
    db.exec('UPDATE migrations SET applied_at = 1767225600000');
    expect((await db.runner(files, setup).status()).entries[0]?.applied?.appliedAt).toBe('2026-01-01T00:00:00.000Z');
    expect((await db.up(files, setup)).applied.map((outcome) => outcome.version)).toEqual([2]);
  });

  it.each([
    [
      'a name that is no migration’s',
      `'notes.txt', 'x', '2026-01-01'`,
      'The table "migrations" is damaged: row 1 (notes.txt) does not name a migration file.',
    ],
    [
      'no name at all',
      `NULL, 'x', '2026-01-01'`,
      'The table "migrations" is damaged: row 1 (null) does not name a migration file.',
    ],
    [
      'a time that is none',
      `'001_a.sql', 'x', 9e300`,
      'The table "migrations" is damaged: row 1 (001_a.sql) has no time in applied_at.',
    ],
    [
      'no checksum',
      `'001_a.sql', '', '2026-01-01'`,
      'The table "migrations" is damaged: row 1 (001_a.sql) has no checksum.',
    ],
  ])('names a damaged row: %s', async (_, values, message) => {
    const db = open();
    db.exec(
      `CREATE TABLE migrations (id INTEGER PRIMARY KEY, filename, checksum, applied_at); INSERT INTO migrations (filename, checksum, applied_at) VALUES (${values})`,
    );
    const before = db.files();
    expect(await failureOf(() => db.up(files, setup))).toMatchObject({ code: 'LEDGER_ROW_DAMAGED', message });
    expect(db.files()).toEqual(before);
  });

  it('names two rows of one version', async () => {
    const db = open();
    db.exec(`CREATE TABLE migrations (id INTEGER PRIMARY KEY, filename, checksum, applied_at)`);
    db.exec(
      `INSERT INTO migrations (filename, checksum, applied_at) VALUES ('001_a.sql', 'x', '2026-01-01'), ('1_b.sql', 'x', '2026-01-01'), ('01_c.sql', 'x', '2026-01-01')`,
    );
    expect(await failureOf(() => db.up(files, setup))).toMatchObject({
      code: 'LEDGER_DUPLICATE',
      message: 'The table "migrations" has version 1 3 times: a and b and c.',
    });
  });

  it('rolls back what has a DOWN part, and refuses what has lost its file, which can be forgotten', async () => {
    const db = open();
    const both = {
      '001_a.sql': '-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;',
      '002_b.sql': 'CREATE TABLE b (x);',
    };
    await db.up(both, setup);
    const first = { '001_a.sql': both['001_a.sql'] };
    expect(await failureOf(() => db.down(first, setup))).toMatchObject({
      code: 'CANNOT_ROLL_BACK',
      message: expect.stringContaining('its file is gone'),
    });
    const second = { '002_b.sql': both['002_b.sql'] };
    await db.runner(second, setup).repair([1]);
    expect(db.column('SELECT filename FROM migrations')).toEqual(['002_b.sql']);
    db.exec(`UPDATE migrations SET filename = '001_a.sql'`);
    db.exec(`UPDATE migrations SET checksum = '${registryOf(first).migrations[0]!.checksum}'`);
    await db.down(first, setup);
    expect(db.column('SELECT filename FROM migrations')).toEqual([]);
  });

  it('repairs an edited file and a renamed one', async () => {
    const db = open();
    await db.up(files, setup);
    const changed = {
      '001_create_conversations.sql': `${files['001_create_conversations.sql']}\nSELECT 1;`,
      '002_notes.sql': files['002_messages.sql'],
    };
    const runner = db.runner(changed, setup);
    expect(
      (await runner.repairs()).map((change) => [
        change.kind,
        change.migration.version,
        'recorded' in change ? change.recorded : '',
      ]),
    ).toEqual([
      ['accept', 1, undefined],
      ['rename', 2, ''],
    ]);
    await runner.repair([1, 2]);
    expect(db.column('SELECT filename FROM migrations ORDER BY id')).toEqual([
      '001_create_conversations.sql',
      '002_notes.sql',
    ]);
    expect(await runner.repairs()).toEqual([]);
  });

  it('records a name that it can read again for what was given without an ending', async () => {
    const db = open();
    const given = { '001_a': 'CREATE TABLE a (x)', '002_b': { up: 'CREATE TABLE b (x)' } };
    await db.up(given, setup);
    expect(db.column('SELECT filename FROM migrations ORDER BY id')).toEqual(['001_a.sql', '002_b.js']);
    expect((await db.up(given, setup)).applied).toEqual([]);
    const list = [
      ...[1, 2].map((version) => ({ version, name: 'ab'[version - 1]!, up: `CREATE TABLE ${'ab'[version - 1]} (x)` })),
      { version: 3, name: 'c', up: 'SELECT 1' },
    ];
    expect((await db.runner(list, setup).status()).pending).toEqual([{ version: 3, name: 'c' }]);
  });
});
