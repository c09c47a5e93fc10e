import { queryOn, type DatabaseBridge, type Op, type Row } from '../bridge/index.ts';
import { ownedTables, toInventory, toRows, type Inventory, type SchemaRow } from '../schema/index.ts';
import { inMain, nameKey } from '../sql/index.ts';
import { recordColumns } from './attempts.ts';

/** The schema as the last run left it, on the last row of that run in the attempt log. */
export interface RecordedSchema {
  /** What tells two schemas apart at a glance; stays on the row when a newer run has recorded another. */
  readonly fingerprint: string;
  /**
   * SQLite's count of schema changes (sqlite.org/fileformat2.html, 1.3.9) when the database was exactly that. Null: it
   * was not, or nobody knows.
   */
  readonly cookie: number | null;
  readonly schema: Inventory;
}

/** The recorded schema; undefined as long as nothing was recorded, or what was is not what Dunlin writes. */
export function* readRecorded(table: string, on?: DatabaseBridge): Op<RecordedSchema | undefined> {
  const row = yield* newest(table, recordColumns, on);
  const schema = typeof row?.['schema'] === 'string' ? parse(row['schema']) : undefined;
  if (row === undefined || schema === undefined) return undefined;
  return { fingerprint: String(row['fingerprint']), cookie: numberOrNull(row), schema };
}

/** Whether SQLite has counted no change of the schema since it was recorded: true as well if it never was. */
export function* isAsRecorded(table: string): Op<boolean> {
  const row = yield* newest(table, ['schema_cookie']);
  return row === undefined || (numberOrNull(row) ?? undefined) === (yield* schemaCookie());
}

/** SQLite's count of schema changes; undefined where it is not told. */
export function* schemaCookie(): Op<number | undefined> {
  const [row] = yield* queryOn(undefined, 'PRAGMA main.schema_version');
  return row === undefined ? undefined : Number(Object.values(row)[0]);
}

/** Puts the schema on the run's last row. Older rows keep the fingerprint only. */
export function* writeRecorded(table: string, runId: string, recorded: RecordedSchema, on?: DatabaseBridge): Op<void> {
  yield* forgetRecorded(table, on);
  const [last] = yield* queryOn<{ id: number }>(
    on,
    `SELECT id FROM ${inMain(table)} WHERE run_id = ? ORDER BY id DESC LIMIT 1`,
    [runId],
  );
  yield* queryOn(on, `UPDATE ${inMain(table)} SET fingerprint = ?, schema_cookie = ?, schema = ? WHERE id = ?`, [
    recorded.fingerprint,
    recorded.cookie,
    serialize(recorded.schema),
    last?.id ?? null,
  ]);
}

/** From now on nothing counts as recorded. */
export function* forgetRecorded(table: string, on?: DatabaseBridge): Op<void> {
  yield* queryOn(on, `UPDATE ${inMain(table)} SET schema_cookie = ?, schema = ? WHERE schema IS NOT NULL`, [
    null,
    null,
  ]);
}

function* newest(table: string, columns: readonly string[], on?: DatabaseBridge): Op<Row | undefined> {
  const [row] = yield* queryOn(
    on,
    `SELECT ${columns.join(', ')} FROM ${inMain(table)} WHERE schema IS NOT NULL ORDER BY id DESC LIMIT 1`,
  );
  return row;
}

function numberOrNull(row: Row): number | null {
  const value = row['schema_cookie'];
  return typeof value === 'number' ? value : null;
}

function serialize(schema: Inventory): string {
  return JSON.stringify(toRows(schema).map(({ type, name, tbl_name, sql }) => [type, name, tbl_name, sql]));
}

function parse(text: string): Inventory | undefined {
  try {
    const rows = JSON.parse(text) as readonly [SchemaRow['type'], string, string, string | null][];
    // Somebody may have written it by hand.
    if (!rows.every((row) => row.every((part, i) => typeof part === 'string' || (i === 3 && part === null))))
      return undefined;
    const all = rows.map(([type, name, tbl_name, sql]) => ({ type, name, tbl_name, sql }));
    // Recorded where a module was not loaded, or by a version that took its tables for tables of their own.
    const owned = ownedTables(all);
    return toInventory(all, (table) => owned.has(nameKey(table)));
  } catch {
    return undefined;
  }
}
