import { isDunlinError, thrownReason, type DunlinError, type MigrationRef, type MoveRef } from '../../errors/index.ts';
import type { RebuiltTable } from '../../bridge/event.ts';
import type { HistoryEntry } from '../../operations/history.ts';
import type { RoundTripResults } from '../../check/results.ts';
import type { RunBackup } from '../../backup/options.ts';
import type { RunResult } from '../../lock/run-options.ts';
import type { Status, StatusEntry } from '../../operations/status.ts';
import type { Attempt } from '../../ledger/types.ts';
import type { ObjectChange } from '../../schema/compare.ts';
import { isoTime } from './format.ts';

// The shapes of docs/reference/json.md. A field is never left out because it is unknown: it is null.

export type Json = Readonly<Record<string, unknown>>;

/** What an error adds to the document: the error itself, and how far a run got. */
export function errorDocument(error: unknown): Json {
  if (!isDunlinError(error)) return { error: problem(error) };
  const { failed } = error;
  return {
    error: problem(error),
    ...(failed === undefined ? {} : { failed: { ...ref(failed), code: error.code, location: location(error) } }),
    ...(error.applied === undefined ? {} : { applied: error.applied.map(ref) }),
    ...(error.pending === undefined ? {} : { pending: error.pending.map(ref), backup: backup(error.backup) }),
  };
}

export function backup(one: RunBackup | undefined): Json | null {
  return one === undefined ? null : { id: one.id, file: one.file, bytes: one.bytes };
}

export function problem(error: unknown): Json {
  if (!isDunlinError(error)) {
    return { code: 'UNEXPECTED', message: thrownReason(error), hint: null };
  }
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    migration: error.migration === undefined ? null : ref(error.migration),
    location: location(error),
    ...(error.planned === undefined ? {} : { planned: error.planned.map(move) }),
    ...(error.now === undefined ? {} : { now: error.now.map(move) }),
    ...(error.problems.length === 0 ? {} : { problems: error.problems.map(problem) }),
  };
}

function location(error: DunlinError): Json | null {
  if (error.location === undefined) return null;
  const { file, line, column, statement } = error.location;
  return { file, line, column, statement: statement ?? null };
}

function move(one: MoveRef): Json {
  return { ...ref(one), direction: one.direction };
}

export function ref(migration: MigrationRef): Json {
  return { version: migration.version, name: migration.name };
}

export function runDocument(result: RunResult): Json {
  return {
    from: result.from,
    to: result.to,
    fromLabel: result.fromLabel ?? null,
    toLabel: result.toLabel ?? null,
    applied: result.applied.map((one) => ({
      ...ref(one),
      direction: one.direction,
      statements: one.statements,
      executionTimeMs: one.executionTimeMs,
      rebuilt: one.rebuilt.map(rebuiltDocument),
    })),
    pending: result.pending.map(ref),
    notes: result.notes,
    backup: backup(result.backup),
    aborted: result.aborted,
    durationMs: result.durationMs,
  };
}

export function statusDocument(status: Status): Json {
  return {
    version: status.version,
    label: status.label ?? null,
    tooOld: status.tooOld,
    tooNew: status.tooNew,
    migrations: status.entries.map(statusEntry),
    pending: status.pending.map(ref),
    problems: status.problems.map(problem),
    drift: status.drift.map(schemaChange),
    ...(status.rounds === undefined ? {} : { rounds: roundsDocument(status.rounds) }),
    ...(status.data === undefined ? {} : { data: roundsDocument(status.data) }),
    lastFailure: status.lastFailure === undefined ? null : attempt(status.lastFailure),
    notes: status.notes,
    backup: status.backup === undefined ? null : { ...backup(status.backup), createdAt: status.backup.createdAt },
  };
}

export function schemaChange(change: ObjectChange & { readonly text?: string }): Json {
  return {
    kind: change.kind,
    type: change.type,
    name: change.name,
    table: change.table,
    ...(change.text === undefined ? {} : { text: change.text }),
    before: change.before ?? null,
    after: change.after ?? null,
    parts: change.parts.map((part) => ({
      ...part,
      before: part.before ?? null,
      after: part.after ?? null,
      was: part.was ?? null,
    })),
  };
}

function roundsDocument(rounds: RoundTripResults): Json {
  return {
    tried: rounds.tried,
    reversed: rounds.reversed,
    problems: rounds.problems.map(problem),
    warnings: rounds.warnings.map(problem),
    notes: rounds.notes,
  };
}

function statusEntry(entry: StatusEntry): Json {
  return {
    ...ref(entry),
    state: entry.state,
    label: entry.label ?? null,
    file: entry.file ?? null,
    appliedAt: entry.applied === undefined ? null : isoTime(entry.applied.appliedAt),
    executionTimeMs: entry.applied?.executionTimeMs ?? null,
    checksum: entry.applied?.checksum ?? null,
    reversible: entry.reversible ?? null,
  };
}

export function historyDocument(entries: readonly HistoryEntry[]): Json {
  return { runs: entries.map((entry) => ({ ...attempt(entry), migrations: entry.migrations.map(attempt) })) };
}

function attempt(one: Attempt): Json {
  return {
    runId: one.runId,
    version: one.version,
    name: one.name,
    direction: one.direction,
    status: one.status,
    startedAt: isoTime(one.startedAt),
    finishedAt: one.finishedAt === null ? null : isoTime(one.finishedAt),
    statement: one.statement,
    error: one.errorCode === null ? null : { code: one.errorCode, message: one.error },
    backup: one.backup,
    host: one.host,
    pid: one.pid,
    tool: one.tool,
  };
}

export function rebuiltDocument({ table, rows, check, columns, transformed }: RebuiltTable): Json {
  return { table, rows, check, columns, transformed };
}
