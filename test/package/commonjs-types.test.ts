import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// An application in CommonJS, beside the package as it is built: `npm run build` comes first.
const root = resolve(import.meta.dirname, '../..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-commonjs-'));
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  for (const name of ['better-sqlite3', '@types/node'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  symlinkSync(root, join(folder, 'node_modules/dunlin'), 'dir');
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

function compile(module: string, code: string): string {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  writeFileSync(join(folder, 'app.ts'), code);
  const options = ['--strict', '--target', 'es2022', '--types', 'node', '--outDir', join(folder, 'out')];
  const args = [tsc, '--module', module, ...options, 'app.ts'];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stdout;
}

function run(): { readonly stdout: string; readonly stderr: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'out/app.js')], { encoding: 'utf8' });
  return { stdout, stderr };
}

const migrations = `{ '001_a.sql': 'CREATE TABLE a (x);' }`;
const imported = `import { migrateSync, type RunResult } from 'dunlin';
const run: RunResult = migrateSync({ database: new (require('better-sqlite3'))(':memory:'), migrations: ${migrations} });
console.log(run.applied.length);`;

describe('TypeScript that is compiled to CommonJS', { timeout: 180_000 }, () => {
  it.each(['nodenext', 'node20'])('imports the package with its types, with module %s', (module) => {
    expect(compile(module, imported)).toBe('');
    expect(run()).toEqual({ stdout: '1\n', stderr: '' });
    // The types are there, and not `any`.
    expect(compile(module, imported.replace('applied.length', 'aplied'))).toContain("Property 'aplied' does not exist");
  });

  it('is reported by the compiler where that does not know it, and can import it later there', () => {
    expect(compile('node16', imported)).toContain('TS1479');
    const later = `async function start(): Promise<void> {
  const { migrate } = await import('dunlin');
  const run = await migrate({ database: new (require('better-sqlite3'))(':memory:'), migrations: ${migrations} });
  console.log(run.applied.length);
}
void start();`;
    expect(compile('node16', later)).toBe('');
    expect(run()).toEqual({ stdout: '1\n', stderr: '' });
  });

  it('calls require in plain JavaScript', () => {
    mkdirSync(join(folder, 'out'), { recursive: true });
    const code = imported.replace('import { migrateSync, type RunResult } from', 'const { migrateSync } = require(');
    writeFileSync(join(folder, 'out/app.js'), code.replace("'dunlin';", "'dunlin');").replace(': RunResult', ''));
    expect(run()).toEqual({ stdout: '1\n', stderr: '' });
  });
});
