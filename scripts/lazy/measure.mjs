// Writes modules.json: which modules of the library a start does not execute, `npm run lazy`. It runs what most
// applications do when they start (a new database, one pending migration, nothing pending; by path and by connection)
// and asks V8 which functions were called.
import { build } from 'esbuild';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { canBeLater, exportsOf } from './plugin.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
// Which driver runs is not the same everywhere.
const always = /^src\/drivers\//;
const leastBytes = 300;

// Inside the project, where the drivers are found.
const folder = mkdtempSync(join(root, 'node_modules/.dunlin-lazy-'));
try {
  const later = await unused('src/node/index.ts', start);
  // After it: the databases are up to date.
  const notUpToDate = await unused('src/cli/up-to-date.ts', upToDate);
  writeFileSync(join(root, 'scripts/lazy/modules.json'), `${JSON.stringify({ later, notUpToDate }, undefined, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/** The modules of an entry point that `work` does not execute, and that can be called later. */
async function unused(entryPoint, work) {
  const bundle = join(folder, `${basename(entryPoint, '.ts')}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['better-sqlite3', '@photostructure/sqlite', 'node:sqlite', 'jiti'],
    target: 'node20',
    legalComments: 'none',
  });
  const called = await calledFunctions(bundle, work);
  const text = readFileSync(bundle, 'utf8');
  // esbuild writes the name of a module above each part of it.
  const parts = [...text.matchAll(/^\/\/ (src\/\S+)$/gm)].map((match, i, all) => ({
    file: match[1],
    from: match.index,
    to: all[i + 1]?.index ?? text.length,
  }));
  const modules = new Set(parts.map(({ file }) => file));
  const used = new Set(
    parts.filter(({ from, to }) => called.some((offset) => from <= offset && offset < to)).map(({ file }) => file),
  );
  const sizes = new Map();
  for (const { file, from, to } of parts) sizes.set(file, (sizes.get(file) ?? 0) + to - from);
  const files = [...modules]
    .filter((file) => !used.has(file) && !always.test(file) && sizes.get(file) >= leastBytes)
    .concat('src/errors/catalogue.ts')
    .toSorted();
  const namespaces = await exportsOf(root, files);
  const found = files.filter((file, i) => canBeLater(root, file, namespaces[i]));
  console.log(`${entryPoint}: ${found.length} modules of ${modules.size} are not executed`);
  return found;
}

/** Where the functions begin that were called, in the bundle's text. */
async function calledFunctions(bundle, work) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await work(bundle);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const { functions } = result.find(({ url }) => url === pathToFileURL(bundle).href);
  // The first is the module itself.
  return functions.flatMap(({ ranges: [{ count, startOffset }] }) =>
    count > 0 && startOffset > 0 ? [startOffset] : [],
  );
}

async function start(bundle) {
  const { migrate, migrateSync } = await import(pathToFileURL(bundle).href);
  const directory = join(folder, 'migrations');
  mkdirSync(directory);
  const texts = {
    '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);',
    '002_notes.sql': `-- Description: Notes of users

-- === UP MIGRATION ===
CREATE TABLE notes (id INTEGER PRIMARY KEY, user INTEGER REFERENCES users (id), text TEXT);
CREATE INDEX notes_user ON notes (user);
INSERT INTO users (email) VALUES ('a@example.org');

-- === DOWN MIGRATION ===
DROP TABLE notes;

-- === VERIFY ===
-- there is a user
SELECT count(*) > 0 FROM users;
`,
  };
  const write = () => {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(directory, name), text);
  };
  const db = new Database(join(folder, 'connection.db'));
  for (const more of [{}, { '003_role.sql': "ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user';" }, {}]) {
    Object.assign(texts, more);
    write();
    migrateSync({ database: db, migrations: texts });
    await migrate({ database: join(folder, 'path.db'), migrations: directory });
  }
  db.close();
}

/** By the command line, as applications call it: with options, with a configuration, with a `.env` file. */
async function upToDate(bundle) {
  const { sayUpToDate } = await import(pathToFileURL(bundle).href);
  const ends = async (...args) => {
    if (!(await sayUpToDate(['up', ...args]))) throw new Error(`not up to date: up ${args.join(' ')}`);
  };
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const database of ['path.db', join(folder, 'path.db'), 'file:path.db']) await ends('-d', database);
    await ends('-d', 'path.db', '-m', 'migrations', '--quiet');
    writeFileSync('.env', 'DATABASE_PATH="path.db"\nMIGRATIONS_DIR=migrations # here\n');
    await ends();
    rmSync('.env');
    writeFileSync(
      'dunlin.config.json',
      JSON.stringify({
        database: 'path.db',
        migrations: 'migrations',
        backups: { keep: 3 },
        lockTimeoutMs: 1000,
        verify: 'auto',
      }),
    );
    await ends();
  } finally {
    process.chdir(before);
  }
}
