import { engineFacts, queryOn, type DatabaseBridge, type Op, type Row } from '../bridge/index.ts';
import { ownedTables, toInventory, toRows, type Inventory, type SchemaRow } from '../schema/index.ts';
import { inMain, nameKey } from '../sql/index.ts';
import { recordColumns } from './attempts.ts';

/** The schema after the last run. It is stored in that run's last row of the attempt log. */
export interface RecordedSchema {
  /** A hash for quick comparison; it stays on the row when a newer run records another schema. */
  readonly fingerprint: string;
  /**
   * SQLite's count of schema changes (sqlite.org/fileformat2.html, 1.3.9) when the database had exactly this schema. Null
   * if it did not, or if that is unknown.
   */
  readonly cookie: number | null;
  readonly schema: Inventory;
}

/** The recorded schema; undefined if nothing is recorded, or if Dunlin did not write it. */
export function* readRecordedSchema(table: string, on?: DatabaseBridge): Op<RecordedSchema | undefined> {
  const row = yield* newest(table, recordColumns, on);
  const schema = typeof row?.['schema'] === 'string' ? parse(row['schema']) : undefined;
  if (row === undefined || schema === undefined) return undefined;
  return { fingerprint: String(row['fingerprint']), cookie: numberOrNull(row), schema };
}

/**
 * Whether SQLite has counted no schema change since the schema was recorded; true if it was never recorded, and false if
 * nobody counts.
 */
export function* isSchemaUnchanged(table: string): Op<boolean> {
  const row = yield* newest(table, ['schema_cookie']);
  if (!(yield* engineFacts()).schemaVersion) return row === undefined;
  return row === undefined || (numberOrNull(row) ?? undefined) === (yield* schemaCookie());
}

/** SQLite's count of schema changes; undefined if the driver returns no row, or the engine has no count. */
export function* schemaCookie(): Op<number | undefined> {
  if (!(yield* engineFacts()).schemaVersion) return undefined;
  const [row] = yield* queryOn(undefined, 'PRAGMA main.schema_version');
  return row === undefined ? undefined : Number(Object.values(row)[0]);
}

/** Stores the schema in the run's last row. Older rows keep only the fingerprint. */
export function* writeRecordedSchema(
  table: string,
  runId: string,
  recorded: RecordedSchema,
  on?: DatabaseBridge,
): Op<void> {
  yield* clearRecordedSchema(table, on);
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

/** Deletes the recorded schema. */
export function* clearRecordedSchema(table: string, on?: DatabaseBridge): Op<void> {
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
    // It may be edited by hand.
    if (!rows.every((row) => row.every((part, i) => typeof part === 'string' || (i === 3 && part === null))))
      return undefined;
    const all = rows.map(([type, name, tbl_name, sql]) => ({ type, name, tbl_name, sql }));
    // The record may list a module's own tables: the module was not loaded, or an older version wrote it.
    const owned = ownedTables(all);
    return toInventory(all, (table) => owned.has(nameKey(table)));
  } catch {
    return undefined;
  }
}
