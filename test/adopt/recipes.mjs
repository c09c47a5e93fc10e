// The recipes of docs/guides/orms.md with the real packages: their files are written from the page and run. And the
// modules of tools as they are, by the commands of docs/guides/coming-from, and what these say of the tools.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { measured } from './claims.mjs';
import { knex } from './tools/knex.mjs';
import { kysely } from './tools/kysely.mjs';
import { env, prisma } from './tools/prisma.mjs';
import { sequelize } from './tools/sequelize.mjs';
import { typeorm } from './tools/typeorm.mjs';
import { dunlin, installed, run, versionOf, withFolder, write } from './project.mjs';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/guides/orms.md'), 'utf8');

/** The files of a section: each block below a paragraph that ends with the name of a file and a colon. */
function filesOf(section) {
  const text = page.split(/^## /m).find((one) => one.startsWith(`${section}\n`));
  const found = text.matchAll(/`([\w./-]+)`:\n\n```\w+\n([^]*?)^```/gm);
  return Object.fromEntries([...found].map(([, name, code]) => [name, code]));
}

/** Writes the section's files into the folder, where programs find Dunlin too; returns the scripts of its package.json. */
function place(folder, section) {
  const files = filesOf(section);
  write(folder, files);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/dunlin'), 'dir');
  return JSON.parse(files['package.json']).scripts;
}

/** Runs a script of package.json: Dunlin's, or the program of an installed package. */
function runScript(folder, words, programs, options) {
  const [name, ...args] = words.split(' ');
  return name === 'dunlin'
    ? dunlin(folder, args)
    : run(folder, [process.execPath, installed(programs[name]), ...args], options);
}

function withDrizzle(folder) {
  const scripts = place(folder, 'Drizzle');
  const call = (words) => runScript(folder, words, { 'drizzle-kit': 'drizzle-kit/bin.cjs' });
  const schema = (columns) => `import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
export const users = sqliteTable('users', { id: integer().primaryKey(), ${columns} });\n`;
  write(folder, {
    'drizzle.config.json': '{ "dialect": "sqlite", "schema": "./src/schema.js", "out": "./drizzle" }',
    'src/schema.js': schema('name: text()'),
    'src/main.js': `import { db } from './db.js';
import { users } from './schema.js';
await db.insert(users).values({ name: 'Ada' });
console.log(JSON.stringify(await db.select().from(users)));`,
  });
  const main = () => JSON.parse(run(folder, [process.execPath, 'src/main.js']).trim().split('\n').at(-1));
  call(scripts['db:generate']);
  assert.deepEqual(main(), [{ id: 1, name: 'Ada' }]);
  // Drizzle's schema has no triggers. NOT NULL is a rebuild, which therefore leaves it out.
  call('drizzle-kit generate --custom --name=trigger');
  const trigger = 'CREATE TRIGGER kept AFTER UPDATE ON users BEGIN SELECT 1; END;\n';
  const custom = readdirSync(join(folder, 'drizzle')).find((name) => name.endsWith('_trigger.sql'));
  write(folder, { [`drizzle/${custom}`]: trigger, 'src/schema.js': schema('name: text().notNull()') });
  call(scripts['db:generate']);
  call(scripts['db:check']);
  assert.match(call(scripts['db:migrate']), /keeps: trigger kept/);
  assert.equal(main().length, 2);
}

function withKysely(folder) {
  const scripts = place(folder, 'Kysely');
  write(folder, {
    'migrations/001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n',
    'src/main.js': `import { db } from './db.js';
await db.insertInto('users').values({ name: 'Ada' }).execute();
console.log(JSON.stringify(await db.selectFrom('users').selectAll().execute()));
await db.destroy();`,
  });
  runScript(folder, scripts['db:check']);
  assert.equal(run(folder, [process.execPath, 'src/main.js']).trim(), '[{"id":1,"name":"Ada"}]');
  assert.match(runScript(folder, `${scripts['db:create']} add_tags`), /002_add_tags\.sql/);
  write(folder, { 'migrations/002_add_tags.sql': 'CREATE TABLE tags (id INTEGER PRIMARY KEY);\n' });
  assert.match(runScript(folder, scripts['db:migrate']), /is at version 2/);
}

function withPrisma(folder) {
  const scripts = place(folder, 'Prisma');
  const { files, beside, apply } = prisma;
  const [[first, users]] = Object.entries(files);
  const schema = (columns) => `${beside()['prisma/schema.prisma']}
model users {
  id   Int     @id @default(autoincrement())
  name String?
${columns}}\n`;
  const call = (words) => runScript(folder, words, { prisma: 'prisma/build/index.js' }, { env });
  write(folder, { ...beside(), [first]: users, 'prisma/schema.prisma': schema('  role String?\n') });
  assert.equal(apply(folder), 1);
  const options = ['-m', 'prisma/migrations', '-d', 'app.db'];
  dunlin(folder, ['adopt', ...options]);
  const diff = call(scripts['db:diff']);
  const [alter] = /^ALTER TABLE "users" ADD COLUMN "role" TEXT;$/m.exec(diff);
  write(folder, { 'prisma/migrations/20260202000000_roles/migration.sql': `${alter}\n` });
  runScript(folder, scripts['db:check']);
  runScript(folder, scripts['db:migrate']);
  dunlin(folder, ['export', '--to', 'prisma', ...options]);
  assert.match(call('prisma migrate status'), /Database schema is up to date/);
}

/** Adopts what the tool's own modules have made, and runs the next ones: one is exported, one written by the mirror. */
const asItIs = (tool) => (folder) => {
  const entries = Object.entries(tool.files);
  const config = { database: 'app.db', migrations: dirname(entries[0][0]), format: tool.to };
  const place = (count, options) =>
    write(folder, {
      ...tool.beside?.(count),
      ...Object.fromEntries(entries.slice(0, count)),
      'dunlin.config.json': JSON.stringify({ ...config, ...options }),
    });
  place(1);
  assert.equal(tool.apply(folder), 1);
  place(2);
  dunlin(folder, ['adopt'], 1);
  assert.match(dunlin(folder, ['adopt', '--accept-differences']), /1 migration recorded as applied/);
  assert.match(dunlin(folder, ['up']), /is at version/);
  assert.match(dunlin(folder, ['check', '--replay', '--quick']), /2 migrations, all in order/);
  assert.match(dunlin(folder, ['export', '--to', tool.to]), /1 migration written/);
  assert.equal(tool.apply(folder), 0);
  place(3, { mirror: true });
  assert.match(dunlin(folder, ['up']), /is at version/);
  assert.equal(tool.apply(folder), 0);
};

/** Runs all of it and prints a line for each; true if all passed. */
export function recipesPass(isChosen) {
  const modules = { knex, kysely, 'sequelize-cli': sequelize, typeorm };
  const recipes = [
    ['drizzle-orm', 'its recipe', withDrizzle],
    ['kysely', 'its recipe', withKysely],
    ['prisma', 'its recipe', withPrisma],
    ...Object.entries(modules).map(([name, tool]) => [name, 'its modules as they are', asItIs(tool)]),
    ...measured.map(([name, measure]) => [name, 'what the pages say of it', measure]),
  ];
  return recipes
    .filter(([name]) => isChosen(name))
    .map(([name, what, recipe]) => {
      let failed = 0;
      try {
        withFolder(recipe);
      } catch (error) {
        failed = 1;
        console.error(`${name}, ${what}\n${error.message}`);
      }
      console.log(`tool ${name} ${versionOf(name)}, ${what}: ${1 - failed} passed, ${failed} failed`);
      return failed === 0;
    })
    .every((passed) => passed);
}
