import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isDunlinError } from '../errors/index.ts';
import { parseSql } from '../migration/index.ts';
import { scaffoldMigration, type NewMigration, type WrittenMigration } from './scaffold.ts';

const hooks = vi.hoisted(() => ({ afterWrite: undefined as (() => void) | undefined }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const writeFileSync: typeof fs.writeFileSync = (...args) => {
    fs.writeFileSync(...args);
    hooks.afterWrite?.();
  };
  return { ...fs, writeFileSync };
});

const home = process.cwd();
const now = Date.UTC(2026, 10, 21, 9, 30, 0);
let root: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-scaffold-')));
  mkdirSync(join(root, 'm'));
  process.chdir(root);
});

afterEach(() => {
  hooks.afterWrite = undefined;
  process.chdir(home);
  rmSync(root, { recursive: true });
});

const create = (title: string, more: Partial<NewMigration> = {}): WrittenMigration =>
  scaffoldMigration({ directory: 'm', title, now, author: 'Ada', ...more });
const have = (...names: string[]): void => names.forEach((name) => writeFileSync(join(root, 'm', name), ''));

function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isDunlinError(error)) return `${error.code}: ${error.message} ${error.hint}`.replaceAll(root, '<root>');
    throw error;
  }
  return 'accepted';
}

describe('scaffoldMigration', () => {
  it.each([
    ['commonjs', '{ "type": "commonjs" }', 'mts', 'mjs'],
    ['no type', '{ "name": "app" }', 'mts', 'mjs'],
    ['what is no JSON', '{ "type": ', 'mts', 'mjs'],
    ['module', '{ "type": "module" }', 'ts', 'js'],
  ])('writes an ending that Node takes for an ES module below a package.json with %s', (_, manifest, ts, js) => {
    writeFileSync(join(root, 'package.json'), manifest);
    expect(create('a', { language: 'ts' }).file).toBe(`m/001_a.${ts}`);
    expect(create('b', { language: 'js' }).file).toBe(`m/002_b.${js}`);
    expect(create('c', { language: 'mts' }).file).toBe('m/003_c.mts');
    expect(create('d').file).toBe('m/004_d.sql');
    // The nearest one counts.
    writeFileSync(join(root, 'm/package.json'), '{ "type": "module" }');
    expect(create('e', { language: 'ts' }).file).toBe('m/005_e.ts');
  });

  it('writes a file with the header and both markers', () => {
    expect(create('Add user roles!')).toEqual({
      version: 1,
      name: 'add_user_roles',
      id: '001_add_user_roles',
      file: 'm/001_add_user_roles.sql',
      others: [],
    });
    const text = readFileSync('m/001_add_user_roles.sql', 'utf8');
    expect(text).toMatchInlineSnapshot(`
      "-- Migration: 001_add_user_roles
      -- Description: Add user roles!
      -- Author: Ada
      -- Date: 2026-11-21

      -- === UP MIGRATION ===


      -- === DOWN MIGRATION ===

      "
    `);
    const { header, up, down } = parseSql(text, { file: 'x', id: '001_add_user_roles' });
    expect(header).toMatchObject({ migration: '001_add_user_roles', author: 'Ada', date: '2026-11-21' });
    expect([up.statements, down?.statements]).toEqual([[], []]);
  });

  it('writes no markers where the other SQL files have none: another tool would run the DOWN part as well', () => {
    writeFileSync('m/001_a.sql', 'CREATE TABLE a (id);');
    writeFileSync('m/002_b.ts', '');
    expect(readFileSync(create('c').file, 'utf8')).toBe('-- Migration: 003_c\n\n\n');
    expect(readFileSync(create('d', { up: 'SELECT 1;' }).file, 'utf8')).toBe('-- Migration: 004_d\n\nSELECT 1;\n');
    expect(readFileSync(create('e', { language: 'mjs' }).file, 'utf8')).toContain('down(db)');
    writeFileSync('m/006_f.sql', '-- === UP ===\nSELECT 1;\n');
    expect(readFileSync(create('g').file, 'utf8')).toContain('-- === DOWN MIGRATION ===');
  });

  it('writes a module', () => {
    expect(create("Ada's\n\\ roles", { language: 'ts' }).file).toBe('m/001_ada_s_roles.ts');
    expect(readFileSync('m/001_ada_s_roles.ts', 'utf8')).toMatchInlineSnapshot(`
      "import { defineMigration } from 'dunlin';

      export default defineMigration({
        description: 'Ada\\'s \\\\ roles',
        author: 'Ada',
        date: '2026-11-21',
        up(db) {
          db.exec(\`\`);
        },
        down(db) {
          db.exec(\`\`);
        },
      });
      "
    `);
  });

  it('omits an unknown author', () => {
    const { file } = create('a', { author: undefined });
    expect(readFileSync(file, 'utf8')).not.toContain('Author');
    expect(readFileSync(create('b', { author: ' ', language: 'mjs' }).file, 'utf8')).not.toContain('author');
  });

  it('creates a missing directory', () => {
    expect(create('a', { directory: 'new/migrations' }).file).toBe('new/migrations/001_a.sql');
    expect(existsSync('new/migrations/001_a.sql')).toBe(true);
  });

  it.each([
    [['001_a.sql', '002_b.sql'], '003_x'],
    [['1_a.sql', '9_b.ts', 'README.md', '77_c.up.sql'], '10_x'],
    [['0099_a.sql'], '0100_x'],
    [['999_a.sql'], '1000_x'],
    [['20260101000000_a.sql', '3_b.sql'], '20261121093000_x'],
    [['20261121093000_a.sql'], '20261121093001_x'],
    [['20991231235959_a.sql'], '20991231235960_x'],
  ])('continues after %j with %s', (names, id) => {
    have(...names);
    expect(create('x').id).toBe(id);
  });

  it('refuses a name without letters', () => {
    expect(errorOf(() => create(' !? '))).toContain('MIGRATION_NAME_EMPTY');
    expect(readdirSync('m')).toEqual([]);
  });

  it('refuses when no version is left', () => {
    have('999999999999999_a.sql');
    expect(errorOf(() => create('x'))).toMatchInlineSnapshot(
      `"VERSIONS_EXHAUSTED: No version can follow that of 999999999999999_a.sql: it is the highest of 15 digits. Nothing was changed. Rename that file if no database has applied it."`,
    );
  });

  it('never overwrites a file', () => {
    mkdirSync('m/001_x.sql');
    expect(errorOf(() => create('x'))).toContain('FILE_EXISTS: m/001_x.sql exists already.');
  });

  it('detects that another process took the version at the same moment', () => {
    hooks.afterWrite = () => {
      hooks.afterWrite = undefined;
      have('1_other.ts');
    };
    expect(errorOf(() => create('x'))).toMatchInlineSnapshot(
      `"VERSION_TAKEN: m/001_x.sql was not kept: 1_other.ts, with the same version, appeared at the same moment. Nothing was left behind. \`dunlin create x\` takes the next version."`,
    );
    expect(readdirSync('m')).toEqual(['1_other.ts']);
    expect(create('x').id).toBe('2_x');
  });

  it('says why a file cannot be written', () => {
    writeFileSync('file', '');
    expect(errorOf(() => create('x', { directory: 'file' }))).toContain(
      'DIRECTORY_NOT_A_DIRECTORY: file is not a directory',
    );
    expect(errorOf(() => create('x', { directory: 'file/m' }))).toContain(
      'DIRECTORY_NOT_A_DIRECTORY: file/m is not a directory',
    );
    expect(errorOf(() => create('x', { directory: 'x'.repeat(300) }))).toContain('name too long (ENAMETOOLONG)');
    hooks.afterWrite = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    expect(errorOf(() => create('x'))).toMatchInlineSnapshot(
      `"FILE_NOT_WRITTEN: m/001_x.sql cannot be written: no space left on device (ENOSPC). Nothing was changed. Check that the user who runs this may write to the directory, and that the disk has room."`,
    );
    expect(readdirSync('m')).toEqual([]);
  });
});
