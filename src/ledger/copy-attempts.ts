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
 * Brings the attempt log of a backup up to date before a restore: the present rows replace those with the same id, and
 * the attempt `last` is added. Rows that are still `running` become `interrupted`.
 */
export function* copyAttempts(
  copy: DatabaseBridge,
  table: string,
  rows: readonly Row[],
  last: NewAttempt & Writer,
): Op<void> {
  yield* queryOn(copy, 'BEGIN IMMEDIATE');
  const found = yield* columnsOf(copy, table);
  const hasRecords = isLog(found) && recordColumns.every((name) => found.has(name));
  // The schema of the copy is what the copy has recorded, whatever has been recorded since.
  const recorded = hasRecords ? yield* readRecordedSchema(table, copy) : undefined;
  if (!isLog(found)) yield* queryOn(copy, createAttempts(table));
  else for (const statement of growAttempts(table, found)) yield* queryOn(copy, statement);
  // The rows that the backup has as well are copied again, and must not lose their checksums.
  const hasChecksums = rows.some((row) => repeatableColumn in row);
  if (hasChecksums && !found.has(repeatableColumn))
    yield* queryOn(copy, `ALTER TABLE ${inMain(table)} ADD COLUMN ${repeatableColumn} TEXT`);
  // A copy that was begun before has that number already.
  const [own] = yield* queryOn<{ last: number }>(
    copy,
    `SELECT coalesce((SELECT statement FROM ${inMain(table)} WHERE run_id = ? AND version IS NULL), max(id), 0) AS last FROM ${inMain(table)}`,
    [last.runId],
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
  const marks = carried.map(() => '?').join(', ');
  // An undone run may have deleted its row since. A row that is copied again keeps its id.
  yield* queryOn(copy, `DELETE FROM ${inMain(table)} WHERE run_id = ?`, [last.runId]);
  for (const row of rows)
    yield* queryOn(
      copy,
      `INSERT OR REPLACE INTO ${inMain(table)} (${names}) VALUES (${marks})`,
      carried.map((name) => row[name] ?? null),
    );
  yield* markInterrupted(table, last.startedAt, copy);
  yield* insertAttempt(table, { ...last, statement: own!.last }, last, copy);
  if (recorded !== undefined) yield* writeRecordedSchema(table, last.runId, { ...recorded, cookie: null }, copy);
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
