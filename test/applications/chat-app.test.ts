import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDunlinError, MigrationService, type DatabaseBridge } from 'dunlin';
import { bridgeConformanceChecks, driverError, mockBridge, recordBridge } from 'dunlin/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { demo, start } from '../../examples/chat-app/main.ts';
import { openBridge, type ChatBridge } from '../../examples/chat-app/shared/database-bridge.ts';
import { prepareDatabase, StartError } from '../../examples/chat-app/start.ts';

// The chat application of examples/, which uses the built package: `npm run build` comes first, as it does in `npm test`.

const application = fileURLToPath(new URL('../../examples/chat-app', import.meta.url));
const own = join(application, 'migrations');
const layout = 'filename';

let folder: string;
let file: string;
let migrations: string;
/** What the application's log says. */
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chat-app-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  file = join(folder, 'chat.db');
  migrations = join(folder, 'migrations');
  mkdirSync(migrations);
  lines = [];
});

const log = (line: string): void => void lines.push(line);
const logger = { info: log, warn: log, error: log };

/** The processor time of this process since then: on a busy machine the clock says nothing. */
function cpuMs(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(migrations, name), text);
}

function open(name: string = file): ChatBridge {
  const bridge = openBridge(name);
  onTestFinished(() => bridge.close());
  return bridge;
}

function column(bridge: DatabaseBridge, sql: string): unknown[] {
  return ((bridge as ChatBridge).query(sql) ?? []).map((row) => Object.values(row)[0]);
}

const service = (bridge: DatabaseBridge, more: object = {}): MigrationService =>
  new MigrationService({ bridge, migrations, layout, ...more });

function failure(work: () => unknown): StartError {
  try {
    work();
  } catch (error) {
    if (error instanceof StartError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('the application’s own bridge', () => {
  it.each(bridgeConformanceChecks.map((check) => [check.name, check] as const))('%s', async (_, check) => {
    await check.run(() => openBridge(file));
  });

  it('is all that the migration service uses', () => {
    const bridge = recordBridge(open(':memory:'));
    expect(prepareDatabase(bridge, {}).applied).toHaveLength(8);
    const asked = bridge.requests.map((request) => request.sql);
    expect(asked.filter((sql) => sql.startsWith('CREATE TABLE conversations'))).toHaveLength(1);
    expect(asked.filter((sql) => sql === 'COMMIT')).not.toEqual([]);

    // A bridge that refuses everything leaves no other way.
    const dead = recordBridge(open(':memory:'));
    dead.failWhen('', driverError('SQLITE_CANTOPEN', 'unable to open database file'));
    expect(failure(() => prepareDatabase(dead, {})).message).toContain('unable to open database file');
  });
});

describe('a start', () => {
  it('finds the SQL files of a directory and sorts them by their number', () => {
    write({
      '10_c.sql': 'CREATE TABLE c (x);',
      '9_b.sql': 'CREATE TABLE b (x);',
      '001_a.sql': 'CREATE TABLE a (x);',
      'notes.txt': 'not a migration',
      'draft.sql': 'CREATE TABLE draft (x);',
    });
    const bridge = open();
    prepareDatabase(bridge, { migrations });
    expect(column(bridge, 'SELECT filename FROM migrations ORDER BY id')).toEqual(['001_a.sql', '9_b.sql', '10_c.sql']);
    expect(column(bridge, "SELECT name FROM sqlite_schema WHERE name = 'draft'")).toEqual([]);
  });

  it('creates its table in this layout, under a name that can be chosen', async () => {
    write({ '001_a.sql': 'CREATE TABLE a (x);' });
    const bridge = open();
    const described = (table: string): unknown =>
      bridge.query(
        'SELECT c.name, c.type, c.pk, (SELECT count(*) FROM pragma_index_list(?) l, pragma_index_info(l.name) i WHERE l."unique" AND i.name = c.name) AS "unique" FROM pragma_table_info(?) c',
        [table, table],
      );
    const columns = [
      { name: 'id', type: 'INTEGER', pk: 1, unique: 0 },
      { name: 'filename', type: 'TEXT', pk: 0, unique: 1 },
      { name: 'checksum', type: 'TEXT', pk: 0, unique: 0 },
      { name: 'applied_at', type: 'TEXT', pk: 0, unique: 0 },
    ];
    prepareDatabase(bridge, { migrations });
    expect(described('migrations')).toEqual(columns);
    expect(bridge.query('SELECT id, filename, checksum, applied_at FROM migrations')).toEqual([
      {
        id: 1,
        filename: '001_a.sql',
        checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        applied_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    ]);
    const other = open(':memory:');
    await service(other, { tables: { migrations: 'chat_migrations' } }).run();
    expect(column(other, 'SELECT filename FROM chat_migrations')).toEqual(['001_a.sql']);
  });

  it('knows what is applied and what is pending, and runs no file twice', async () => {
    write({ '001_a.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);' });
    const bridge = open();
    expect(await service(bridge).pending()).toEqual([{ version: 1, name: 'a' }]);
    expect(await service(bridge).applied()).toEqual([]);
    prepareDatabase(bridge, { migrations });
    write({ '002_b.sql': 'INSERT INTO a VALUES (2);' });
    expect(await service(bridge).pending()).toEqual([{ version: 2, name: 'b' }]);
    expect(await service(bridge).applied()).toMatchObject([{ version: 1, name: 'a' }]);
    expect(prepareDatabase(bridge, { migrations }).applied).toMatchObject([{ name: 'b' }]);
    const before = readFileSync(file);
    expect(prepareDatabase(bridge, { migrations }).applied).toEqual([]);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(column(bridge, 'SELECT x FROM a')).toEqual([1, 2]);
  });

  it('stops at a failing migration, which is rolled back, and continues from the last success', () => {
    write({
      '001_a.sql': 'CREATE TABLE a (x);',
      '002_b.sql': 'INSERT INTO a VALUES (1);\nINSERT INTO missing VALUES (1);',
      '003_c.sql': 'CREATE TABLE c (x);',
    });
    const bridge = open();
    expect(failure(() => prepareDatabase(bridge, { migrations })).message).toBe(
      `The application cannot start: its database could not be brought up to date (STATEMENT_FAILED at migration 2 b).
Migration 002_b failed at statement 2 (line 2): no such table: missing.
What 002_b changed was rolled back: the database is as it was before. Correct the file and run again.
Done and kept: a.
Please send this to support@chat.example. The next release continues from here.`,
    );
    expect(column(bridge, 'SELECT filename FROM migrations')).toEqual(['001_a.sql']);
    expect(column(bridge, 'SELECT x FROM a')).toEqual([]);
    expect(bridge.inTransaction()).toBe(false);
    expect(column(bridge, 'PRAGMA foreign_keys')).toEqual([1]);

    write({ '002_b.sql': 'INSERT INTO a VALUES (1);' });
    expect(prepareDatabase(bridge, { migrations }).applied).toMatchObject([{ name: 'b' }, { name: 'c' }]);
    expect(column(bridge, 'SELECT x FROM a')).toEqual([1]);
  });

  it('fails with the migration: it returns nothing, and leaves nothing open', () => {
    write({ '001_a.sql': 'CREATE TABLE a (x' });
    const error = failure(() => start(file, { migrations }));
    expect(isDunlinError(error.cause) && error.cause.migration).toEqual({ version: 1, name: 'a' });
    // Windows could not remove a file that is open; elsewhere the journal would still be there.
    expect(readdirSync(folder)).toEqual(['chat.db', 'migrations']);
  });

  it('runs 120 files in less than five seconds of processor time, and logs how far it is', () => {
    for (let i = 1; i <= 120; i++)
      write({
        [`${String(i).padStart(3, '0')}_feature_${i}.sql`]: `CREATE TABLE feature_${i} (id INTEGER PRIMARY KEY, title TEXT NOT NULL, updated_at TEXT);
CREATE INDEX idx_feature_${i} ON feature_${i} (title);
CREATE TRIGGER feature_${i}_touch AFTER UPDATE OF title ON feature_${i} BEGIN
  UPDATE feature_${i} SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
END;
INSERT INTO feature_${i} (title) VALUES ('one'), ('two');
ALTER TABLE feature_${Math.max(1, i - 1)} ADD COLUMN more_${i} TEXT;`,
      });
    const started = process.cpuUsage();
    start(file, { migrations, logger }).close();
    const first = cpuMs(started);
    start(file, { migrations, logger }).close();
    const second = cpuMs(started) - first;
    console.log(`120 migrations: ${Math.round(first)} ms; the next start: ${Math.round(second)} ms`);
    expect(first).toBeLessThan(5000);
    expect(second).toBeLessThan(1000);
    expect(lines.filter((line) => / of 120: /.test(line))).toHaveLength(120);
    expect(lines.find((line) => line.includes('37 of 120'))).toMatch(/: 37 of 120: 37 feature_37 up$/);
    expect(lines.at(-1)).toMatch(/: version 120, 120 run in \d+ ms$/);
  });
});

describe('the application’s migrations', () => {
  const text = (name: string): string => readFileSync(join(own, name), 'utf8');
  const names = readdirSync(own).toSorted();

  it('are plain SQL without any marker, forward only', () => {
    expect(names).toHaveLength(8);
    for (const name of names) expect(text(name)).not.toMatch(/===|dunlin/);
    expect(prepareDatabase(open(), {}).applied.map((outcome) => outcome.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('001 makes conversations, its indexes, and a trigger that maintains updated_at', () => {
    write({ '001_create_conversations.sql': text('001_create_conversations.sql') });
    const bridge = open();
    prepareDatabase(bridge, { migrations });
    const objects = "SELECT type || ' ' || name FROM sqlite_schema WHERE tbl_name = 'conversations' ORDER BY 1";
    expect(column(bridge, objects)).toEqual([
      'index idx_conversations_title',
      'index idx_conversations_updated',
      'table conversations',
      'trigger conversations_touch',
    ]);
    bridge.script("INSERT INTO conversations (title, updated_at) VALUES ('old', '2000'), ('other', '2000')");
    bridge.query('UPDATE conversations SET title = ? WHERE id = ?', ['new', 1]);
    expect(bridge.query("SELECT title, updated_at > '2026' AS touched FROM conversations ORDER BY id")).toEqual([
      { title: 'new', touched: 1 },
      { title: 'other', touched: 0 },
    ]);
  });

  it('keep what users wrote under an older release', () => {
    for (const name of names.slice(0, 5)) write({ [name]: text(name) });
    const older = open();
    prepareDatabase(older, { migrations });
    older.script(`INSERT INTO conversations (id, title) VALUES (7, '');
      INSERT INTO messages (id, conversation_id, author, body) VALUES (40, 7, 'me', 'Hello'), (41, 7, 'it', 'Good day');
      INSERT INTO attachments (message_id, name, content) VALUES (41, 'map.png', x'00');
      DELETE FROM messages WHERE id = 40; INSERT INTO messages (id, conversation_id, author, body) VALUES (90, 7, 'me', 'Bye');
      DELETE FROM messages WHERE id = 90`);
    const chat = start(file);
    expect(chat.titles()).toEqual(['Good day']);
    expect(chat.search('day')).toEqual(['Good day']);
    // AUTOINCREMENT continues after the message that was deleted before the table was built anew.
    expect(chat.add(7, { role: 'user', body: 'Thanks' })).toBe(91);
    expect(chat.search('thanks')).toEqual(['Thanks']);
    expect(column(older, 'SELECT name FROM attachments')).toEqual(['map.png']);
    expect(column(older, 'SELECT role FROM messages ORDER BY id')).toEqual(['assistant', 'user']);
    chat.close();
  });

  it('prints what its README says', async () => {
    const said: string[] = [];
    const place = join(folder, 'demo');
    mkdirSync(place);
    await demo(place, (line) => said.push(line));
    expect(/```text\n(.*?)```/s.exec(readFileSync(join(application, 'README.md'), 'utf8'))?.[1]).toBe(
      `${said.join('\n')}\n`,
    );
  });
});

// As an application tests its own start: no database, only what the service asks of a bridge.
describe('the migration service on a mock bridge', () => {
  const files = {
    '10_c.sql': 'CREATE TABLE c (x)',
    '2_b.sql': 'CREATE TABLE b (x)',
    '001_a.sql': 'CREATE TABLE a (x)',
  };
  const tables = (bridge: ReturnType<typeof mockBridge>): string[] =>
    bridge.requests.flatMap(({ sql }) => /^CREATE TABLE ([abc]) /.exec(sql)?.[1] ?? []);

  it('discovery: what a directory holds', async () => {
    write({ ...files, 'README.md': '# Migrations' });
    expect((await service(mockBridge({ layout })).pending()).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    write({ '2_again.sql': 'SELECT 1' });
    await expect(service(mockBridge({ layout })).pending()).rejects.toMatchObject({ code: 'VERSION_DUPLICATE' });
  });

  it.each([true, false])('ordering: by number, on a bridge that is synchronous: %s', async (sync) => {
    const bridge = mockBridge({ layout, sync });
    await service(bridge, { migrations: files }).run();
    expect(tables(bridge)).toEqual(['a', 'b', 'c']);
  });

  it('tracking: what ran is recorded, and does not run again', async () => {
    const bridge = mockBridge({ layout });
    await service(bridge, { migrations: { '001_a.sql': files['001_a.sql'] } }).run();
    bridge.reset();
    const result = await service(bridge, { migrations: files }).run();
    expect(result.applied.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(tables(bridge)).toEqual(['b', 'c']);
    bridge.reset();
    await service(bridge, { migrations: files }).run();
    expect(bridge.requests.map(({ sql }) => sql).filter((sql) => !/^(SELECT|PRAGMA)/.test(sql))).toEqual([]);
  });

  it('failures: the error names the migration; the next run continues with it', async () => {
    const bridge = mockBridge({ layout });
    bridge.failWhen('CREATE TABLE b', driverError('SQLITE_FULL', 'database or disk is full'));
    const error = failure(() => prepareDatabase(bridge, { migrations: files, logger }));
    expect(error.message).toContain('DISK_FULL at migration 2 b');
    expect(lines.some((line) => line.includes('2 b up failed'))).toBe(true);
    // A full disk rolls back the whole run; a failing statement rolls back its own migration.
    expect(await service(bridge, { migrations: files }).applied()).toEqual([]);

    bridge.reset();
    bridge.failWhen('CREATE TABLE b', driverError('SQLITE_ERROR', 'near "b": syntax error'));
    const { cause } = failure(() => prepareDatabase(bridge, { migrations: files }));
    expect(cause).toMatchObject({ applied: [{ name: 'a' }], failed: { name: 'b' }, pending: [{ name: 'c' }] });
    bridge.reset();
    prepareDatabase(bridge, { migrations: files });
    expect(tables(bridge)).toEqual(['b', 'c']);
  });
});
