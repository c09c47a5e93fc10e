import { emit, isSqlError, queryOne, type Op, type Row, type Value } from '../bridge/index.ts';
import {
  dunlinError,
  isDunlinError,
  refOf,
  thrownReason,
  type DunlinError,
  type ErrorParams,
} from '../errors/index.ts';
import { locationOf, type Step } from '../plan/index.ts';
import { hasNoContent } from '../ledger/index.ts';
import { isPageDamage, newIntegrityErrors, readIntegrityErrors, type IntegrityCheck } from '../schema/index.ts';
import { callWithDatabase } from './code/migration-database.ts';
import type { RunningStep } from './run-statement.ts';
import type { RunContext } from '../lock/index.ts';

/** What happens to the migration when its verification fails. */
type Outcome = ErrorParams<'VERIFICATION_FAILED'>['outcome'];

/** Runs a migration's verification queries and its verify function; throws when one of them is not true. */
export function* verifyStep(running: RunningStep, context: RunContext, outcome: Outcome = 'undone'): Op<void> {
  const { step } = running;
  yield* verifyQueries(step, outcome);
  if (step.verifyFunction !== undefined) yield* callVerify(running, step.verifyFunction, context, outcome);
}

/** Runs a migration's verification queries; throws at the first that is not true. */
export function* verifyQueries(step: Step, outcome: Outcome): Op<void> {
  for (const [index, { name, statement }] of step.verify.entries()) {
    const details = { location: locationOf(statement, step.file, index + 1), source: step.text };
    let value: Value | undefined;
    try {
      const row = yield* queryOne(statement.sql);
      value = row === undefined ? undefined : firstValue(row);
    } catch (error) {
      if (!isSqlError(error)) throw error;
      throw failure(step, name, error.message, outcome, { ...details, cause: error });
    }
    if (!isTrue(value))
      throw failure(step, name, value === undefined ? 'no row' : `result ${literalOf(value)}`, outcome, details);
  }
}

/** Reports that a migration was verified, if it has something to verify. */
export function* emitVerified(step: Step): Op<void> {
  const queries = step.verify.length + (step.verifyFunction === undefined ? 0 : 1);
  if (queries === 0) return;
  yield* emit({ type: 'migration:verified', migration: refOf(step), queries });
}

/**
 * The first column's value. JavaScript puts keys that look like indexes before all others, so the first of several
 * columns such as `SELECT count(*) = 0, 1` cannot be identified: treat it as NULL, which fails the check.
 */
function firstValue(row: Row): Value | undefined {
  const columns = Object.keys(row);
  return columns.length > 1 && columns.some((column) => /^\d+$/.test(column)) ? null : Object.values(row)[0];
}

/** True in a WHERE of SQLite, except that every text but the empty one is true. */
function isTrue(value: Value | undefined): boolean {
  return value !== undefined && value !== null && value !== 0 && value !== 0n && value !== '';
}

function* callVerify(
  running: RunningStep,
  verify: NonNullable<Step['verifyFunction']>,
  context: RunContext,
  outcome: Outcome,
): Op<void> {
  const { step } = running;
  let result: unknown;
  try {
    result = yield* callWithDatabase(running, context, `verify() of ${step.id}`, verify);
  } catch (error) {
    const place = step.migration?.kind === 'code' ? step.migration.placeOf(error) : {};
    if (isDunlinError(error)) throw error.location === undefined ? error.with(place) : error;
    throw failure(step, 'verify()', thrownReason(error), outcome, { cause: error, ...place });
  }
  if (result === false) throw failure(step, 'verify()', 'it returned false', outcome, {});
}

function failure(
  step: Step,
  name: string,
  value: string,
  outcome: Outcome,
  details: Parameters<DunlinError['with']>[0],
): DunlinError {
  return dunlinError(
    'VERIFICATION_FAILED',
    { id: step.id, query: name, value, outcome },
    { migration: refOf(step), ...details },
  );
}

function literalOf(value: Value): string {
  return value === null ? 'NULL' : typeof value === 'string' ? `'${value}'` : String(value);
}

const megabyte = 1_048_576;

/**
 * What the integrity check finds before the run has written anything; undefined if it does not run. Errors:
 * `DATABASE_CORRUPT` for damage that makes writing unsafe: then nothing is written, not even to the attempt log.
 */
export function* findOldFlaws(context: RunContext): Op<readonly string[] | undefined> {
  const mode = context.options.verify ?? 'auto';
  if (mode === 'off' || (mode === 'auto' && (yield* hasNoContent(context.ledger)))) return undefined;
  let flaws: readonly string[];
  try {
    flaws = yield* readIntegrityErrors(yield* checkFor(context));
  } catch (error) {
    // Most often the schema calls a function that is missing: the statement that needs it reports that.
    if (isSqlError(error) && error.primary === 'SQLITE_ERROR') return undefined;
    throw error;
  }
  const severe = flaws.filter(isPageDamage);
  if (severe.length > 0)
    throw dunlinError('DATABASE_CORRUPT', {
      database: context.database,
      code: 'SQLITE_CORRUPT',
      reason: severe.slice(0, 3).join('; '),
    });
  return flaws;
}

/**
 * Checks the database's pages before COMMIT: wholly up to 64 MB, above that without comparing indexes with their
 * tables (sqlite.org/pragma.html#pragma_integrity_check), unless options say otherwise. Ignores what was wrong before the
 * run. A database that was empty before the run is not checked: it holds only what was just written.
 */
export function* checkIntegrity(context: RunContext, wasEmpty: boolean): Op<void> {
  const mode = context.options.verify ?? 'auto';
  if (mode === 'off' || (mode === 'auto' && wasEmpty)) return;
  const findings = yield* newIntegrityErrors(context.flaws ?? [], yield* readIntegrityErrors(yield* checkFor(context)));
  if (findings.length > 0) throw dunlinError('INTEGRITY_FAILED', { database: context.database, findings });
}

/** Errors: `ENGINE_LACKS` for `verify: 'full'`. */
function* checkFor({ driver, engine, options }: RunContext): Op<IntegrityCheck> {
  if (options.verify === 'full') {
    if (engine.integrity !== 'full') throw dunlinError('ENGINE_LACKS', { driver, what: 'integrity_check' });
    return 'integrity_check';
  }
  // Without a size the check that takes less time.
  if (engine.size === 'none') return 'quick_check';
  const size = yield* queryOne<{ bytes: number }>(
    'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
  );
  return Number(size?.bytes ?? 0) <= 64 * megabyte ? 'integrity_check' : 'quick_check';
}
