import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// `dist/lazy`, what Node imports: `npm run build` comes first, as it does in `npm test`.
const root = resolve(import.meta.dirname, '../..');
const lazy = join(root, 'dist/lazy');
let folder: string;
let spy: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-halves-'));
  spy = join(folder, 'spy.cjs');
  writeFileSync(
    spy,
    `const Module = require('node:module');
const load = Module._load;
Module._load = function (request, ...rest) {
  if (request.endsWith('later.js')) process.stdout.write('[later]');
  return load.call(this, request, ...rest);
};`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What an application prints, with `[later]` where the second half is loaded. */
function run(code: string): string {
  const text = `import Database from 'better-sqlite3';
import * as dunlin from 'dunlin';
const db = new Database(${JSON.stringify(join(folder, 'app.db'))});
const migrations = { '001_a.sql': 'CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO a (x) VALUES (1);' };
const migrate = (more) => dunlin.migrateSync({ database: db, migrations: Object.assign(migrations, more) }).applied.length;
const print = (value) => process.stdout.write(String(value));
${code}`;
  const args = ['--require', spy, '--input-type=module', '-e', text];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  rmSync(join(folder, 'app.db'));
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

describe('the library that Node imports', () => {
  it('is the one in two halves, for `import` and for `require`', () => {
    expect(run(`print(import.meta.resolve('dunlin'))`)).toMatch(/dist\/lazy\/node\.js$/);
    const code = `process.stdout.write(require.resolve('dunlin'))`;
    const { stdout } = spawnSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe(join(lazy, 'node.js'));
  });

  it('does a first run, one pending migration, and nothing, with its first half', () => {
    const pending = `{ '002_b.sql': "ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT '';" }`;
    expect(run(`print(migrate()); print(migrate(${pending})); print(migrate());`)).toBe('110');
  });

  it('does the same by the path of the database and a directory with its first half', () => {
    const code = `import { mkdirSync, writeFileSync } from 'node:fs';
const folder = ${JSON.stringify(folder)} + '/migrations';
mkdirSync(folder, { recursive: true });
writeFileSync(folder + '/001_a.sql', migrations['001_a.sql']);
for (const _ of [1, 2])
  print((await dunlin.migrate({ database: folder + '/app.db', migrations: folder })).applied.length);`;
    expect(run(code)).toBe('10');
  });

  it('loads the other half for an error text, for the catalogue, and for a rebuilt table', () => {
    expect(run(`try { migrate({ '001_a.sql': 'x' }); } catch (error) { print(error.code); }`)).toMatch(
      /^\[later\][A-Z_]+$/,
    );
    expect(run(`print(Object.keys(dunlin.catalogue).length > 200); print('LOCKED' in dunlin.catalogue)`)).toBe(
      '[later]truetrue',
    );
    const rebuild = `{ version: 2, name: 'b', up: (db) => db.rebuildTable('a', (table) => table.changeColumn('x', 'TEXT CHECK (x <> 2)')) }`;
    expect(
      run(
        `print(migrate()); const [one] = Object.values(migrations);
print(dunlin.migrateSync({ database: db, migrations: [{ version: 1, name: 'a', up: one }, ${rebuild}] }).applied.length)`,
      ),
    ).toBe('1[later]1');
  });

  it('has one class of each name, whichever entry it comes from', () => {
    const code = `const core = await import('dunlin/core'); print(core.DunlinError === dunlin.DunlinError);
print(Object.keys(core.catalogue).length === Object.keys(dunlin.catalogue).length)`;
    expect(run(code)).toBe('true[later]true');
  });

  it('exports what the whole library exports', async () => {
    for (const [whole, half] of [
      ['node/index.js', 'node.js'],
      ['index.js', 'core.js'],
      ['testing/index.js', 'testing.js'],
    ] as const) {
      const [a, b] = await Promise.all(
        [join(root, 'dist', whole), join(lazy, half)].map(async (file) => (await import(file)) as object),
      );
      expect(Object.keys(b!)).toEqual(Object.keys(a!));
    }
  });

  it('leaves two fifths of its code to the other half', () => {
    const size = (entry: string): number =>
      [...imported(join(lazy, entry))].reduce((sum, file) => sum + statSync(file).size, 0);
    const [first, both] = [size('node.js'), size('node.js') + statSync(join(lazy, 'later.js')).size];
    expect(first / both).toBeLessThan(0.6);
  });
});

it('every module of scripts/lazy/modules.json exists; `npm run lazy` renews the list', () => {
  const lists = JSON.parse(readFileSync(join(root, 'scripts/lazy/modules.json'), 'utf8')) as Record<
    string,
    readonly string[]
  >;
  expect(
    Object.values(lists)
      .flat()
      .filter((file) => !existsSync(join(root, file))),
  ).toEqual([]);
});

/** The files that a module imports before it runs, and itself. */
function imported(entry: string, files: Set<string> = new Set()): ReadonlySet<string> {
  if (files.has(entry)) return files;
  files.add(entry);
  for (const [, file] of readFileSync(entry, 'utf8').matchAll(
    /^(?:import|\} from|export .* from) ['"](\.[^'"]+)['"];$/gm,
  ))
    imported(join(dirname(entry), file!), files);
  return files;
}
