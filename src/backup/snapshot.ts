import { queryOn, type Op, type Row } from '../bridge/index.ts';
import { literal, quote } from '../sql/index.ts';
import type { Reading } from './reading.ts';

/** What a database is like, so that a copy can be held against it. */
export interface Snapshot {
  readonly pageSize: number;
  readonly encoding: string;
  readonly userVersion: number;
  readonly applicationId: number;
  /** Every object with its SQL, as sqlite_schema has it. */
  readonly schema: readonly Row[];
  readonly tables: readonly TableSnapshot[];
  /** What SQLite's check found wrong in the original, a row that breaks a CHECK for one: a true copy has it as well. */
  readonly flaws?: readonly string[];
}

export interface TableSnapshot {
  readonly name: string;
  readonly rows: number;
  /**
   * Least, greatest and sum of the rowids, where no column shows them: VACUUM may give such rows new ones
   * (sqlite.org/lang_vacuum.html), and what refers to them, an external-content FTS5 table for one, would be wrong.
   */
  readonly rowids: string | undefined;
}

/** The database of the run, on its own connection. */
export const ownDatabase: Reading = { on: undefined, schema: 'main' };

/** Looks at the database of the run, or at another one. */
export function* takeSnapshot(reading: Reading = ownDatabase): Op<Snapshot> {
  const schema = yield* queryOn(
    reading.on,
    `SELECT type, name, tbl_name, sql FROM ${reading.schema}.sqlite_schema ORDER BY type, name, sql`,
  );
  const tables: TableSnapshot[] = [];
  for (const { name, wr } of yield* readTables(reading)) tables.push(yield* portrayTable(reading, name, wr === 1));
  return {
    pageSize: yield* numberOf(reading, 'page_size'),
    encoding: String(yield* pragma(reading, 'encoding')),
    userVersion: yield* numberOf(reading, 'user_version'),
    applicationId: yield* numberOf(reading, 'application_id'),
    schema,
    tables,
  };
}

/** The differences of a copy, in words; none if it is true. */
export function differences(looked: Snapshot, copy: Snapshot): readonly string[] {
  const original = withSequenceOf(copy, looked);
  const found: string[] = [];
  for (const key of ['pageSize', 'encoding', 'userVersion', 'applicationId'] as const)
    if (original[key] !== copy[key]) found.push(`${key} is ${copy[key]} instead of ${original[key]}`);
  if (JSON.stringify(original.schema) !== JSON.stringify(copy.schema)) found.push('its schema is another one');
  const copied = new Map(copy.tables.map((table) => [table.name, table]));
  for (const { name, rows, rowids } of original.tables) {
    const other = copied.get(name);
    if (other === undefined) found.push(`table ${name} is missing`);
    else if (other.rows !== rows) found.push(`table ${name} has ${other.rows} rows instead of ${rows}`);
    else if (other.rowids !== rowids) found.push(`the rowids of table ${name} are other ones`);
  }
  return found;
}

/**
 * A portrait without sqlite_sequence where a copy need not have it. SQLite makes that table with the first that has
 * AUTOINCREMENT and leaves it behind when the last is gone; VACUUM makes the tables anew, so it is not in the copy.
 */
function withSequenceOf(copy: Snapshot, original: Snapshot): Snapshot {
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

/** Tables with rows of their own: a virtual one keeps its rows in others, and its module may not be at hand. */
function* readTables({ on, schema }: Reading): Op<readonly { readonly name: string; readonly wr: number }[]> {
  const rows = yield* queryOn<{ name: string; wr: number }>(
    on,
    `SELECT name, wr FROM pragma_table_list WHERE "schema" = ${literal(schema)} AND type IN ('table', 'shadow') AND name <> 'sqlite_schema' ORDER BY name`,
  );
  return rows;
}

function* portrayTable(reading: Reading, name: string, withoutRowid: boolean): Op<TableSnapshot> {
  const rowid = withoutRowid ? undefined : yield* hiddenRowid(reading, name);
  const sums = rowid === undefined ? '' : `, min(${rowid}) AS low, max(${rowid}) AS high, total(${rowid}) AS sum`;
  const [row] = yield* queryOn(reading.on, `SELECT count(*) AS n${sums} FROM ${reading.schema}.${quote(name)}`);
  const rowids =
    rowid === undefined ? undefined : [row!['low'], row!['high'], row!['sum']].map((value) => String(value)).join(' ');
  return { name, rows: Number(row!['n']), rowids };
}

/**
 * The rowid's name in a table where no INTEGER PRIMARY KEY stands for it. Such a key has no index; INTEGER PRIMARY KEY
 * DESC has one, and is a column like any other (sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key).
 */
function* hiddenRowid({ on, schema }: Reading, table: string): Op<string | undefined> {
  const columns = yield* queryOn<{ name: string; pk: number; keys: number }>(
    on,
    `SELECT name, pk, (SELECT count(*) FROM pragma_index_list(?, '${schema}') WHERE origin = 'pk') AS keys FROM pragma_table_xinfo(?, '${schema}')`,
    [table, table],
  );
  if (columns.some(({ pk, keys }) => pk > 0 && keys === 0)) return undefined;
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  return ['rowid', '_rowid_', 'oid'].find((name) => !names.has(name));
}

function* numberOf(reading: Reading, name: string): Op<number> {
  return Number(yield* pragma(reading, name));
}

/** The value of a pragma of the run's own database, or of another one. */
export function* pragma(reading: Reading | undefined, name: string): Op<unknown> {
  const { on, schema } = reading ?? ownDatabase;
  const [row] = yield* queryOn(on, `PRAGMA ${schema}.${name}`);
  return row === undefined ? undefined : Object.values(row)[0];
}
