// The built package under one runtime and one driver: `node smoke.mjs <driver>`, `bun smoke.mjs <driver>`. No test
// framework, so that it runs wherever the package does. Prints what failed, and "N passed, N failed" as its last line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bridgeFor, migrate, migrateSync, openDatabase } from 'dunlin';
import { bridgeConformanceChecks, migratedDatabase, testMigration } from 'dunlin/testing';

const driver = process.argv[2];
const require = createRequire(import.meta.url);
const { bun, deno, node } = process.versions;
const runtime = bun ? `bun ${bun}` : deno ? `deno ${deno}` : `node ${node}`;
/** The command line under this runtime. */
const program = [...(deno ? ['run', '-A'] : []), join(import.meta.dirname, 'node_modules/dunlin/dist/cli/dunlin.js')];

const MIGRATIONS = {
  '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\n',
  '002_fill.ts': `
    interface Db { run(sql: string, ...values: string[]): unknown }
    export function up(db: Db): void {
      for (const email of ['ada@example.org', 'grace@example.org']) db.run('INSERT INTO users (email) VALUES (?)', email);
    }
  `,
  '003_role.sql': `-- === UP MIGRATION ===
ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user';
-- === DOWN MIGRATION ===
ALTER TABLE users DROP COLUMN role;
-- === VERIFY ===
-- every user has a role
SELECT count(*) = 2 FROM users WHERE role = 'user';
`,
};

const checks = {
  'a path, no driver named: the SQLite of Node where it has one': ({ file }) => {
    const { bridge } = openDatabase(file);
    bridge.close();
    assert.equal(bridge.driver, node.startsWith('20.') ? '@photostructure/sqlite' : 'node:sqlite');
  },
  'a path, async': async ({ file, migrations }) => {
    const result = await migrate({ database: file, migrations, driver });
    assert.deepEqual(versions(result.applied), [1, 2, 3]);
    assert.deepEqual(users(file), USERS);
  },
  'a path, sync': ({ file, migrations }) => {
    const result = migrateSync({ database: file, migrations, driver });
    assert.deepEqual(versions(result.applied), [1, 2, 3]);
    assert.deepEqual(users(file), USERS);
  },
  'a path, again: no byte changes': async ({ folder, file, migrations }) => {
    await migrate({ database: file, migrations, driver });
    const before = bytes(folder);
    assert.deepEqual((await migrate({ database: file, migrations, driver })).applied, []);
    assert.deepEqual(migrateSync({ database: file, migrations, driver }).applied, []);
    assert.deepEqual(bytes(folder), before);
  },
  'a path, a failing migration: what was before': async ({ folder, file, migrations }) => {
    await migrate({ database: file, migrations, driver });
    const before = schema(file);
    writeFileSync(join(migrations, '004_bad.sql'), 'CREATE TABLE half (x);\nINSERT INTO nowhere VALUES (1);\n');
    await assert.rejects(migrate({ database: file, migrations, driver }), (error) => {
      assert.match(error.message, /nowhere/);
      assert.equal(error.failed.version, 4);
      return true;
    });
    assert.deepEqual(schema(file), before);
    assert.deepEqual(
      readdirSync(folder).filter((name) => /-(?:wal|journal)$/.test(name)),
      [],
    );
  },
  'the command line: up, status, up': ({ file, migrations }) => {
    assert.match(dunlin(0, 'up', '-d', file, '-m', migrations), /role/);
    assert.deepEqual(users(file), USERS);
    const status = JSON.parse(dunlin(0, 'status', '--json', '-d', file, '-m', migrations));
    assert.equal(JSON.stringify(status).includes('"pending":[]'), true);
    const before = readFileSync(file);
    dunlin(0, 'up', '-d', file, '-m', migrations);
    assert.deepEqual(readFileSync(file), before);
    dunlin(0, 'down', '--yes', '-d', file, '-m', migrations);
    assert.deepEqual(
      users(file),
      USERS.map(({ id, email }) => ({ id, email })),
    );
  },
  // What `npm init -y` writes. Node would take a .ts file for CommonJS, and print a warning between the lines of the run.
  'the command line in a CommonJS package: what init and create write in TypeScript is loaded without a warning': ({
    folder,
    file,
  }) => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
    symlinkSync(join(import.meta.dirname, 'node_modules'), join(folder, 'node_modules'));
    const run = (...args) => {
      const options = { cwd: folder, encoding: 'utf8', stdio: 'pipe' };
      const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], options);
      assert.equal(status, 0, `dunlin ${args[0]} ended with ${status}\n${stdout}${stderr}`);
      assert.doesNotMatch(stderr, /warning/i);
      return stdout.trim();
    };
    run('init', '--format', 'ts', '-d', file, '-m', 'code');
    const written = join(folder, run('create', 'first', '--format', 'ts'));
    writeFileSync(written, readFileSync(written, 'utf8').replace('``', '`CREATE TABLE t (a)`'));
    run('up', '--driver', driver);
    assert.deepEqual(
      schema(file)
        .map(({ name }) => name)
        .filter((name) => name === 't'),
      ['t'],
    );
  },
  'a handle, async': async ({ file, migrations }) => {
    const database = open(file);
    assert.deepEqual(versions((await migrate({ database, migrations })).applied), [1, 2, 3]);
    assert.deepEqual(rows(database, 'SELECT * FROM users ORDER BY id'), USERS);
    assert.deepEqual((await migrate({ database, migrations })).applied, []);
    database.close();
  },
  'a handle, sync': ({ file, migrations }) => {
    const database = open(file);
    assert.deepEqual(versions(migrateSync({ database, migrations }).applied), [1, 2, 3]);
    assert.deepEqual(rows(database, 'SELECT * FROM users ORDER BY id'), USERS);
    assert.deepEqual(migrateSync({ database, migrations }).applied, []);
    database.close();
  },
  'a handle in memory': ({ migrations }) => {
    const database = open(':memory:');
    assert.deepEqual(versions(migrateSync({ database, migrations }).applied), [1, 2, 3]);
    assert.deepEqual(rows(database, 'SELECT * FROM users ORDER BY id'), USERS);
    database.close();
  },
  'a handle, its settings given back': ({ file, migrations }) => {
    const database = open(file);
    const settings = () =>
      ['foreign_keys', 'synchronous', 'legacy_alter_table'].map((name) => rows(database, `PRAGMA ${name}`));
    const before = settings();
    migrateSync({ database, migrations });
    assert.deepEqual(settings(), before);
    database.close();
  },
  'a handle, a failing migration: what was before': ({ file, migrations }) => {
    const database = open(file);
    migrateSync({ database, migrations });
    const before = schema(file);
    writeFileSync(join(migrations, '004_bad.sql'), 'CREATE TABLE half (x);\nINSERT INTO nowhere VALUES (1);\n');
    assert.throws(() => migrateSync({ database, migrations }), /nowhere/);
    assert.deepEqual(schema(file), before);
    database.close();
  },
  'a database for each test, in memory where the driver can, or in a file': async ({ folder, migrations }) => {
    const Driver = driverClass();
    const options = { migrations, cache: join(folder, 'cache') };
    for (const file of [undefined, true, join(folder, 'test.db')]) {
      const one = await migratedDatabase(Driver, { ...options, file });
      one.exec("INSERT INTO users (email) VALUES ('only@example.org')");
      const other = await migratedDatabase(Driver, options);
      assert.deepEqual(rows(other, 'SELECT * FROM users ORDER BY id'), USERS);
      const [{ file: path }] = rows(one, 'PRAGMA database_list');
      const isInMemory = driver === 'better-sqlite3' || driver === 'bun:sqlite' || 'deserialize' in Driver.prototype;
      assert.equal(path === null || path === '', file === undefined && isInMemory);
      one.close();
      other.close();
    }
  },
  'a test of one migration': async ({ folder, migrations }) => {
    const { db, run } = await testMigration(driverClass(), { migrations, to: 3, cache: join(folder, 'cache') });
    assert.equal((await run()).down.statements, 1);
    assert.deepEqual(rows(db, 'SELECT * FROM users ORDER BY id'), USERS);
    db.close();
  },
};

for (const check of bridgeConformanceChecks)
  checks[`the contract of a bridge: ${check.name}`] = async ({ folder }) => {
    let files = 0;
    await check.run(() => bridgeFor(open(join(folder, `${++files}.db`))));
  };

if (Number(process.versions.napi) < 10) {
  // Version 13 of better-sqlite3, which is what is installed here, would end the process without a word.
  checks['better-sqlite3 13 is refused before it is loaded'] = async ({ file, migrations }) => {
    await assert.rejects(migrate({ database: file, migrations, driver: 'better-sqlite3' }), {
      code: 'DRIVER_UNUSABLE',
    });
  };
}

const USERS = [
  { id: 1, email: 'ada@example.org', role: 'user' },
  { id: 2, email: 'grace@example.org', role: 'user' },
];

let passed = 0;
let failed = 0;
for (const [name, check] of Object.entries(checks)) await perform(name, check);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function perform(name, check) {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-smoke-'));
  const migrations = join(folder, 'migrations');
  mkdirSync(migrations);
  for (const [file, text] of Object.entries(MIGRATIONS)) writeFileSync(join(migrations, file), text);
  try {
    await check({ folder, migrations, file: join(folder, 'app.db') });
    passed += 1;
  } catch (error) {
    failed += 1;
    console.error(`${runtime} ${driver}: ${name}\n`, error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function open(file) {
  return new (driverClass())(file);
}

/** Loaded only when Dunlin has loaded it, without Node's warning. */
function driverClass() {
  if (driver === 'bun:sqlite') return require(driver).Database;
  return driver === 'better-sqlite3' ? require(driver) : require(driver).DatabaseSync;
}

function rows(database, sql) {
  // node:sqlite's rows have no prototype.
  return database
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }));
}

function query(file, sql) {
  const database = open(file);
  try {
    return rows(database, sql);
  } finally {
    database.close();
  }
}

function users(file) {
  return query(file, 'SELECT * FROM users ORDER BY id');
}

function schema(file) {
  return query(file, 'SELECT type, name, sql FROM sqlite_schema ORDER BY type, name');
}

function versions(applied) {
  return applied.map(({ version }) => version);
}

/** Every file in the folder with its hash. */
function bytes(folder) {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);
}

function dunlin(expected, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  assert.equal(status, expected, `dunlin ${args[0]} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}
