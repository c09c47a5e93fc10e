import { inMain } from '../sql/index.ts';
import {
  query,
  queryOn,
  queryOne,
  type DatabaseBridge,
  type LockHolder,
  type Op,
  type Row,
  type Value,
} from '../bridge/index.ts';
import type { Attempt, AttemptDirection, AttemptStatus } from './types.ts';

/** The columns that the attempt log must have; what else it has, it may lack (see `recordColumns`). */
export const attemptColumns: readonly string[] = [
  'id',
  'run_id',
  'version',
  'name',
  'direction',
  'status',
  'started_at',
  'finished_at',
  'statement',
  'error_code',
  'error',
  'backup',
  'host',
  'pid',
  'tool',
];

/** The columns that the attempt log has had since schemas are recorded; older ones get them with their next run. */
export const recordColumns: readonly string[] = ['fingerprint', 'schema_cookie', 'schema'];

export function createAttempts(table: string): string {
  return `CREATE TABLE ${inMain(table)} (
  id             INTEGER PRIMARY KEY,
  run_id         TEXT NOT NULL,
  version        INTEGER,
  name           TEXT,
  direction      TEXT NOT NULL,
  status         TEXT NOT NULL,
  started_at     TEXT NOT NULL,
  finished_at    TEXT,
  statement      INTEGER,
  error_code     TEXT,
  error          TEXT,
  backup         TEXT,
  host           TEXT,
  pid            INTEGER,
  tool           TEXT,
  fingerprint    TEXT,
  schema_cookie  INTEGER,
  schema         TEXT
)`;
}

/** What gives an older attempt log these columns. */
export function growAttempts(table: string): readonly string[] {
  const types = ['TEXT', 'INTEGER', 'TEXT'];
  return recordColumns.map((name, index) => `ALTER TABLE ${inMain(table)} ADD COLUMN ${name} ${types[index]!}`);
}

/** An attempt to be written. */
export interface NewAttempt {
  readonly runId: string;
  readonly version: number | null;
  readonly name: string | null;
  readonly direction: AttemptDirection;
  readonly status: AttemptStatus;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly statement?: number | null;
  readonly errorCode?: string | null;
  readonly error?: string | null;
  /** The backup from before it; of a restore, the one that was restored. */
  readonly backup?: string | null;
}

/** Who makes an attempt. A run's context is one. */
export interface Writer {
  readonly host: string;
  readonly pid: number;
  readonly tool: string;
}

/** How an attempt ended. */
export interface AttemptEnd {
  /** The backup from before the run. */
  readonly backup?: string | null;
  readonly status: AttemptStatus;
  readonly finishedAt: string;
  readonly errorCode?: string | null;
  readonly error?: string | null;
}

export function* insertAttempt(table: string, attempt: NewAttempt, writer: Writer): Op<void> {
  yield* query(
    `INSERT INTO ${inMain(table)} (run_id, version, name, direction, status, started_at, finished_at, statement, error_code, error, backup, host, pid, tool) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      attempt.runId,
      attempt.version,
      attempt.name,
      attempt.direction,
      attempt.status,
      attempt.startedAt,
      attempt.finishedAt,
      attempt.statement ?? null,
      attempt.errorCode ?? null,
      attempt.error ?? null,
      attempt.backup ?? null,
      writer.host,
      writer.pid,
      writer.tool,
    ],
  );
}

/**
 * Marks in a transaction how far its run is, and which backup is from before it. The mark in the database afterwards
 * tells whether that transaction was committed, also when it ended behind the run's back.
 */
export function* markRun(table: string, runId: string, position: number, backup: string | null): Op<void> {
  yield* query(`UPDATE ${inMain(table)} SET statement = ?, backup = ? WHERE run_id = ? AND version IS NULL`, [
    position,
    backup,
    runId,
  ]);
}

export function* isMarked(table: string, runId: string, position: number): Op<boolean> {
  const row = yield* queryOne<{ statement: number | null }>(
    `SELECT statement FROM ${inMain(table)} WHERE run_id = ? AND version IS NULL`,
    [runId],
  );
  return row?.statement === position;
}

/** What the row of a run says of how far it is, as one text; undefined without a row. */
export function* readMark(table: string, runId: string, on?: DatabaseBridge): Op<string | undefined> {
  const [row] = yield* queryOn<{ status: string; statement: number | null }>(
    on,
    `SELECT status, statement FROM ${inMain(table)} WHERE run_id = ? AND version IS NULL`,
    [runId],
  );
  return row === undefined ? undefined : `${row.status} ${row.statement}`;
}

/** Settles the row of a run: also one that another process took for dead and marked `interrupted`. */
export function* finishRun(table: string, runId: string, end: AttemptEnd): Op<void> {
  yield* query(
    `UPDATE ${inMain(table)} SET status = ?, finished_at = ?, statement = ?, backup = ?, error_code = ?, error = ? WHERE run_id = ? AND version IS NULL`,
    [end.status, end.finishedAt, null, end.backup ?? null, end.errorCode ?? null, end.error ?? null, runId],
  );
}

/** A run that found nothing left to do leaves no row. */
export function* removeRun(table: string, runId: string): Op<void> {
  yield* query(`DELETE FROM ${inMain(table)} WHERE run_id = ? AND version IS NULL`, [runId]);
}

/**
 * Marks the runs that never ended. Called under the write lock: whoever wrote `running` is dead, or waits for this
 * very lock and will settle its own row.
 */
export function* interruptOthers(table: string, now: string): Op<void> {
  yield* query(`UPDATE ${inMain(table)} SET status = 'interrupted', finished_at = ? WHERE status = 'running'`, [now]);
}

/** The run that is under way, for the message of those who wait for it. */
export function* lockHolder(table: string): Op<LockHolder | undefined> {
  const row = yield* queryOne<{ pid: number | null; host: string | null; tool: string | null; started_at: string }>(
    `SELECT pid, host, tool, started_at FROM ${inMain(table)} WHERE status = 'running' AND version IS NULL ORDER BY id DESC LIMIT 1`,
  );
  if (row === undefined) return undefined;
  return { pid: row.pid ?? undefined, host: row.host ?? undefined, tool: row.tool ?? undefined, since: row.started_at };
}

/** The backup that the newest run refers to, if that run failed. */
export function* neededBackups(table: string): Op<ReadonlySet<string>> {
  const row = yield* queryOne<{ status: string; backup: string | null }>(
    `SELECT status, backup FROM ${inMain(table)} WHERE version IS NULL ORDER BY id DESC LIMIT 1`,
  );
  return new Set(row === undefined || row.status === 'ok' || row.backup === null ? [] : [row.backup]);
}

/** The newest runs with the migrations they attempted, newest first. */
export function* readAttempts(table: string, runs: number): Op<readonly Attempt[]> {
  const rows = yield* query(
    `SELECT ${attemptColumns.join(', ')} FROM ${inMain(table)} WHERE run_id IN (SELECT run_id FROM ${inMain(table)} GROUP BY run_id ORDER BY max(id) DESC LIMIT ?) ORDER BY id`,
    [runs],
  );
  return rows.map(toAttempt);
}

function toAttempt(row: Row): Attempt {
  return {
    id: Number(row['id']),
    runId: String(row['run_id']),
    version: number(row['version']),
    name: text(row['name']),
    direction: String(row['direction']) as AttemptDirection,
    status: String(row['status']) as AttemptStatus,
    startedAt: String(row['started_at']),
    finishedAt: text(row['finished_at']),
    statement: number(row['statement']),
    errorCode: text(row['error_code']),
    error: text(row['error']),
    backup: text(row['backup']),
    host: text(row['host']),
    pid: number(row['pid']),
    tool: text(row['tool']),
  };
}

function number(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function text(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
