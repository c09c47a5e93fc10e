import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadFailure, requirePackage, requireQuietly, silence } from './load-package.ts';

const folder = mkdtempSync(join(tmpdir(), 'dunlin-packages-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function addPackage(name: string, text: string): void {
  mkdirSync(join(folder, 'node_modules', name), { recursive: true });
  writeFileSync(join(folder, 'node_modules', name, 'index.js'), text);
}

describe('requirePackage', () => {
  it('finds what lies beside Dunlin', () => {
    expect(requirePackage('better-sqlite3/package.json')).toHaveProperty('version');
  });

  it('finds what the project in the current folder has', () => {
    addPackage('only-in-the-project', 'exports.here = true;');
    const spy = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    try {
      expect(requirePackage('only-in-the-project')).toEqual({ here: true });
    } finally {
      spy.mockRestore();
    }
  });

  it('reports why a package cannot be loaded', () => {
    expect(() => requirePackage('no-such-package-anywhere')).toThrow(
      expect.objectContaining({ code: 'MODULE_NOT_FOUND' }),
    );
    expect(() => requirePackage('node:no-such-module')).toThrow(
      expect.objectContaining({ code: 'ERR_UNKNOWN_BUILTIN_MODULE' }),
    );
  });
});

describe('requireQuietly', () => {
  it('holds back only the one warning', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
    process.on('warning', listen);
    const file = join(folder, 'noisy.cjs');
    writeFileSync(
      file,
      `process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning');
       process.emitWarning('Other is an experimental feature', 'ExperimentalWarning');
       process.emitWarning(new Error('SQLite is on fire'));
       exports.loaded = true;`,
    );
    const before = process.emitWarning;
    expect(requireQuietly(file, 'SQLite')).toEqual({ loaded: true });
    expect(process.emitWarning).toBe(before);
    expect(() => requireQuietly(join(folder, 'missing.cjs'), 'SQLite')).toThrow('missing.cjs');
    expect(process.emitWarning).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('warning', listen);
    expect(warnings).toEqual(['ExperimentalWarning: Other is an experimental feature', 'Error: SQLite is on fire']);
  });
});

describe('silence', () => {
  const given: string[] = [];
  const outer = process.emitWarning;
  const note = ((warning: string) => void given.push(warning)) as typeof process.emitWarning;
  beforeEach(() => {
    given.length = 0;
    process.emitWarning = note;
  });
  afterEach(() => void (process.emitWarning = outer));

  it('serves several at once, and the last gives the old one back', () => {
    const first = silence((text) => text === 'a');
    const second = silence((text) => text === 'a' || text === 'b');
    for (const text of ['a', 'b', 'c']) process.emitWarning(text);
    first();
    for (const text of ['a', 'b', 'd']) process.emitWarning(text);
    second();
    expect(process.emitWarning).toBe(note);
    process.emitWarning('a');
    expect(given).toEqual(['c', 'd', 'a']);
  });

  it('prints every warning after its end, even within another filter', () => {
    const restore = silence(() => true);
    const ours = process.emitWarning;
    const theirs = ((warning: string) => ours(warning)) as typeof process.emitWarning;
    process.emitWarning = theirs;
    restore();
    expect(process.emitWarning).toBe(theirs);
    process.emitWarning('a');
    expect(given).toEqual(['a']);
  });
});

describe('loadFailure', () => {
  it('says it in a few words', () => {
    expect(loadFailure({ code: 'MODULE_NOT_FOUND', message: 'Cannot find\nRequire stack' })).toBe('not installed');
    expect(loadFailure({ code: 'ERR_UNKNOWN_BUILTIN_MODULE' })).toBe(`not a part of Node ${process.versions.node}`);
    expect(loadFailure(new Error('built for another Node\n→ tried: /a'))).toBe('built for another Node');
    expect(loadFailure('odd')).toBe('odd');
  });
});
