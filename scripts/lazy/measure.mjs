// Writes modules.json: which modules of the library a start does not execute, `npm run lazy`. It runs what most
// applications do when they start (a new database, one pending migration, nothing pending; by path and by connection)
// and asks V8 which functions were called.
import { build } from 'esbuild';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { canBeLater, exportsOf } from './plugin.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
// Which driver runs is not the same everywhere.
const always = /^src\/drivers\//;
const leastBytes = 300;

const folder = mkdtempSync(join(tmpdir(), 'dunlin-lazy-'));
const bundle = join(folder, 'library.mjs');
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['src/node/index.ts'],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    target: 'node20',
    legalComments: 'none',
  });
  const called = await calledFunctions(() => start(folder));
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
  const unused = [...modules].filter((file) => !used.has(file) && !always.test(file) && sizes.get(file) >= leastBytes);
  const files = [...unused, 'src/errors/catalogue.ts'].toSorted();
  const namespaces = await exportsOf(root, files);
  const later = files.filter((file, i) => canBeLater(root, file, namespaces[i]));
  writeFileSync(join(root, 'scripts/lazy/modules.json'), `${JSON.stringify(later, undefined, 2)}\n`);
  console.log(`${later.length} modules of ${modules.size} are loaded later`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Where the functions begin that were called, in the bundle's text. */
async function calledFunctions(work) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  const { functions } = result.find(({ url }) => url === pathToFileURL(bundle).href);
  // The first is the module itself.
  return functions.flatMap(({ ranges: [{ count, startOffset }] }) =>
    count > 0 && startOffset > 0 ? [startOffset] : [],
  );
}

async function start() {
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
