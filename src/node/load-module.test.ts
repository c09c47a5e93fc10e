import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDunlinError, type DunlinError } from '../errors/index.ts';
import { createLoadModule, loadModule, type Jiti, type ModuleSupport } from './load-module.ts';

const file = '/m/001_a.ts';
const byImport = { by: 'import' };
const byRequire = { by: 'require' };
const byJiti = { by: 'jiti' };
const jiti: Jiti = Object.assign(() => byJiti, { import: () => Promise.resolve(byJiti) });

const powers: ModuleSupport = {
  runtime: 'Node 1.2.3',
  import: () => Promise.resolve(byImport),
  require: () => byRequire,
  forget: () => undefined,
  requires: { modules: true, typescript: true },
  jiti: () => jiti,
};

const failure = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`failed with ${code}`), { code, ...more });
const throwing = (error: unknown): (() => never) => {
  return () => {
    throw error;
  };
};
const rejecting = (error: unknown) => (): Promise<never> => Promise.reject(error);

async function errorOf(run: () => unknown): Promise<DunlinError> {
  try {
    await run();
  } catch (error) {
    if (isDunlinError(error)) return error;
    throw error;
  }
  throw new Error('accepted');
}

const tell = ({ code, message, hint }: DunlinError): string => `${code}\n  ${message}\n  ${hint}`;

const obstacles = [
  failure('ERR_UNKNOWN_FILE_EXTENSION', { message: 'Unknown file extension ".ts" for /m/001_a.ts' }),
  failure('ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'),
  failure('ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING'),
];

describe('loadModule', () => {
  it('imports a file by its URL, with the revision', async () => {
    const urls: string[] = [];
    const load = createLoadModule({ ...powers, import: async (url) => urls.push(url) });
    await load(file, false);
    await load('/m/ä b.ts', false, 'r1');
    expect(urls).toEqual(['file:///m/001_a.ts', 'file:///m/%C3%A4%20b.ts?revision=r1']);
  });

  it('requires a file in a synchronous load', () => {
    expect(createLoadModule(powers)(file, true)).toBe(byRequire);
  });

  it.each(obstacles)('falls back to jiti after $code, and names the ways out without it', async (error) => {
    const failing = { ...powers, import: rejecting(error), require: throwing(error) };
    expect(await createLoadModule(failing)(file, false)).toBe(byJiti);
    expect(createLoadModule(failing)(file, true)).toBe(byJiti);
    const without = createLoadModule({ ...failing, jiti: () => undefined });
    const reported = await errorOf(() => without(file, false));
    expect(reported).toMatchObject({ code: 'MODULE_NEEDS_JITI', cause: error });
    expect(tell(await errorOf(() => without(file, true)))).toBe(tell(reported));
  });

  it('says why jiti is needed', async () => {
    const reported = obstacles.map(async (error) => {
      const load = createLoadModule({ ...powers, import: rejecting(error), jiti: () => undefined });
      return tell(await errorOf(() => load(file, false)));
    });
    expect((await Promise.all(reported)).join('\n')).toMatchInlineSnapshot(`
      "MODULE_NEEDS_JITI
        /m/001_a.ts cannot be loaded: Node 1.2.3 does not load TypeScript.
        Nothing was changed. Install jiti (\`npm install jiti\`), which Dunlin then uses by itself; or use Node 22.18 or newer; or write the migration in JavaScript.
      MODULE_NEEDS_JITI
        /m/001_a.ts cannot be loaded: it, or a module that it imports, has TypeScript that is more than types (an enum, a namespace, a parameter property).
        Nothing was changed. Install jiti (\`npm install jiti\`), which Dunlin then uses by itself; or write it without that.
      MODULE_NEEDS_JITI
        /m/001_a.ts cannot be loaded: Node does not load TypeScript from node_modules.
        Nothing was changed. Install jiti (\`npm install jiti\`), which Dunlin then uses by itself; or have that package ship JavaScript."
    `);
  });

  it.each([
    new Error('up to the module'),
    failure('ERR_UNKNOWN_FILE_EXTENSION', { message: 'Unknown file extension ".wasm"' }),
    failure('ERR_MODULE_NOT_FOUND'),
    failure('ERR_MODULE_NOT_FOUND', { url: 'data:,x' }),
    failure('ERR_MODULE_NOT_FOUND', { url: 'file:///no/such/file.js' }),
    null,
  ])('passes on %s', async (error) => {
    const load = createLoadModule({ ...powers, import: rejecting(error), require: throwing(error) });
    await expect(load(file, false)).rejects.toBe(error);
    expect(() => load(file, true)).toThrow(error === null ? undefined : (error as Error));
  });

  it('never requires TypeScript where that does not know it', async () => {
    const old = {
      ...powers,
      require: throwing(new Error('a syntax error')),
      requires: { modules: true, typescript: false },
    };
    expect(createLoadModule(old)(file, true)).toBe(byJiti);
    expect(createLoadModule(old)('/m/1_a.mts', true)).toBe(byJiti);
    expect(tell(await errorOf(() => createLoadModule({ ...old, jiti: () => undefined })(file, true))))
      .toMatchInlineSnapshot(`
      "MODULE_NEEDS_JITI
        /m/001_a.ts cannot be loaded: Node 1.2.3 does not load TypeScript.
        Nothing was changed. Install jiti (\`npm install jiti\`), which Dunlin then uses by itself; or use Node 22.18 or newer; or write the migration in JavaScript."
    `);
  });

  it('needs jiti where ES modules cannot be required', async () => {
    const old = { ...powers, require: throwing(new Error('no')), requires: { modules: false, typescript: false } };
    expect(createLoadModule(old)('/m/1_a.mjs', true)).toBe(byJiti);
    const without = createLoadModule({ ...old, jiti: () => undefined });
    expect(tell(await errorOf(() => without('/m/1_a.mjs', true)))).toMatchInlineSnapshot(`
      "MODULE_NOT_SYNC
        /m/1_a.mjs cannot be loaded synchronously: Node 1.2.3 cannot require ES modules, and jiti is not installed.
        Nothing was changed. Use \`await migrate()\` instead of \`migrateSync()\`."
    `);
  });

  it('refuses a synchronous load of a module with an await at its top level', async () => {
    const cause = failure('ERR_REQUIRE_ASYNC_MODULE');
    const load = createLoadModule({ ...powers, require: throwing(cause) });
    const error = await errorOf(() => load(file, true));
    expect(error.cause).toBe(cause);
    expect(tell(error)).toMatchInlineSnapshot(`
      "MODULE_NOT_SYNC
        /m/001_a.ts cannot be loaded synchronously: it, or a module that it imports, has an await at its top level.
        Nothing was changed. Use \`await migrate()\` instead of \`migrateSync()\`."
    `);
  });

  it('detects that an edited module was not loaded again', async () => {
    const forgotten: string[] = [];
    let exports = {};
    const load = createLoadModule({ ...powers, require: () => exports, forget: (path) => forgotten.push(path) });
    load(file, true, 'r1');
    load(file, true, 'r1');
    expect(tell(await errorOf(() => load(file, true, 'r2')))).toMatchInlineSnapshot(`
      "MODULE_STALE
        /m/001_a.ts was edited after this process loaded it, and cannot be loaded again synchronously.
        Nothing was changed. Restart the process, or use \`await migrate()\`."
    `);
    exports = {};
    expect(load(file, true, 'r2')).toBe(exports);
    expect(forgotten).toEqual([file, file, file, file]);
  });
});

describe('loadModule with what this runtime has', () => {
  let root: string;
  const write = (name: string, text: string): string => {
    const path = join(root, name);
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-load-')));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('requires CommonJS, again after an edit', () => {
    const path = write('1_a.cjs', 'exports.up = 1;');
    expect(loadModule(path, true, 'r1')).toEqual({ up: 1 });
    write('1_a.cjs', 'exports.up = 2;');
    expect(loadModule(path, true, 'r2')).toEqual({ up: 2 });
  });

  it('loads TypeScript that is more than types through jiti', async () => {
    write('helper.ts', 'export enum Names { users }');
    const path = write(
      '2_b.ts',
      "import { Names } from './helper.js';\nexport const up: string = `CREATE TABLE ${Names[0]} (id)`;",
    );
    const exports = { up: 'CREATE TABLE users (id)' };
    expect(loadModule(path, true)).toMatchObject(exports);
    // Vitest transforms what it imports itself, so the import is made to fail as Node's does.
    const url = pathToFileURL(join(root, 'helper.js')).href;
    const load = createLoadModule({
      ...powers,
      import: rejecting(failure('ERR_MODULE_NOT_FOUND', { url })),
      jiti: () => undefined,
    });
    expect(tell(await errorOf(() => load(path, false))).replaceAll(root, '<root>')).toMatchInlineSnapshot(`
      "MODULE_NEEDS_JITI
        <root>/2_b.ts cannot be loaded: it imports <root>/helper.js, which is really <root>/helper.ts.
        Nothing was changed. Install jiti (\`npm install jiti\`), which Dunlin then uses by itself; or import it with the ending .ts."
    `);
  });
});
