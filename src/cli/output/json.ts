import {
  isDunlinError,
  thrownReason,
  type DunlinError,
  type MigrationRef,
  type MoveRef,
  type SourceLocation,
} from '../../errors/index.ts';
import type { RebuiltTable } from '../../bridge/event.ts';
import type { HistoryEntry } from '../../operations/history.ts';
import type { RoundTripResults } from '../../check/results.ts';
import type { RunBackup } from '../../backup/options.ts';
import type { RunResult } from '../../lock/run-options.ts';
import type { Status, StatusEntry } from '../../operations/status.ts';
import type { MirroredTable } from '../../plan/types.ts';
import type { Attempt } from '../../ledger/types.ts';
import type { ObjectChange } from '../../schema/compare.ts';
import { isoTime } from './format.ts';

// The shapes of docs/reference/json.md. A field is never left out because it is unknown: it is null.

export type Json = Readonly<Record<string, unknown>>;

/** Some fields of an object, as a document has them. */
type Fields<T, Name extends keyof T> = { readonly [N in Name]-?: Exclude<T[N], undefined> | UnknownAsNull<T[N]> };
type UnknownAsNull<Value> = undefined extends Value ? null : never;

/** Fields under their own names, in this order. */
export function fields<T extends object, Name extends keyof T & string>(
  one: T,
  ...names: readonly Name[]
): Fields<T, Name> {
  return Object.fromEntries(names.map((name) => [name, one[name] ?? null])) as Fields<T, Name>;
}

/** A problem or a warning. */
export type ProblemDocument = {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly migration?: MigrationRef | null;
  readonly location?: Pick<SourceLocation, 'file' | 'line' | 'column'> | null;
  readonly planned?: readonly MoveRef[];
  readonly now?: readonly MoveRef[];
  readonly problems?: readonly ProblemDocument[];
};

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
  return one === undefined ? null : fields(one, 'id', 'file', 'bytes');
}

export function problem(error: unknown): ProblemDocument {
  if (!isDunlinError(error)) {
    return { code: 'UNEXPECTED', message: thrownReason(error), hint: null };
  }
  return {
    ...fields(error, 'code', 'message', 'hint'),
    migration: error.migration === undefined ? null : ref(error.migration),
    location: location(error),
    ...(error.planned === undefined ? {} : { planned: error.planned.map(move) }),
    ...(error.now === undefined ? {} : { now: error.now.map(move) }),
    ...(error.problems.length === 0 ? {} : { problems: error.problems.map(problem) }),
  };
}

function location(error: DunlinError): NonNullable<ProblemDocument['location']> | null {
  return error.location === undefined ? null : fields(error.location, 'file', 'line', 'column', 'statement');
}

function move(one: MoveRef): MoveRef {
  return fields(one, 'version', 'name', 'direction');
}

export function ref(migration: MigrationRef): MigrationRef {
  return fields(migration, 'version', 'name');
}

export function runDocument(result: RunResult): Json {
  return {
    ...fields(result, 'from', 'to', 'fromLabel', 'toLabel'),
    applied: result.applied.map((one) => ({
      ...fields(one, 'version', 'name', 'direction', 'statements', 'executionTimeMs'),
      rebuilt: one.rebuilt.map(rebuiltDocument),
    })),
    pending: result.pending.map(ref),
    notes: result.notes,
    backup: backup(result.backup),
    ...fields(result, 'aborted', 'durationMs'),
  };
}

/** What `check` tried, on one kind of database. */
export type RoundsDocument = {
  readonly tried: number;
  readonly reversed: number;
  readonly problems: readonly ProblemDocument[];
  readonly warnings: readonly ProblemDocument[];
  readonly notes: readonly string[];
};

/** The fields of the document of `status` and `check` that reports read. */
export type StatusDocument = {
  readonly version: number;
  readonly label: string | null;
  readonly migrations: readonly EntryDocument[];
  readonly repeatables: readonly { readonly name: string; readonly file: string | null }[];
  readonly pending: readonly MigrationRef[];
  readonly problems: readonly ProblemDocument[];
  readonly rounds?: RoundsDocument;
  readonly data?: RoundsDocument;
  readonly notes: readonly string[];
};

type EntryDocument = MigrationRef & { readonly file: string | null };

export function statusDocument(status: Status): Json & StatusDocument {
  return {
    ...fields(status, 'version', 'label', 'tooOld', 'tooNew'),
    migrations: status.entries.map(statusEntry),
    repeatables: status.repeatables.map((one) => fields(one, 'name', 'file', 'state', 'appliedAt', 'gone')),
    pending: status.pending.map(ref),
    problems: status.problems.map(problem),
    drift: status.drift.map(schemaChange),
    ...(status.rounds === undefined ? {} : { rounds: roundsDocument(status.rounds) }),
    ...(status.data === undefined ? {} : { data: roundsDocument(status.data) }),
    ...(status.changes === undefined ? {} : { changes: status.changes.objects.map(schemaChange) }),
    lastFailure: status.lastFailure === undefined ? null : attempt(status.lastFailure),
    notes: status.notes,
    backup: status.backup === undefined ? null : fields(status.backup, 'id', 'file', 'bytes', 'createdAt'),
    mirror: mirror(status.mirror),
  };
}

export function mirror(one: MirroredTable | undefined): Json | null {
  return one === undefined ? null : { tool: one.tool ?? null, table: one.table ?? null, behind: one.behind };
}

export function schemaChange(change: ObjectChange & { readonly text?: string }): Json {
  return {
    ...fields(change, 'kind', 'type', 'name', 'table', 'sameEffect'),
    ...(change.text === undefined ? {} : { text: change.text }),
    ...fields(change, 'before', 'after'),
    parts: change.parts.map((part) => ({ ...part, ...fields(part, 'before', 'after', 'was') })),
  };
}

function roundsDocument(rounds: RoundTripResults): RoundsDocument {
  return {
    ...fields(rounds, 'tried', 'reversed'),
    problems: rounds.problems.map(problem),
    warnings: rounds.warnings.map(problem),
    notes: rounds.notes,
  };
}

function statusEntry(entry: StatusEntry): Json & EntryDocument {
  return {
    ...fields(entry, 'version', 'name', 'state', 'label', 'file'),
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
    ...fields(one, 'runId', 'version', 'name', 'direction', 'status'),
    startedAt: isoTime(one.startedAt),
    finishedAt: one.finishedAt === null ? null : isoTime(one.finishedAt),
    statement: one.statement,
    error: one.errorCode === null ? null : { code: one.errorCode, message: one.error },
    ...fields(one, 'backup', 'host', 'pid', 'tool'),
  };
}

export function rebuiltDocument(one: RebuiltTable): Json {
  return fields(one, 'table', 'rows', 'check', 'columns', 'transformed', 'kept');
}
