import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// An application beside the declarations as they are built: `npm run build` comes first.
const root = resolve(import.meta.dirname, '../..');
/** TypeScript 5.6, which the check of the package's types has of its own. */
const requireOld = createRequire(join(root, 'node_modules/@arethetypeswrong/core/package.json'));
const oldCompiler = requireOld.resolve('typescript/bin/tsc');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-types-'));
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'), 'dir');
  symlinkSync(root, join(folder, 'node_modules/dunlin'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

const application = `import { defineMigration, DunlinError, migrateSync, MigrationRunner, type RunResult } from 'dunlin';
import { DunlinError as CoreError, MigrationRunner as CoreRunner } from 'dunlin/core';
import { mockBridge } from 'dunlin/testing';
export const run: RunResult = migrateSync({ database: mockBridge(), migrations: {} });
export const error: CoreError = new DunlinError('LOCKED', 'message', 'hint');
// @ts-expect-error: there is no such code, and types that are missing would be \`any\`.
export const wrong = new DunlinError('LOKED', 'message', 'hint');
export const runner = (one: MigrationRunner): CoreRunner => one;
export const migration = defineMigration({ version: 1, name: 'one', up: (db) => db.exec('SELECT 1') });
`;

/** What the compiler says about the application: the declarations are checked as well. */
function compile(module: string, moduleResolution: string): string {
  writeFileSync(join(folder, 'app.ts'), application);
  const compilerOptions = {
    target: 'es2022',
    module,
    moduleResolution,
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    declaration: true,
    outDir: 'out',
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }));
  return spawnSync(process.execPath, [oldCompiler], { cwd: folder, encoding: 'utf8' }).stdout;
}

describe('the declarations', () => {
  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('compile with TypeScript 5, module %s', (module, moduleResolution) => {
    expect(compile(module, moduleResolution)).toBe('');
  });

  it('are one file for each entry point, and what these share', () => {
    const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' });
    const declarations = files.map((file) => file.replaceAll('\\', '/')).filter((file) => file.endsWith('.d.ts'));
    expect(declarations.toSorted()).toEqual([
      'drivers/d1.d.ts',
      'drivers/rqlite.d.ts',
      'index.d.ts',
      'node/index.d.ts',
      'node/testing/index.d.ts',
      'shared/batch-bridge.d.ts',
      'shared/index.d.ts',
      'shared/open-session.d.ts',
      'shared/try.d.ts',
      'web/index.d.ts',
    ]);
  });

  it.each([
    ['migrateSync({', /^\(alias\) migrateSync\(options: /, /on a synchronous driver/],
    ['RunResult =', /^\(alias\) interface RunResult\b/, /\.$/],
    ["DunlinError('LOCKED'", /^\(alias\) new DunlinError\(code: /, /^Every failure that Dunlin reports\./],
  ])('show an editor what is under the pointer: %s', (text, declaration, comment) => {
    const file = join(folder, 'app.ts');
    writeFileSync(file, application);
    const service = languageService(file);
    const hover = service.getQuickInfoAtPosition(file, application.lastIndexOf(text));
    expect(joined(hover?.displayParts)).toMatch(declaration);
    expect(joined(hover?.documentation)).toMatch(comment);
  });
});

/** Of TypeScript's API, what is used here: the types of TypeScript 7 do not have it. */
interface TypeScript {
  readonly ModuleKind: { readonly NodeNext: number };
  readonly ScriptSnapshot: { readonly fromString: (text: string) => unknown };
  readonly createLanguageService: (host: object) => LanguageService;
  readonly getDefaultLibFilePath: unknown;
  readonly sys: { readonly readFile: (file: string) => string | undefined };
}

interface LanguageService {
  readonly getQuickInfoAtPosition: (file: string, position: number) => Hover | undefined;
}

interface Hover {
  readonly displayParts: readonly Part[];
  readonly documentation: readonly Part[];
}

interface Part {
  readonly text: string;
}

const joined = (parts: readonly Part[] = []): string => parts.map(({ text }) => text).join('');

/** What editors ask about a file. */
function languageService(file: string): LanguageService {
  const ts = requireOld('typescript') as TypeScript;
  return ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => true,
    getCompilationSettings: () => ({ module: ts.ModuleKind.NodeNext, types: ['node'] }),
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptFileNames: () => [file],
    getScriptSnapshot: (name: string) => {
      const text = ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getScriptVersion: () => '1',
  });
}
