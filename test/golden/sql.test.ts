import Database from 'better-sqlite3';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classify, firstIllegal, normalize, tablesRead, splitStatements, tokenize } from '../../src/sql/index.ts';

// Each case is two files: <case>.sql, and <case>.golden.json with what is read from it. To add one, write the first and
// run this test with UPDATE_GOLDEN=1; then look at the second with a doubting eye. A case runs on a real database too,
// unless its name begins with `broken-`.

const directory = new URL('sql/', import.meta.url);

function readSql(text: string): unknown {
  const statements = splitStatements(text).map((statement) => {
    const { line, column, offset, sql } = statement;
    const illegal = firstIllegal(statement)?.text;
    return {
      line,
      column,
      offset,
      sql,
      ...classify(statement),
      sources: [...tablesRead(statement)].sort(),
      illegal,
    };
  });
  return { statements, normalized: normalize(tokenize(text)) };
}

/** The value as JSON has it, in which what is undefined does not exist. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('golden SQL', () => {
  const cases = readdirSync(directory).flatMap((file) => /^(.+)\.sql$/.exec(file)?.[1] ?? []);

  it('has its cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
  });

  it.each(cases)('%s', (name) => {
    const text = readFileSync(new URL(`${name}.sql`, directory), 'utf8');
    const golden = new URL(`${name}.golden.json`, directory);
    const actual = asJson(readSql(text));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, `${JSON.stringify(actual, null, 2)}\n`);
    expect(actual).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
  });

  it.each(cases.filter((name) => !name.startsWith('broken-')))('%s runs, statement by statement', (name) => {
    const text = readFileSync(new URL(`${name}.sql`, directory), 'utf8');
    const db = new Database(':memory:');
    for (const { sql } of splitStatements(text)) {
      const statement = db.prepare(sql); // throws unless the piece is exactly one statement
      if (statement.reader) statement.all();
      else statement.run();
    }
    db.close();
  });
});
