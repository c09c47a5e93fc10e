import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { createTableText } from '../../../test/support/schemas/create-table.ts';
import { grammarFacts, squeezed, type ConstraintFacts, type TableFacts } from '../../../test/support/schemas/facts.ts';
import { nameKey, quote } from '../names.ts';
import { parseTable } from './table.ts';
import type { ConstraintText, Span } from './types.ts';

// Generated statements are read three times: by the slicer, by a parser that was generated from SQLite's grammar, and
// by SQLite, whose pragmas tell what it understood.

const ROUNDS = process.env['DUNLIN_ROUNDS'] === 'full' ? 20_000 : 1_500;

/** What the slicer reads, in the form of the grammar's facts. */
function sliced(sql: string): TableFacts | undefined {
  const table = parseTable(sql);
  if (table === undefined) return undefined;
  const text = (span: Span): string => squeezed(sql.slice(span.start, span.end));
  const facts = (one: ConstraintText): ConstraintFacts => ({
    kind: one.kind,
    name: one.name,
    columns: one.columns.map(({ name }) => name),
    expression: one.expression && text(one.expression),
    references: one.references && {
      table: one.references.table.name,
      columns: one.references.columns.map(({ name }) => name),
    },
    autoincrement: one.autoincrement,
    stored: one.stored,
  });
  // A name with nothing behind it is no constraint to the grammar.
  const real = (one: ConstraintText): boolean => one.kind !== 'name';
  return {
    name: table.name.name,
    columns: table.columns.map(({ name, type, constraints }) => ({
      name: name.name,
      type: type && text(type),
      constraints: constraints.filter(real).map(facts),
    })),
    constraints: table.constraints.filter(real).map(facts),
    strict: table.options.some(({ kind }) => kind === 'strict'),
    withoutRowid: table.options.some(({ kind }) => kind === 'without-rowid'),
  };
}

it('the slicer reads what SQLite’s grammar reads', () => {
  for (let round = 1; round <= ROUNDS; round++) {
    const sql = createTableText(round);
    expect(sliced(sql), `createTableText(${round})\n${sql}`).toEqual(grammarFacts(sql));
  }
});

it('the slicer reads what SQLite makes of it, and of the text that it stores', () => {
  const database = new Database(':memory:');
  for (let round = 1; round <= ROUNDS / 3; round++) {
    const sql = createTableText(round);
    const where = `createTableText(${round})\n${sql}`;
    database.exec('BEGIN');
    const stored = create(database, sql, where);
    if (stored !== undefined) {
      const facts = sliced(sql)!;
      expect(sliced(stored.sql), where).toEqual({ ...facts, name: stored.name });
      expect(understood(database, stored.name), where).toEqual(expected(facts));
    }
    database.exec('ROLLBACK');
  }
  database.close();
});

it('the slicer reads the texts that ALTER TABLE and CREATE TABLE AS leave behind', () => {
  const database = new Database(':memory:');
  const altered = { done: 0 };
  for (let round = 1; round <= ROUNDS / 6; round++) {
    const where = `createTableText(${round}), altered`;
    database.exec('BEGIN; CREATE TABLE "made as" AS SELECT 1 AS a, \'x\' AS "b c", x\'00\' AS "d,)"');
    const stored = create(database, createTableText(round), where);
    if (stored !== undefined) {
      const table = quote(stored.name);
      const [first] = sliced(stored.sql)!.columns;
      for (const change of [
        `ADD added "odd (1" DEFAULT ')' CHECK (added <> '--') /* ) */`,
        `RENAME ${quote(first!.name)} TO "new ""name"`,
        `ADD "2nd" INTEGER NOT NULL DEFAULT -1 REFERENCES ${table} /* , */`,
        `DROP "new ""name"`,
        'RENAME TO "a ) b"',
      ]) {
        const last = change.startsWith('RENAME TO');
        // SQLite refuses what a table or another object needs.
        if (!attempt(database, `ALTER TABLE ${table} ${change}`)) continue;
        altered.done++;
        const name = last ? 'a ) b' : stored.name;
        const text = storedText(database, name)!;
        expect(sliced(text), `${where}: ${change}\n${text}`).toEqual(grammarFacts(text));
        expect(understood(database, name), text).toEqual(expected(sliced(text)!));
      }
      const made = storedText(database, 'made as')!;
      expect(sliced(made)).toEqual(grammarFacts(made));
      expect(sliced(made)!.columns.map(({ name }) => name)).toEqual(['a', 'b c', 'd,)']);
    }
    database.exec('ROLLBACK');
  }
  expect(altered.done).toBeGreaterThan(ROUNDS / 4);
  database.close();
});

/** Creates the table; undefined where SQLite refuses what the generator does not look at. */
function create(database: Database.Database, sql: string, where: string): { name: string; sql: string } | undefined {
  try {
    database.exec(sql);
  } catch (error) {
    // A comment behind the type and before GENERATED counts as type to SQLite, which STRICT does not let pass.
    expect((error as Error).message, where).toMatch(/^conflicting ON CONFLICT|^unknown datatype .*(?:--|\/\*)/);
    return undefined;
  }
  const name = parseTable(sql)!.name.name;
  return { name, sql: storedText(database, name)! };
}

function storedText(database: Database.Database, name: string): string | undefined {
  return database
    .prepare(
      'SELECT sql FROM (SELECT * FROM main.sqlite_schema UNION ALL SELECT * FROM temp.sqlite_schema) WHERE type = ? AND name = ?',
    )
    .pluck()
    .get('table', name) as string | undefined;
}

function attempt(database: Database.Database, sql: string): boolean {
  try {
    database.exec(sql);
    return true;
  } catch {
    return false;
  }
}

/** What SQLite's pragmas say about a table. */
function understood(database: Database.Database, table: string): unknown {
  const all = <R>(sql: string): R[] => database.prepare(sql).all(table) as R[];
  const columns = all<{ name: string; dflt_value: string | null; hidden: number; pk: number }>(
    'SELECT name, dflt_value, hidden, pk FROM pragma_table_xinfo(?) ORDER BY cid',
  );
  const keys = all<{ parent: string; columns: string; parents: string }>(
    `SELECT "table" AS parent, json_group_array(lower("from") ORDER BY seq) AS columns,
       json_group_array("to" ORDER BY seq) FILTER (WHERE "to" IS NOT NULL) AS parents
     FROM pragma_foreign_key_list(?) GROUP BY id ORDER BY id DESC`,
  );
  const indexes = all<{ columns: string }>(
    `SELECT (SELECT json_group_array(lower(name)) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) AS columns
     FROM pragma_index_list(?) l WHERE origin <> 'c'`,
  );
  const [options] = all<{ wr: number; strict: number }>('SELECT wr, strict FROM pragma_table_list(?)');
  return {
    columns: columns.map(({ name, dflt_value, hidden }) => [name, hidden, dflt_value && squeezed(dflt_value)]),
    keys: keys.map(({ parent, columns: from, parents }) => [parent, JSON.parse(from), JSON.parse(parents)]),
    unique: unique([
      ...indexes.map((index) => index.columns),
      primaryKey(columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)),
    ]),
    withoutRowid: options!.wr === 1,
    strict: options!.strict === 1,
  };
}

function primaryKey(columns: readonly { readonly name: string }[]): string {
  return JSON.stringify(columns.map(({ name }) => nameKey(name)));
}

const unique = (lists: readonly string[]): string[] => [...new Set(lists)].filter((list) => list !== '[]').toSorted();

/** The same, from the slicer's facts. */
function expected(facts: TableFacts): unknown {
  const keys = [
    ...facts.columns.flatMap((column) => column.constraints.map((one) => ({ ...one, columns: [column.name] }))),
    ...facts.constraints,
  ];
  return {
    columns: facts.columns.map(({ name, constraints }) => {
      const generated = constraints.find(({ kind }) => kind === 'generated');
      const value = constraints.findLast(({ kind }) => kind === 'default')?.expression;
      return [
        name,
        generated === undefined ? 0 : generated.stored ? 3 : 2,
        value === undefined ? null : value.replace(/^\( (.*) \)$/, '$1'),
      ];
    }),
    keys: keys
      .filter(({ kind }) => kind === 'foreign-key')
      .map(({ columns, references }) => [references!.table, columns.map(nameKey), references!.columns]),
    unique: unique(
      keys
        .filter(({ kind }) => kind === 'primary-key' || kind === 'unique')
        .map(({ columns }) => JSON.stringify(columns.map(nameKey))),
    ),
    withoutRowid: facts.withoutRowid,
    strict: facts.strict,
  };
}
