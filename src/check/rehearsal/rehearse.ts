import {
  clock,
  emit,
  file,
  queryNumber,
  script,
  unlessRefused,
  type DunlinEvent,
  type Op,
} from '../../bridge/index.ts';
import { dunlinError, type MigrationRef } from '../../errors/index.ts';
import { declaredBy, RowHistory, run, type DeclaredLosses } from '../../execute/index.ts';
import { isLedgerTable, readContent } from '../../ledger/index.ts';
import type { RunContext, RunResult } from '../../lock/index.ts';
import type { Registry } from '../../migration/index.ts';
import type { Goal } from '../../plan/index.ts';
import { compareSchemas, readIntegrityErrors, readModel, type Inventory } from '../../schema/index.ts';
import { literal } from '../../sql/index.ts';
import { observeRun } from '../observe-run.ts';
import { beforeSchema, compareTables, type ComparedTables } from './compare-tables.ts';
import { lossText, type Rehearsal } from './results.ts';

/** A copy of a database to migrate, and another one as it was. */
export interface RehearsalCopies {
  /** The file to migrate, which the connection has open. */
  readonly copy: string;
  readonly before: string;
  readonly copyMs: number;
  readonly journalMode: string;
}

/** What is rehearsed. */
export interface RehearsalRequest {
  readonly goal: Goal;
  /** What each of the migrations may lose. */
  readonly steps: readonly { readonly destructive: true | readonly string[] }[];
}

/** How long the write lock was held, and how large the files became. */
class Meter {
  readonly #copies: RehearsalCopies;
  bytes = 0;
  peakBytes = 0;
  journalBytes = 0;
  lockMs = 0;
  #lockedAt = Infinity;

  constructor(copies: RehearsalCopies) {
    this.#copies = copies;
  }

  /** Before and after each statement that ends a transaction: a journal is gone with it, a log is not. */
  *measure(): Op<void> {
    const { copy } = this.#copies;
    const bytes = (yield* file('stat', copy))!.bytes;
    const journals = [yield* file('stat', `${copy}-wal`), yield* file('stat', `${copy}-journal`)];
    const journal = journals.reduce((sum, stat) => sum + (stat?.bytes ?? 0), 0);
    this.peakBytes = Math.max(this.peakBytes, bytes + journal);
    this.journalBytes = Math.max(this.journalBytes, journal);
  }

  *before(sql: string): Op<void> {
    if (/^(?:commit|rollback|release)\b/i.test(sql)) yield* this.measure();
  }

  *after(sql: string): Op<void> {
    if (sql === 'BEGIN IMMEDIATE') this.#lockedAt = yield* clock();
    if (!/^(?:commit|rollback)$/i.test(sql)) return;
    yield* this.measure();
    this.lockMs = Math.max(this.lockMs, (yield* clock()) - this.#lockedAt);
    this.#lockedAt = Infinity;
  }
}

/**
 * Runs what is pending on a copy of the database, whose context this is, as `up` would, and compares each row with a second
 * copy. Errors: those of `up`.
 */
export function* rehearseOn(
  given: RunContext,
  copies: RehearsalCopies,
  { goal, steps }: RehearsalRequest,
): Op<Rehearsal> {
  const started = yield* clock();
  const isOwn = (table: string): boolean => isLedgerTable(given.ledger, table);
  // The database itself is the backup.
  const options = { ...given.options, backup: 'off' } as const;
  const context: RunContext = { ...given, options, path: () => copies.copy, opened: {} };
  if (copies.journalMode === 'wal') yield* script('PRAGMA main.journal_mode = WAL');
  const before = yield* readContent(context.ledger);
  const modelBefore = yield* readModel(isOwn);
  const history = new RowHistory(before);
  const meter = new Meter(copies);
  yield* meter.measure();
  const bytes = meter.peakBytes;
  const notes = new Set<string>();
  const result = yield* observed(run(context, goal), { history, meter, notes, registry: context.registry });
  for (const note of result.notes) notes.add(note);
  yield* meter.measure();
  const ran = yield* clock();
  const found = result.aborted ? noFindings : yield* compare(context, copies, history, declaredBy(steps), before);
  const after = yield* readContent(context.ledger);
  const ended = yield* clock();
  const { losses, tables, unchanged, violations, flaws } = found;
  const unnamed = losses.filter(({ named }) => named === undefined);
  const all = [...unnamed.map(lossText), ...flaws];
  const names = unnamed.map(({ declaration }) => declaration);
  const { database } = context;
  const problems = all.length === 0 ? [] : [dunlinError('REHEARSAL_LOSES', { database, lines: all, names })];
  const { peakBytes, journalBytes, lockMs } = meter;
  return {
    ...withoutTimes(result),
    problems,
    losses,
    tables,
    unchanged,
    violations,
    schema: { objects: compareSchemas(before, after), before: modelBefore, after: yield* readModel(isOwn) },
    notes: [...notes, ...found.notes],
    measures: {
      bytes,
      peakBytes,
      journalBytes,
      copyMs: copies.copyMs,
      lockMs: Math.round(lockMs),
      runMs: Math.round(ran - started),
      compareMs: Math.round(ended - ran),
      totalMs: Math.round(copies.copyMs + ended - started),
    },
  };
}

interface Findings extends ComparedTables {
  readonly violations: number | undefined;
  readonly flaws: readonly string[];
}

const noFindings: Findings = { tables: [], losses: [], unchanged: 0, notes: [], violations: undefined, flaws: [] };

function* compare(
  context: RunContext,
  copies: RehearsalCopies,
  history: RowHistory,
  declared: DeclaredLosses,
  before: Inventory,
): Op<Findings> {
  yield* script(`ATTACH ${literal(copies.before)} AS ${beforeSchema}`);
  const after = yield* readContent(context.ledger);
  const compared = yield* compareTables({ before, after, history, declared });
  const violations = yield* countViolations();
  // The run itself checks the pages, unless the options turn that off.
  const flaws = context.options.verify === 'off' ? yield* readIntegrityErrors('quick_check') : [];
  yield* script(`DETACH ${beforeSchema}`);
  return { ...compared, violations, flaws };
}

function withoutTimes({
  from,
  to,
  fromLabel,
  toLabel,
  applied,
  pending,
  aborted,
}: RunResult): Pick<RunResult, 'from' | 'to' | 'fromLabel' | 'toLabel' | 'applied' | 'pending' | 'aborted'> {
  return { from, to, fromLabel, toLabel, applied, pending, aborted };
}

/** What observes the run. */
interface Observers {
  readonly history: RowHistory;
  readonly meter: Meter;
  /** Filled with what the run notes. */
  readonly notes: Set<string>;
  readonly registry: Registry;
}

/** The run, of which listeners hear only which migration is tried: its events would look as if they were of the database. */
function observed(op: Op<RunResult>, { history, meter, notes, registry }: Observers): Op<RunResult> {
  let migration: MigrationRef | undefined;
  const started: DunlinEvent[] = [];
  return observeRun(op, {
    *beforeStatement(sql) {
      yield* meter.before(sql);
      yield* history.beforeStatement(sql);
      for (const event of started.splice(0)) yield* emit(event);
    },
    *afterStatement(sql) {
      yield* history.afterStatement(migration);
      yield* meter.after(sql);
    },
    onEvent(event) {
      if (event.type === 'migration:note')
        notes.add(`${registry.get(event.migration.version)?.id ?? event.migration.name}: ${event.note}`);
      if (event.type !== 'migration:start') return;
      migration = event.migration;
      started.push({ type: 'check:round', migration, index: event.index, total: event.total });
    },
  });
}

/** Undefined: a foreign key refers to columns that are no key. */
function* countViolations(): Op<number | undefined> {
  return (yield* unlessRefused(queryNumber('SELECT count(*) FROM pragma_foreign_key_check'))).result;
}
