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
import { insertRows } from './insert-rows.ts';
import type { Attempt, AttemptDirection, AttemptStatus } from './types.ts';

/** The columns that an attempt log must have. It may lack those of `addedColumns`, and may have others. */
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

/** The columns that record a schema. */
export const recordColumns: readonly string[] = ['fingerprint', 'schema_cookie', 'schema'];

/** Of an adoption's row: the other tool's table. Only the log of an adopted database has the column. */
export const adoptedColumn = 'adopted_from';

/** Of a repeatable migration's row: its checksum. Only the log of a database that has run one has the column. */
export const repeatableColumn = 'repeatable_checksum';

/** The columns that later versions have added, with their types. An older log gets them with its next run. */
const addedColumns: readonly (readonly [name: string, type: string])[] = [
  ['fingerprint', 'TEXT'],
  ['schema_cookie', 'INTEGER'],
  ['schema', 'TEXT'],
  // Of a run's row: the number of the step that its last transaction began with, as long as the run is under way.
  ['progress', 'INTEGER'],
  // Of a run's row: the version in `schema_version` before the first labelled migration.
  ['from_label', 'TEXT'],
];

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
  ${addedColumns.map(([name, type]) => `${name.padEnd(14)} ${type}`).join(',\n  ')}
)`;
}

/** The statements that add the columns that an older attempt log lacks; `present` are the names of those that it has. */
export function growAttempts(table: string, present: ReadonlySet<string>): readonly string[] {
  return addedColumns
    .filter(([name]) => !present.has(name))
    .map(([name, type]) => `ALTER TABLE ${inMain(table)} ADD COLUMN ${name} ${type}`);
}

/** A new row of the attempt log. */
export type NewAttempt = Omit<Attempt, 'id' | keyof Details | keyof Writer> &
  Partial<Details> & {
    /** Of a repeatable migration. The log must have the column. */
    readonly checksum?: string;
  };

/** What an attempt need not have. */
type Details = Pick<Attempt, 'statement' | 'errorCode' | 'error' | 'backup'>;

/** The process that writes an attempt. A run's context is one. */
export interface Writer {
  readonly host: string;
  readonly pid: number;
  readonly tool: string;
}

/** The end of an attempt. */
export interface AttemptEnd extends Pick<Attempt, 'status'>, Omit<Partial<Details>, 'statement'> {
  readonly finishedAt: string;
}

const newColumns =
  'run_id, version, name, direction, status, started_at, finished_at, statement, error_code, error, backup, host, pid, tool';

export function* insertAttempt(table: string, attempt: NewAttempt, writer: Writer, on?: DatabaseBridge): Op<void> {
  const { checksum } = attempt;
  const [column, value, mark] = checksum === undefined ? ['', [], ''] : [`, ${repeatableColumn}`, [checksum], ', ?'];
  yield* queryOn(
    on,
    `INSERT INTO ${inMain(table)} (${newColumns}${column}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?${mark})`,
    [...attemptValues(attempt, writer), ...value],
  );
}

export function* insertAttempts(table: string, attempts: readonly NewAttempt[], writer: Writer): Op<void> {
  const rows = attempts.map((attempt) => attemptValues(attempt, writer));
  yield* insertRows(table, newColumns, rows);
}

function attemptValues(attempt: NewAttempt, writer: Writer): readonly Value[] {
  return [
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
  ];
}

/**
 * Writes in a transaction how far its run is, and which backup is from before it. Read again later, that tells whether
 * the transaction was committed, also when another statement than the run's COMMIT ended it.
 */
export function* markProgress(table: string, runId: string, step: number, backup: string | null): Op<void> {
  yield* query(`UPDATE ${inMain(table)} SET progress = ?, backup = ? WHERE run_id = ? AND version IS NULL`, [
    step,
    backup,
    runId,
  ]);
}

/** How far a run is, by its row in the log. */
export interface RunProgress {
  readonly status: string;
  /** The number of the step that its last transaction began with; null before the first, and after the run's end. */
  readonly step: number | null;
}

/** Undefined: the run has no row. */
export function* readProgress(table: string, runId: string, on?: DatabaseBridge): Op<RunProgress | undefined> {
  const [row] = yield* queryOn<{ status: string; progress: number | null }>(
    on,
    `SELECT status, progress FROM ${inMain(table)} WHERE run_id = ? AND version IS NULL`,
    [runId],
  );
  return row === undefined ? undefined : { status: row.status, step: row.progress };
}

/** Writes on the row of a run what `schema_version` said before the first labelled migration. */
export function* noteFromLabel(table: string, runId: string, label: string): Op<void> {
  yield* query(`UPDATE ${inMain(table)} SET from_label = ? WHERE run_id = ? AND version IS NULL`, [label, runId]);
}

/**
 * What `schema_version` said before the first labelled migration; undefined if it said nothing. Older versions of Dunlin
 * wrote it as the name of a baseline of version 0, which no migration has.
 */
export function* readFromLabel(table: string): Op<string | undefined> {
  const row = yield* queryOne<{ label: string }>(
    `SELECT coalesce(from_label, name) AS label FROM ${inMain(table)} WHERE from_label IS NOT NULL OR (direction = 'baseline' AND version = 0) ORDER BY id DESC LIMIT 1`,
  );
  return row?.label;
}

/** Writes how a run ended, also where another process took it for dead and marked it `interrupted`. */
export function* finishRun(table: string, runId: string, end: AttemptEnd): Op<void> {
  yield* query(
    `UPDATE ${inMain(table)} SET status = ?, finished_at = ?, progress = ?, backup = ?, error_code = ?, error = ? WHERE run_id = ? AND version IS NULL`,
    [end.status, end.finishedAt, null, end.backup ?? null, end.errorCode ?? null, end.error ?? null, runId],
  );
}

/** Deletes the row of a run that found nothing to do. */
export function* removeRun(table: string, runId: string): Op<void> {
  yield* query(`DELETE FROM ${inMain(table)} WHERE run_id = ? AND version IS NULL`, [runId]);
}

/**
 * Marks the runs that never ended. Call it under the write lock: a process whose run is still `running` is dead, or waits
 * for this very lock and writes its run's end later.
 */
export function* markInterrupted(table: string, now: string, on?: DatabaseBridge): Op<void> {
  yield* queryOn(on, `UPDATE ${inMain(table)} SET status = 'interrupted', finished_at = ? WHERE status = 'running'`, [
    now,
  ]);
}

/** The run that is under way, for the message of a process that waits for it. */
export function* lockHolder(table: string): Op<LockHolder | undefined> {
  const row = yield* queryOne<{ pid: number | null; host: string | null; tool: string | null; started_at: string }>(
    `SELECT pid, host, tool, started_at FROM ${inMain(table)} WHERE status = 'running' AND version IS NULL ORDER BY id DESC LIMIT 1`,
  );
  if (row === undefined) return undefined;
  return { pid: row.pid ?? undefined, host: row.host ?? undefined, tool: row.tool ?? undefined, since: row.started_at };
}

/**
 * A condition, as SQL after others, that leaves out what restores have undone. The log of a restored database continues from
 * before the restore; the row of a restore says, in place of a statement's number, which row the backup's own log ends with.
 */
export function* undoneByRestores(table: string): Op<string> {
  const rows = yield* query<{ id: number; last: number }>(
    `SELECT id, statement AS last FROM ${inMain(table)} WHERE direction = 'restore' AND version IS NULL AND statement IS NOT NULL`,
  );
  return rows.map(({ id, last }) => ` AND NOT (id > ${last} AND id < ${id})`).join('');
}

/** The backup of the newest run, if that run failed. */
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
    // Older versions of Dunlin kept the progress of a run here; a restore has the last row of the backup's log.
    statement: row['version'] === null ? null : number(row['statement']),
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
