import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { failureOf } from '../support/databases.ts';
import { newProcess, project, type Project } from './support.ts';

/** A project with a module among the migrations that is never loaded, so that it may import anything. */
function importing(code: string, files: Readonly<Record<string, string>> = {}): Project {
  const place = project();
  for (const [name, text] of Object.entries({ 'lib/v.mjs': '// one', ...files })) place.write(name, text);
  place.write('migrations/helper.ts', code.replaceAll('<folder>', place.folder));
  return place;
}

async function templatesAfterOpening(place: Project): Promise<number> {
  const { migratedDatabase } = await newProcess();
  (await migratedDatabase(Database, { migrations: place.migrations, cache: place.cache })).close();
  return existsSync(place.cache) ? place.templates().length : 0;
}

it.each<[code: string, file?: string]>([
  [`import {x} from /* c */ '../lib/v.mjs'`],
  [`import {x} from // c\n'../lib/v.mjs'`],
  [`import/**/"../lib/v.mjs"`],
  [`export * from /* c */ '../lib/v.mjs'`],
  [`import(/* webpackIgnore: true */ '../lib/v.mjs')`],
  [`import('../lib/v.mjs', { with: {} })`],
  ['import(`../lib/v.mjs`)'],
  ['const x = `a ${1} b`; require(`../lib/v.mjs`);'],
  [`import type { X } from /**/ '../lib/v.mjs'`],
  [`import x = require(/**/ '../lib/v.mjs')`],
  [`// c\rimport /**/ '../lib/v.mjs'`],
  [`import '../lib/v.mjs?x=1'`],
  [`import '../lib/v.mjs#a'`],
  [`import '../lib/%76.mjs'`],
  [`import '<folder>/lib/v.mjs'`],
  [`import '${pathToFileURL('/').href}<folder>/lib/v.mjs'`],
  [`require('../lib/100%.mjs')`, 'lib/100%.mjs'],
  [`import 'file:///%'; import '../lib/v.mjs'`],
  [`require('..')`, 'index.cjs'],
  [`require('../lib')`, 'lib/index.js'],
  [`require('../lib/both')`, 'lib/both.js'],
])('a template is made anew after a change of what a module imports: %s', async (code, file = 'lib/v.mjs') => {
  const place = importing(code, { [file]: '// one', 'lib/both.ts': '' });
  expect(await templatesAfterOpening(place)).toBe(1);
  expect(await templatesAfterOpening(place)).toBe(1);
  place.write(file, '// two');
  // Making another template, the process finds that it has loaded the file as it was.
  expect(await failureOf(() => templatesAfterOpening(place))).toMatchObject({ code: 'MODULE_STALE' });
});

it('a template is made anew after a change beside the file that an imported link leads to', async () => {
  const place = importing(`import '../linked/v.mjs'`, { 'lib/v.mjs': `import './w.mjs'`, 'lib/w.mjs': '// one' });
  mkdirSync(join(place.folder, 'linked'));
  symlinkSync(join(place.folder, 'lib/v.mjs'), join(place.folder, 'linked/v.mjs'));
  expect(await templatesAfterOpening(place)).toBe(1);
  place.write('lib/w.mjs', '// two');
  // Making another template, the process finds that it has loaded the file as it was.
  expect(await failureOf(() => templatesAfterOpening(place))).toMatchObject({ code: 'MODULE_STALE' });
});

it.each([
  [`import(new URL('../lib/v.mjs', import.meta.url).href)`],
  [`import('../lib/' + name)`],
  ['import(`../lib/${name}.mjs`)'],
  ['`${await import("../lib/v.mjs")}`'],
  [`import '../lib/\\x76.mjs'`],
  [`import '#lib/v.mjs'`],
  [`import.defer('../lib/v.mjs')`],
  [`const load = jiti.import; load('../lib/v.mjs')`],
  [`const load = require; load('../lib/v.mjs')`],
  [`import { createRequire } from 'node:module'; createRequire(import.meta.url)('../lib/v.mjs')`],
  [`eval("import('../lib/v.mjs')")`],
  [`require('../packed')`],
  [`require('../lib/code.txt')`],
  [`require('../lib/v.mjs?x')`],
  [`if (x) /'/.test(y);\nimport '../lib/v.mjs'`],
  [`import '../lib/deeper.mjs'`],
  [`const open = "never closed`],
])('a template is for the process only if it cannot be said what a module imports: %s', async (code) => {
  const place = importing(code, {
    'packed/package.json': '{ "main": "v.js" }',
    'lib/code.txt': 'module.exports = 1',
    'lib/v.mjs?x': 'module.exports = 1',
    'lib/deeper.mjs': 'import(x)',
  });
  expect(await templatesAfterOpening(place)).toBe(0);
});

it.each([
  [`import Database from 'better-sqlite3'; import { readFileSync } from 'node:fs';`],
  [`import data from '../data/package.json' with { type: 'json' };`],
  [`const file = new URL('../data.json', import.meta.url); // import(file)`],
  [`/** @type {import('kysely').Kysely} */\nconst from = 'import it'; db.exec("INSERT INTO import SELECT 1");`],
  [`import type { Missing } from '../lib/later.js';`],
])('a template is kept if all that a module imports is known: %s', async (code) => {
  const place = importing(code, { 'data/package.json': '{}' });
  expect(await templatesAfterOpening(place)).toBe(1);
});
