import { query, queryOn, type DatabaseBridge, type Op, type Row } from '../bridge/index.ts';
import { inMain, nameKey } from '../sql/index.ts';
import {
  adoptedColumn,
  repeatableColumn,
  attemptColumns,
  createAttempts,
  recordColumns,
  type NewAttempt,
  type Writer,
  growAttempts,
  markInterrupted,
  insertAttempt,
} from './attempts.ts';
import { readColumns } from '../schema/index.ts';
import { readRecordedSchema, writeRecordedSchema } from './recorded-schema.ts';

/** All rows of the attempt log; empty if the table is missing or not Dunlin's. */
export function* readAttemptRows(table: string): Op<readonly Row[]> {
  return isLog(yield* columnsOf(undefined, table)) ? yield* query(`SELECT * FROM ${inMain(table)} ORDER BY id`) : [];
}

/**
 * Brings the attempt log in the copy that a restore will install up to date: the rows of the current database's log replace
 * those with the same id, and `restoreAttempt` is added. Rows that are still `running` become `interrupted`. After an error
 * the transaction on the copy is open; the caller closes the connection.
 */
export function* copyAttempts(
  copy: DatabaseBridge,
  table: string,
  rows: readonly Row[],
  restoreAttempt: NewAttempt & Writer,
): Op<void> {
  yield* queryOn(copy, 'BEGIN IMMEDIATE');
  const found = yield* columnsOf(copy, table);
  const hasRecordedSchema = isLog(found) && recordColumns.every((name) => found.has(name));
  // The copy keeps the schema that it has recorded, whatever the current database has recorded since.
  const recorded = hasRecordedSchema ? yield* readRecordedSchema(table, copy) : undefined;
  if (!isLog(found)) yield* queryOn(copy, createAttempts(table));
  else for (const statement of growAttempts(table, found)) yield* queryOn(copy, statement);
  // A backup from before repeatable migrations lacks the column for their checksums, which the current rows have.
  const hasChecksums = rows.some((row) => repeatableColumn in row);
  if (hasChecksums && !found.has(repeatableColumn))
    yield* queryOn(copy, `ALTER TABLE ${inMain(table)} ADD COLUMN ${repeatableColumn} TEXT`);
  // The restore's row stores the id of the last row of the backup's log as its `statement`: the restore undid what the rows
  // after it record (`undoneByRestores`). If this copy was begun before, the row exists already and has that number.
  const [backup] = yield* queryOn<{ lastRowId: number }>(
    copy,
    `SELECT coalesce((SELECT statement FROM ${inMain(table)} WHERE run_id = ? AND version IS NULL), max(id), 0) AS lastRowId FROM ${inMain(table)}`,
    [restoreAttempt.runId],
  );
  const carried = [
    ...attemptColumns,
    'fingerprint',
    'progress',
    'from_label',
    ...[adoptedColumn].filter((name) => found.has(name)),
    ...(hasChecksums ? [repeatableColumn] : []),
  ];
  const names = carried.join(', ');
  const placeholders = carried.map(() => '?').join(', ');
  // A second pass writes the restore's row anew. Rows that are copied again keep their ids.
  yield* queryOn(copy, `DELETE FROM ${inMain(table)} WHERE run_id = ?`, [restoreAttempt.runId]);
  for (const row of rows)
    yield* queryOn(
      copy,
      `INSERT OR REPLACE INTO ${inMain(table)} (${names}) VALUES (${placeholders})`,
      carried.map((name) => row[name] ?? null),
    );
  yield* markInterrupted(table, restoreAttempt.startedAt, copy);
  yield* insertAttempt(table, { ...restoreAttempt, statement: backup!.lastRowId }, restoreAttempt, copy);
  if (recorded !== undefined)
    yield* writeRecordedSchema(table, restoreAttempt.runId, { ...recorded, cookie: null }, copy);
  yield* queryOn(copy, 'COMMIT');
}

/** Whether the attempt log has a run. */
export function* hasRun(table: string, runId: string): Op<boolean> {
  if (!isLog(yield* columnsOf(undefined, table))) return false;
  return (yield* query(`SELECT 1 FROM ${inMain(table)} WHERE run_id = ?`, [runId])).length > 0;
}

function* columnsOf(on: DatabaseBridge | undefined, table: string): Op<ReadonlySet<string>> {
  const columns = yield* readColumns(table, 'main', on);
  return new Set(columns.map((column) => nameKey(column.name)));
}

function isLog(columns: ReadonlySet<string>): boolean {
  return attemptColumns.every((name) => columns.has(name));
}
