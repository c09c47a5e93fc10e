import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import { failureOf, onEveryDriver, pragmasOf } from '../support/databases.ts';

const sections = (up: string, down: string): string =>
  `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;
const files = {
  '001_a.sql': sections('CREATE TABLE a (x);\nINSERT INTO a VALUES (1), (2);', 'DROP TABLE a;'),
  '002_b.sql': sections('CREATE TABLE b (x);\nDELETE FROM a WHERE x = 2;', 'DROP TABLE b;'),
  '003_c.sql': 'CREATE TABLE c (x);',
};

interface Executing {
  exec(sql: string): void;
}

onEveryDriver('trying one migration on a copy', (open) => {
  let copies = '';
  beforeEach(() => {
    copies = mkdtempSync(join(tmpdir(), 'dunlin-copies-'));
    vi.stubEnv('TMPDIR', copies);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(copies, { recursive: true, force: true });
  });

  it('leaves the database as it is, byte for byte', async () => {
    const db = open();
    await db.up({ '001_a.sql': files['001_a.sql'] });
    db.exec('CREATE VIRTUAL TABLE search USING fts5(text)');
    const before = db.files();
    const runner = new MigrationRunner({ database: db.bridge, migrations: files });
    const result = await runner.try(2);
    expect(result).toMatchObject({
      migration: { version: 2, name: 'b' },
      up: { version: 2, direction: 'up', statements: 2 },
      down: { version: 2, direction: 'down' },
      rows: [
        { table: 'a', before: 2, after: 1 },
        { table: 'b', before: undefined, after: 0 },
      ],
    });
    expect(result.notes).toEqual(['it was tried on a copy; the database itself was not touched']);
    // Further back: it goes down first.
    const first = await runner.try(1);
    expect(first.notes[1]).toContain('applied already');
    expect(first).toMatchObject({ up: { version: 1 }, down: { version: 1 } });
    // Further on: what is pending before it runs first.
    const third = await runner.try(3);
    expect(third.down).toBeUndefined();
    expect(third.notes.slice(1)).toEqual([
      'before it, b ran on the copy',
      'it cannot be rolled back, so only its way up was tried',
    ]);
    await runner.close();
    expect(db.files()).toEqual(before);
    expect(readdirSync(copies).filter((name) => name.startsWith('dunlin-try-'))).toEqual([]);
  });

  it('shows what fails, and still removes the copy', async () => {
    const db = open();
    await db.up({ '001_a.sql': files['001_a.sql'] });
    const before = db.files();
    const broken = {
      ...files,
      '002_b.sql': sections('CREATE TABLE b (x);', 'DROP TABLE nowhere;'),
      '003_c.sql': 'SELECT nope',
    };
    const runner = new MigrationRunner({ database: db.bridge, migrations: broken });
    expect(await failureOf(() => runner.try(2))).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('nowhere'),
    });
    expect(await failureOf(() => runner.try(3))).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('nope'),
    });
    expect(await failureOf(() => runner.try(9))).toMatchObject({ code: 'VERSION_UNKNOWN' });
    expect(db.files()).toEqual(before);
    expect(readdirSync(copies).filter((name) => name.startsWith('dunlin-try-'))).toEqual([]);
  });

  const start = 'CREATE TABLE a (x, y);\nINSERT INTO a VALUES (1, 1), (2, 2);\nCREATE INDEX i ON a (x);';
  it.each([
    ['an index that it does not make again', 'DROP INDEX i;', 'SELECT 1;', 'index i is missing'],
    ['a view that it leaves behind', 'CREATE VIEW v AS SELECT 1;', 'SELECT 1;', 'view v is left behind'],
    ['rows that it leaves behind', 'INSERT INTO a VALUES (3, 3);', 'SELECT 1;', 'table a: 2 rows before, 3 after'],
    ['a column without its index', 'DROP INDEX i; ALTER TABLE a ADD z;', 'ALTER TABLE a DROP z;', 'index i is missing'],
  ])('compares the way back as `check` does: %s', async (_, up, down, line) => {
    const db = open();
    await db.up({ '001_a.sql': start });
    const before = db.files();
    const migrations = { '001_a.sql': start, '002_b.sql': sections(up, down) };
    const runner = new MigrationRunner({ database: db.bridge, migrations });
    const failure = await failureOf(() => runner.try(2));
    expect(failure).toMatchObject({ code: 'DOWN_DIFFERS', message: expect.stringContaining(line) });
    const { data } = await runner.check({ withData: true });
    expect(data?.problems.map(({ message }) => message)).toEqual([failure.message]);
    expect(db.files()).toEqual(before);
  });

  it('lets a DOWN part drop a view that a repeatable migration makes anew, and no other', async () => {
    const db = open();
    const migrations = {
      '001_a.sql': `${start}\nCREATE VIEW w AS SELECT x FROM a;`,
      'R__v.sql': 'DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT x FROM a;',
    };
    await db.up(migrations);
    const trial = (down: string): MigrationRunner => {
      const second = sections('ALTER TABLE a ADD z;', `${down} ALTER TABLE a DROP z;`);
      return new MigrationRunner({ database: db.bridge, migrations: { ...migrations, '002_b.sql': second } });
    };
    expect((await trial('DROP VIEW v;').try(2)).down?.version).toBe(2);
    expect(await failureOf(() => trial('DROP VIEW v; DROP VIEW w;').try(2))).toMatchObject({
      code: 'DOWN_DIFFERS',
      message: expect.stringMatching(/: view w is missing\.$/),
    });
  });

  it('rolls back on the copy what was applied above it, if that can be rolled back', async () => {
    const db = open();
    const migrations = {
      '001_a.sql': sections('CREATE TABLE a (x);', 'DROP TABLE a;'),
      '002_b.sql': sections('CREATE TABLE b (x);', 'DROP TABLE b;'),
      '003_c.sql': sections('ALTER TABLE b RENAME TO c;', 'ALTER TABLE c RENAME TO b;'),
      '004_d.sql': sections('INSERT INTO c VALUES (1);', 'DELETE FROM c;'),
    };
    await db.up(migrations);
    const runner = new MigrationRunner({ database: db.bridge, migrations });
    const second = await runner.try(2);
    expect(second.notes.slice(1)).toEqual([
      'it is applied already, so it was rolled back on the copy first',
      'before it, d, c were rolled back on the copy',
    ]);
    expect(second.rows).toEqual([{ table: 'b', before: undefined, after: 0 }]);
    expect((await runner.try(3)).notes.at(-1)).toBe('before it, d was rolled back on the copy');
    expect((await runner.try(4)).notes).toHaveLength(2);
    const withNewest = { ...migrations, '005_e.sql': 'CREATE TABLE e (x);' };
    await db.up(withNewest);
    const below = await new MigrationRunner({ database: db.bridge, migrations: withNewest }).try(4);
    expect(below.notes.at(-1)).toBe('a newer migration cannot be rolled back, so it was tried below the newer ones');
  });

  it('compares one that is applied already, which goes down first', async () => {
    const db = open();
    const migrations = {
      '001_a.sql': start,
      '002_b.sql': sections('CREATE TABLE b (x);', 'DROP TABLE b;\nDROP INDEX i;'),
    };
    await db.up(migrations);
    const runner = new MigrationRunner({ database: db.bridge, migrations });
    expect(await failureOf(() => runner.try(2))).toMatchObject({
      code: 'DOWN_DIFFERS',
      message: expect.stringContaining('index i is missing'),
    });
  });

  it('applies it a second time, as `check` does', async () => {
    const db = open();
    let ups = 0;
    const once = {
      version: 1,
      name: 'once',
      up: (tx: Executing) => tx.exec(++ups > 1 ? 'SELECT nope' : 'CREATE TABLE a (x)'),
      down: (tx: Executing) => tx.exec('DROP TABLE a'),
    };
    const runner = new MigrationRunner({ database: db.bridge, migrations: [once] });
    expect(await failureOf(() => runner.try(1))).toMatchObject({
      code: 'UP_AGAIN_FAILS',
      message: expect.stringContaining('nope'),
    });
  });

  it('knows the functions of the application, and needs means to copy', async () => {
    const db = open();
    const functions = { shout: (text: unknown) => String(text).toUpperCase() };
    const runner = new MigrationRunner({
      database: db.bridge,
      migrations: { '001_a.sql': `CREATE TABLE a AS SELECT shout('x') AS x` },
      functions,
    });
    expect((await runner.try(1)).up.version).toBe(1);
    expect(await failureOf(() => db.runner(files).try(1))).toMatchObject({
      code: 'COPY_FAILED',
      message: expect.stringContaining('no means to copy'),
    });
    db.exec('BEGIN');
    expect(await failureOf(() => runner.try(1))).toMatchObject({ code: 'TRANSACTION_OPEN' });
    db.exec('ROLLBACK');
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
  });
});

onEveryDriver('baseline', (open) => {
  it('records without running', async () => {
    const db = open();
    db.exec('CREATE TABLE a (x); CREATE TABLE b (x)');
    const result = await db.runner(files).baseline(2);
    expect(result).toMatchObject({
      from: 0,
      to: 2,
      pending: [{ version: 3 }],
      applied: [{ version: 1, statements: 0 }, { version: 2 }],
    });
    expect(db.versions()).toEqual([1, 2]);
    expect(db.attempts()).toEqual(['1 baseline ok', '2 baseline ok']);
    expect((await db.up(files)).applied.map((outcome) => outcome.version)).toEqual([3]);
    const history = await db.runner(files).history();
    expect(history.map((run) => [run.direction, run.migrations.length])).toEqual([
      ['up', 1],
      ['baseline', 2],
    ]);
    // Again changes nothing.
    expect((await db.runner(files).baseline(3)).applied).toEqual([]);
  });

  it('records code without loading it, unless it is to be verified', async () => {
    const db = open();
    const code = {
      '001_a.js': () => {
        throw new Error('must not be loaded');
      },
    };
    const before = db.content();
    expect(await failureOf(() => db.runner(code).baseline(1))).toMatchObject({ code: 'MODULE_FAILED' });
    expect(db.content()).toBe(before);
    expect((await db.runner(code).baseline(1, { verify: false })).applied).toHaveLength(1);
    expect(db.versions()).toEqual([1]);
  });

  it.each([
    ['is not true', 'SELECT count(*) = 1 FROM a', 'result 0'],
    ['has no row', 'SELECT x FROM a WHERE 0', 'no row'],
    ['fails', 'SELECT x FROM b', 'no such table: b'],
  ])('is refused where a verification query %s; nothing is recorded', async (_, query, fact) => {
    const db = open();
    db.exec('CREATE TABLE a (x)');
    const before = db.files();
    const verified = {
      '001_a.sql': 'CREATE TABLE a (x);\n-- === VERIFY ===\nSELECT count(*) = 0 FROM a;',
      '002_b.sql': `CREATE TABLE b (x);\n-- === VERIFY ===\n-- b is there\n${query};`,
    };
    const error = await failureOf(() => db.runner(verified).baseline(2));
    expect(error).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: `Migration 002_b was not recorded as applied, because its verification failed: b is there (${fact}).`,
      hint: expect.stringMatching(/^Nothing was changed\. .*--no-verify \(`verify: false`\)\.$/),
      location: { file: '002_b.sql', line: 4 },
    });
    expect(db.files()).toEqual(before);
    expect((await db.runner(verified).baseline(1)).applied).toHaveLength(1);
    expect((await db.runner(verified).baseline(2, { verify: false })).to).toBe(2);
  });

  it('calls verify(), and rolls back what it writes', async () => {
    const db = open();
    db.exec('CREATE TABLE a (x); INSERT INTO a VALUES (1)');
    let verdict: unknown = false;
    // On an asynchronous bridge the method's answer is a promise; the statement runs before the verdict all the same.
    const verify = (m: { exec(sql: string): unknown }): unknown => {
      const done = m.exec('PRAGMA recursive_triggers = 1; DELETE FROM a; CREATE TABLE b (x)');
      const settle = (): unknown => {
        if (verdict instanceof Error) throw verdict;
        return verdict;
      };
      return done instanceof Promise ? done.then(settle) : settle();
    };
    const code = { '001_a.js': { up: 'CREATE TABLE a (x)', schemaVersion: '1.0.0', verify } as never };
    const before = db.files();
    const pragmas = pragmasOf(db.bridge);
    expect(await failureOf(() => db.runner(code).baseline(1))).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: expect.stringContaining(
        'not recorded as applied, because its verification failed: verify() (it returned',
      ),
    });
    verdict = new Error('no folders');
    expect((await failureOf(() => db.runner(code).baseline(1))).message).toContain('verify() (no folders)');
    expect(db.files()).toEqual(before);
    verdict = true;
    expect((await db.runner(code).baseline(1)).toLabel).toBe('1.0.0');
    expect(db.column('SELECT x FROM a')).toEqual([1]);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'b'`)).toBe(0);
    expect(pragmasOf(db.bridge)).toEqual(pragmas);
  });

  it('does not mind statements that could not run: they do not', async () => {
    const db = open();
    const foreign = { '001_a.sql': `ATTACH 'x' AS y; VACUUM;` };
    expect(await failureOf(() => db.up(foreign))).toMatchObject({ code: 'STATEMENT_REFUSED' });
    expect((await db.runner(foreign).baseline(1)).to).toBe(1);
    const broken = { ...foreign, '002_b.sql': '-- === UP MIGRATION ===\nSELECT 1;' };
    expect(await failureOf(() => db.runner(broken).baseline(2))).toMatchObject({ code: 'DOWN_MARKER_MISSING' });
  });

  it('refuses a version that is not there, or that is older than what ran', async () => {
    const db = open();
    expect(await failureOf(() => db.runner(files).baseline(7))).toMatchObject({ code: 'VERSION_UNKNOWN' });
    await db.up(files, {}, { to: 2 });
    const before = db.files();
    expect(await failureOf(() => db.runner(files).baseline(1))).toMatchObject({
      code: 'BASELINE_CONFLICT',
      message: expect.stringContaining('1 applied migration newer'),
    });
    expect(await failureOf(() => db.runner({ ...files, '001_a.sql': 'SELECT 1' }).baseline(3))).toMatchObject({
      code: 'MIGRATION_EDITED',
    });
    expect(db.files()).toEqual(before);
  });

  it('settles a run that died', async () => {
    const db = open();
    await db.up({ '001_a.sql': files['001_a.sql'] });
    db.exec(`UPDATE schema_migration_attempts SET status = 'running' WHERE version IS NULL`);
    await db.runner(files).baseline(2);
    expect(db.attempts()[0]).toBe('run up interrupted');
  });
});

onEveryDriver('repair', (open) => {
  it('lists what could be put right, with both texts', async () => {
    const db = open();
    await db.up(files);
    const changed = { '001_z.sql': files['001_a.sql'], '002_b.sql': files['002_b.sql'].replace('b (x)', 'b (y)') };
    const runner = db.runner({ ...changed, '004_d.sql': 'SELECT 4' });
    expect(await runner.repairs()).toEqual([
      { kind: 'rename', migration: { version: 1, name: 'a' }, to: 'z' },
      {
        kind: 'accept',
        migration: { version: 2, name: 'b' },
        file: '002_b.sql',
        recorded: expect.stringContaining('b (x)'),
        present: expect.stringContaining('b (y)'),
      },
      { kind: 'forget', migration: { version: 3, name: 'c' } },
    ]);
    expect(await runner.repair([3, 1])).toHaveLength(2);
    expect(db.versions()).toEqual([1, 2]);
    expect((await runner.status()).problems.map((problem) => problem.code)).toEqual(['MIGRATION_EDITED']);
    await runner.repair([2]);
    expect(db.attempts().slice(-3)).toEqual(['3 repair ok', '1 repair ok', '2 repair ok']);
    expect(await runner.repairs()).toEqual([]);
    // What was recorded of the run itself stays.
    expect(db.value('SELECT execution_time_ms IS NOT NULL FROM schema_migrations WHERE version = 2')).toBe(1);
  });

  it('puts all right or nothing', async () => {
    const db = open();
    await db.up(files);
    const before = db.files();
    const runner = db.runner({ ...files, '001_z.sql': files['001_a.sql'], '001_a.sql': undefined as never });
    expect(await failureOf(() => runner.repair([1, 2]))).toMatchObject({
      code: expect.stringMatching(/NOTHING_TO_REPAIR|SOURCE/),
    });
    const renamed = {
      '001_z.sql': files['001_a.sql'],
      '002_b.sql': files['002_b.sql'],
      '003_c.sql': files['003_c.sql'],
    };
    expect(await failureOf(() => db.runner(renamed).repair([1, 2]))).toMatchObject({
      code: 'NOTHING_TO_REPAIR',
      message: expect.stringContaining('Migration 2'),
    });
    expect(db.files()).toEqual(before);
  });

  it('does without a text that was too long to keep', async () => {
    const db = open();
    const long = (name: string): Record<string, string> => ({
      '001_a.sql': `CREATE TABLE ${name} (x); /*${'x'.repeat(1_000_001)}*/`,
    });
    await db.up(long('a'));
    expect(await db.runner(long('b')).repairs()).toMatchObject([
      { kind: 'accept', recorded: undefined, present: expect.stringContaining('TABLE b') },
    ]);
  });

  it('shows a file that cannot be parsed any more whole, and code as it is', async () => {
    const db = open();
    const code = { '004_d.js': { up: 'SELECT 4' } };
    await db.up({ ...files, ...code });
    const broken = '-- === UP MIGRATION ===\nCREATE TABLE a (x);';
    const changes = await db.runner({ ...files, '001_a.sql': broken, '004_d.js': { up: 'SELECT 5' } }).repairs();
    expect(changes).toMatchObject([
      { kind: 'accept', migration: { version: 1 }, present: broken },
      {
        kind: 'accept',
        migration: { version: 4 },
        present: expect.stringContaining('SELECT 5'),
        recorded: expect.stringContaining('SELECT 4'),
      },
    ]);
    await db.runner({ ...files, '004_d.js': { up: 'SELECT 5' } }).repair([4]);
    expect((await db.runner({ ...files, '004_d.js': { up: 'SELECT 5' } }).status()).problems).toEqual([]);
  });
});

onEveryDriver('reset', (open) => {
  it('deletes everything but the log of what happened', async () => {
    const db = open();
    await db.up(files);
    db.exec(`CREATE TABLE seq (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO seq DEFAULT VALUES; CREATE VIEW v AS SELECT * FROM a;
CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN DELETE FROM a; END; CREATE TRIGGER h AFTER DELETE ON a BEGIN SELECT 1; END;
CREATE VIRTUAL TABLE search USING fts5(text); INSERT INTO search VALUES ('x'); CREATE TABLE "odd ""name" (x REFERENCES a); PRAGMA user_version = 7; PRAGMA foreign_keys = 1`);
    const runner = db.runner(files);
    expect(await failureOf(() => runner.reset({ confirm: 'yes' }))).toMatchObject({
      code: 'CONFIRMATION_WRONG',
      message: expect.stringContaining('app.db'),
    });
    expect(db.versions()).toEqual([1, 2, 3]);
    await runner.reset({ confirm: 'app.db' });
    expect(db.column(`SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'`)).toEqual([
      'schema_migration_attempts',
    ]);
    expect(db.value('PRAGMA user_version')).toBe(0);
    expect(db.value('SELECT count(*) FROM sqlite_sequence')).toBe(0);
    expect(db.attempts().at(-1)).toBe('run reset ok');
    expect((await db.up(files)).applied).toHaveLength(3);
    expect((await runner.history()).map((run) => run.direction)).toEqual(['up', 'reset', 'up']);
  });

  it('works on a database that Dunlin never saw', async () => {
    const db = open();
    db.exec('CREATE TABLE a (x)');
    await db.runner({}).reset({ confirm: 'app.db' });
    expect(db.column('SELECT name FROM sqlite_schema')).toEqual(['schema_migration_attempts']);
  });
});

onEveryDriver('status and check', (open) => {
  it('says of applied files what they say themselves, without parsing those that are unchanged', async () => {
    const db = open();
    const sections = (up: string, down: string): string =>
      `-- Schema-Version: 1.0.${up.length}\n-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;
    const long = `-- ${'x'.repeat(1_000_000)}`;
    const migrations = {
      '001_none.sql': 'CREATE TABLE a (x);',
      '002_down.sql': sections('CREATE TABLE b (x);', 'DROP TABLE b;'),
      '003_empty.sql': sections('CREATE TABLE c (x);', '-- nothing ;\n/* DROP */ ;'),
      '004_comment.sql': sections('CREATE TABLE dd (x);', '-- all of it\nDROP TABLE dd;'),
      '005_long.sql': sections('CREATE TABLE eee (x);', `${long}\nDROP TABLE eee;`),
      '006_edited.sql': sections('CREATE TABLE ffff (x);', 'DROP TABLE ffff;'),
      '007_label.sql': sections('CREATE TABLE ggggg (x);', 'DROP TABLE ggggg;'),
    };
    await db.up(migrations);
    db.exec('UPDATE schema_migrations SET schema_version = NULL WHERE version = 7');
    const edited = { ...migrations, '006_edited.sql': 'CREATE TABLE f (x);', '008_pending.sql': 'SELECT 1;' };
    const { entries } = await db.runner(edited).status();
    expect(entries.map(({ version, label, reversible }) => [version, label, reversible])).toEqual([
      [1, undefined, false],
      [2, '1.0.19', true],
      [3, '1.0.19', false],
      [4, '1.0.20', true],
      [5, '1.0.21', true],
      [6, '1.0.22', false],
      [7, '1.0.23', true],
      [8, undefined, false],
    ]);
    // The tracking table was asked, and not the files.
    db.exec('UPDATE schema_migrations SET down_text = NULL WHERE version = 2');
    expect((await db.runner(migrations).status()).entries[1]).toMatchObject({ reversible: false });
  });

  it('tell what is applied, when and how long it took, and what is pending', async () => {
    const db = open();
    await db.up(files, {}, { to: 2 });
    const more = { ...files, '004_d.js': { up: () => undefined, schemaVersion: '2.0.0' }, 'notes.txt': 'x' };
    const status = await db.runner(more).status();
    expect(status).toMatchObject({
      version: 2,
      label: undefined,
      pending: [{ version: 3 }, { version: 4 }],
      problems: [],
      tooOld: true,
      tooNew: false,
    });
    expect(status.entries.map((entry) => [entry.version, entry.state, entry.reversible, entry.file])).toEqual([
      [1, 'applied', true, '001_a.sql'],
      [2, 'applied', true, '002_b.sql'],
      [3, 'pending', false, '003_c.sql'],
      [4, 'pending', undefined, '004_d.js'],
    ]);
    expect(status.entries[0]?.applied).toMatchObject({
      appliedAt: expect.stringMatching(/Z$/),
      executionTimeMs: expect.any(Number),
    });
    expect(status.notes).toEqual([expect.stringMatching(/^notes\.txt is ignored: /)]);
  });

  it('report a run that is under way or dead, as far as it is known', async () => {
    const db = open();
    await db.up(files);
    db.exec(
      `INSERT INTO schema_migration_attempts (run_id, direction, status, started_at) VALUES ('x', 'up', 'running', '2026-01-01')`,
    );
    expect((await db.runner(files).status()).notes).toEqual([
      expect.stringContaining('a run since 2026-01-01 (unknown, pid ? on ?)'),
    ]);
  });

  it('check looks into every file, also applied ones, in both directions', async () => {
    const db = open();
    await db.up(files);
    expect((await db.runner(files).check()).problems).toEqual([]);
    const bad = {
      ...files,
      '004_d.sql': sections('SELECT 1;', 'COMMIT;'),
      '005_e.sql': 'VACUUM',
      '006_f.sql': '-- === UP MIGRATION ===\nSELECT 1;',
    };
    const status = await db.runner(bad).check();
    expect(status.problems.map((problem) => [problem.code, problem.migration?.version])).toEqual([
      ['TRANSACTION_CONTROL', 4],
      ['NEEDS_NO_TRANSACTION', 5],
      ['DOWN_MARKER_MISSING', 6],
    ]);
    expect(status.entries.at(-1)?.reversible).toBeUndefined();
  });
});
