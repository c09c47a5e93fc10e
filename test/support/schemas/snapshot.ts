import type { DatabaseBridge, Row } from '../../../src/bridge/index.ts';
import { quoted } from './rows.ts';

/** Everything that a database holds and that can be compared: texts, rows with their storage classes, statistics. */
export interface Snapshot {
  /** `type name`: the text as SQLite stores it. */
  readonly objects: ReadonlyMap<string, string>;
  /** By table: one line a row, in the order of the rowid or the key; columns by name. */
  readonly rows: ReadonlyMap<string, readonly string[]>;
  readonly sequences: readonly string[];
  /** One line of JSON a row of sqlite_stat1 and sqlite_stat4: table, index, figures. */
  readonly statistics: readonly string[];
  /** What integrity_check, foreign_key_check and the full-text tables complain of. */
  readonly complaints: readonly string[];
}

export type Query = (sql: string) => readonly Row[];

export function queryOf(bridge: DatabaseBridge): Query {
  return (sql) => bridge.query(sql, []) as readonly Row[];
}

/** Looks at all of a database but Dunlin's own tables. */
export function snapshot(query: Query): Snapshot {
  const schema = query(
    `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  ).filter((row) => !String(row['name']).startsWith('schema_migration'));
  const shadows = new Set(query(`SELECT name FROM pragma_table_list WHERE type = 'shadow'`).map((row) => row['name']));
  const tables = schema.filter((row) => row['type'] === 'table' && !shadows.has(row['name']));
  const ordinary = tables.filter((row) => !isVirtual(row)).map((row) => String(row['name']));
  const has = (name: string): boolean => query(`SELECT 1 FROM sqlite_schema WHERE name = '${name}'`).length > 0;
  return {
    objects: new Map(
      schema
        .filter((row) => !shadows.has(row['name']))
        .map((row) => [`${String(row['type'])} ${String(row['name'])}`, String(row['sql'])]),
    ),
    rows: new Map(ordinary.map((table) => [table, rowsOf(query, table)])),
    sequences: has('sqlite_sequence')
      ? query('SELECT name, seq FROM sqlite_sequence ORDER BY name')
          .filter((row) => ordinary.includes(String(row['name'])))
          .map((row) => `${String(row['name'])} ${String(row['seq'])}`)
      : [],
    statistics: [
      ...(has('sqlite_stat1') ? query('SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY tbl, idx, stat') : []),
      ...(has('sqlite_stat4')
        ? query('SELECT tbl, idx, neq, nlt, ndlt, hex(sample) FROM sqlite_stat4 ORDER BY 1, 2, 3, 4, 5, 6')
        : []),
    ]
      .filter((row) => ordinary.includes(String(row['tbl'])))
      .map((row) => JSON.stringify(Object.values(row))),
    complaints: [
      ...query('PRAGMA integrity_check')
        .map((row) => String(row['integrity_check']))
        .filter((text) => text !== 'ok'),
      ...query('PRAGMA foreign_key_check').map((row) => JSON.stringify(row, plain)),
      ...tables.filter(isVirtual).flatMap((row) => searchComplaints(query, String(row['name']))),
    ],
  };
}

function isVirtual(row: Row): boolean {
  return /^create virtual/i.test(String(row['sql']));
}

function searchComplaints(query: Query, name: string): string[] {
  const table = quoted(name);
  try {
    query(`INSERT INTO ${table} (${table}, rank) VALUES ('integrity-check', 1)`);
    return [];
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  }
}

/** The rows of a table as text, exact: storage class and bytes of every value. */
function rowsOf(query: Query, table: string): string[] {
  const columns = query(`SELECT name FROM pragma_table_xinfo('${table.replaceAll("'", "''")}') ORDER BY cid`).map(
    (row) => String(row['name']),
  );
  const [listed] = query(
    `SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = '${table.replaceAll("'", "''")}'`,
  );
  const alias =
    Number(listed?.['wr']) === 1
      ? undefined
      : ['rowid', '_rowid_', 'oid'].find((name) => !columns.some((column) => column.toLowerCase() === name));
  const parts = columns.map((column) => `' ' || ${exact(quoted(column))}`);
  const lines = query(
    `SELECT ${alias ?? `''`}${parts.map((part) => ` || ${part}`).join('')} AS line FROM ${quoted(table)}${alias === undefined ? '' : ` ORDER BY ${alias}`}`,
  ).map((row) => String(row['line']));
  return alias === undefined ? lines.toSorted() : lines;
}

/** SQL for a value with its storage class, so that values that look alike do not compare equal. */
export function exact(value: string): string {
  return `CASE typeof(${value}) WHEN 'null' THEN 'NULL' WHEN 'integer' THEN 'i' || ${value} WHEN 'real' THEN printf('r%!.17g', ${value}) ELSE substr(typeof(${value}), 1, 1) || hex(${value}) END`;
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
