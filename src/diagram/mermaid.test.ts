import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMermaid } from '../../test/dump/mermaid.ts';
import { modelOf, shop } from '../../test/dump/model.ts';
import { quote } from '../sql/index.ts';
import { renderDiagram } from './index.ts';

const diagram = (sql: string, views = false): string => renderDiagram('mermaid', modelOf(sql), { views });

describe('mermaid', () => {
  it('shows tables, columns and keys', () => {
    expect(diagram(shop)).toBe(`%% written by \`dunlin dump\`
erDiagram
  "items" {
    INTEGER order_id PK, FK
    INTEGER line PK
    untyped twice "generated"
  }
  "orders" {
    INTEGER id PK
    INTEGER user_id FK "not null"
    DECIMAL(10,2) total
  }
  "profiles" {
    INTEGER user_id PK, FK
    TEXT bio
  }
  "returns" {
    TEXT id PK
    untyped order_id FK
    untyped line FK
    untyped place FK
  }
  "settings" {
    untyped key
    untyped value
  }
  "users" {
    INTEGER id PK
    TEXT email UK "not null"
    INTEGER boss FK
  }
  "orders" ||--o{ "items" : "order_id"
  "users" ||--o{ "orders" : "user_id"
  "users" ||--o| "profiles" : "user_id"
  "places" |o--o{ "returns" : "place"
  "items" |o--o{ "returns" : "order_id, line"
  "users" |o--o{ "users" : "boss"
`);
  });

  it('is read by Mermaid as intended', async () => {
    const { entities, relations } = await readMermaid(diagram(shop, true));
    expect(entities.map((entity) => entity.alias || entity.label)).toEqual([
      'items',
      'orders',
      'profiles',
      'returns',
      'settings',
      'users',
      'broken (view)',
      'totals (view)',
      'places',
    ]);
    expect(entities[1]?.attributes).toEqual([
      { type: 'INTEGER', name: 'id', keys: ['PK'], comment: '' },
      { type: 'INTEGER', name: 'user_id', keys: ['FK'], comment: 'not null' },
      { type: 'DECIMAL(10,2)', name: 'total', keys: [], comment: '' },
    ]);
    expect(relations).toContain('users ONLY_ONE ZERO_OR_MORE orders (user_id)');
    expect(relations).toContain('users ONLY_ONE ZERO_OR_ONE profiles (user_id)');
    expect(relations).toContain('users ZERO_OR_ONE ZERO_OR_MORE users (boss)');
  });

  it.each([
    'end',
    'style',
    'classDef',
    'class',
    'one',
    'only one',
    'u',
    'pk',
    'FK',
    'uk-x',
    'direction TB',
    'wind direction  lr now',
    'with "quotes"',
    'per%cent %%{init}%%',
    'back\\slash',
    'Größe',
    '2fa',
    '日本',
    '🙂',
    'µ',
    'a`b',
    'x~y~z',
    'a{b}',
    'new\nline',
    'erDiagram',
    '--',
    '<b>',
    '#35;',
    'title',
    '',
    ' ',
  ])('can name a table, a column and a type %j', async (name) => {
    const sql = `CREATE TABLE ${quote(name)} (${quote(name)} ${quote(name)} PRIMARY KEY, other TEXT);
      CREATE TABLE child (x REFERENCES ${quote(name)}); CREATE VIEW "v ${name.replaceAll('"', '')}" AS SELECT * FROM child;`;
    const { entities, relations } = await readMermaid(diagram(sql, true));
    expect(entities.length).toBe(3);
    expect(entities.map((entity) => entity.attributes.length).toSorted()).toEqual([1, 1, 2]);
    expect(relations).toHaveLength(1);
  });

  it('keeps tables apart whose names are the same once they are quoted', async () => {
    const { entities } = await readMermaid(
      diagram(`CREATE TABLE "a""b" (x); CREATE TABLE "a'b" (x); CREATE TABLE "a'b 2" (x)`),
    );
    expect(new Set(entities.map(({ label }) => label)).size).toBe(3);
  });

  it('is read whatever the names are', { timeout: 120_000 }, async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => !name.includes('\0'));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(text, { minLength: 3, maxLength: 5 }),
        text,
        async ([table = '', ...columns], type) => {
          // SQLite's names differ in more than the case of letters, and not all of sqlite_... may be made.
          fc.pre(
            new Set(columns.map((name) => name.toLowerCase())).size === columns.length && !/^sqlite_/i.test(table),
          );
          const list = columns.map((name) => `${quote(name)} ${type.trim() === '' ? '' : quote(type)}`);
          const { entities } = await readMermaid(diagram(`CREATE TABLE ${quote(table)} (${list.join(', ')})`));
          expect(entities.map((entity) => entity.attributes.length)).toEqual([columns.length]);
        },
      ),
      { seed: 5, numRuns: 100 },
    );
  });
});
