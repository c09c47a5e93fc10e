import { DatabaseSync } from '@photostructure/sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameKey, quote } from './names.ts';
import { tablesRead } from './tables-read.ts';
import { splitStatements } from './split.ts';

// The oracle is SQLite's authorizer: it is asked about every table that a statement reads while the statement compiles.

const SEED = 20_261_123;
const RUNS = 4_000;
const SQLITE_OK = 0;
const SQLITE_READ = 20;

const TABLES = ['a', 'Replace', 'with', 'window', 'x y', 'from', 'Ä', 'target'];

/** Read, but by being written or by being a function. */
const NOT_SOURCES = ['target', 'json_each'];

/** All that stands where a table can stand: common table expressions and a function as well. */
const KNOWN = [...TABLES.map(nameKey), 'c', 'x', 'json_each'];

const table = fc
  .constantFrom(...TABLES)
  .chain((name) =>
    fc.constantFrom(
      quote(name),
      `[${name}]`,
      `\`${name}\``,
      `'${name}'`,
      ...(/^[a-z]+$/i.test(name) && !['from', 'with'].includes(name) ? [name] : []),
    ),
  )
  .chain((text) => fc.constantFrom(text, text, `main.${text}`, `"main" . ${text}`));

/** Every alias is different, so that no name is ambiguous; some are spelled like the words that matter. */
const alias = fc.constantFrom('', ' AS end', ' AS over', ' filter', ' AS "select"', " 'join'", ' AS "where"');

const { select } = fc.letrec<{ select: string; from: string; item: string; expression: string }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'sql' },
    fc.tuple(table, alias).map(([name, as]) => name + as),
    fc.tuple(table).map(([name]) => `${name} NOT INDEXED`),
    tie('select').map((text) => `(${text})`),
    tie('from').map((text) => `(${text})`),
    fc.constant("json_each('[1, 2]', '$') AS j"),
    fc.constant('(VALUES (1, 2), (3, 4))'),
    tie('select').map((text) => `(WITH c(x) AS (${text}) SELECT 1 FROM c, c AS d)`),
  ),
  from: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'sql' },
    tie('item'),
    fc.tuple(tie('from'), tie('item')).map(([a, b]) => `${a}, ${b}`),
    fc
      .tuple(tie('from'), fc.constantFrom('JOIN', 'LEFT JOIN', 'CROSS JOIN', 'NATURAL JOIN', 'join'), tie('item'))
      .map(([a, join, b]) => `${a} ${join} ${b}`),
    fc
      .tuple(tie('from'), tie('item'), tie('expression'), tie('item'))
      .map(([a, b, on, c]) => `${a} JOIN ${b} ON max(${on}, 1) /* , */, ${c}`),
  ),
  expression: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'sql' },
    fc.constantFrom('1', 'max(1, 2)', '1 IS NOT DISTINCT FROM 2', '1 IN (1, 2)', "'from'"),
    tie('select').map((text) => `(${text})`),
    tie('select').map((text) => `EXISTS (${text})`),
    tie('select').map((text) => `1 NOT IN (${text})`),
    table.map((name) => `(1, 2) IN ${name}`),
  ),
  select: fc
    .tuple(
      tie('expression'),
      tie('from'),
      fc.constantFrom(' WHERE ', ' GROUP BY ', ' ORDER BY 1, ', ' LIMIT '),
      tie('expression'),
      fc.option(tie('from'), { nil: undefined }),
    )
    .map(([first, from, clause, expression, second]) => {
      // What follows an ORDER BY or LIMIT cannot be a compound, so those end the second half.
      const tail = clause === ' ORDER BY 1, ' ? ' ORDER BY 1' : clause + expression;
      return second === undefined
        ? `SELECT ${first} FROM ${from}${tail}`
        : `SELECT ${first} FROM ${from} UNION ALL SELECT 1 FROM ${second}${tail}`;
    }),
})) as unknown as { select: fc.Arbitrary<string> };

const statement = fc.oneof(
  { weight: 4, arbitrary: select },
  select.map((text) => `INSERT INTO target SELECT x, 1 FROM (SELECT 1 AS x, * FROM (${text}) AS q)`),
  select.map((text) => `WITH x AS (${text}) DELETE FROM target WHERE a IN (SELECT 1 FROM x)`),
  select.map((text) => `UPDATE target SET a = (${text}), b = 2 FROM a, "with" w WHERE true`),
  select.map((text) => `CREATE TABLE new AS ${text}`),
);

describe('tablesRead, against the authorizer', () => {
  it(`finds every table that is read, and nothing that is none (${RUNS} statements, seed ${SEED})`, () => {
    const db = new DatabaseSync(':memory:');
    for (const name of TABLES) db.exec(`CREATE TABLE ${quote(name)} (a, b)`);
    let read = new Set<string>();
    db.setAuthorizer((action, first, _column, schema) => {
      if (action === SQLITE_READ && schema !== null && !first?.startsWith('sqlite_')) read.add(nameKey(first ?? ''));
      return SQLITE_OK;
    });
    let compiled = 0;
    fc.assert(
      fc.property(statement, (sql) => {
        read = new Set();
        try {
          db.prepare(sql);
        } catch (error) {
          expect((error as Error).message).not.toMatch(/syntax error|unrecognized|incomplete/);
          return;
        }
        compiled++;
        const found = tablesRead(splitStatements(sql)[0]!);
        for (const name of read) if (!NOT_SOURCES.includes(name)) expect([...found], sql).toContain(name);
        for (const name of found) expect(KNOWN, sql).toContain(name);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    db.close();
    expect(compiled).toBeGreaterThan(RUNS / 2);
  });
});
