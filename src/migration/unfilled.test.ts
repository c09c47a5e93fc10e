import { describe, expect, it } from 'vitest';
import { migrationText } from '../node/scaffold-text.ts';
import { isUnfilledCode } from './definition.ts';
import { isUnfilled, parseSql } from './sql-migration.ts';
import type { MigrationDefinition } from './types.ts';

type Up = MigrationDefinition['up'];

const facts = { id: '004_tags', title: 'tags', author: 'Ada', up: undefined, date: '2026-11-21' };

describe('an UP part', () => {
  it('is not filled in as it is written by `dunlin create`', () => {
    const { up } = parseSql(migrationText('sql', facts), { file: '004_tags.sql' });
    expect(isUnfilled(up.text)).toBe(true);
  });

  it.each([
    '',
    ' \n\t\n',
    ';',
    '\n;\n;',
    '-- Migration: 004_tags\n-- Description: tags\n-- Author: Ada\n-- Date: 2026-11-21\n',
    '-- dunlin: no-transaction\n',
    '-- Schema-Version: 1.2.0\n;',
  ])('is not filled in: %j', (text) => {
    expect(isUnfilled(text)).toBe(true);
  });

  it.each(['SELECT 1', '-- nothing to do here', '/* reserved */', '-- Migration: x\n-- only on Postgres\n', "''"])(
    'is filled in: %j',
    (text) => {
      expect(isUnfilled(text)).toBe(false);
    },
  );
});

describe('the up of a definition', () => {
  it.each<[string, Up]>([
    ['a method', { up() {} }.up],
    [
      'the template',
      {
        up: (db: { exec(sql: string): void }) => {
          db.exec(``);
        },
      }.up as Up,
    ],
    ['an arrow function', () => {}],
    ['an arrow function with a call', (db) => db.exec('')],
    [
      'an async one',
      async (db) => {
        await db.exec('');
      },
    ],
    ['an async method', { async up() {} }.up],
    ['a function', function up() {}],
    ['a text', '-- Migration: x'],
  ])('does nothing: %s', (_, up) => {
    expect(isUnfilledCode(up)).toBe(true);
  });

  it.each<[string, Up]>([
    ['a statement', (db) => db.exec('SELECT 1')],
    [
      'a comment',
      () => {
        /* nothing to do here */
      },
    ],
    [
      'two calls',
      (db) => {
        db.exec('');
        db.exec('SELECT 1');
      },
    ],
    [
      'another call',
      (db) => {
        db.run('');
      },
    ],
    ['a value', () => undefined],
    [
      'a condition',
      (db) => {
        if (db.get('SELECT 1') === undefined) db.exec('');
      },
    ],
    ['a text', '-- reserved'],
  ])('may do something: %s', (_, up) => {
    expect(isUnfilledCode(up)).toBe(false);
  });
});
