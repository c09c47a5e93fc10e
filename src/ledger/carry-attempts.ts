import { query, queryOn, type DatabaseBridge, type Op, type Row } from '../bridge/index.ts';
import { sameName } from '../sql/index.ts';
import { attemptColumns, createAttempts, type NewAttempt, type Writer } from './attempts.ts';
import { own } from './own.ts';

/** Every row of the attempt log; none where the table is missing or not Dunlin's. */
export function* readAttemptRows(table: string): Op<readonly Row[]> {
  return (yield* isLog(undefined, table)) ? yield* query(`SELECT * FROM ${own(table)} ORDER BY id`) : [];
}

/**
 * Makes the log in a copy of an earlier state tell what has happened since: the present rows take the place of those
 * with the same number, and an attempt more is added. What is still `running` in it was interrupted by this.
 */
export function* carryAttempts(
  copy: DatabaseBridge,
  table: string,
  rows: readonly Row[],
  last: NewAttempt & Writer,
): Op<void> {
  yield* queryOn(copy, 'BEGIN IMMEDIATE');
  if (!(yield* isLog(copy, table))) yield* queryOn(copy, createAttempts(table));
  const names = attemptColumns.join(', ');
  const marks = attemptColumns.map(() => '?').join(', ');
  // A run that was undone may have removed its row since; one that is carried over again has the number of before.
  yield* queryOn(copy, `DELETE FROM ${own(table)} WHERE run_id = ?`, [last.runId]);
  for (const row of rows)
    yield* queryOn(
      copy,
      `INSERT OR REPLACE INTO ${own(table)} (${names}) VALUES (${marks})`,
      attemptColumns.map((name) => row[name] ?? null),
    );
  yield* queryOn(copy, `UPDATE ${own(table)} SET status = 'interrupted', finished_at = ? WHERE status = 'running'`, [
    last.startedAt,
  ]);
  const { runId, version, name, direction, status, startedAt, finishedAt, backup, host, pid, tool } = last;
  yield* queryOn(
    copy,
    `INSERT INTO ${own(table)} (run_id, version, name, direction, status, started_at, finished_at, backup, host, pid, tool) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [runId, version, name, direction, status, startedAt, finishedAt, backup ?? null, host, pid, tool],
  );
  yield* queryOn(copy, 'COMMIT');
}

/** Whether a run is in the log of the database, or of another connection's. */
export function* hasRun(table: string, runId: string): Op<boolean> {
  if (!(yield* isLog(undefined, table))) return false;
  return (yield* query(`SELECT 1 FROM ${own(table)} WHERE run_id = ?`, [runId])).length > 0;
}

function* isLog(on: DatabaseBridge | undefined, table: string): Op<boolean> {
  const columns = yield* queryOn<{ name: string }>(on, `SELECT name FROM pragma_table_xinfo(?, 'main')`, [table]);
  return attemptColumns.every((name) => columns.some((column) => sameName(column.name, name)));
}
