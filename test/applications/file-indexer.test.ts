import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { isDunlinError, type DunlinError } from 'dunlin';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { IndexError } from '../../examples/file-indexer/errors.ts';
import { computeFolderSizes, largestFolders } from '../../examples/file-indexer/folders.ts';
import { IndexDatabase } from '../../examples/file-indexer/index-database.ts';
import { demo } from '../../examples/file-indexer/main.ts';
import { createAsRelease100 } from '../../examples/file-indexer/old-release.ts';

// The file indexer of examples/, which uses the built package: `npm run build` comes first, as it does in `npm test`.

const application = fileURLToPath(new URL('../../examples/file-indexer', import.meta.url));

let folder: string;
let database: string;
let migrations: string;
/** What the program's log file would hold. */
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-indexer-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  database = join(folder, 'index.db');
  migrations = join(folder, 'migrations');
  cpSync(join(application, 'migrations'), migrations, { recursive: true });
  lines = [];
});

async function open(): Promise<IndexDatabase> {
  const log = (line: string): void => void lines.push(line);
  const logger = { debug: log, info: log, warn: log, error: log };
  return await IndexDatabase.open({ database, migrations, logger, lockTimeoutMs: 0 });
}

/** Opens the index, does something with it, and closes it. */
async function withIndex<T>(work: (index: IndexDatabase) => Promise<T>): Promise<T> {
  const index = await open();
  try {
    return await work(index);
  } finally {
    await index.close();
  }
}

const upgrade = async (): Promise<void> => await withIndex(async () => undefined);

/** The error with which the program does not start, and Dunlin's behind it. */
async function refusal(): Promise<{ error: IndexError; cause: DunlinError }> {
  const error = await open().catch((thrown: unknown) => thrown);
  if (!(error instanceof IndexError) || !isDunlinError(error.cause)) throw error;
  return { error, cause: error.cause };
}

function sql(text: string): void {
  const db = new Database(database);
  db.exec(text);
  db.close();
}

function rows(text: string): unknown[] {
  const db = new Database(database);
  try {
    return db.prepare(text).all();
  } finally {
    db.close();
  }
}

const says = (): unknown[] => rows('SELECT version FROM schema_version');

/** The program's own tables with their rows, but for the times in `schema_version`. */
function content(): unknown {
  return [
    rows("SELECT type, name, sql FROM sqlite_schema WHERE tbl_name IN ('files', 'schema_version') ORDER BY name").map(
      (object) => JSON.stringify(object).replaceAll(/(?:\\n|\s)+/g, ' '),
    ),
    rows('SELECT * FROM files ORDER BY id'),
    says(),
  ];
}

/** Every file of the index with a hash of its bytes. */
function bytes(): unknown {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.startsWith(database))
    .map((name) => [name, createHash('sha256').update(readFileSync(name)).digest('hex')]);
}

/** Another migration than those of the program. */
function add(name: string, text: string): void {
  writeFileSync(join(migrations, name), text);
}

function rewrite(name: string, change: (text: string) => string): void {
  add(name, change(readFileSync(join(migrations, name), 'utf8')));
}

/** What the attempt log says, oldest first: `up ok: initial ok, folder_size ok`. */
async function history(index: IndexDatabase): Promise<string[]> {
  const runs = await index.migrations((runner) => runner.history());
  return runs
    .map((run) => `${run.direction} ${run.status}: ${run.migrations.map((m) => `${m.name} ${m.status}`).join(', ')}`)
    .toReversed();
}

const tags = `-- Schema-Version: 1.2.0
-- === UP MIGRATION ===
CREATE TABLE tags (file_id INTEGER NOT NULL REFERENCES files (id), tag TEXT NOT NULL);
INSERT INTO tags SELECT id, 'letter' FROM files WHERE path LIKE '%/letters/%';
-- === DOWN MIGRATION ===
DROP TABLE tags;
`;
/** Deletes, then fails. */
const broken = tags.replace('-- === DOWN', 'DELETE FROM files;\nINSERT INTO labels VALUES (1);\n-- === DOWN');

describe('the upgrade from 1.0.0 to 1.1.0', () => {
  it('adds the column, the index and the version to an index that the old release made', async () => {
    createAsRelease100(database);
    const files = rows('SELECT * FROM files ORDER BY id');
    await withIndex(async (index) => {
      expect(await index.migrations((runner) => runner.status())).toMatchObject({ version: 2, label: '1.1.0' });
      await computeFolderSizes(index.pool);
      expect(await largestFolders(index.pool, 2)).toEqual([
        { path: '/home/ada', folder_size: 2500 },
        { path: '/home/ada/letters', folder_size: 2000 },
      ]);
    });
    expect(rows("SELECT type FROM pragma_table_info('files') WHERE name = 'folder_size'")).toEqual([
      { type: 'INTEGER' },
    ]);
    expect(rows("SELECT name FROM pragma_index_info('idx_files_folder_size')")).toEqual([{ name: 'folder_size' }]);
    expect(rows("SELECT version, updated_at > '2026' AS now FROM schema_version")).toEqual([
      { version: '1.1.0', now: 1 },
    ]);
    expect(rows('SELECT id, path, parent_id, is_folder, size, modified_at FROM files ORDER BY id')).toEqual(files);
  });

  it('changes no byte when the program starts again', async () => {
    createAsRelease100(database);
    await upgrade();
    const before = bytes();
    await upgrade();
    expect(await withIndex((index) => index.upgrade())).toMatchObject({ applied: [], fromLabel: '1.1.0' });
    expect(bytes()).toEqual(before);
  });

  it('makes a new index the same as an upgraded one', async () => {
    await upgrade();
    const fresh = content();
    rmSync(database);
    createAsRelease100(database);
    sql('DELETE FROM files');
    await upgrade();
    expect(content()).toEqual(fresh);
  });

  it('leaves an index alone that was upgraded by hand, and reports it', async () => {
    createAsRelease100(database);
    sql(`ALTER TABLE files ADD COLUMN folder_size INTEGER; CREATE INDEX idx_files_folder_size ON files (folder_size);
      UPDATE schema_version SET version = '1.1.0'`);
    const before = bytes();
    const status = await withIndex((index) => index.migrations((runner) => runner.status()));
    expect(status).toMatchObject({ version: 2, label: '1.1.0', pending: [], problems: [] });
    expect(bytes()).toEqual(before);
  });

  it('reports the conflict with an index that was upgraded by hand and is recorded as 1.0.0; a baseline resolves it', async () => {
    createAsRelease100(database);
    sql('ALTER TABLE files ADD COLUMN folder_size INTEGER; CREATE INDEX idx_files_folder_size ON files (folder_size)');
    const before = content();
    const { error } = await refusal();
    expect(error.message).toContain('002_folder_size failed at statement 1 (line 8): duplicate column name');
    expect(error.message).toContain('`dunlin baseline <version>` records it without running it');
    expect(content()).toEqual(before);

    // The program cannot start: support does it, by the command line.
    const dunlin = fileURLToPath(new URL('../../dist/cli/dunlin.js', import.meta.url));
    const options = ['-d', database, '-m', migrations, '--layout', 'semver', '--yes'];
    const baseline = spawnSync(process.execPath, [dunlin, 'baseline', '2', ...options], { cwd: folder });
    expect(baseline.status).toBe(0);
    await withIndex(async (index) => {
      expect(await index.upgrade()).toMatchObject({ applied: [], pending: [], toLabel: '1.1.0' });
      expect((await history(index)).at(-1)).toBe('baseline ok: folder_size ok');
    });
    expect(says()).toEqual([{ version: '1.1.0' }]);
    expect(rows('SELECT id FROM files')).toHaveLength(5);
  });

  it('continues once a half-done change by hand is undone', async () => {
    createAsRelease100(database);
    sql('ALTER TABLE files ADD COLUMN folder_size INTEGER');
    await refusal();
    sql('ALTER TABLE files DROP COLUMN folder_size');
    await upgrade();
    expect(says()).toEqual([{ version: '1.1.0' }]);
  });
});

describe('one migration', () => {
  it('is one of an ordered list, and its purpose and impact are shown before it runs', async () => {
    createAsRelease100(database);
    const plan = await withIndex(async (index) => {
      await index.migrations((runner) => runner.to(0));
      return await index.migrations((runner) => runner.plan());
    });
    expect(plan.steps.map(({ version, name, label }) => [version, name, label])).toEqual([
      [1, 'initial', '1.0.0'],
      [2, 'folder_size', '1.1.0'],
    ]);
    expect(plan.steps[1]).toMatchObject({
      description: 'What a folder holds, all its subfolders included, so that the largest are found at once',
      file: join(migrations, '002_folder_size.sql'),
      reversible: true,
      verifications: [
        'files has the column folder_size',
        'idx_files_folder_size is an index on it',
        'schema_version says 1.1.0, in one row',
      ],
      touches: { alters: ['files'], creates: ['idx_files_folder_size'], drops: [], writes: ['schema_version'] },
    });
    expect(plan.steps[1]!.statements.map((statement) => statement.summary)).toMatchInlineSnapshot(`
      [
        "adds column files.folder_size",
        "creates index idx_files_folder_size: reads files once, other writers wait meanwhile",
        "updates rows of schema_version",
      ]
    `);
  });

  it('is tried alone on a copy; the index is not touched', async () => {
    createAsRelease100(database);
    await withIndex(async (index) => {
      add('003_tags.sql', tags);
      const before = bytes();
      expect(await index.migrations((runner) => runner.try(3))).toMatchObject({
        migration: { version: 3, name: 'tags' },
        up: { statements: 2 },
        down: { statements: 1 },
        rows: [{ table: 'tags', before: undefined, after: 2 }],
      });
      expect(bytes()).toEqual(before);
      expect(says()).toEqual([{ version: '1.1.0' }]);
    });
  });

  it('is logged in detail', async () => {
    createAsRelease100(database);
    await upgrade();
    const stable = (line: string): string =>
      line
        .replace(/^index\.db: /, '')
        .replace(/\d+ ms/, '… ms')
        .replace(folder, '')
        .replace(/\d{8}T\d{9}Z/, '<time>')
        .replace(/\d+ bytes/, '… bytes');
    expect(lines.map(stable)).toMatchInlineSnapshot(`
      [
        "version 1, 1 to run",
        "backing up to /index.db-backups/<time>-before-0002.db",
        "backed up to /index.db-backups/<time>-before-0002.db, … bytes, proven",
        "1 of 1: 2 folder_size up",
        "2 folder_size: statement 1 of 3",
        "2 folder_size: statement 2 of 3",
        "2 folder_size: statement 3 of 3",
        "2 folder_size: verified: 3 queries",
        "2 folder_size up done in … ms",
        "version 2, 1 run in … ms",
      ]
    `);
  });

  it('is rolled back, and applied again', async () => {
    createAsRelease100(database);
    const before = content();
    await withIndex(async (index) => {
      const down = await index.migrations((runner) => runner.down());
      expect(down).toMatchObject({ fromLabel: '1.1.0', toLabel: '1.0.0', pending: [{ name: 'folder_size' }] });
      expect(content()).toEqual(before);
      expect(await index.upgrade()).toMatchObject({ fromLabel: '1.0.0', toLabel: '1.1.0' });
    });
  });
});

describe('a migration that fails', () => {
  it.each([
    ['at a statement', broken, 'STATEMENT_FAILED', 'failed at statement 4 (line 6): no such table: labels'],
    [
      'its verification',
      `${tags}-- === VERIFY ===\n-- every file has a tag\nSELECT count(*) = 0 FROM files WHERE id NOT IN (SELECT file_id FROM tags);`,
      'VERIFICATION_FAILED',
      'every file has a tag',
    ],
    [
      'to keep all files',
      tags.replace(
        '-- === DOWN',
        `CREATE TABLE files_new AS SELECT * FROM files WHERE is_folder = 0;
DROP TABLE files;
ALTER TABLE files_new RENAME TO files;
-- === DOWN`,
      ),
      'ROWS_LOST',
      'files: 5 rows before, 3 after',
    ],
  ])('%s is rolled back; no data is lost', async (_, text, code, fact) => {
    createAsRelease100(database);
    await upgrade();
    const before = content();
    add('003_tags.sql', text);
    const { error, cause } = await refusal();
    expect(error).toMatchObject({ code: 'UPGRADE_FAILED', message: expect.stringContaining(fact) });
    expect(cause).toMatchObject({ code, failed: { version: 3, name: 'tags' } });
    expect(error.message).toContain('rolled back');
    expect(content()).toEqual(before);
    expect(rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  it('keeps what came before it, and continues there once a release corrects it', async () => {
    createAsRelease100(database);
    add('003_tags.sql', broken);
    expect((await refusal()).cause).toMatchObject({ applied: [{ version: 2 }], failed: { version: 3 }, pending: [] });
    expect(says()).toEqual([{ version: '1.1.0' }]);
    expect(rows('SELECT id FROM files')).toHaveLength(5);

    add('003_tags.sql', tags);
    await upgrade();
    expect(says()).toEqual([{ version: '1.2.0' }]);
    expect(rows('SELECT * FROM tags')).toEqual([
      { file_id: 3, tag: 'letter' },
      { file_id: 4, tag: 'letter' },
    ]);
  });

  it('is kept in the history, with every other attempt', async () => {
    createAsRelease100(database);
    add('003_tags.sql', broken);
    await refusal();
    add('003_tags.sql', tags);
    await withIndex(async (index) => {
      await index.migrations((runner) => runner.down());
      expect(await history(index)).toEqual([
        'up failed: initial ok, folder_size ok, tags failed',
        'up ok: tags ok',
        'down ok: tags ok',
      ]);
      const [first] = (await index.migrations((runner) => runner.history())).toReversed();
      expect(first?.migrations.at(-1)).toMatchObject({ errorCode: 'STATEMENT_FAILED', statement: 4 });
      expect(first).toMatchObject({ tool: 'file indexer', pid: process.pid });
    });
  });

  it('by the death of the process is resolved at the next start', async () => {
    createAsRelease100(database);
    // It works on and on in the middle of the migration, after it has deleted all files.
    const endless = `DELETE FROM files;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;`;
    add('003_tags.sql', tags.replace('CREATE TABLE tags', `${endless}\nCREATE TABLE tags`));
    const child = start(`
      const log = (line) => console.log(line);
      await IndexDatabase.open({ ...options, logger: { debug: log, info: log, warn: log, error: log } });`);
    for await (const chunk of child.stdout!) if (String(chunk).includes('3 tags: statement 2')) break;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    expect(child.signalCode).toBe('SIGKILL');

    add('003_tags.sql', tags);
    await withIndex(async (index) => {
      expect(await history(index)).toEqual(['up interrupted: initial ok', 'up ok: folder_size ok, tags ok']);
    });
    expect(rows('SELECT id FROM files')).toHaveLength(5);
    expect(says()).toEqual([{ version: '1.2.0' }]);
  });
});

describe('an unexpected state', () => {
  it.each([
    ['no row', 'DELETE FROM schema_version', 'has no row'],
    ['two rows', "INSERT INTO schema_version VALUES ('1.1.0', '')", 'has more than one row'],
    ['garbage', "UPDATE schema_version SET version = 'latest'", 'says "latest", which is not a semantic version'],
  ])('schema_version with %s is named; not a byte changes', async (_, damage, fact) => {
    createAsRelease100(database);
    sql(damage);
    const before = bytes();
    const { error, cause } = await refusal();
    expect(error).toMatchObject({ code: 'INDEX_DAMAGED', message: expect.stringContaining(fact) });
    expect(cause.code).toBe('SCHEMA_VERSION_DAMAGED');
    expect(error.message).toContain('Nothing was changed. Find out which version the database has and make it say so');
    expect(bytes()).toEqual(before);

    sql("DELETE FROM schema_version; INSERT INTO schema_version VALUES ('1.0.0', '2025-03-01')");
    await upgrade();
    expect(says()).toEqual([{ version: '1.1.0' }]);
  });

  it.each<[string, () => void | Promise<void>, string, string, string]>([
    [
      'an edited file',
      () => rewrite('002_folder_size.sql', (text) => text.replace('folder_size INTEGER', 'folder_size REAL')),
      'MIGRATION_EDITED',
      '002_folder_size.sql was edited after it was applied',
      'Put the old text back',
    ],
    [
      'a missing file',
      () => unlinkSync(join(migrations, '001_initial.sql')),
      'MIGRATION_MISSING',
      '1 initial was applied on',
      'Bring the file back',
    ],
    [
      'a newer release’s index',
      () => unlinkSync(join(migrations, '002_folder_size.sql')),
      'DATABASE_AHEAD',
      'it has 2 folder_size',
      'Use the release that made those migrations',
    ],
    [
      'a damaged row of the tracking table',
      () => sql("UPDATE schema_migrations SET checksum = '' WHERE version = 2"),
      'LEDGER_ROW_DAMAGED',
      'row version 2 has no checksum',
      'correct or delete that row',
    ],
    [
      'a tracking table without a column',
      () => sql('ALTER TABLE schema_migrations DROP COLUMN checksum'),
      'LEDGER_FOREIGN',
      'it has no column checksum',
      'Choose another name',
    ],
    [
      'a gap that another branch fills later',
      async () => {
        add('004_notes.sql', 'CREATE TABLE notes (file_id INTEGER, note TEXT);');
        await upgrade();
        add('003_tags.sql', tags);
      },
      'OUT_OF_ORDER',
      '003_tags.sql is pending, but 004_notes, which is newer, has been applied already',
      'Give it the next number, if no database has applied it',
    ],
  ])('%s is reported with the command that resolves it; not a byte changes', async (_, damage, code, fact, wayOut) => {
    createAsRelease100(database);
    await upgrade();
    await damage();
    const before = bytes();
    const { error, cause } = await refusal();
    expect(cause.code).toBe(code);
    expect(error.message).toContain(fact);
    expect(error.message).toContain(wayOut);
    expect(bytes()).toEqual(before);
  });
});

/** Another process of the program, with `options` to open the index and what `code` does. */
function start(code: string): ReturnType<typeof spawn> {
  const text = `import { IndexDatabase } from ${JSON.stringify(join(application, 'index-database.ts'))};
    const options = ${JSON.stringify({ database, migrations })};
    ${code}`;
  writeFileSync(join(folder, 'instance.ts'), text);
  const jiti = import.meta.resolve('jiti/register');
  return spawn(process.execPath, ['--import', jiti, join(folder, 'instance.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('several at once', () => {
  it('of the program: the migration runs once, and all of them start', async () => {
    createAsRelease100(database);
    // Each is loaded, says so, and opens the index at the same moment.
    const at = Date.now() + 3000;
    const children = Array.from({ length: 3 }, () =>
      start(`
        await new Promise((resolve) => setTimeout(resolve, ${at} - Date.now()));
        const index = await IndexDatabase.open(options);
        const { label } = await index.migrations((runner) => runner.status());
        await index.close();
        console.log(label);`),
    );
    const ended = await Promise.all(
      children.map(async (child) => {
        let output = '';
        child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
        const [code] = (await once(child, 'close')) as [number];
        return { code, output };
      }),
    );
    expect(ended).toEqual(ended.map(() => ({ code: 0, output: '1.1.0\n' })));
    // The process that notes what the old release made need not be the one that then gets the lock.
    await withIndex(async (index) => {
      const attempts = (await history(index)).flatMap((run) => run.replace(/^.*?: /, '').split(', '));
      expect(attempts).toEqual(['initial ok', 'folder_size ok']);
    });
  });

  it('the index in use by another program is an error that says what to do', async () => {
    createAsRelease100(database);
    const other = new Database(database);
    other.exec('BEGIN IMMEDIATE');
    const before = bytes();
    const { error, cause } = await refusal();
    expect(bytes()).toEqual(before);
    other.close();
    expect(error).toMatchObject({ code: 'INDEX_BUSY', message: expect.stringContaining('try again in a minute') });
    expect(cause.code).toBe('LOCKED');
    await upgrade();
    expect(says()).toEqual([{ version: '1.1.0' }]);
  });

  it('of the pool’s users: a migration waits until they have finished, and new users wait for it', async () => {
    createAsRelease100(database);
    await withIndex(async (index) => {
      add('003_tags.sql', tags);
      const order: string[] = [];
      let finish = (): void => undefined;
      const reading = index.pool.use(async () => {
        await new Promise<void>((resolve) => (finish = resolve));
        order.push('reader done');
      });
      const upgrading = index.upgrade().then(() => order.push('upgraded'));
      const newcomer = index.pool.use((db) => {
        order.push(`newcomer sees ${String(db.prepare('SELECT count(*) FROM tags').pluck().get())} tags`);
      });
      expect(says()).toEqual([{ version: '1.1.0' }]);
      finish();
      await Promise.all([reading, upgrading, newcomer]);
      expect(order.toSorted()).toEqual(['newcomer sees 2 tags', 'reader done', 'upgraded']);
      expect(order[0]).toBe('reader done');
      // The connections have their own settings back.
      expect(await index.pool.use((db) => db.pragma('foreign_keys', { simple: true }))).toBe(1);
    });
  });

  it('a failure is the program’s own kind of error, with Dunlin’s as its cause', async () => {
    createAsRelease100(database);
    add('003_tags.sql', broken);
    const { error, cause } = await refusal();
    expect(error).toBeInstanceOf(IndexError);
    expect(error).toMatchObject({ name: 'IndexError', code: 'UPGRADE_FAILED' });
    expect(error.message.split('\n')[0]).toBe('The index could not be upgraded.');
    expect(cause.location).toMatchObject({ file: join(migrations, '003_tags.sql'), line: 6 });
  });
});

describe('the program', () => {
  it('upgrades an index of 100,000 files in less than five seconds of processor time', async () => {
    createAsRelease100(database);
    sql(`WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 100009)
      INSERT INTO files SELECT i, '/home/ada/photos/' || i, 1, 0, 100, '2025-02-05' FROM n`);
    const started = process.cpuUsage();
    await upgrade();
    const { user, system } = process.cpuUsage(started);
    const took = (user + system) / 1000;
    expect(took).toBeLessThan(5000);
    expect(rows('SELECT count(*) AS n FROM files')).toEqual([{ n: 100_005 }]);
  });

  it('calls no other program', () => {
    // The permission model lets it use files and the driver, but start nothing.
    const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
    const allowed = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-addons', '--allow-worker'];
    const args = [flag, ...allowed, '--import', 'jiti/register', join(application, 'main.ts')];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: application });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('from 1.1.0 to 1.0.0');
  });

  it('prints what its README says', async () => {
    const said: string[] = [];
    mkdirSync(join(folder, 'demo'));
    await demo(join(folder, 'demo'), (line) => said.push(line.replaceAll(join(folder, 'demo'), '')));
    const readme = readFileSync(join(application, 'README.md'), 'utf8');
    const shown = /```text\n(.*?)```/s.exec(readme)![1]!;
    const timeless = (text: string): string => text.replaceAll(/\d+ ms/g, '… ms').replaceAll(/\d{8}T\d{9}Z/g, '<time>');
    expect(timeless(`${said.join('\n')}\n`)).toBe(timeless(shown));
  });
});
