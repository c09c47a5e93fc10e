import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeHost } from '../node/node-host.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { createRegistry } from './registry.ts';
import type { MigrationSource, Registry, SourceContents, SourceEntry } from './types.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

type Given = Partial<SourceEntry> | string | Uint8Array;

function sourceOf(files: Record<string, Given>, rest: Partial<SourceContents> = {}): MigrationSource {
  const entries = Object.entries(files).map(([name, given]): SourceEntry => {
    const isContent = typeof given === 'string' || given instanceof Uint8Array;
    return { name, path: `m/${name}`, content: undefined, ...(isContent ? { content: given } : given) };
  });
  return { name: 'm', read: () => ({ entries, others: [], ...rest }) };
}

const registryOf = (files: Record<string, Given>, rest?: Partial<SourceContents>): Registry =>
  createRegistry(sourceOf(files, rest), nodeHost);

function errorOf(files: Record<string, Given>, rest?: Partial<SourceContents>): DunlinError {
  try {
    registryOf(files, rest);
  } catch (error) {
    if (isDunlinError(error)) return error;
    throw error;
  }
  throw new Error('accepted');
}

const tell = ({ code, message, hint }: DunlinError): string => `${code}\n  ${message}\n  ${hint}`;
const module = { content: 'export function up() {}', load: () => ({ up: () => undefined }) };

describe('createRegistry', () => {
  it('orders migrations by number, whatever their padding', () => {
    const registry = registryOf({ '10_c.sql': '', '0002_b.ts': module, '1_a.sql': '', '20261121093000_d.sql': '' });
    expect(registry.migrations.map(({ id }) => id)).toEqual(['1_a', '0002_b', '10_c', '20261121093000_d']);
    expect(registry.get(10)).toMatchObject({ kind: 'sql', version: 10, name: 'c', file: 'm/10_c.sql' });
    expect(registry.get(2)).toMatchObject({ kind: 'code', name: 'b' });
    expect(registry.get(3)).toBeUndefined();
    expect(registry.source).toBe('m');
  });

  it('says why files are ignored', () => {
    const { ignored, migrations } = registryOf({ 'README.md': '' }, { others: ['.keep', '001_x.sql/'] });
    expect(migrations).toEqual([]);
    expect(ignored).toEqual([
      { file: 'm/README.md', reason: 'does not end in .sql, .ts, .mts, .js or .mjs', mayBeMigration: false },
      { file: '.keep', reason: 'a hidden file', mayBeMigration: false },
      { file: '001_x.sql/', reason: 'a directory; Prisma keeps each migration in one', mayBeMigration: false },
    ]);
    expect(registryOf({}, { others: ['001_x.sql'] }).ignored).toEqual([
      { file: '001_x.sql', reason: 'was not read', mayBeMigration: true },
    ]);
  });

  it('tokenises only on first use', () => {
    const migration = registryOf({ '1_a.sql': "SELECT 'open" }).migrations[0]!;
    expect(migration.textHash).toBe(`sha256:${sha256("SELECT 'open")}`);
    expect(() => migration.checksum).toThrow('never closed');
    expect(() => migration.kind === 'sql' && migration.content).toThrow('never closed');
  });

  it('removes a byte order mark from bytes and from text', () => {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode('SELECT 1')]);
    const { migrations } = registryOf({ '1_a.sql': bytes, '2_b.sql': '\uFEFFSELECT 1', '3_c.sql': 'SELECT 1' });
    expect(new Set(migrations.map(({ text }) => text))).toEqual(new Set(['SELECT 1']));
    expect(new Set(migrations.map(({ textHash }) => textHash)).size).toBe(1);
  });

  it('has the checksum of what SQLite would do', () => {
    const { migrations } = registryOf({
      '1_a.sql': 'SELECT  1;\r\n-- a remark\r\nSELECT 2',
      '2_b.sql': '-- === UP ===\nSELECT 1 ; SELECT 2;\n-- === DOWN ===\nSELECT 3;\n-- === VERIFY ===\nSELECT 4;',
      '3_c.sql': 'SELECT 1; SELECT 3;',
      '4_d.sql': '',
    });
    const [a, b, c, d] = migrations.map(({ checksum }) => checksum);
    expect(a).toBe(`sha256:${sha256('SELECT 1 ; SELECT 2')}`);
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    expect(d).toBe(`sha256:${sha256('')}`);
  });

  it('has the checksum of what a module does: comments, white space and line endings apart', () => {
    const load = (): unknown => ({});
    const { migrations } = registryOf({
      '1_a.ts': { content: '\uFEFFa\r\nb\rc', load },
      '2_b.js': { content: 'a\nb /* a remark */ c // another\n', load },
    });
    expect(migrations.map(({ checksum }) => checksum)).toEqual(Array(2).fill(`sha256:${sha256('a b c')}`));
    expect(migrations[0]!.text).toBe('a\r\nb\rc');
  });

  it('has a stable checksum for code without its text', () => {
    const value = (up: unknown): Partial<SourceEntry> => ({
      module: { default: { up } },
      load: () => ({ default: { up } }),
    });
    const { migrations } = registryOf({
      '1_a.js': value(() => 1),
      '2_b.js': value('SELECT  1;'),
      '3_c.js': { load: () => ({}) },
      '4_d.js': { module: { up: 'SELECT 1', down: () => undefined }, load: () => ({}) },
      '5_e.js': { module: {}, load: () => ({}) },
    });
    const sql = `definition:${sha256('SELECT 1')}`;
    expect(migrations.map(({ checksum }) => checksum)).toEqual(['unchecked', sql, 'unchecked', sql, 'unchecked']);
    expect(migrations.map(({ text }) => text)).toEqual([
      '1_a, a definition\nup: function\ndown: none\nverify: none',
      '2_b, a definition\nup: SELECT  1;\ndown: none\nverify: none',
      '3_c, a module',
      '4_d, a definition\nup: SELECT 1\ndown: function\nverify: none',
      '5_e, a definition\nup: none\ndown: none\nverify: none',
    ]);
  });

  it('names all files of a version', () => {
    expect(tell(errorOf({ '003_a.sql': '', '3_b.sql': '', '007_c.sql': '' }))).toMatchInlineSnapshot(`
      "VERSION_DUPLICATE
        Version 3 is used twice: m/003_a.sql and m/3_b.sql.
        Nothing was changed. Give the one that no database has applied yet the next number: \`dunlin renumber m/3_b.sql\` if it is that one; 008 is free."
    `);
    expect(tell(errorOf({ '1_a.ts': module, '1_a.js': module, '01_a.sql': '' }))).toMatchInlineSnapshot(`
      "VERSION_DUPLICATE
        Version 1 is used 3 times: m/1_a.ts, m/1_a.js and m/01_a.sql. m/1_a.js has the same text as m/1_a.ts.
        Nothing was changed. Delete the copy: \`rm m/1_a.js\`. m/1_a.ts and m/01_a.sql still have one number then; run again."
    `);
  });

  it('names the position of a byte that is not UTF-8', () => {
    const latin1 = Buffer.from('SELECT 1;\n-- für alle', 'latin1');
    expect(tell(errorOf({ '1_a.sql': latin1 }))).toMatchInlineSnapshot(`
      "NOT_UTF8
        m/1_a.sql:2:5: the file is not UTF-8, it has the byte 0xFC here.
        Nothing was changed. It looks like Windows-1252 or ISO 8859-1. Save it as UTF-8 in your editor."
    `);
    expect(errorOf({ '1_a.sql': latin1 }).location).toEqual({ file: 'm/1_a.sql', line: 2, column: 5, offset: 14 });
    expect(tell(errorOf({ '1_a.sql': Buffer.from('\uFEFFSELECT 1', 'utf16le') }))).toMatchInlineSnapshot(`
      "NOT_UTF8
        m/1_a.sql:1:1: the file is not UTF-8, it has the byte 0xFF here.
        Nothing was changed. It looks like UTF-16, which PowerShell writes. Save it as UTF-8 in your editor."
    `);
  });

  it.each([
    [[0xfe, 0xff, 0, 0x41], 1, 'UTF-16.'],
    [[0xff, 0xfe, 0, 0], 1, 'UTF-32.'],
    [[0x41, 0x0a, 0x42, 0xe4], 2, 'Windows-1252 or ISO 8859-1.'],
    [[0x41, 0xe2, 0x82], 2, 'Windows-1252'],
    [[0xe2, 0x82, 0xac, 0xe2, 0x28], 2, 'Windows-1252'],
    [[0x00, 0xff], 2, 'Nothing was changed. Save it'],
  ])('recognises wrong bytes %j', (bytes, column, hint) => {
    const error = errorOf({ '1_a.ts': { ...module, content: new Uint8Array(bytes) } });
    expect(error).toMatchObject({ code: 'NOT_UTF8', location: { column }, hint: expect.stringContaining(hint) });
  });

  it('refuses code as text and SQL as code', () => {
    expect(tell(errorOf({ '1_a.ts': 'export function up() {}' }))).toMatchInlineSnapshot(`
      "SOURCE_VALUE_INVALID
        m/1_a.ts is given as text.
        Nothing was changed. Give the module, or a function that imports it; only SQL can be given as text."
    `);
    expect(tell(errorOf({ '1_a.sql': { load: () => ({}) } }))).toMatchInlineSnapshot(`
      "SOURCE_VALUE_INVALID
        m/1_a.sql is given as code.
        Nothing was changed. Give the text of the file."
    `);
  });

  it('reports all problems at once', () => {
    const unreadable = dunlinError('FILE_UNREADABLE', { path: 'm/9_z.sql', reason: 'no' });
    const error = errorOf({ '1_a.sql': '', '001_b.sql': '', '0_c.sql': '' }, { problems: [unreadable] });
    expect(error.problems.map(({ code }) => code)).toEqual(['FILE_UNREADABLE', 'VERSION_ZERO', 'VERSION_DUPLICATE']);
    expect(error).toMatchObject({ code: 'SEVERAL_PROBLEMS', migration: undefined });
    expect(tell(error)).toMatchInlineSnapshot(`
      "SEVERAL_PROBLEMS
        3 problems in m:
      - m/9_z.sql cannot be read: no.
      - m/0_c.sql has version 0, which means "nothing applied".
      - Version 1 is used twice: m/1_a.sql and m/001_b.sql.
        Nothing was changed. Correct them all, then run again."
    `);
  });
});

describe('a code migration', () => {
  const codeOf = (load: (sync: boolean) => unknown): { load(sync: boolean): unknown } => {
    const migration = registryOf({ '2_a.ts': { content: '', load } }).migrations[0]!;
    if (migration.kind !== 'code') throw new Error('not code');
    return migration;
  };
  const exports = { version: 2, up: (): void => undefined };

  it('is imported once', async () => {
    let imports = 0;
    const code = codeOf(() => (imports++, Promise.resolve(exports)));
    expect(imports).toBe(0);
    expect(await code.load(false)).toBe(exports);
    expect(await code.load(false)).toBe(exports);
    expect(code.load(true)).toBe(exports);
    expect(imports).toBe(1);
  });

  it('returns a value in a synchronous load', () => {
    expect(codeOf((sync) => (sync ? exports : Promise.resolve(exports))).load(true)).toBe(exports);
  });

  it('refuses a promise in a synchronous load', () => {
    const code = codeOf(() => Promise.reject(new Error('late')));
    expect(() => code.load(true)).toThrow(expect.objectContaining({ code: 'MODULE_NOT_SYNC' }));
  });

  it.each([false, true])('wraps what its import throws (sync: %s)', async (sync) => {
    const cause = new Error('no such module');
    const fails = (): never => {
      throw cause;
    };
    const code = codeOf(sync ? fails : async () => fails());
    const error = await Promise.resolve()
      .then(() => code.load(sync))
      .catch((caught: unknown) => caught as DunlinError);
    expect(error).toMatchObject({ code: 'MODULE_FAILED', cause, migration: { version: 2, name: 'a' } });
    expect(tell(error as DunlinError)).toBe(
      'MODULE_FAILED\n  m/2_a.ts cannot be imported: no such module.\n' +
        '  Nothing was changed. Correct the module and run again; `cause` holds the original error.',
    );
  });

  it('passes on errors of Dunlin, and describes what is no error', () => {
    const stale = dunlinError('MODULE_STALE', { file: 'm/2_a.ts' });
    const throwing = (thrown: unknown): (() => unknown) => {
      const code = codeOf(() => {
        throw thrown;
      });
      return () => code.load(true);
    };
    expect(throwing(stale)).toThrow(
      expect.objectContaining({ code: 'MODULE_STALE', migration: { version: 2, name: 'a' } }),
    );
    expect(throwing('what')).toThrow('m/2_a.ts cannot be imported: what');
  });

  it('checks what it exports', () => {
    expect(() => codeOf(() => ({ ...exports, version: 3 })).load(true)).toThrow('says that its version is 3');
  });
});
