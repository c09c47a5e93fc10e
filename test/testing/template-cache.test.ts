import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureOf } from '../support/databases.ts';
import { counting, newProcess, notes, project, type Project } from './support.ts';

/** How often the migrations ran for a database that a new process opens. */
async function openAnew(
  place: Project,
  options: object = {},
): Promise<{ readonly tables: unknown[]; readonly runs: number }> {
  const log = join(place.folder, 'log');
  const runs = (): number => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0);
  const before = runs();
  const { migratedDatabase } = await newProcess();
  const db = await migratedDatabase(Database, { migrations: place.migrations, cache: place.cache, ...options });
  const tables = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%migration%' ORDER BY name`)
    .pluck()
    .all();
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
  return { tables, runs: runs() - before };
}

function counted(files: Readonly<Record<string, string>> = notes): Project {
  const place = project(files);
  place.write('migrations/009_counted.mjs', counting(join(place.folder, 'log')));
  return place;
}

const day = 86_400_000;

describe('a template is kept for the next process', () => {
  it('and found by it', async () => {
    const place = counted();
    expect(await openAnew(place)).toEqual({ tables: ['counted', 'notes', 'tags'], runs: 1 });
    expect(await openAnew(place)).toEqual({ tables: ['counted', 'notes', 'tags'], runs: 0 });
    expect(place.templates()).toHaveLength(1);
  });

  it.each<[string, (place: Project) => void, string[]]>([
    [
      'the content of a file',
      ({ write }) => write('migrations/002_tags.sql', 'CREATE TABLE labels (x)'),
      ['counted', 'labels', 'notes'],
    ],
    [
      'the name of a file',
      ({ migrations }) => renameSync(join(migrations, '002_tags.sql'), join(migrations, '002_labels.sql')),
      ['counted', 'notes', 'tags'],
    ],
    [
      'the order of the files',
      ({ migrations }) => renameSync(join(migrations, '002_tags.sql'), join(migrations, '010_tags.sql')),
      ['counted', 'notes', 'tags'],
    ],
    [
      'a new file',
      ({ write }) => write('migrations/010_more.sql', 'CREATE TABLE more (x)'),
      ['counted', 'more', 'notes', 'tags'],
    ],
    ['a file that is gone', ({ migrations }) => rmSync(join(migrations, '002_tags.sql')), ['counted', 'notes']],
  ])('and made anew after a change of %s', async (_, change, tables) => {
    const place = counted();
    // The foreign key is to a table that may come later.
    await openAnew(place);
    change(place);
    expect(await openAnew(place)).toEqual({ tables, runs: 1 });
    expect(await openAnew(place)).toEqual({ tables, runs: 0 });
  });

  it('and made anew after a change of a file that was last changed long ago', async () => {
    const place = counted();
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + day);
    onTestFinished(() => void vi.restoreAllMocks());
    expect((await openAnew(place)).runs).toBe(1);
    expect((await openAnew(place)).runs).toBe(0);
    place.write('migrations/002_tags.sql', 'CREATE TABLE tags (y);');
    expect((await openAnew(place)).runs).toBe(1);
  });

  it('and made anew after a change of the options, the seed or a file that is named', async () => {
    const place = counted();
    const file = place.write('data.json', '1');
    for (const options of [
      {},
      { layout: 'filename' },
      { seed: 'SELECT 1' },
      { rows: 'sample' },
      { dependsOn: [file] },
    ]) {
      expect((await openAnew(place, options)).runs).toBe(1);
      expect((await openAnew(place, options)).runs).toBe(0);
    }
    place.write('data.json', '2');
    expect((await openAnew(place, { dependsOn: [file] })).runs).toBe(1);
    rmSync(file);
    expect((await openAnew(place, { dependsOn: [file] })).runs).toBe(1);
    expect((await openAnew(place, { dependsOn: [pathToFileURL(file)] })).runs).toBe(0);
  });

  it('in the format of another tool too, whose files are in directories', async () => {
    const place = project({
      '20240101000000_init/migration.sql': 'CREATE TABLE a (x);',
      'migration_lock.toml': 'provider = "sqlite"',
    });
    expect((await openAnew(place)).tables).toContain('a');
    place.write('migrations/20240101000000_init/migration.sql', 'CREATE TABLE b (x);');
    expect((await openAnew(place)).tables).toContain('b');
    expect(place.templates()).toHaveLength(2);
  });

  it('of a record of texts, but not of one with functions', async () => {
    const place = project();
    await openAnew(place, { migrations: notes });
    await openAnew(place, { migrations: { ...notes } });
    expect(place.templates()).toHaveLength(1);
    const code = {
      ...notes,
      '003_code.js': { up: (db: { exec(sql: string): void }) => db.exec('CREATE TABLE code (x)') },
    };
    expect((await openAnew(place, { migrations: code })).tables).toEqual(['code', 'notes', 'tags']);
    expect(place.templates()).toHaveLength(1);
  });
});

describe('a template of migrations in code', () => {
  const helper = (table: string): string => `export const sql = 'CREATE TABLE ${table} (x)';\n`;
  const importing = (specifier: string): Readonly<Record<string, string>> => ({
    '001_code.mjs': `import { sql } from '${specifier}';\nexport default { up: (db) => db.exec(sql) };\n`,
  });

  it.each([
    ['a file beside it', './helper.mjs', 'migrations/helper.mjs'],
    ['a file elsewhere', '../src/helper.js', 'src/helper.js'],
    ['the index of a folder', '../src', 'src/index.js'],
  ])('is made anew after a change of %s that it imports', async (_, specifier, file) => {
    const place = project(importing(specifier));
    place.write('package.json', '{ "type": "module" }');
    const { migratedDatabase } = await newProcess();
    place.write(file, helper('a'));
    const options = { migrations: place.migrations, cache: place.cache };
    (await migratedDatabase(Database, options)).close();
    place.write(file, helper('b'));
    // This process has loaded it already, and cannot load it again.
    expect(await failureOf(() => migratedDatabase(Database, options))).toMatchObject({
      code: 'MODULE_STALE',
      message: expect.stringContaining(file),
    });
  });

  it.each([
    ['in a folder below', 'migrations/lib/deep/helper.js', undefined, false],
    ['in a folder that is a link', 'shared/helper.js', undefined, false],
    ['as TypeScript that is imported as JavaScript', 'src/helper.ts', '../src/helper.js', true],
    ['without its ending', 'src/helper.ts', '../src/helper', true],
    ['that is missing so far', 'src/later.js', '../src/later.js', false],
    ['by a module that is imported', 'src/inner.js', '../src/outer.js', true],
  ])('is made anew after a change of a file %s', async (_, file, specifier, isLoaded) => {
    const place = project(notes);
    place.write('src/outer.js', "import './inner.js';\nimport './outer.js';\n");
    place.write('shared/other.js', '');
    symlinkSync(join(place.folder, 'shared'), join(place.migrations, 'shared'));
    symlinkSync(join(place.folder, 'nowhere'), join(place.migrations, 'broken'));
    // Only the types of a module that is never loaded are imported, so that any name will do.
    if (specifier !== undefined) place.write('migrations/README.ts', `import type {} from '${specifier}';\n`);
    if (!file.includes('later')) place.write(file, '// one');
    await openAnew(place);
    await openAnew(place);
    expect(place.templates()).toHaveLength(1);
    place.write(file, '// two');
    const opening = openAnew(place);
    // What a migration imports is loaded once in a process, and these are not processes.
    if (isLoaded) expect(await failureOf(() => opening)).toMatchObject({ code: 'MODULE_STALE' });
    else expect((await opening).tables).toEqual(['notes', 'tags']);
    expect(place.templates()).toHaveLength(isLoaded ? 1 : 2);
  });

  it('is not made anew for what no tool looks into', async () => {
    const place = project(notes);
    await openAnew(place);
    for (const file of ['.hidden/a.js', 'node_modules/a/index.js', 'a/b/c/d.js'])
      place.write(`migrations/${file}`, '// one');
    await openAnew(place);
    expect(place.templates()).toHaveLength(1);
  });

  it('is not kept if a file was edited while it was made', async () => {
    const place = project(notes);
    const edited = join(place.migrations, '002_tags.sql');
    const flag = join(place.folder, 'flag');
    place.write(
      'migrations/009_edits.mjs',
      `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
export default { up() {
  if (existsSync(${JSON.stringify(flag)})) return;
  writeFileSync(${JSON.stringify(flag)}, '');
  appendFileSync(${JSON.stringify(edited)}, 'CREATE TABLE edited (x);');
} };
`,
    );
    const { migratedDatabase } = await newProcess();
    const options = { migrations: place.migrations, cache: place.cache };
    (await migratedDatabase(Database, options)).close();
    expect(place.templates()).toEqual([]);
    const db = await migratedDatabase(Database, options);
    expect(db.prepare('SELECT count(*) FROM edited').pluck().get()).toBe(0);
    db.close();
    expect(place.templates()).toHaveLength(1);
  });
});

describe('a template that is no use', () => {
  it.each<[string, (file: string) => void]>([
    ['shorter', (file) => truncateSync(file, statSync(file).size - 1)],
    ['empty', (file) => truncateSync(file, 0)],
    ['another', (file) => writeFileSync(file, Buffer.alloc(8192, 1))],
    [
      'one bit off',
      (file) => {
        const bytes = readFileSync(file);
        bytes[5000]! ^= 1;
        writeFileSync(file, bytes);
      },
    ],
  ])('because it is %s is made anew', async (_, damage) => {
    const place = counted();
    await openAnew(place);
    damage(join(place.cache, place.templates()[0]!));
    expect(await openAnew(place)).toEqual({ tables: ['counted', 'notes', 'tags'], runs: 1 });
    expect((await openAnew(place)).runs).toBe(0);
  });

  it('because its lock is damaged is made anew all the same', async () => {
    const place = counted();
    await openAnew(place);
    const template = join(place.cache, place.templates()[0]!);
    rmSync(template);
    writeFileSync(
      `${template}.lock`,
      'not a database at all, and long enough for a header of one hundred bytes '.repeat(9),
    );
    expect((await openAnew(place)).runs).toBe(1);
    expect((await openAnew(place)).runs).toBe(0);
  });

  it('because another process holds its lock for too long is made without it', async () => {
    const place = counted();
    await openAnew(place);
    const template = join(place.cache, place.templates()[0]!);
    rmSync(template);
    const holder = new Database(`${template}.lock`);
    holder.exec('BEGIN IMMEDIATE');
    onTestFinished(() => void holder.close());
    expect((await openAnew(place, { lockTimeoutMs: 50 })).runs).toBe(1);
  });

  it('because its folder cannot be written is made by each process', async () => {
    const place = counted();
    writeFileSync(place.cache, 'a file where the folder would be');
    expect(await openAnew(place)).toEqual({ tables: ['counted', 'notes', 'tags'], runs: 1 });
    expect(await openAnew(place)).toEqual({ tables: ['counted', 'notes', 'tags'], runs: 1 });
  });
});

describe('the folder of templates', () => {
  it('loses what was not used for a week, and nothing else', async () => {
    const place = counted();
    await openAnew(place);
    const [used] = place.templates();
    const old = (name: string): void => {
      const file = place.write(`cache/${name}`, 'x');
      utimesSync(file, new Date(Date.now() - 8 * day), new Date(Date.now() - 8 * day));
    };
    const hex = 'a'.repeat(64);
    for (const name of [`${hex}.template`, `${hex}.template.lock`, `${hex}.template.1f`, 'mine.template', 'notes.txt'])
      old(name);
    utimesSync(join(place.cache, used!), new Date(Date.now() - 6 * day), new Date(Date.now() - 6 * day));
    // Using it counts.
    await openAnew(place);
    expect(statSync(join(place.cache, used!)).mtimeMs).toBeGreaterThan(Date.now() - day);
    place.write('migrations/010_more.sql', 'CREATE TABLE more (x)');
    await openAnew(place);
    expect(readdirSync(place.cache).filter((name) => !name.endsWith('.lock'))).toHaveLength(4);
    expect(readdirSync(place.cache)).toEqual(expect.arrayContaining([used, 'mine.template', 'notes.txt']));
  });

  it('is in the nearest node_modules by default', async () => {
    const place = counted();
    const inner = join(place.folder, 'packages/app');
    mkdirSync(inner, { recursive: true });
    vi.spyOn(process, 'cwd').mockReturnValue(inner);
    onTestFinished(() => void vi.restoreAllMocks());
    // Without one each process makes its own.
    expect((await openAnew(place, { cache: undefined })).runs).toBe(1);
    expect((await openAnew(place, { cache: undefined })).runs).toBe(1);
    mkdirSync(join(place.folder, 'node_modules'));
    expect((await openAnew(place, { cache: undefined })).runs).toBe(1);
    expect((await openAnew(place, { cache: undefined })).runs).toBe(0);
    expect(readdirSync(join(place.folder, 'node_modules/.cache/dunlin'))).toHaveLength(2);
  });
});
