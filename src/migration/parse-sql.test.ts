import { describe, expect, it } from 'vitest';
import { parseSql } from './sql-migration.ts';
import type { SqlContent } from './types.ts';

const origin = {
  file: 'migrations/002_add_roles.sql',
  id: '002_add_roles',
  migration: { version: 2, name: 'add_roles' },
};
const parse = (text: string): SqlContent => parseSql(text, origin);
const sqlOf = (section: SqlContent['up'] | undefined): string[] | undefined =>
  section?.statements.map(({ sql }) => sql);
const whole = (up: string, down: string, verify?: string): string =>
  `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n${verify === undefined ? '' : `-- === VERIFY ===\n${verify}\n`}`;

describe('parseSql', () => {
  it('splits a file into header, UP, DOWN and VERIFY', () => {
    const content = parse(
      [
        '-- Migration: 002_add_roles',
        '-- Description: Add a role to each user',
        '-- Author: Ada',
        '-- Date: 2026-11-21',
        '-- Schema-Version: 1.1.0',
        '',
        '-- === UP MIGRATION ===',
        "ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user';",
        'CREATE INDEX users_role ON users (role);',
        '',
        '-- === DOWN MIGRATION ===',
        'DROP INDEX users_role;',
        '  ALTER TABLE users DROP COLUMN role',
        '-- === VERIFY ===',
        '-- every user has a role',
        'SELECT count(*) = 0 FROM users WHERE role IS NULL;',
      ].join('\n'),
    );
    expect(content.header).toEqual({
      migration: '002_add_roles',
      description: 'Add a role to each user',
      author: 'Ada',
      date: '2026-11-21',
      schemaVersion: '1.1.0',
    });
    expect(sqlOf(content.up)).toEqual([
      "ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user'",
      'CREATE INDEX users_role ON users (role)',
    ]);
    expect(sqlOf(content.down)).toEqual(['DROP INDEX users_role', 'ALTER TABLE users DROP COLUMN role']);
    expect(content.down?.statements[1]).toMatchObject({ line: 13, column: 3 });
    expect(content.verify).toMatchObject([{ name: 'every user has a role', statement: { line: 16, column: 1 } }]);
    expect(content.warnings).toEqual([]);
    expect(content.directives).toEqual({ destructive: [], noTransaction: false, foreignKeys: false, batches: [] });
  });

  it('reads a file without any marker as all UP, without DOWN', () => {
    const content = parse('CREATE TABLE a (x);\nCREATE TABLE b (y)');
    expect(sqlOf(content.up)).toEqual(['CREATE TABLE a (x)', 'CREATE TABLE b (y)']);
    expect(content.down).toBeUndefined();
    expect(content.verify).toEqual([]);
    expect(content.warnings).toEqual([]);
  });

  it.each(['--===up migration===', '--   ==  Up   Migration ==', '\t-- ===== UP =====  ', '-- === UP MIGRATION ===\r'])(
    'recognises the marker %j',
    (marker) => {
      const content = parse(`${marker}\nSELECT 1;\n-- === down ===\nSELECT 2;\n--- === VERIFY ===\n`);
      expect(sqlOf(content.up)).toEqual(['SELECT 1']);
      expect(sqlOf(content.down)).toEqual(['SELECT 2']);
      expect(content.verify).toEqual([]);
    },
  );

  it('reads a file with Windows line endings the same', () => {
    const unix = whole('-- dunlin: destructive\nSELECT 1;', 'SELECT 2;', '-- it holds\nSELECT 3;');
    const content = parse(unix.replaceAll('\n', '\r\n'));
    expect(sqlOf(content.up)).toEqual(['SELECT 1']);
    expect(sqlOf(content.down)).toEqual(['SELECT 2']);
    expect(content.verify).toMatchObject([{ name: 'it holds' }]);
    expect(content.directives.destructive).toBe(true);
    expect(content.up.statements[0]).toMatchObject({ line: 3, column: 1 });
  });

  it('ignores markers within strings, names and block comments', () => {
    const up = [
      "INSERT INTO t VALUES ('",
      '-- === DOWN MIGRATION ===',
      "');",
      '/*',
      '-- === UP MIGRATION ===',
      '*/',
      'CREATE TABLE "',
      '-- === VERIFY ===',
      '" (x);',
    ].join('\n');
    const content = parse(whole(up, 'SELECT 1;'));
    expect(content.up.statements).toHaveLength(2);
    expect(sqlOf(content.down)).toEqual(['SELECT 1']);
  });

  it('keeps a marker at the last line without an end of line as an empty part', () => {
    const content = parse('-- === UP MIGRATION ===\nSELECT 1;\n-- === DOWN MIGRATION ===');
    expect(content.down).toEqual({ text: '', statements: [], batches: new Map() });
  });

  it('takes the parts in any order after UP', () => {
    const content = parse('-- === UP ===\nSELECT 1;\n-- === VERIFY ===\nSELECT 2;\n-- === DOWN ===\nSELECT 3;');
    expect(sqlOf(content.up)).toEqual(['SELECT 1']);
    expect(sqlOf(content.down)).toEqual(['SELECT 3']);
    expect(content.verify.map(({ statement }) => statement.sql)).toEqual(['SELECT 2']);
  });

  it('allows a forward-only file to be verified', () => {
    const content = parse('CREATE TABLE a (x);\n-- === VERIFY ===\nSELECT 1;');
    expect(sqlOf(content.up)).toEqual(['CREATE TABLE a (x)']);
    expect(content.down).toBeUndefined();
    expect(content.verify).toHaveLength(1);
  });

  it('leaves ordinary banners alone', () => {
    const text = '-- === Users ===\nSELECT 1;\n-- === Data migration ===\nSELECT 2;\n-- ======\n-- === UI ===\n';
    expect(sqlOf(parse(text).up)).toEqual(['SELECT 1', 'SELECT 2']);
  });

  it('ends the header at the first statement and keeps the first of each key', () => {
    const { header } = parse('-- Author: Ada\n-- author: Bob\n-- Date:\nSELECT 1;\n-- Description: no');
    expect(header).toEqual({
      author: 'Ada',
      date: undefined,
      description: undefined,
      migration: undefined,
      schemaVersion: undefined,
    });
  });

  it('warns of an empty DOWN part', () => {
    expect(parse(whole('SELECT 1;', '-- nothing to do\n')).warnings).toEqual([
      'its DOWN part is empty: it cannot be rolled back',
    ]);
  });

  it.each(['', '\n\n', ';', '-- Migration: 002_add_roles\n'])('warns that %j is not filled in', (text) => {
    expect(parse(text).warnings).toEqual(['is not filled in: `up` refuses it without --allow-empty']);
  });

  it.each(['-- only a comment', '/* nothing */;;'])('warns that %j does nothing', (text) => {
    expect(parse(text).warnings).toEqual(['has no statements: `up` would record it without changing anything']);
  });

  it.each(['001_add_roles', '002_add_users', 'add_users', '3'])(
    'warns of the header of another file: %s',
    (migration) => {
      expect(parse(`-- Migration: ${migration}\nSELECT 1;`).warnings).toEqual([
        `its header says "Migration: ${migration}", but the file is 002_add_roles`,
      ]);
    },
  );

  it.each(['002_add_roles', '2_add_roles.sql', 'add_roles', 'Add_Roles', '002', '2'])(
    'accepts its own header: %s',
    (migration) => {
      expect(parse(`-- Migration: ${migration}\nSELECT 1;`).warnings).toEqual([]);
    },
  );
});

describe('directives', () => {
  it('are read in the header, between statements and in any case', () => {
    const { directives } = parse(
      '-- dunlin: foreign-keys on\nSELECT 1;\n  --DUNLIN:Destructive users.email , orders\nSELECT 2;',
    );
    expect(directives).toEqual({
      destructive: ['users.email', 'orders'],
      noTransaction: false,
      foreignKeys: true,
      batches: [],
    });
  });

  it('take quoted names', () => {
    const { directives } = parse('-- dunlin: destructive "order lines"."a,b", [old], `x`.y -- moved away');
    expect(directives.destructive).toEqual(['order lines.a,b', 'old', 'x.y']);
  });

  it('add up, and a bare destructive outweighs names', () => {
    const names = '-- dunlin: destructive a\n-- dunlin: destructive b\n';
    expect(parse(names).directives.destructive).toEqual(['a', 'b']);
    expect(parse(`${names}-- dunlin: destructive`).directives.destructive).toBe(true);
    expect(parse(`-- dunlin: destructive\n${names}`).directives.destructive).toBe(true);
  });

  it('may say the default', () => {
    expect(parse('-- dunlin: foreign-keys off\n-- dunlin: no-transaction').directives).toEqual({
      destructive: [],
      noTransaction: true,
      foreignKeys: false,
      batches: [],
    });
  });

  it('rebuilds has two words', () => {
    expect(parse('-- dunlin: rebuilds KEEP').directives.rebuilds).toBe('keep');
    expect(parse('-- dunlin: rebuilds as-written').directives.rebuilds).toBe('as-written');
  });

  it('batch is for the statement below it', () => {
    const { up, down } = parse(
      whole(
        'SELECT 1;\n-- dunlin: batch 10\n-- and why\n\nUPDATE t SET a = 1;\nSELECT 2;\n-- dunlin: batch 20\nDELETE FROM t;',
        '--dunlin:BATCH 30\nUPDATE t SET a = 0;',
      ),
    );
    const sizes = ({ statements, batches }: typeof up): unknown[] =>
      statements.map(({ offset }) => batches.get(offset));
    expect(sizes(up)).toEqual([undefined, 10, undefined, 20]);
    expect(sizes(down!)).toEqual([30]);
  });

  it.each([
    ['-- dunlin: batch\nUPDATE t SET a = 1;', 'takes the number of rows'],
    ['-- dunlin: batch 0\nUPDATE t SET a = 1;', 'takes the number of rows'],
    ['-- dunlin: batch 1e3\nUPDATE t SET a = 1;', 'takes the number of rows'],
    ['UPDATE t SET a = 1;\n-- dunlin: batch 5', 'has to stand above an UPDATE'],
    ['UPDATE t SET\n-- dunlin: batch 5\na = 1;\nUPDATE t SET b = 1;', 'has to stand above an UPDATE'],
    ['-- dunlin: batch 5\n-- dunlin: batch 6\nUPDATE t SET a = 1;', 'has to stand above an UPDATE'],
    [
      '-- dunlin: batch 5\n-- === UP MIGRATION ===\nUPDATE t SET a = 1;\n-- === DOWN MIGRATION ===\n',
      'has to stand above',
    ],
    ['UPDATE t SET a = 1;\n-- === VERIFY ===\n-- dunlin: batch 5\nSELECT 1;', 'has to stand above an UPDATE'],
  ])('batch without a statement of its own is wrong: %j', (text, fact) => {
    expect(() => parse(text)).toThrow(fact);
  });

  it('are not prose about Dunlin', () => {
    expect(parse('-- dunlin runs this\n-- see dunlin: the docs\n').directives.destructive).toEqual([]);
  });
});

describe('verification queries', () => {
  const names = (verify: string): string[] =>
    parse(whole('SELECT 1;', 'SELECT 2;', verify)).verify.map(({ name }) => name);

  it('are named by the comment directly above', () => {
    expect(
      names(
        [
          'SELECT 1; -- a remark about the first',
          'SELECT 2;',
          '-- about the part',
          '',
          'SELECT 3;',
          '-- the third,',
          '-- in two lines',
          'SELECT 4;',
          '/* in a',
          ' * block */',
          'SELECT 5;',
          '-- ---- ruled ----',
          'SELECT 6;',
          '-- before',
          '-- dunlin: destructive',
          'SELECT 7;',
          '/* same line */ SELECT 8;',
        ].join('\n'),
      ),
    ).toEqual([
      'verification query 1',
      'verification query 2',
      'verification query 3',
      'the third, in two lines',
      'in a block',
      'ruled',
      'verification query 7',
      'same line',
    ]);
  });

  it.each([
    'SELECT 1',
    'VALUES (1)',
    'WITH a AS (SELECT 1 AS x) SELECT x FROM a',
    'PRAGMA user_version',
    "PRAGMA table_info('users')",
  ])('may be %s', (query) => {
    expect(names(query)).toHaveLength(1);
  });

  it.each(['integrity_check', 'quick_check', 'foreign_key_check'])(
    'warn when PRAGMA %s cannot tell anything',
    (pragma) => {
      const { warnings } = parse(whole('SELECT 1;', 'SELECT 2;', `PRAGMA ${pragma};\nPRAGMA user_version;`));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('verification query "verification query 1"');
    },
  );
});
