import type { Row, Value } from '../bridge/index.ts';
import { nameKey, unquote } from '../sql/index.ts';

interface MockTable {
  readonly columns: readonly { readonly name: string; readonly pk: number }[];
  readonly rows: Record<string, Value>[];
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|\w+)`;
const CREATE = new RegExp(`^CREATE TABLE (?:main\\.)?(${NAME}) \\((.*)\\)$`, 's');
const INSERT = new RegExp(`^INSERT INTO (?:main\\.)?(${NAME}) \\(([^)]*)\\) VALUES`);
const UPDATE = new RegExp(`^UPDATE (?:main\\.)?(${NAME}) SET (.*?)(?: WHERE (.*))?$`, 's');
const DELETE = new RegExp(`^DELETE FROM (?:main\\.)?(${NAME})(?: WHERE (.*))?$`, 's');
const SELECT = new RegExp(
  `^SELECT (.*?) FROM (?:main\\.)?(${NAME})(?: WHERE (.*?))?(?: ORDER BY (\\w+)( DESC)?)?(?: LIMIT (\\d+))?$`,
  's',
);
const NEWEST_RUNS = /^run_id IN \(SELECT/;

/**
 * The tracking tables of a mock. It supports only the SQL that Dunlin uses for its own tables: statements on one table with
 * `column = ?` conditions.
 */
export class MockTables {
  readonly #names: ReadonlySet<string>;
  #tables = new Map<string, MockTable>();

  constructor(names: readonly string[]) {
    this.#names = new Set(names.map(nameKey));
  }

  /** Executes a statement on one of the tables and returns its rows; undefined for any other statement. */
  answer(sql: string, params: readonly Value[]): readonly Row[] | undefined {
    return this.#create(sql) ?? this.#columns(sql, params) ?? this.#write(sql, params) ?? this.#read(sql, params);
  }

  /** A copy of all rows, for a rollback. */
  snapshot(): () => void {
    const copy = new Map(
      [...this.#tables].map(([name, { columns, rows }]) => [name, { columns, rows: rows.map((row) => ({ ...row })) }]),
    );
    return () => {
      this.#tables = copy;
    };
  }

  #create(sql: string): readonly Row[] | undefined {
    const [, name, body = ''] = CREATE.exec(sql) ?? [];
    if (name === undefined || !this.#names.has(key(name))) return undefined;
    const columns = body.split(',').map((column) => ({
      name: /\w+/.exec(column)?.[0] ?? '',
      pk: column.includes('PRIMARY KEY') ? 1 : 0,
    }));
    this.#tables.set(key(name), { columns, rows: [] });
    return [];
  }

  /** The columns of one table, as `readColumns` asks for them. */
  #columns(sql: string, [table]: readonly Value[]): readonly Row[] | undefined {
    if (!sql.includes('(SELECT ? AS tbl) AS t, pragma_table_xinfo(')) return undefined;
    return (this.#tables.get(nameKey(String(table)))?.columns ?? []).map((column) => ({ ...column }));
  }

  #write(sql: string, params: readonly Value[]): readonly Row[] | undefined {
    const values = [...params];
    const insert = INSERT.exec(sql);
    const update = UPDATE.exec(sql);
    const table = this.#tables.get(key(insert?.[1] ?? update?.[1] ?? DELETE.exec(sql)?.[1] ?? ''));
    if (table === undefined) return undefined;
    if (insert !== null) {
      const row: Record<string, Value> = Object.fromEntries(table.columns.map((column) => [column.name, null]));
      for (const column of insert[2]!.split(', ')) row[column] = values.shift() ?? null;
      row['id'] ??= 1 + Math.max(0, ...table.rows.map((other) => Number(other['id'] ?? 0)));
      table.rows.push(row);
    } else if (update !== null) {
      const changes = update[2]!.split(', ').map((change) => assignment(change, values));
      for (const row of this.#where(table, update[3], values)) {
        for (const { column, value } of changes) row[column] = value;
      }
    } else {
      const gone = new Set(this.#where(table, DELETE.exec(sql)?.[2], values));
      table.rows.splice(0, table.rows.length, ...table.rows.filter((row) => !gone.has(row)));
    }
    return [];
  }

  #read(sql: string, params: readonly Value[]): readonly Row[] | undefined {
    const [, list = '', name = '', where, order, descending, limit] = SELECT.exec(sql) ?? [];
    const table = this.#tables.get(key(name));
    if (table === undefined) return undefined;
    const rows = this.#where(table, where, [...params]);
    if (order !== undefined)
      rows.sort((a, b) => (Number(a[order]) - Number(b[order])) * (descending === undefined ? 1 : -1));
    const columns = list === '*' ? table.columns.map((column) => column.name) : list.split(', ');
    return rows
      .slice(0, limit === undefined ? undefined : Number(limit))
      .map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
  }

  #where(table: MockTable, where: string | undefined, values: Value[]): Record<string, Value>[] {
    if (where === undefined) return [...table.rows];
    if (NEWEST_RUNS.test(where)) {
      const runs = new Set(table.rows.map((row) => row['run_id']));
      const newest = new Set([...runs].slice(-Number(values[0])));
      return table.rows.filter((row) => newest.has(row['run_id']));
    }
    const conditions = where.split(' AND ').map((text) => condition(text, values));
    return table.rows.filter((row) => conditions.every((holds) => holds(row)));
  }
}

/** `column = ?` or `column = 'text'`. */
function assignment(text: string, values: Value[]): { readonly column: string; readonly value: Value } {
  const [, column = '', literal] = /^(\w+) = (?:\?|'(\w*)')$/.exec(text) ?? [];
  if (column === '') throw new Error(`The mock bridge does not understand ${text}`);
  return { column, value: literal ?? values.shift() ?? null };
}

/** `column = ?`, `column = 'text'`, `column IS NULL` or `column IS NOT NULL`. */
function condition(text: string, values: Value[]): (row: Readonly<Record<string, Value>>) => boolean {
  const [, column = '', not] = /^(\w+) IS (NOT )?NULL$/.exec(text) ?? [];
  if (column !== '') return (row) => ((row[column] ?? null) === null) === (not === undefined);
  const wanted = assignment(text, values);
  return (row) => (row[wanted.column] ?? null) === wanted.value;
}

function key(name: string): string {
  return nameKey(unquote(name));
}
