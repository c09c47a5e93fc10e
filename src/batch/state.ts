import type { BatchBridge, DatabaseBridge, Row } from '../bridge/index.ts';
import { isLedgerTable, isToolTable, type Ledger } from '../ledger/index.ts';
import { isVirtual, ownedTables, type SchemaRow } from '../schema/index.ts';
import { literal, nameKey, quote } from '../sql/index.ts';

/** An object that somebody has created, so it has a text. */
export type StoredObject = SchemaRow & { readonly sql: string };

/** Rows of a tracking table, each as the list of its SQL literals. */
export interface TrackingTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** What identifies its content: the beginnings of its first columns. */
  readonly content: string;
  /** Whether it is Dunlin's own, and not another tool's. */
  readonly own: boolean;
}

/** What is in the database, apart from the rows of the application. */
export interface RemoteState {
  readonly objects: readonly StoredObject[];
  readonly digest: string;
  readonly tracking: readonly TrackingTable[];
  readonly sequences: readonly string[] | undefined;
  /** The keys of the names of tables that have rows. */
  readonly filled: ReadonlySet<string>;
  /** Whether foreign keys are checked, and their actions fire. */
  readonly foreignKeys: boolean;
}

/** Reads rows of either database. */
type Read = (sql: string) => Promise<readonly Row[]>;

/** Reads everything that a rehearsal needs. Nothing is locked: the batch checks that it still holds. */
export async function readRemoteState(bridge: BatchBridge, ledger: Ledger): Promise<RemoteState> {
  const read: Read = (sql) => bridge.read(sql);
  const { objects, digest } = await readSchemaObjects(read, bridge.engine.reserved);
  const tracking: TrackingTable[] = [];
  for (const { type, name, sql } of objects) {
    const own = type === 'table' && isLedgerTable(ledger, name);
    if (own || (type === 'table' && isToolTable(name, sql))) tracking.push(await readTracking(read, name, own));
  }
  const tables = objects.filter((one) => isPlainTable(one) && !isLedgerTable(ledger, one.name));
  const hasSequences = objects.some(({ type, sql }) => type === 'table' && /\bAUTOINCREMENT\b/i.test(sql));
  const keys = bridge.engine.foreignKeys === 'always-on' ? [{ on: 1 }] : await read(foreignKeysSetting);
  return {
    objects,
    digest,
    tracking,
    sequences: hasSequences
      ? (await read(`SELECT quote(name) || ',' || quote(seq) AS r FROM sqlite_sequence`)).map((row) => String(row['r']))
      : undefined,
    filled: await readFilled(read, tables),
    foreignKeys: Number(keys[0]?.['on']) === 1,
  };
}

const foreignKeysSetting = 'SELECT foreign_keys AS "on" FROM pragma_foreign_keys';

/** What somebody has created, in the order of its creation, and the digest of it, at one moment. */
export async function readSchemaObjects(
  read: Read,
  reserved: readonly string[],
): Promise<{ readonly objects: readonly StoredObject[]; readonly digest: string }> {
  const rows = await read(
    `SELECT * FROM (SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE ${created(reserved)} ORDER BY rowid)
      UNION ALL SELECT 'digest', '', '', ${digestSql(reserved)}`,
  );
  const objects = rows.slice(0, -1) as readonly Row[] as readonly StoredObject[];
  return { objects, digest: String(rows.at(-1)!['sql']) };
}

/** Leaves out the objects of SQLite and of the engine. */
function created(reserved: readonly string[]): string {
  return ['sqlite\\_%', ...reserved].map((pattern) => `name NOT LIKE '${pattern}' ESCAPE '\\'`).join(' AND ');
}

/** One text for a schema, as SQL. */
export function digestSql(reserved: readonly string[]): string {
  const line = `type || char(31) || name || char(31) || tbl_name || char(31) || sql`;
  return `(SELECT coalesce(group_concat(line, char(30)), '') FROM (SELECT ${line} AS line FROM sqlite_schema WHERE ${created(reserved)} ORDER BY 1))`;
}

async function readTracking(read: Read, name: string, own: boolean): Promise<TrackingTable> {
  const columns = (await read(`SELECT name FROM pragma_table_info(${literal(name)})`)).map((row) =>
    String(row['name']),
  );
  const literals = columns.map((column) => `quote(${quote(column)})`).join(` || ',' || `);
  const rows = await read(`SELECT ${literals} AS r, ${keySql(columns)} AS k FROM ${quote(name)} ORDER BY 2`);
  return {
    name,
    columns,
    rows: rows.map((row) => String(row['r'])),
    content: rows.map((row) => String(row['k'])).join('\n'),
    own,
  };
}

/** The content of a tracking table as SQL. */
export function contentSql({ name, columns }: TrackingTable): string {
  return `(SELECT coalesce(group_concat(k, char(10)), '') FROM (SELECT ${keySql(columns)} AS k FROM ${quote(name)} ORDER BY 1))`;
}

function keySql(columns: readonly string[]): string {
  return columns
    .slice(0, 6)
    .map((column) => `substr(quote(${quote(column)}), 1, 80)`)
    .join(` || ',' || `);
}

function isPlainTable({ type, sql }: StoredObject): boolean {
  return type === 'table' && !isVirtual(sql);
}

async function readFilled(read: Read, tables: readonly StoredObject[]): Promise<ReadonlySet<string>> {
  const filled = new Set<string>();
  for (let i = 0; i < tables.length; i += 50) {
    const some = tables.slice(i, i + 50);
    const list = some.map(({ name }, j) => `EXISTS (SELECT 1 FROM ${quote(name)}) AS t${j}`).join(', ');
    const [row] = await read(`SELECT ${list}`);
    for (const [j, { name }] of some.entries()) if (Number(row?.[`t${j}`]) === 1) filled.add(nameKey(name));
  }
  return filled;
}

/** Makes an empty local database one with this schema, without the rows of the application. */
export async function buildReplica(local: DatabaseBridge, state: RemoteState): Promise<void> {
  const run = async (sql: string): Promise<void> => {
    await local.query(sql, []);
  };
  // The module makes them again.
  const shadows = ownedTables(state.objects);
  const order = ['table', 'index', 'view', 'trigger'];
  for (const type of order)
    for (const one of state.objects) if (one.type === type && !shadows.has(nameKey(one.name))) await run(one.sql);
  for (const { name, columns, rows } of state.tracking)
    for (const row of rows) await run(`INSERT INTO ${quote(name)} (${columns.map(quote).join(', ')}) VALUES (${row})`);
  for (const row of state.sequences ?? []) await run(`INSERT INTO sqlite_sequence (name, seq) VALUES (${row})`);
}
