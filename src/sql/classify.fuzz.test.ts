import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from './classify.ts';
import { nameKey, quote } from './names.ts';
import { splitStatements } from './split.ts';
import type { Conflict, ParsedStatement } from './types.ts';

// Every statement is generated together with what it is, run on a real database, and what changed there is compared
// with the facts: the generator cannot be wrong about SQLite, nor the classifier about the generator.

const SEED = 20_261_122;
const RUNS = 1_500;

const SCHEMA = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY, "or" TEXT, [temp] TEXT);
  CREATE TABLE "if" (id INTEGER PRIMARY KEY, "not" TEXT REFERENCES parent(id), begin TEXT UNIQUE);
  CREATE INDEX "on" ON "if" ("not");
  CREATE VIEW "view" AS SELECT 1 AS one;
  CREATE TRIGGER "trigger" AFTER INSERT ON "if" BEGIN SELECT 1; END;
  INSERT INTO parent VALUES (1, 'a', 'b'), (2, 'c', 'd');
  INSERT INTO "if" VALUES (1, '1', 'x'), (2, '2', 'y');
`;

/** Names that are free in the schema, many of them spelled like keywords; those that need no quotes and those that do. */
const BARE = [
  'replace',
  'recursive',
  'with',
  'cascade',
  'after',
  'end',
  'x$',
  'größe',
  '\u212a',
  'cast',
  'Window',
  'key',
];
const newName = fc.oneof(
  fc.constantFrom(...BARE),
  fc.constantFrom('select', 'table', 'a b', 'a"b', "it's", 'a`b', 'x;y', '--', 'references', 'Ä', 'not null'),
);

/** A name as it may be written. */
const written = (name: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    quote(name),
    `[${name}]`,
    `\`${name.replaceAll('`', '``')}\``,
    `'${name.replaceAll("'", "''")}'`,
    ...(BARE.includes(name) || name === 'parent' ? [name, name, name] : []),
  );

const schema = fc.constantFrom(undefined, undefined, 'main', 'MAIN', '"main"');
const maybe = (text: string): fc.Arbitrary<string> => fc.constantFrom('', text);

/** Puts the parts together with odd white space, and the keywords in odd case. */
const sql = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constantFrom(part, part.toLowerCase()) : part))),
      fc.array(fc.constantFrom(' ', ' ', '\n', '\t', ' -- ;\r\n', '/* ) */'), { minLength: 20, maxLength: 20 }),
    )
    .map(([texts, gaps]) =>
      texts
        .filter((text) => text !== '')
        .map((text, i) => gaps[i] + text)
        .join(''),
    );

interface Case {
  readonly sql: string;
  readonly facts: ParsedStatement;
}

const unqualified = (name: string): { schema: undefined; name: string } => ({ schema: undefined, name });

const createTable: fc.Arbitrary<Case> = fc
  .record({
    name: newName,
    keyword: fc.constantFrom('', 'TEMP', 'TEMPORARY'),
    ifNotExists: fc.boolean(),
    references: fc.subarray(['parent', 'if', 'references']),
    replaces: fc.boolean(),
    as: fc.boolean(),
  })
  .chain(({ name, keyword, ifNotExists, references, replaces, as }) =>
    fc
      .tuple(
        written(name),
        fc.tuple(...references.map(written)),
        fc.constantFrom('NOT NULL', 'UNIQUE', 'PRIMARY KEY'),
        fc.boolean(),
      )
      .chain(([nameText, targets, constraint, atTheEnd]) => {
        const columns = targets.map((target, i) => (atTheEnd ? `r${i}` : `r${i} INT REFERENCES ${target}(id)`));
        const keys = atTheEnd
          ? targets.map((target, i) => `FOREIGN KEY(r${i}) REFERENCES ${target} ON DELETE CASCADE`)
          : [];
        const first = `x TEXT ${constraint} ${replaces ? 'ON CONFLICT REPLACE' : 'ON CONFLICT IGNORE'} DEFAULT 'ON CONFLICT REPLACE'`;
        const body = as ? 'AS SELECT 1 AS one' : `(${[first, ...columns, ...keys].join(', ')})`;
        return sql(
          'CREATE',
          keyword,
          'TABLE',
          ifNotExists ? 'IF NOT EXISTS' : '',
          fc.constant(nameText),
          fc.constant(body),
        );
      })
      .map((text) => ({
        sql: text,
        facts: {
          verb: 'create',
          object: 'table',
          name: unqualified(name),
          temporary: keyword !== '',
          virtual: false,
          ifNotExists,
          asSelect: as,
          references: as ? [] : references,
          replacesOnConflict: replaces && !as,
        },
      })),
  );

const createView: fc.Arbitrary<Case> = fc
  .record({ name: newName, keyword: fc.constantFrom('', 'TEMP'), ifNotExists: fc.boolean() })
  .chain(({ name, keyword, ifNotExists }) =>
    sql(
      'CREATE',
      keyword,
      'VIEW',
      ifNotExists ? 'IF NOT EXISTS' : '',
      written(name),
      maybe('(one)'),
      'AS SELECT 1',
    ).map((text) => ({
      sql: text,
      facts: { verb: 'create', object: 'view', name: unqualified(name), temporary: keyword !== '', ifNotExists },
    })),
  );

const createIndex: fc.Arbitrary<Case> = fc
  .record({ name: newName, unique: fc.boolean(), ifNotExists: fc.boolean(), table: fc.constantFrom('parent', 'if') })
  .chain(({ name, unique, ifNotExists, table }) =>
    sql(
      'CREATE',
      unique ? 'UNIQUE' : '',
      'INDEX',
      ifNotExists ? 'IF NOT EXISTS' : '',
      written(name),
      'ON',
      written(table),
      '(id)',
      maybe('WHERE id > 0'),
    ).map((text) => ({
      sql: text,
      facts: { verb: 'create', object: 'index', name: unqualified(name), table, ifNotExists, unique },
    })),
  );

const HARMLESS = [
  "SELECT replace('DELETE', 'REPLACE', 'x')",
  "UPDATE parent SET temp = 1 OR replace('a', 'b', 'c')",
  'INSERT OR IGNORE INTO parent ("or") VALUES (1)',
  'SELECT CASE WHEN 1 THEN 2 END end',
];
const DELETING = [
  'DELETE FROM parent',
  'REPLACE INTO parent VALUES (1, 2, 3)',
  'INSERT OR REPLACE INTO parent VALUES (1, 2, 3)',
  'update or replace parent set id = 1',
];

const createTrigger: fc.Arbitrary<Case> = fc
  .record({
    name: newName,
    keyword: fc.constantFrom('', 'TEMP'),
    ifNotExists: fc.boolean(),
    table: fc.constantFrom('parent', 'if'),
    event: fc.constantFrom('INSERT', 'AFTER DELETE', 'BEFORE UPDATE', 'UPDATE OF id'),
    body: fc.array(fc.constantFrom(...HARMLESS, ...DELETING), { minLength: 1, maxLength: 3 }),
  })
  .chain(({ name, keyword, ifNotExists, table, event, body }) =>
    sql(
      'CREATE',
      keyword,
      'TRIGGER',
      ifNotExists ? 'IF NOT EXISTS' : '',
      written(name),
      event,
      'ON',
      written(table),
      maybe('FOR EACH ROW'),
      maybe('WHEN 1 OR 2'),
      'BEGIN',
      fc.constant(body.join('; ')),
      ';',
      'END',
    ).map((text) => ({
      sql: text,
      facts: {
        verb: 'create',
        object: 'trigger',
        name: unqualified(name),
        table,
        temporary: keyword !== '',
        ifNotExists,
        deletes: body.some((statement) => DELETING.includes(statement)),
      },
    })),
  );

const qualified = (name: string): fc.Arbitrary<{ text: string; name: { schema: string | undefined; name: string } }> =>
  fc.tuple(schema, written(name)).map(([prefix, text]) => ({
    text: prefix === undefined ? text : `${prefix}.${text}`,
    name: { schema: prefix?.replaceAll('"', ''), name },
  }));

const drop: fc.Arbitrary<Case> = fc
  .tuple(fc.constantFrom(['table', 'if'], ['view', 'view'], ['index', 'on'], ['trigger', 'trigger']), fc.boolean())
  .chain(([[object, name], ifExists]) =>
    qualified(name!).chain((target) =>
      sql('DROP', object!.toUpperCase(), ifExists ? 'IF EXISTS' : '', fc.constant(target.text)).map((text) => ({
        sql: text,
        facts: { verb: 'drop', object: object as 'table', name: target.name, ifExists },
      })),
    ),
  );

const alter: fc.Arbitrary<Case> = fc.tuple(qualified('parent'), newName).chain(([table, to]) =>
  written(to).chain((newText) =>
    fc
      .oneof(
        sql('RENAME TO', fc.constant(newText)).map((text) => ({ text, change: { kind: 'rename-table', to } as const })),
        sql('RENAME', maybe('COLUMN'), written('or'), 'TO', fc.constant(newText)).map((text) => ({
          text,
          change: { kind: 'rename-column', from: 'or', to } as const,
        })),
        sql('ADD', maybe('COLUMN'), fc.constant(newText), maybe('INT')).map((text) => ({
          text,
          change: { kind: 'add-column', column: to, references: [] } as const,
        })),
        sql('ADD', maybe('COLUMN'), fc.constant(newText), 'INT REFERENCES', written('if'), '(id)').map((text) => ({
          text,
          change: { kind: 'add-column', column: to, references: ['if'] } as const,
        })),
        sql('DROP', maybe('COLUMN'), written('or')).map((text) => ({
          text,
          change: { kind: 'drop-column', column: 'or' } as const,
        })),
        sql('ADD', maybe('CONSTRAINT positive'), 'CHECK (id > 0)').map((text) => ({
          text,
          change: { kind: 'other' } as const,
        })),
        sql('ALTER', maybe('COLUMN'), written('or'), 'SET NOT NULL').map((text) => ({
          text,
          change: { kind: 'other' } as const,
        })),
      )
      .chain(({ text, change }) =>
        sql('ALTER TABLE', fc.constant(table.text), fc.constant(text)).map((whole) => ({
          sql: whole,
          facts: { verb: 'alter', name: table.name, change },
        })),
      ),
  ),
);

const CONFLICTS: readonly (Conflict | undefined)[] = [undefined, 'replace', 'rollback', 'abort', 'fail', 'ignore'];

const change: fc.Arbitrary<Case> = fc
  .record({
    target: qualified('parent'),
    conflict: fc.constantFrom(...CONFLICTS),
    with: fc.constantFrom(
      '',
      'WITH "insert" AS (SELECT 7 AS id)',
      'WITH RECURSIVE replace(id) AS MATERIALIZED (SELECT 7), x AS (VALUES (1))',
    ),
    kind: fc.constantFrom('insert', 'values', 'replace', 'update', 'delete'),
    alias: fc.boolean(),
  })
  .chain(({ target, conflict, with: clause, kind, alias }) => {
    const or = conflict === undefined ? '' : `OR ${conflict}`;
    const name = fc.constant(target.text + (alias ? ' AS replace' : ''));
    const text = {
      insert: () => sql(clause, 'INSERT', or, 'INTO', name, '(id)', 'SELECT 7 UNION SELECT 8 ORDER BY 1'),
      values: () => sql(clause, 'INSERT', or, 'INTO', name, 'DEFAULT VALUES'),
      replace: () => sql(clause, 'REPLACE INTO', name, 'VALUES (1, 2, 3)'),
      update: () => sql(clause, 'UPDATE', or, name, "SET temp = replace('x', 'x', 'y')"),
      delete: () => sql(clause, 'DELETE FROM', name, 'WHERE id = 1'),
    }[kind];
    return text().map((whole) => ({
      sql: whole,
      facts: {
        verb: kind === 'values' || kind === 'replace' ? 'insert' : (kind as 'insert'),
        name: target.name,
        conflict: kind === 'replace' ? 'replace' : kind === 'delete' ? undefined : conflict,
      },
    }));
  });

const pragma: fc.Arbitrary<Case> = fc
  .tuple(
    fc.constantFrom(
      ['user_version', '= 7', '7'],
      ['user_version', '=-7', '-7'],
      ['user_version', '( + 7 )', '7'],
      ['User_Version', '', undefined],
      ['"user_version"', "= '7'", '7'],
      ['foreign_keys', '(on)', 'on'],
      ['foreign_keys', '= "OFF"', 'OFF'],
      ['journal_mode', '= DELETE', 'DELETE'],
      ['temp_store', '= default', 'default'],
    ),
    schema,
  )
  .chain(([[name, value, expected], prefix]) =>
    sql('PRAGMA', fc.constant(prefix === undefined ? name! : `${prefix} . ${name!}`), fc.constant(value!)).map(
      (text) => ({
        sql: text,
        facts: {
          verb: 'pragma',
          schema: prefix?.replaceAll('"', ''),
          name: nameKey(name!.replaceAll('"', '')),
          value: expected,
        },
      }),
    ),
  );

const anything = fc.oneof(createTable, createView, createIndex, createTrigger, drop, alter, change, pragma);

interface Row {
  readonly schema: string;
  readonly type: string;
  readonly name: string;
  readonly table: string;
}

class Reality {
  readonly db: Database.Database = new Database(':memory:');

  constructor() {
    this.db.pragma('foreign_keys = OFF');
    this.db.exec(SCHEMA);
  }

  objects(): Row[] {
    return this.db
      .prepare<[], Row>(
        `SELECT 'main' AS schema, type, name, tbl_name AS "table" FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite_%'
         UNION ALL SELECT 'temp', type, name, tbl_name FROM temp.sqlite_schema WHERE name NOT LIKE 'sqlite_%'`,
      )
      .all();
  }

  rows(): Map<string, string> {
    const tables = this.objects().filter((row) => row.type === 'table');
    return new Map(
      tables.map(({ name }) => [name, JSON.stringify(this.db.prepare(`SELECT * FROM ${quote(name)}`).all())]),
    );
  }

  columns(table: string): string[] {
    return this.db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  }

  foreignKeys(table: string): string[] {
    return this.db.prepare<[string], string>('SELECT "table" FROM pragma_foreign_key_list(?)').pluck().all(table);
  }
}

/** Runs the statement and checks that the facts say what has happened. */
function compare({ sql: text, facts }: Case): void {
  const reality = new Reality();
  const before = reality.objects();
  const rowsBefore = reality.rows();
  reality.db.exec(text);
  const after = reality.objects();
  const added = after.filter((row) => !before.some((old) => JSON.stringify(old) === JSON.stringify(row)));
  const removed = before.filter((row) => !after.some((next) => JSON.stringify(next) === JSON.stringify(row)));

  if (facts.verb === 'create') {
    const schemaName = 'temporary' in facts && facts.temporary ? 'temp' : 'main';
    const table = 'table' in facts ? facts.table : facts.name.name;
    expect(added).toEqual([{ schema: schemaName, type: facts.object, name: facts.name.name, table }]);
    if (facts.object === 'table')
      expect(reality.foreignKeys(facts.name.name).sort()).toEqual([...facts.references].sort());
  } else if (facts.verb === 'drop') {
    expect(removed).toContainEqual(expect.objectContaining({ type: facts.object, name: facts.name.name }));
  } else if (facts.verb === 'alter') {
    const { kind } = facts.change;
    if (kind === 'rename-table') expect(added).toContainEqual(expect.objectContaining({ name: facts.change.to }));
    const columns = reality.columns('parent');
    if (kind === 'rename-column') expect(columns).toEqual(['id', facts.change.to, 'temp']);
    if (kind === 'add-column') {
      expect(columns).toEqual(['id', 'or', 'temp', facts.change.column]);
      expect(reality.foreignKeys('parent')).toEqual(facts.change.references);
    }
    if (kind === 'drop-column') expect(columns).toEqual(['id', 'temp']);
    if (kind === 'other') expect(columns).toEqual(['id', 'or', 'temp']);
  } else if (facts.verb === 'insert' || facts.verb === 'update' || facts.verb === 'delete') {
    const rows = reality.rows();
    const changed = [...rows.keys()].filter((name) => rows.get(name) !== rowsBefore.get(name));
    expect(changed).toEqual([facts.name.name]);
  }
  reality.db.close();
}

describe('classify, against what a real database does', () => {
  it(`names what a statement creates, drops, alters and writes (${RUNS} statements, seed ${SEED})`, () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anything, (generated) => {
        const pieces = splitStatements(generated.sql);
        expect(pieces.length).toBe(1);
        expect(classify(pieces[0]!)).toEqual(generated.facts);
        compare(generated);
        seen.add(generated.facts.verb);
        const explained = splitStatements(`EXPLAIN ${generated.sql}`);
        expect(explained.map(classify)).toEqual([{ verb: 'explain' }]);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect([...seen].sort()).toEqual(['alter', 'create', 'delete', 'drop', 'insert', 'pragma', 'update']);
  });
});
