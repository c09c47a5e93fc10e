import { queryOn, type Op, type Row } from '../bridge/index.ts';
import { readTables, type TableInfo } from '../schema/index.ts';
import { quote } from '../sql/index.ts';
import type { DatabaseRef } from './read-database.ts';

/** What a copy of a database must have in common with it: a summary to compare, not the copy itself. */
export interface DatabaseSummary {
  readonly pageSize: number;
  readonly encoding: string;
  readonly userVersion: number;
  readonly applicationId: number;
  /** Every object with its SQL, as sqlite_schema has it. */
  readonly schema: readonly Row[];
  readonly tables: readonly TableSummary[];
  /**
   * What SQLite's integrity check found in the original, such as a row that breaks a CHECK. An exact copy has it too. Added
   * by the caller of `readSummary`.
   */
  readonly flaws?: readonly string[];
}

export interface TableSummary {
  readonly name: string;
  readonly rows: number;
  /**
   * Least, greatest and sum of the rowids, if the table has no INTEGER PRIMARY KEY: VACUUM may then give its rows new ones
   * (sqlite.org/lang_vacuum.html), and whatever refers to them, such as an external-content FTS5 table, would be wrong.
   */
  readonly rowids: string | undefined;
}

/** The database of the run, on its own connection. */
export const runDatabase: DatabaseRef = { connection: undefined, schema: 'main' };

/** Reads the run's database, or another one. */
export function* readSummary(database: DatabaseRef = runDatabase): Op<DatabaseSummary> {
  const schema = yield* queryOn(
    database.connection,
    `SELECT type, name, tbl_name, sql FROM ${database.schema}.sqlite_schema ORDER BY type, name, sql`,
  );
  const tables: TableSummary[] = [];
  for (const table of yield* readTables(database.schema, database.connection))
    tables.push(yield* summarizeTable(database, table));
  return {
    pageSize: Number(yield* readPragma('page_size', database)),
    encoding: String(yield* readPragma('encoding', database)),
    userVersion: Number(yield* readPragma('user_version', database)),
    applicationId: Number(yield* readPragma('application_id', database)),
    schema,
    tables,
  };
}

/** How a copy differs from its source, in sentences. */
export function compareSummaries(source: DatabaseSummary, copy: DatabaseSummary): readonly string[] {
  const original = withoutUnusedSequence(source, copy);
  const found: string[] = [];
  for (const key of ['pageSize', 'encoding', 'userVersion', 'applicationId'] as const)
    if (original[key] !== copy[key]) found.push(`${key} is ${copy[key]} instead of ${original[key]}`);
  if (JSON.stringify(original.schema) !== JSON.stringify(copy.schema)) found.push('its schema differs');
  const copied = new Map(copy.tables.map((table) => [table.name, table]));
  for (const { name, rows, rowids } of original.tables) {
    const other = copied.get(name);
    if (other === undefined) found.push(`table ${name} is missing`);
    else if (other.rows !== rows) found.push(`table ${name} has ${other.rows} rows instead of ${rows}`);
    else if (other.rowids !== rowids) found.push(`the rowids of table ${name} differ`);
  }
  return found;
}

/**
 * The summary of the original without sqlite_sequence, if the copy need not have that table. SQLite creates it with the
 * first table that has AUTOINCREMENT, and keeps it when the last such table is dropped. VACUUM creates the tables anew, so
 * the copy does not have it then.
 */
function withoutUnusedSequence(original: DatabaseSummary, copy: DatabaseSummary): DatabaseSummary {
  const isSequence = ({ name }: { readonly name?: unknown }): boolean => name === 'sqlite_sequence';
  const isUsed =
    original.schema.some(({ sql }) => /\bautoincrement\b/i.test(String(sql))) &&
    original.tables.some((table) => isSequence(table) && table.rows > 0);
  if (isUsed || copy.tables.some(isSequence)) return original;
  return {
    ...original,
    schema: original.schema.filter((row) => !isSequence(row)),
    tables: original.tables.filter((table) => !isSequence(table)),
  };
}

function* summarizeTable(
  database: DatabaseRef,
  { name, rowidAlias, rowidNames }: TableInfo & { readonly name: string },
): Op<TableSummary> {
  const rowid = rowidAlias === undefined ? rowidNames[0] : undefined;
  const sums = rowid === undefined ? '' : `, min(${rowid}) AS low, max(${rowid}) AS high, total(${rowid}) AS sum`;
  const [row] = yield* queryOn(
    database.connection,
    `SELECT count(*) AS n${sums} FROM ${database.schema}.${quote(name)}`,
  );
  const rowids =
    rowid === undefined ? undefined : [row!['low'], row!['high'], row!['sum']].map((value) => String(value)).join(' ');
  return { name, rows: Number(row!['n']), rowids };
}

export function* readPragma(name: string, { connection, schema }: DatabaseRef = runDatabase): Op<unknown> {
  const [row] = yield* queryOn(connection, `PRAGMA ${schema}.${name}`);
  return row === undefined ? undefined : Object.values(row)[0];
}
