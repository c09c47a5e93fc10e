import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { DunlinEvent } from '../../src/bridge/index.ts';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { squashed } from '../squash/support.ts';
import { Project } from '../formats/support.ts';
import { random } from '../support/random.ts';
import { failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const table = { '001_users.sql': `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, active INTEGER);` };
const view = (where: string): string =>
  `DROP VIEW IF EXISTS active_users;\nCREATE VIEW active_users AS SELECT id, email FROM users WHERE ${where};`;
const roles = (...names: readonly string[]): string =>
  `CREATE TABLE IF NOT EXISTS roles (name TEXT PRIMARY KEY);\nINSERT OR IGNORE INTO roles VALUES ${names.map((name) => `('${name}')`).join(', ')};`;
const files = { ...table, 'R__active_users.sql': view('active = 1'), 'R__roles.sql': roles('admin') };

function ran(result: { readonly applied: readonly { readonly version: number; readonly name: string }[] }): string[] {
  return result.applied.map(({ version, name }) => `${version} ${name}`);
}

function viewText(db: TestDatabase): unknown {
  return db.value(`SELECT sql FROM sqlite_schema WHERE name = 'active_users'`);
}

onEveryDriver('a repeatable migration', (open) => {
  it('runs after the versioned ones, in order of name, and again only when it has changed', async () => {
    const db = open();
    const first = await db.up(files);
    expect(ran(first)).toEqual(['1 users', '0 active_users', '0 roles']);
    expect(first.pending).toEqual([]);
    expect(await db.up(files)).toMatchObject({ applied: [], pending: [], notes: [] });
    expect(ran(await db.up({ ...files, 'R__active_users.sql': view('active > 0') }))).toEqual(['0 active_users']);
    expect(viewText(db)).toContain('active > 0');
    expect(db.versions()).toEqual([1]);
    expect(db.attempts().filter((line) => line.startsWith('0'))).toEqual(['0 up ok', '0 up ok', '0 up ok']);
  });

  it('does not run again for another comment, other spaces, or its move into the folder `repeatable`', async () => {
    const db = open();
    await db.up(files);
    const { 'R__roles.sql': text, ...others } = files;
    const moved = { ...others, 'migrations/repeatable/roles.sql': `-- the roles\n${text.replaceAll(' ', '  ')}\n` };
    expect(ran(await db.up(moved))).toEqual([]);
  });

  it('runs again when it changes back', async () => {
    const db = open();
    await db.up(files);
    await db.up({ ...files, 'R__active_users.sql': view('active > 0') });
    expect(ran(await db.up(files))).toEqual(['0 active_users']);
    expect(viewText(db)).toContain('active = 1');
  });

  it('runs again when something that it made is gone, whatever dropped it', async () => {
    const db = open();
    await db.up(files);
    db.exec('DROP VIEW active_users');
    const result = await db.up(files);
    expect(ran(result)).toEqual(['0 active_users']);
    expect(viewText(db)).toContain('active = 1');
    expect((await db.up(files)).notes).toEqual([]);
  });

  it('makes anew what a migration of the same run drops, in the same transaction', async () => {
    const db = open();
    await db.up(files);
    const sql = `DROP VIEW active_users;\nALTER TABLE users DROP COLUMN email;\nALTER TABLE users ADD COLUMN email TEXT;`;
    const result = await db.up({ ...files, '002_email.sql': sql });
    expect(ran(result)).toEqual(['2 email', '0 active_users']);
    expect(viewText(db)).toContain('active = 1');
  });

  it('makes anew what code drops, which nobody knows before', async () => {
    const db = open();
    await db.up(files);
    const events: DunlinEvent[] = [];
    const up = (database: { exec(sql: string): unknown }): unknown => database.exec('DROP VIEW active_users');
    const result = await db.up(
      { ...files, '002_code.js': { default: { up } } },
      { onEvent: (event) => void events.push(event) },
    );
    expect(ran(result)).toEqual(['2 code', '0 active_users']);
    expect(events.flatMap((event) => (event.type === 'run:start' ? event.pending : []))).toEqual([
      { version: 2, name: 'code' },
    ]);
    expect(
      events.flatMap((event) => (event.type === 'migration:start' ? [`${event.index} of ${event.total}`] : [])),
    ).toEqual(['1 of 1', '2 of 2']);
  });

  it('waits until nothing else is pending', async () => {
    const db = open();
    const more = { ...files, '002_more.sql': 'CREATE TABLE more (id);' };
    const first = await db.up(more, {}, { to: 1 });
    expect(ran(first)).toEqual(['1 users']);
    expect(first.pending).toEqual([
      { version: 2, name: 'more' },
      { version: 0, name: 'active_users' },
      { version: 0, name: 'roles' },
    ]);
    expect(ran(await db.up(more, {}, { steps: 1 }))).toEqual(['2 more', '0 active_users', '0 roles']);
  });

  it('is rolled back alone when it fails, and what ran before it stays', async () => {
    const db = open();
    const error = await failureOf(() => db.up({ ...files, 'R__roles.sql': 'INSERT INTO nothing VALUES (1);' }));
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      failed: { version: 0, name: 'roles' },
      applied: [
        { version: 1, name: 'users' },
        { version: 0, name: 'active_users' },
      ],
      pending: [],
    });
    expect(error.message).toContain('R__roles');
    expect(ran(await db.up(files))).toEqual(['0 roles']);
  });

  it('lists the later ones as not done when one fails', async () => {
    const db = open();
    const error = await failureOf(() => db.up({ ...files, 'R__active_users.sql': 'INSERT INTO nothing VALUES (1);' }));
    expect(error.pending).toEqual([{ version: 0, name: 'roles' }]);
  });

  it('is guarded as any other: a loss must be declared', async () => {
    const db = open();
    await db.up({ ...files, 'R__roles.sql': roles('admin', 'editor') });
    const less = `CREATE TABLE less (name TEXT PRIMARY KEY);\nINSERT INTO less SELECT name FROM roles WHERE name = 'admin';\nDROP TABLE roles;\nALTER TABLE less RENAME TO roles;`;
    expect((await failureOf(() => db.up({ ...files, 'R__roles.sql': less }))).code).toBe('ROWS_LOST');
    expect(db.value('SELECT count(*) FROM roles')).toBe(2);
    const declared = { ...files, 'R__roles.sql': `-- dunlin: destructive roles\n${less}` };
    expect(ran(await db.up(declared))).toEqual(['0 roles']);
    expect(
      ran(await db.up({ ...files, 'R__roles.sql': roles('admin', 'x') }, { destructive: { R__roles: true } })),
    ).toEqual(['0 roles']);
  });

  it('is verified by its VERIFY part', async () => {
    const db = open();
    const verified = `${roles('admin')}\n-- === VERIFY ===\n-- there is an owner\nSELECT count(*) FROM roles WHERE name = 'owner';`;
    expect((await failureOf(() => db.up({ ...files, 'R__roles.sql': verified }))).code).toBe('VERIFICATION_FAILED');
  });

  it('leaves everything when its file is removed, and is listed as missing', async () => {
    const db = open();
    await db.up(files);
    const { 'R__active_users.sql': _, ...left } = files;
    expect(ran(await db.up(left))).toEqual([]);
    expect(viewText(db)).toBeDefined();
    const status = await db.runner(left).status();
    expect(status.repeatables.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'active_users missing',
      'roles applied',
    ]);
  });
});

describe('repeatable migrations', () => {
  it('stay as they are when migrations are rolled back, and are made again where they are gone', async () => {
    const db = openTestDatabase();
    const down = `CREATE TABLE b (id);\n-- === DOWN MIGRATION ===\nDROP TABLE b;`;
    const two = { ...files, '002_b.sql': `-- === UP MIGRATION ===\n${down}` };
    await db.up(two);
    expect(ran(await db.down(two))).toEqual(['2 b']);
    expect(viewText(db)).toBeDefined();
    expect(ran(await db.runner(two).to(2))).toEqual(['2 b']);
    expect(ran(await db.runner(two).redo())).toEqual(['2 b', '2 b', '0 active_users']);
    const drops = { ...files, '002_b.sql': `-- === UP MIGRATION ===\n${down}\nDROP VIEW active_users;` };
    const again = openTestDatabase();
    await again.up(drops);
    expect(ran(await again.runner(drops).redo())).toEqual(['2 b', '2 b', '0 active_users']);
    await again.runner(drops).to(1);
    expect(viewText(again)).toBeUndefined();
    expect(ran(await again.runner(drops).to(2))).toEqual(['2 b', '0 active_users']);
  });

  it('run again after a reset, also those that make rows only', async () => {
    const db = openTestDatabase();
    const rows = { '001_r.sql': 'CREATE TABLE roles (name TEXT PRIMARY KEY);', 'R__roles.sql': roles('admin') };
    await db.up(rows);
    await db.runner(rows).reset({ confirm: 'app.db' });
    expect(ran(await db.up(rows))).toEqual(['1 r', '0 roles']);
    expect(db.column('SELECT name FROM roles')).toEqual(['admin']);
  });

  it('are not run twice with an atomic run, with a commit after each, or beside a migration with foreign keys on', async () => {
    const fk = '-- dunlin: foreign-keys on\nDELETE FROM users WHERE id = 1;';
    for (const setup of [{ commit: 'migration' }, { atomic: 'run' }, {}] as const) {
      const db = openTestDatabase();
      await db.up(table);
      await db.up(files, setup);
      expect(ran(await db.up({ ...files, '002_fk.sql': fk }, setup))).toEqual(['2 fk']);
      expect(
        ran(await db.up({ ...files, '002_fk.sql': fk, 'R__roles.sql': roles('x') }, { commit: 'migration' })),
      ).toEqual(['0 roles']);
    }
  });

  it('note an IF NOT EXISTS that finds something else, and nothing else that does nothing', async () => {
    const db = openTestDatabase();
    expect((await db.up(files)).notes).toEqual([]);
    expect((await db.up({ ...files, 'R__roles.sql': roles('x') })).notes).toEqual([]);
    const wider = roles('y')
      .replace('(name TEXT PRIMARY KEY)', '(name TEXT PRIMARY KEY, note TEXT)')
      .replace(/VALUES.*/, `VALUES ('y', '');`);
    const error = await failureOf(() => db.up({ ...files, 'R__roles.sql': wider }));
    expect(error.code).toBe('STATEMENT_FAILED');
    const onlyTable = 'CREATE TABLE IF NOT EXISTS roles (name TEXT PRIMARY KEY, note TEXT);';
    const { notes } = await db.up({ ...files, 'R__roles.sql': onlyTable });
    expect(notes).toEqual([expect.stringContaining('table roles exists already, and is different')]);
  });

  it('are all planned with the reason, and without those that are not due', async () => {
    const db = openTestDatabase();
    await db.up(files);
    const sql = 'DROP VIEW active_users;\nALTER TABLE users ADD COLUMN x;';
    const plan = await db.runner({ ...files, '002_x.sql': sql }).plan();
    expect(plan.steps.map(({ version, name }) => `${version} ${name}`)).toEqual(['2 x', '0 active_users']);
    expect(plan.notes).toEqual(['R__active_users runs: 002_x drops view active_users']);
    expect((await db.runner(files).plan()).steps).toEqual([]);
    const changed = await db.runner({ ...files, 'R__roles.sql': roles('x') }).plan();
    expect(changed.notes).toEqual(['R__roles runs: it has changed']);
    db.exec('DROP VIEW active_users');
    const gone = await db.runner(files).plan();
    expect(gone.notes).toContain('R__active_users runs: view active_users is gone');
  });

  it('name the way out where a DROP TABLE takes along what they make, or breaks it', async () => {
    const db = openTestDatabase();
    const log = `DROP TRIGGER IF EXISTS log;\nCREATE TRIGGER log AFTER INSERT ON users BEGIN SELECT 1; END;\nCREATE INDEX IF NOT EXISTS by_email ON users (email);`;
    const given = { ...table, 'R__log.sql': log };
    await db.up(given);
    db.exec('INSERT INTO users (id) VALUES (1)');
    const rebuild = `CREATE TABLE u (id INTEGER PRIMARY KEY, email TEXT, active INTEGER);\nINSERT INTO u SELECT * FROM users;\nDROP TABLE users;\nALTER TABLE u RENAME TO users;`;
    const again = async (sql: string): Promise<string> =>
      (await failureOf(() => db.up({ ...given, '002_x.sql': sql }))).hint;
    expect(await again(rebuild)).toMatch(/\n {4}DROP (?:TRIGGER|INDEX) IF EXISTS (?:log|by_email);\n/);
    const dropped = `DROP TRIGGER log;\nDROP INDEX by_email;\n${rebuild}`;
    expect(ran(await db.up({ ...given, '002_x.sql': dropped }))).toEqual(['2 x', '0 log']);
    const other = openTestDatabase();
    await other.up({ ...table, 'R__v.sql': 'DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT * FROM users;' });
    const gone = {
      ...table,
      '002_x.sql': 'DROP TABLE users;',
      'R__v.sql': 'DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT * FROM users;',
    };
    expect((await failureOf(() => other.up(gone))).hint).toContain('\n    DROP VIEW IF EXISTS v;\n');
  });

  it('do not run in a database that another tool has migrated, and after a squash as after the files', async () => {
    const db = openTestDatabase();
    db.exec(`CREATE TABLE knex_migrations (id INTEGER PRIMARY KEY, name TEXT, batch INTEGER, migration_time TEXT);
      INSERT INTO knex_migrations VALUES (1, '1_a.js', 1, '');`);
    expect((await failureOf(() => db.up({ 'R__v.sql': view('1') }))).code).toBe('LEDGER_FOREIGN');
    const { fileName, text } = await squashed({ ...files, '002_b.sql': 'CREATE TABLE b (id);' }, 2);
    const made = openTestDatabase();
    expect(ran(await made.up({ ...files, '002_b.sql': 'CREATE TABLE b (id);', [fileName]: text }))).toEqual([
      '2 squash',
      '0 active_users',
      '0 roles',
    ]);
  });

  it('are not refused for what is wrong with one that is not due', async () => {
    const db = openTestDatabase();
    const batch = '-- dunlin: batch 10\nUPDATE users SET active = 1;';
    await db.up({ ...table, 'R__batch.sql': batch });
    const trigger = 'CREATE TRIGGER log AFTER UPDATE ON users BEGIN SELECT 1; END;';
    expect(ran(await db.up({ ...table, '002_t.sql': trigger, 'R__batch.sql': batch }))).toEqual(['2 t']);
    const changed = { ...table, '002_t.sql': trigger, 'R__batch.sql': batch.replace('= 1', '= 2') };
    expect((await failureOf(() => db.up(changed))).code).toBe('BATCH_REFUSED');
  });

  it('name the way out where a view of theirs stands in the way', async () => {
    const db = openTestDatabase();
    await db.up(files);
    const error = await failureOf(() => db.up({ ...files, '002_x.sql': 'ALTER TABLE users DROP COLUMN email;' }));
    expect(error.code).toBe('STATEMENT_FAILED');
    expect(error.hint).toContain('R__active_users.sql makes the view active_users');
    expect(error.hint).toContain('\n    DROP VIEW IF EXISTS active_users;\n');
    const fixed = { ...files, '002_x.sql': 'DROP VIEW IF EXISTS active_users;\nALTER TABLE users DROP COLUMN email;' };
    const { notes } = await db.up(fixed);
    expect(notes).toEqual([expect.stringContaining('view active_users')]);
    const created = { ...fixed, 'R__active_users.sql': view('active = 1').replace('id, email', 'id') };
    expect(ran(await openTestDatabase().up(created))).toEqual(['1 users', '2 x', '0 active_users', '0 roles']);
  });
});

describe('a repeatable migration whose objects something else has made', () => {
  it('runs again when its file comes back after others ran without it', async () => {
    const db = openTestDatabase();
    const { 'R__active_users.sql': _, 'R__roles.sql': __, ...others } = files;
    const renamed = { ...others, 'R__views.sql': view('active > 0'), 'R__ranks.sql': 'DELETE FROM roles;' };
    await db.up(files);
    await db.up(renamed);
    const status = await db.runner(files).status();
    expect(status.repeatables.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'active_users outdated',
      'ranks missing',
      'roles outdated',
      'views missing',
    ]);
    expect((await db.runner(files).plan()).notes).toContain(
      'R__active_users runs: something else has run since that may have changed what it made',
    );
    expect(ran(await db.up(files))).toEqual(['0 active_users', '0 roles']);
    expect([viewText(db), db.column('SELECT name FROM roles')]).toEqual([expect.stringContaining('= 1'), ['admin']]);
    expect(ran(await db.up(files))).toEqual([]);
  });

  it.each([
    ['a migration', '002_x.sql', 'DROP VIEW active_users;\nCREATE VIEW active_users AS SELECT 1 AS other;'],
    [
      'one with a transaction of its own',
      '002_x.sql',
      '-- dunlin: foreign-keys on\nDROP VIEW IF EXISTS active_users;\nCREATE VIEW active_users AS SELECT 1 AS other;',
    ],
    [
      'code',
      '002_x.mjs',
      `export function up(db) { db.run('DROP VIEW active_users'); db.run('CREATE VIEW active_users AS SELECT 1 AS other'); }`,
    ],
    ['an earlier repeatable one', 'R__a.sql', view('active = 5')],
  ])('runs again in the same run after %s', async (_, name, text) => {
    for (const commit of ['run', 'migration'] as const) {
      const project = new Project(files);
      await project.up();
      project.write({ [name]: text });
      const result = await project.with((runner) => runner.up(), { commit });
      expect(ran(result).at(-1)).toBe('0 active_users');
      expect(await project.up()).toEqual([]);
    }
  });

  it('is planned to run after a migration that makes its object, not after one that makes a temporary one', async () => {
    const db = openTestDatabase();
    await db.up(files);
    const made = { '002_x.sql': 'CREATE VIEW IF NOT EXISTS active_users AS SELECT 1;' };
    expect((await db.runner({ ...files, ...made }).plan()).notes).toContain(
      'R__active_users runs: 002_x creates view active_users',
    );
    const table = {
      '002_x.sql': 'CREATE TABLE n (name TEXT PRIMARY KEY);\nDROP TABLE roles;\nALTER TABLE n RENAME TO roles;',
    };
    expect(ran(await db.up({ ...files, ...table }, { destructive: { 2: true } }))).toEqual(['2 x', '0 roles']);
    const temporary = { ...table, '003_x.sql': 'CREATE TEMP TABLE roles (x);' };
    expect(ran(await db.up({ ...files, ...temporary }))).toEqual(['3 x']);
  });

  it('runs with the next run after a DOWN part that makes its object', async () => {
    const db = openTestDatabase();
    const down = `DROP VIEW active_users;\nCREATE VIEW active_users AS SELECT 1 AS old;`;
    const two = {
      ...files,
      '002_x.sql': `-- === UP MIGRATION ===\nCREATE TABLE x (a);\n-- === DOWN MIGRATION ===\nDROP TABLE x;\n${down}`,
    };
    await db.up(two);
    await db.down(two);
    expect(viewText(db)).toContain('old');
    expect(ran(await db.up(files))).toEqual(['0 active_users']);
    expect(viewText(db)).toContain('active = 1');
  });
});

describe('a repeatable migration that fails', () => {
  it('says what stays and what is gone after a migration that has dropped its view', async () => {
    const db = openTestDatabase();
    await db.up(files);
    const broken = { ...files, '002_x.sql': 'DROP VIEW active_users;', 'R__active_users.sql': 'SELECT nope;' };
    expect((await failureOf(() => db.up(broken))).hint).not.toContain('is gone until');
    const again = openTestDatabase();
    await again.up(files);
    const { hint } = await failureOf(() =>
      again.up({ ...broken, 'R__active_users.sql': `SELECT nope;\n${view('1')}` }),
    );
    expect(hint).toContain('as it was before R__active_users.');
    expect(hint).toContain(
      'What ran before it in this run stays, and view active_users is gone until `dunlin up` succeeds.',
    );
    expect(again.versions()).toEqual([1, 2]);
  });

  it('is no set with the next one: a set has versioned migrations only', async () => {
    const db = openTestDatabase();
    await db.up(files);
    db.exec(`INSERT INTO roles VALUES ('x')`);
    const given = {
      ...files,
      'R__a.sql': 'CREATE TABLE n (name);\nDROP TABLE roles;\nALTER TABLE n RENAME TO roles;',
      'R__aa.sql': roles('x'),
    };
    const { code, hint } = await failureOf(() => db.up(given));
    expect([code, hint]).toEqual(['ROWS_LOST', expect.not.stringContaining('together')]);
  });
});

describe('what is recorded of a repeatable migration', () => {
  it.each([
    ['filename', { layout: 'filename' }],
    ['semver', { layout: 'semver' }],
    ['named tables', { tables: { migrations: 'm', attempts: 'log' } }],
  ] as const)('is in the attempt log in every layout (%s)', async (_, setup) => {
    const db = openTestDatabase();
    expect(ran(await db.up(files, setup))).toEqual(['1 users', '0 active_users', '0 roles']);
    expect(ran(await db.up(files, setup))).toEqual([]);
    const status = await db.runner(files, setup).status();
    expect([status.entries.length, status.problems, status.tooOld]).toEqual([1, [], false]);
    const [entry] = await db.runner(files, setup).history();
    expect(entry?.migrations.map(({ version, name }) => `${version} ${name}`)).toEqual([
      '1 users',
      '0 active_users',
      '0 roles',
    ]);
  });

  it('adds no column to the log of a database that has none', async () => {
    const db = openTestDatabase();
    await db.up(table);
    const columns = (): unknown[] => db.column(`SELECT name FROM pragma_table_info('schema_migration_attempts')`);
    expect(columns()).not.toContain('repeatable_checksum');
    await db.up(files);
    expect(columns()).toContain('repeatable_checksum');
  });

  it('is that of the backup after a restore, also where the log of the backup had no column for it', async () => {
    const db = openTestDatabase();
    const manager = (): BackupManager => new BackupManager({ database: db.bridge, lockTimeoutMs: 0 });
    await db.up(table);
    const { id: none } = await manager().create();
    await db.up(files);
    const changed = { ...files, 'R__roles.sql': roles('admin', 'editor') };
    const { id: first } = await manager().create();
    await db.up(changed);
    await manager().restore(first);
    expect(ran(await db.up(files))).toEqual([]);
    expect(ran(await db.up(changed))).toEqual(['0 roles']);
    await manager().restore(none);
    expect(ran(await db.up(changed))).toEqual(['0 active_users', '0 roles']);
    expect(db.value('SELECT count(*) FROM roles')).toBe(2);
  });

  it('is a failure in the status until something has succeeded, or its file is gone', async () => {
    const db = openTestDatabase();
    const broken = { ...files, 'R__roles.sql': 'INSERT INTO nothing VALUES (1);' };
    await failureOf(() => db.up(broken));
    expect((await db.runner(broken).status()).lastFailure).toMatchObject({ version: 0, name: 'roles' });
    expect((await db.runner(table).status()).lastFailure).toBeUndefined();
  });
});

describe('`check`', () => {
  const problemsOf = async (given: Record<string, string>): Promise<readonly string[]> => {
    const project = new Project(given);
    const { problems } = await project.with((runner) => runner.check({ rounds: true }));
    return problems.map(({ code, message }) => `${code} ${message}`);
  };

  it('runs each repeatable migration twice', async () => {
    expect(await problemsOf(files)).toEqual([]);
    expect(await problemsOf({ ...table, 'R__v.sql': 'CREATE VIEW v AS SELECT 1 AS one;' })).toEqual([
      'REPEATABLE_ONCE R__v cannot run twice: Migration R__v failed at statement 1 (line 1): view v already exists.',
    ]);
    const adds = 'CREATE TABLE IF NOT EXISTS roles (name);\nINSERT INTO roles VALUES (1);';
    expect(await problemsOf({ ...table, 'R__roles.sql': adds })).toEqual([
      'REPEATABLE_DIFFERS R__roles has another result when it runs again: roles: 1 rows before, 2 after.',
    ]);
    // The second run rewrites the reference, as "Users".
    const renames =
      'ALTER TABLE users RENAME TO other;\nALTER TABLE other RENAME TO Users;\nCREATE TABLE IF NOT EXISTS posts (author REFERENCES users);';
    expect(await problemsOf({ ...table, 'R__posts.sql': renames })).toEqual([]);
    const grows =
      'CREATE TABLE IF NOT EXISTS log (a);\nALTER TABLE log RENAME TO old;\nCREATE TABLE log AS SELECT *, 1 FROM old;\nDROP TABLE old;';
    expect(await problemsOf({ ...table, 'R__log.sql': grows })).toEqual([
      expect.stringContaining('REPEATABLE_DIFFERS'),
    ]);
  });

  it('reports one that fails on a new database, and a view of one that cannot work', async () => {
    expect(await problemsOf({ ...table, 'R__a.sql': 'INSERT INTO nothing VALUES (1);' })).toEqual([
      expect.stringContaining('FAILS_ON_EMPTY R__a'),
    ]);
    const wrong = 'DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT nope FROM users;';
    expect(await problemsOf({ ...table, 'R__v.sql': wrong })).toEqual([expect.stringContaining('OBJECTS_INVALID')]);
    // That the others cannot be applied is a finding of the round trips.
    expect(await problemsOf({ '001_a.sql': 'SELECT nope;', 'R__v.sql': wrong })).toEqual([]);
  });

  it('--replay makes what they make, and compares nothing that is still to be made', async () => {
    const project = new Project(files);
    await project.up();
    const replayed = async (): Promise<readonly string[]> =>
      (await project.with((runner) => runner.check({ replay: true }))).problems.map(({ message }) => message);
    expect(await replayed()).toEqual([]);
    project.write({ 'R__active_users.sql': view('active > 0') });
    expect(await replayed()).toEqual([]);
    expect((await project.with((runner) => runner.schemaAt(1))).others.has('view:active_users')).toBe(true);
    const squash = await project.with((runner) => runner.squash({ to: 1 }));
    expect(squash.text).not.toContain('active_users');
  });

  it('--replay reports what they made and something else has made otherwise', async () => {
    const project = new Project(files);
    await project.up();
    const db = new Database(project.database);
    db.exec('DROP VIEW active_users; CREATE VIEW active_users AS SELECT 1 AS hand;');
    db.close();
    await project.with((runner) => runner.acceptSchema());
    const { problems, drift } = await project.with((runner) => runner.check({ replay: true }));
    expect([drift, problems.map(({ code, message }) => `${code} ${message}`)]).toEqual([
      [],
      [expect.stringMatching(/^REPLAY_DIFFERS .*view active_users/)],
    ]);
  });
});

it('a random sequence of changes runs each change once, and ends as the files say', async () => {
  const next = random(20261130);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const db = openTestDatabase();
  const given: Record<string, string> = { ...table };
  const recorded = new Map<string, string>();
  let version = 1;
  for (let round = 0; round < 60; round++) {
    const name = pick(['a', 'b', 'c']);
    const action = pick(['change', 'change', 'drop', 'migration', 'remove', 'nothing']);
    const made = new Set(db.column(`SELECT name FROM sqlite_schema WHERE type = 'view'`));
    if (action === 'change') given[`R__${name}.sql`] = viewOf(name, Math.floor(next() * 3));
    else if (action === 'drop') db.exec(`DROP VIEW IF EXISTS ${name}`);
    else if (action === 'migration') given[`00${(version += 1)}_m.sql`.slice(-9)] = `DROP VIEW IF EXISTS ${name};`;
    else if (action === 'remove') delete given[`R__${name}.sql`];
    if (action === 'drop' || action === 'migration') made.delete(name);
    const due = ['a', 'b', 'c'].filter((one) => {
      const text = given[`R__${one}.sql`];
      return text !== undefined && (recorded.get(one) !== text || !made.has(one));
    });
    const result = await db.up(given, { commit: pick(['run', 'migration'] as const) });
    const names = result.applied.filter((one) => one.version === 0).map((one) => one.name);
    expect(names, `round ${round}: ${action} ${name}`).toEqual(due);
    for (const one of due) recorded.set(one, given[`R__${one}.sql`]!);
    // What runs while a file is away may take its place.
    if (result.applied.length > 0)
      for (const one of ['a', 'b', 'c']) if (given[`R__${one}.sql`] === undefined) recorded.delete(one);
    for (const one of ['a', 'b', 'c'])
      if (given[`R__${one}.sql`] !== undefined)
        expect(given[`R__${one}.sql`]).toContain(
          String(db.value(`SELECT sql FROM sqlite_schema WHERE name = '${one}'`)),
        );
  }
});

function viewOf(name: string, value: number): string {
  return `DROP VIEW IF EXISTS ${name};\nCREATE VIEW ${name} AS SELECT ${value} AS n;`;
}
