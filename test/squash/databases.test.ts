import { beforeAll, describe, expect, it } from 'vitest';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import type { LayoutName } from '../../src/ledger/types.ts';
import type { RunOptions } from '../../src/lock/run-options.ts';
import { failureOf, openTestDatabase } from '../support/databases.ts';
import { runnerOn, squashed } from './support.ts';

const files: Readonly<Record<string, string>> = {
  '001_users.sql':
    '-- Schema-Version: 1.0.0\n-- === UP MIGRATION ===\nCREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n-- === DOWN MIGRATION ===\nDROP TABLE users;',
  '002_tags.sql':
    '-- Schema-Version: 1.1.0\n-- === UP MIGRATION ===\nCREATE TABLE IF NOT EXISTS tags (name TEXT);\n-- === DOWN MIGRATION ===\nDROP TABLE tags;',
  '003_roles.sql':
    '-- Schema-Version: 1.2.0\n-- === UP MIGRATION ===\nALTER TABLE users ADD COLUMN role TEXT;\n-- === DOWN MIGRATION ===\nALTER TABLE users DROP COLUMN role;',
  '004_notes.sql':
    '-- Schema-Version: 1.3.0\n-- === UP MIGRATION ===\nCREATE TABLE notes (id INTEGER PRIMARY KEY);\n-- === DOWN MIGRATION ===\nDROP TABLE notes;',
};
const above = { '004_notes.sql': files['004_notes.sql']! };
let squash: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  const runner = new MigrationRunner({ database: ':memory:', migrations: files });
  const { fileName, text, rows, replaces } = await runner.squash({ to: 3 });
  expect(rows).toEqual([]);
  expect(replaces).toEqual([
    { version: 1, name: 'users' },
    { version: 2, name: 'tags' },
    { version: 3, name: 'roles' },
  ]);
  squash = { [fileName]: text };
  await runner.close();
});

describe('a database made by a squash', () => {
  it('is rolled back below it by the files, and up again', async () => {
    const db = openTestDatabase();
    const all = { ...files, ...squash };
    await db.up(all);
    const before = db.content();
    await db.down(all, {}, { to: 1 });
    expect(db.versions()).toEqual([1]);
    expect(db.column(`SELECT name FROM pragma_table_info('users')`)).toEqual(['id', 'name']);
    await db.up(all);
    expect(db.content()).toBe(before);
    expect(db.versions()).toEqual([1, 2, 3, 4]);
    await db.down(all, {}, { to: 0 });
    expect((await db.up(all)).applied.map(({ name }) => name)).toEqual(['squash', 'notes']);
    expect(db.content()).toBe(before);
  });

  it('is not rolled back below it without the files: it could not go up again', async () => {
    const [made, older] = [openTestDatabase(), openTestDatabase()];
    await older.up(files);
    const only = { ...above, ...squash };
    await made.up(only);
    await made.down(only);
    for (const [db, left] of [
      [made, [1, 2, 3]],
      [older, [1, 2, 3, 4]],
    ] as const) {
      for (const back of [() => db.down(only, {}, { to: 1 }), () => db.runner(only).to(1)])
        expect(await failureOf(back)).toMatchObject({
          code: 'SQUASH_FILES_GONE',
          message:
            'app.db could not go up again after this rollback: 003_squash.sql replaces 2 migrations of it, and their files are gone: 002_tags.sql, 003_roles.sql.',
          problems: [],
        });
      expect(db.versions()).toEqual(left);
    }
    expect((await failureOf(() => made.runner(only).redo())).code).toBe('SQUASH_FILES_GONE');
    const { problems, steps } = await older.runner(only).plan({ direction: 'down', to: 2 });
    expect([problems.map(({ code }) => code), steps]).toEqual([['SQUASH_FILES_GONE'], []]);
    await older.down({ ...files, ...squash }, {}, { to: 1 });
    const status = await older.runner(only).status();
    expect(status.pending.map(({ version }) => version)).toEqual([2, 3, 4]);
    expect(status.entries.map(({ version, name, state }) => [version, name, state])).toEqual([
      [1, 'users', 'applied'],
      [2, 'tags', 'pending'],
      [3, 'roles', 'pending'],
      [4, 'notes', 'pending'],
    ]);
  });

  it('is rolled back to nothing without the files if it recorded their DOWN parts', async () => {
    const [made, older] = [openTestDatabase(), openTestDatabase()];
    await older.up(files);
    const only = { ...above, ...squash };
    await made.up(only);
    const before = made.content();
    await older.down(only, {}, { all: true });
    expect((await older.up(only)).applied.map(({ name }) => name)).toEqual(['squash', 'notes']);
    expect(older.content()).toBe(before);
    const error = await failureOf(() => made.down(only, {}, { all: true }));
    expect(error.code).toBe('CANNOT_ROLL_BACK');
    expect(error.hint).toContain('Bring the file back: `git log --diff-filter=D --name-only -- .` shows the commit');
    expect(error.message).toContain(
      'its file is gone, 003_squash.sql replaces it, and no DOWN part was recorded: a database that was made by a squash has none',
    );
    expect(made.versions()).toEqual([1, 2, 3, 4]);
  });

  it('is migrated by a release that has no squash yet', async () => {
    const db = openTestDatabase();
    await db.up({ ...files, ...squash }, {}, { to: 3 });
    expect((await db.up(files)).applied).toHaveLength(1);
    expect((await db.down(files, {}, { to: 2 })).applied).toHaveLength(2);
  });
});

it('triggers do not fire for the rows of a squash', async () => {
  const noted = {
    '001_a.sql': 'CREATE TABLE a (x); CREATE TABLE log (what); INSERT INTO a VALUES (1), (2);',
    '002_b.sql': 'CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.x); END;',
    '003_c.sql': 'INSERT INTO a VALUES (3);',
  };
  const made = await squashed(noted, 3);
  const db = openTestDatabase();
  await db.up({ [made.fileName]: made.text });
  expect(db.column('SELECT what FROM log')).toEqual([3]);
  db.exec('INSERT INTO a VALUES (4)');
  expect(db.column('SELECT what FROM log')).toEqual([3, 4]);
});

describe('a target below a squash', () => {
  it('is reached by the files', async () => {
    const db = openTestDatabase();
    const all = { ...files, ...squash };
    expect((await db.up(all, {}, { to: 2 })).applied.map(({ name }) => name)).toEqual(['users', 'tags']);
    expect((await db.up(all)).applied.map(({ name }) => name)).toEqual(['roles', 'notes']);
  });

  it('is an error without them, which names the squash', async () => {
    const db = openTestDatabase();
    const only = { ...above, ...squash };
    const error = await failureOf(() => db.up(only, {}, { to: 2 }));
    expect(error.message).toBe(
      'Migration 2 has no file any more: it is one of those that 003_squash.sql replaces, and that file makes all of them at once.',
    );
    expect((await failureOf(() => db.up(only, {}, { to: 9 }))).message).toBe(
      'There is no migration 9; the last ones are 003_squash, 004_notes.',
    );
    expect((await db.up(only, {}, { to: 3 })).applied.map(({ name }) => name)).toEqual(['squash']);
  });

  it('takes the squash as one step', async () => {
    const db = openTestDatabase();
    expect((await db.up({ ...files, ...squash }, {}, { steps: 1 })).to).toBe(3);
    expect((await db.runner({ ...files, ...squash }).to(4)).to).toBe(4);
  });

  it('is reached by an older squash', async () => {
    const db = openTestDatabase();
    const newer = await squashed({ ...above, ...squash }, 4);
    const both = { ...squash, [newer.fileName]: newer.text };
    expect(newer.replaces.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect((await db.up(both, {}, { to: 3 })).applied.map(({ name }) => name)).toEqual(['squash']);
    expect((await failureOf(() => db.up(both))).code).toBe('SQUASH_FILES_GONE');
    expect((await db.up({ ...both, ...above })).to).toBe(4);
    const other = openTestDatabase();
    expect((await other.up(both)).applied.map(({ version }) => version)).toEqual([4]);
    expect(other.content()).toBe(db.content());
    const { problems } = await runnerOn(other, { ...both, ...above }).check({ rounds: true });
    expect(problems).toEqual([]);
  });
});

describe('a database with tables and without applied migrations', () => {
  it('runs the files, which may say IF NOT EXISTS', async () => {
    const db = openTestDatabase();
    db.exec(`CREATE TABLE tags (name TEXT); INSERT INTO tags VALUES ('kept')`);
    expect((await db.up({ ...files, ...squash })).applied).toHaveLength(4);
    expect(db.value('SELECT name FROM tags')).toBe('kept');
  });

  it('fails at the squash if the files are gone, and is unchanged', async () => {
    const db = openTestDatabase();
    db.exec('CREATE TABLE tags (name TEXT)');
    const error = await failureOf(() => db.up({ ...above, ...squash }));
    expect(error.message).toContain('table tags already exists');
    expect(db.versions()).toEqual([]);
    const status = await db.runner({ ...above, ...squash }).status();
    expect(status.lastFailure?.name).toBe('squash');
  });

  it.each([3, 4])('is recorded at version %i with all that the squash replaces', async (version) => {
    const db = openTestDatabase();
    const only = { ...above, ...squash };
    const other = openTestDatabase();
    await other.up(files, {}, { to: version });
    db.exec(String((await other.runner(files).dump({ tracking: false })).replace(/^--.*$/m, '')));
    const { applied, notes } = await runnerOn(db, only).baseline(version);
    expect(notes).toEqual([]);
    expect(applied.map(({ version: one }) => one)).toEqual([3, 4].slice(0, version - 2));
    expect(db.versions()).toEqual([1, 2, 3, 4].slice(0, version));
    expect((await db.up(only)).applied).toHaveLength(4 - version);
  });

  it('is recorded below the squash by the files', async () => {
    const db = openTestDatabase();
    db.exec('CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE tags (name TEXT)');
    await runnerOn(db, { ...files, ...squash }).baseline(2);
    expect(db.versions()).toEqual([1, 2]);
    expect((await db.up({ ...files, ...squash })).applied.map(({ name }) => name)).toEqual(['roles', 'notes']);
    const error = await failureOf(() => runnerOn(openTestDatabase(), { ...above, ...squash }).baseline(2));
    expect(error.code).toBe('VERSION_UNKNOWN');
  });
});

describe.each(['standard', 'filename', 'semver'] as const)('in the layout %s, a squash', (layout: LayoutName) => {
  it('records what the files record', async () => {
    const options: RunOptions = { layout };
    const table = layout === 'filename' ? 'migrations' : 'schema_migrations';
    const made = await squashed(files, 3, options);
    const only = { ...above, [made.fileName]: made.text };
    const [old, fresh] = [openTestDatabase(), openTestDatabase()];
    await old.up(files, options);
    await fresh.up(only, options);
    const columns = layout === 'filename' ? 'id, filename, checksum' : 'version, name, checksum, schema_version';
    expect(fresh.rows(`SELECT ${columns} FROM ${table}`)).toEqual(old.rows(`SELECT ${columns} FROM ${table}`));
    if (layout === 'semver')
      expect(fresh.column('SELECT version FROM schema_version')).toEqual(
        old.column('SELECT version FROM schema_version'),
      );
    for (const db of [old, fresh]) {
      const { problems, version, label } = await runnerOn(db, only, options).check({ rounds: true });
      expect({ problems, version, label }).toEqual({
        problems: [],
        version: 4,
        label: layout === 'filename' ? undefined : '1.3.0',
      });
    }
  });
});

it('a row without a checksum of Dunlin is that of the squash by its name', async () => {
  const options: RunOptions = { layout: 'filename' };
  const db = openTestDatabase();
  await db.up(files, options);
  db.exec(`UPDATE migrations SET checksum = '${'ab'.repeat(32)}' WHERE filename = '001_users.sql'`);
  const only = { ...above, ...squash };
  const states = async (): Promise<readonly string[]> =>
    (await db.runner(only, options).status()).entries.map(({ state }) => state);
  expect(await states()).toEqual(['applied', 'applied', 'applied', 'applied']);
  db.exec(`UPDATE migrations SET filename = '001_others.sql' WHERE filename = '001_users.sql'`);
  expect(await states()).toEqual(['missing', 'applied', 'applied', 'applied']);
  db.exec(`UPDATE migrations SET filename = '002_labels.sql' WHERE filename = '002_tags.sql'`);
  db.exec(`UPDATE migrations SET checksum = 'sha256:${'ab'.repeat(32)}' WHERE filename = '003_roles.sql'`);
  expect(await states()).toEqual(['missing', 'applied', 'missing', 'applied']);
});

describe('a set of migrations that happen together', () => {
  it('is done by the squash that replaces all of it', async () => {
    const together = { ...files, '001_users.sql': `-- dunlin: together 2\n${files['001_users.sql']!}` };
    const made = await squashed(together, 3);
    const db = openTestDatabase();
    const { applied } = await db.up({ ...together, [made.fileName]: made.text });
    expect(applied.map(({ name }) => name)).toEqual(['squash', 'notes']);
    expect((await failureOf(() => squashed(together, 1))).message).toBe(
      'The migrations up to 1 cannot be squashed: that is inside a set that happens together, 1 to 2.',
    );
  });
});

it('options may still name migrations whose files a squash replaces', async () => {
  const options = { destructive: { 2: true, '003_roles': ['users'] }, together: [[1, 2]] } as const;
  const db = openTestDatabase();
  const runner = runnerOn(db, { ...squash, ...above }, options);
  const { applied } = await runner.up();
  expect(applied.map(({ name }) => name)).toEqual(['squash', 'notes']);
  const wrong = runnerOn(db, { ...squash, ...above }, { destructive: { 5: true } });
  expect((await failureOf(() => wrong.up())).message).toContain('has the version 5');
  const apart = runnerOn(db, { ...squash, ...above }, { together: [[3, 4]] });
  expect((await failureOf(() => apart.up())).code).toBe('TOGETHER_INVALID');
});

describe('what a plan says', () => {
  it('is that the squash runs, and what for', async () => {
    const db = openTestDatabase();
    const { steps, notes } = await db.runner({ ...files, ...squash }).plan();
    expect(steps.map(({ file, reversible }) => `${file} ${reversible}`)).toEqual([
      '003_squash.sql true',
      '004_notes.sql true',
    ]);
    const alone = await db.runner({ ...above, ...squash }).plan();
    expect(alone.steps.map(({ reversible }) => reversible)).toEqual([false, true]);
    expect(notes).toEqual(['003_squash.sql makes a new database in place of 3 migrations, up to 003_roles']);
  });

  it('changes if another process has begun with the files', async () => {
    const db = openTestDatabase();
    const all = { ...files, ...squash };
    const confirm = async (): Promise<boolean> => {
      await db.runner(all).up({ to: 2 });
      return true;
    };
    const error = await failureOf(() => db.runner(all).to(4, { confirm }));
    expect(error.message).toBe(
      'What is applied to app.db changed after the run was planned. Planned: apply 003_squash, 004_notes. Now: apply 003_roles, 004_notes.',
    );
    expect(db.versions()).toEqual([1, 2]);
  });
});
