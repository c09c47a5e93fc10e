// Databases that other tools themselves have migrated, on the built package: adopted, migrated, checked and exported
// back, until the tool itself has nothing to do. Needs `npm run build` first.
//
// The tools are installed in node_modules/.cache/tools, as package.json and package-lock.json beside this file say. The
// driver is the better-sqlite3 of this project.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';

const root = resolve(import.meta.dirname, '../..');
const project = join(root, 'node_modules/.cache/tools');
const program = join(root, 'dist/cli/dunlin.js');

const sql = {
  users: 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n',
  roles: 'ALTER TABLE users ADD COLUMN role TEXT;\nCREATE INDEX users_role ON users (role);\n',
  tags: 'CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT NOT NULL);\n',
};
const undo = {
  users: 'DROP TABLE users;\n',
  roles: 'DROP INDEX users_role;\nALTER TABLE users DROP COLUMN role;\n',
  tags: 'DROP TABLE tags;\n',
};
const titles = Object.keys(sql);

/** The three files by their names. */
const files = (name, text = (title) => sql[title]) =>
  Object.fromEntries(titles.map((title, i) => [name(title, i + 1), text(title, i + 1)]));
const plain = files((title, n) => `migrations/00${n}_${title}.sql`);

const whens = [1700000000000, 1710000000000, 1720000000000];
const journal = (count) =>
  JSON.stringify({
    version: '7',
    dialect: 'sqlite',
    entries: titles
      .slice(0, count)
      .map((title, idx) => ({ idx, version: '6', when: whens[idx], tag: `000${idx}_${title}`, breakpoints: true })),
  });

/**
 * Each tool: the files of its folder, in the order of the migrations; what Dunlin reads, if not that; options of Dunlin;
 * what of its table must be as if it had applied everything itself; and a program that applies what is pending in
 * `app.db` and prints the number of migrations that it has applied.
 */
const tools = [
  {
    package: 'drizzle-orm',
    files: files(
      (title, n) => `drizzle/000${n - 1}_${title}.sql`,
      (title) => sql[title].trim().replaceAll(';\n', ';\n--> statement-breakpoint\n'),
    ),
    beside: (count) => ({ 'drizzle/meta/_journal.json': journal(count) }),
    options: ['--migrations', 'drizzle'],
    to: 'drizzle',
    rows: 'SELECT hash, created_at FROM __drizzle_migrations ORDER BY created_at',
    program: `
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import Database from 'better-sqlite3';
const client = new Database('app.db');
const count = () => client.prepare("SELECT count(*) FROM sqlite_schema WHERE name = '__drizzle_migrations'").pluck().get() && client.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get();
const before = count();
migrate(drizzle(client), { migrationsFolder: 'drizzle' });
console.log(count() - before);`,
  },
  {
    package: 'knex',
    files: files(
      (title, n) => `knex/00${n}_${title}.cjs`,
      (title) =>
        `exports.up = async (knex) => { for (const one of ${JSON.stringify(sql[title])}.split(';\\n').filter(Boolean)) await knex.raw(one); };\nexports.down = async () => {};\n`,
    ),
    dunlin: plain,
    to: 'knex',
    rows: 'SELECT id, name FROM knex_migrations ORDER BY id',
    program: `
import knex from 'knex';
const db = knex({ client: 'better-sqlite3', connection: { filename: 'app.db' }, useNullAsDefault: true, migrations: { directory: 'knex', loadExtensions: ['.cjs'] } });
const [, applied] = await db.migrate.latest();
console.log(applied.length);
await db.destroy();`,
  },
  {
    package: 'kysely',
    files: files(
      (title, n) => `kysely/00${n}_${title}.mjs`,
      (title) =>
        `import { sql } from 'kysely';\nexport async function up(db) { for (const one of ${JSON.stringify(sql[title])}.split(';\\n').filter(Boolean)) await sql.raw(one).execute(db); }\n`,
    ),
    dunlin: plain,
    to: 'kysely',
    rows: 'SELECT name FROM kysely_migration ORDER BY timestamp',
    program: `
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { FileMigrationProvider, Kysely, Migrator, SqliteDialect } from 'kysely';
import Database from 'better-sqlite3';
const db = new Kysely({ dialect: new SqliteDialect({ database: new Database('app.db') }) });
const provider = new FileMigrationProvider({ fs, path, migrationFolder: path.resolve('kysely') });
const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
if (error) throw error;
console.log(results.length);
await db.destroy();`,
  },
  {
    package: 'umzug',
    files: plain,
    to: 'umzug',
    rows: 'SELECT name FROM SequelizeMeta ORDER BY name',
    program: `
import { readFileSync } from 'node:fs';
import { Umzug } from 'umzug';
import Database from 'better-sqlite3';
const db = new Database('app.db');
// The table as SequelizeStorage makes it, without Sequelize.
db.exec('CREATE TABLE IF NOT EXISTS \`SequelizeMeta\` (\`name\` VARCHAR(255) NOT NULL UNIQUE PRIMARY KEY);');
const umzug = new Umzug({
  migrations: { glob: 'migrations/*.sql', resolve: ({ name, path }) => ({ name, up: async () => db.exec(readFileSync(path, 'utf8')) }) },
  storage: {
    logMigration: async ({ name }) => void db.prepare('INSERT INTO SequelizeMeta VALUES (?)').run(name),
    unlogMigration: async () => {},
    executed: async () => db.prepare('SELECT name FROM SequelizeMeta ORDER BY name').pluck().all(),
  },
  logger: undefined,
});
console.log((await umzug.up()).length);`,
  },
  {
    package: 'typeorm',
    files: files(
      (title, n) => `typeorm/${whens[n - 1]}-${title}.mjs`,
      (title, n) =>
        `export class ${title[0].toUpperCase()}${title.slice(1)}${whens[n - 1]} {\n  async up(runner) { for (const one of ${JSON.stringify(sql[title])}.split(';\\n').filter(Boolean)) await runner.query(one); }\n  async down() {}\n}\n`,
    ),
    dunlin: files((title, n) => `migrations/${whens[n - 1]}_${title}.sql`),
    to: 'typeorm',
    rows: 'SELECT id, timestamp, name FROM migrations ORDER BY id',
    program: `
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataSource } from 'typeorm';
const modules = await Promise.all(readdirSync('typeorm').toSorted().map((name) => import(pathToFileURL(resolve('typeorm', name)))));
const source = new DataSource({ type: 'better-sqlite3', database: 'app.db', migrations: modules.flatMap((one) => Object.values(one)) });
await source.initialize();
console.log((await source.runMigrations()).length);
await source.destroy();`,
  },
  {
    package: '@dbmate/linux-x64',
    files: files(
      (title, n) => `db/migrations/2024010200000${n}_${title}.sql`,
      (title) => `-- migrate:up\n${sql[title]}\n-- migrate:down\n${undo[title]}`,
    ),
    // Its table has the name of Dunlin's.
    options: ['--migrations', 'db/migrations', '--table', 'dunlin_migrations'],
    to: 'dbmate',
    rows: 'SELECT version FROM schema_migrations ORDER BY version',
    program: `
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
const { stdout, stderr, status } = spawnSync(createRequire(import.meta.url).resolve('@dbmate/linux-x64/bin/dbmate'), ['--url', 'sqlite:app.db', '--no-dump-schema', 'up'], { encoding: 'utf8' });
if (status !== 0) throw new Error(stderr);
console.log((stdout.match(/^Applied: /gm) ?? []).length);`,
  },
  {
    package: 'sqlite',
    files: files(
      (title, n) => `migrations/00${n}-${title}.sql`,
      (title) => `-- Up\n${sql[title]}\n-- Down\n${undo[title]}`,
    ),
    to: 'node-sqlite',
    rows: 'SELECT id, name, up, down FROM migrations ORDER BY id',
    program: `
import BetterSqlite3 from 'better-sqlite3';
import { open } from 'sqlite';
// As much of the interface of sqlite3 as the package uses, on better-sqlite3.
class Driver {
  constructor(filename, mode, done = mode) { this.db = new BetterSqlite3(filename); setImmediate(done, null); }
  #call(work, done) { try { const result = work(); setImmediate(() => done.call({ changes: 0, lastID: 0 }, null, result)); } catch (error) { setImmediate(done, error); } }
  run(sql, ...rest) { const done = rest.pop(); this.#call(() => (rest.length === 0 ? this.db.exec(sql) : this.db.prepare(sql).run(...rest)), done); }
  all(sql, ...rest) { const done = rest.pop(); this.#call(() => this.db.prepare(sql).all(...rest), done); }
  exec(sql, done) { this.#call(() => this.db.exec(sql), done); }
  close(done) { this.db.close(); setImmediate(done, null); }
}
const db = await open({ filename: 'app.db', driver: Driver });
const count = async () => (await db.all('SELECT name FROM sqlite_schema WHERE name = ?', 'migrations')).length === 0 ? 0 : (await db.all('SELECT id FROM migrations WHERE 1 = ?', 1)).length;
const before = await count();
await db.migrate({ migrationsPath: 'migrations' });
console.log((await count()) - before);
await db.close();`,
  },
];

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.log(`tools: skipped, one is a package for linux-x64 and this is ${process.platform}-${process.arch}`);
} else {
  install();
  process.exitCode = tools.map(adoptDatabaseOf).every((failed) => failed === 0) ? 0 : 1;
}

function install() {
  const wanted = ['package.json', 'package-lock.json'].map((name) => [
    name,
    readFileSync(join(import.meta.dirname, name), 'utf8'),
  ]);
  const isThere = ([name, text]) =>
    existsSync(join(project, name)) && readFileSync(join(project, name), 'utf8') === text;
  if (wanted.every(isThere)) return;
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  cpSync(join(root, '.npmrc'), join(project, '.npmrc'));
  for (const [name, text] of wanted) writeFileSync(join(project, name), text);
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--engine-strict=false', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', ['ci', '--silent', ...flags], { cwd: project, stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  rmSync(join(project, 'package.json'));
  throw new Error('the tools could not be installed');
}

/** Prints the tool's line; the steps print what failed. */
function adoptDatabaseOf(tool) {
  const { version } = JSON.parse(readFileSync(join(project, 'node_modules', tool.package, 'package.json'), 'utf8'));
  const counts = { passed: 0, failed: 0 };
  const step = (name, work) => {
    if (counts.failed > 0) return;
    try {
      work();
      counts.passed++;
    } catch (error) {
      counts.failed++;
      console.error(`${tool.package}: ${name}\n${error.message}`);
    }
  };
  // In the folder of the tools, so that its programs find them.
  const folder = mkdtempSync(join(project, 'database-'));
  try {
    stepsOf(tool, folder, step);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`tool ${tool.package} ${version}: ${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed;
}

function stepsOf(tool, folder, step) {
  const dunlin = (expected, ...args) => {
    const all = [program, ...args, '-d', 'app.db', ...(tool.options ?? []), '--no-color'];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, {
      cwd: folder,
      encoding: 'utf8',
      env: environment(),
    });
    assert.equal(status, expected, `dunlin ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout + stderr;
  };
  step('the tool migrates', () => {
    place(tool, folder, 2);
    assert.equal(applied(folder), 2);
  });
  const table = () => rowsOf(folder, tool.rows);
  step('Dunlin refuses, and names the way', () => {
    place(tool, folder, 3, tool.dunlin);
    assert.match(dunlin(1, 'up').replaceAll(/\s+/g, ' '), /LEDGER_FOREIGN.*`dunlin adopt/);
  });
  step('the database is adopted', () => {
    const before = table();
    dunlin(0, 'adopt', '--dry-run');
    dunlin(0, 'adopt');
    dunlin(0, 'adopt', '--undo');
    assert.match(dunlin(0, 'adopt'), /2 migrations recorded as applied/);
    assert.deepEqual(table(), before);
  });
  step('one migration more', () => assert.match(dunlin(0, 'up'), /app\.db is at/));
  step('everything is in order', () => {
    assert.match(dunlin(0, 'check', '--replay'), /3 migrations, all in order/);
    assert.match(dunlin(0, 'status'), /3 applied, 0 pending/);
  });
  step('the tool has nothing to do after the export', () => {
    assert.match(dunlin(0, 'export', '--to', tool.to), /1 migration written/);
    place(tool, folder, 3);
    assert.equal(applied(folder), 0);
  });
  step('its table is as if it had done everything itself', () => {
    const rows = table();
    const own = mkdtempSync(join(project, 'database-'));
    try {
      place(tool, own, 3);
      assert.equal(applied(own), 3);
      assert.deepEqual(rows, rowsOf(own, tool.rows));
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  });
}

/** Writes the first files of the tool, and what Dunlin reads. */
function place(tool, folder, count, others = {}) {
  const own = Object.fromEntries(Object.entries(tool.files).slice(0, count));
  for (const [name, text] of Object.entries({ ...own, ...tool.beside?.(count), ...others, 'run.mjs': tool.program })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** How many migrations the tool itself applies. */
function applied(folder) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs'], {
    cwd: folder,
    encoding: 'utf8',
    env: environment(),
  });
  assert.equal(status, 0, stdout + stderr);
  return Number(stdout.trim().split('\n').at(-1));
}

/** Nothing of the environment that could name another database. */
function environment() {
  return { PATH: process.env.PATH, HOME: tmpdir(), NODE_NO_WARNINGS: '1' };
}

function rowsOf(folder, query) {
  const db = new Database(join(folder, 'app.db'));
  try {
    return db.prepare(query).raw().all();
  } finally {
    db.close();
  }
}
