import { databaseError, isSqlError, type Op, type SqlError } from '../bridge/index.ts';
import { dunlinError, refOf, type DunlinError, type SourceLocation } from '../errors/index.ts';
import { locationOf, type Step, type StepStatement } from '../plan/index.ts';
import { nameKey, unquote } from '../sql/index.ts';
import { positionAt } from '../migration/index.ts';
import { findLackingColumn } from './copied-columns.ts';
import { readRefusedRows } from './refused-rows.ts';

/** The error for a full disk, a damaged file and the like, which is not the fault of the migration. */
export function environmentError(error: unknown, database: string): DunlinError | undefined {
  return isSqlError(error) ? databaseError(error, database) : undefined;
}

/** The error for any failure of the database outside a migration's statements; other errors stay as they are. */
export function toDunlinError(error: unknown, database: string): unknown {
  if (!isSqlError(error)) return error;
  return (
    databaseError(error, database) ??
    dunlinError('DATABASE_FAILED', { database, reason: error.message, code: error.code }, { cause: error })
  );
}

/**
 * The error for a statement that SQLite refused, or that failed on a full disk and the like. `kept`: the clauses of the
 * table that a rebuild has kept.
 */
export function* statementError(
  error: SqlError,
  step: Step,
  entry: StepStatement,
  database: string,
  kept: readonly string[] = [],
): Op<DunlinError> {
  const migration = refOf(step);
  const location = findErrorLocation(error, step, entry);
  const details = { migration, location, source: step.text, cause: error };
  const machine = databaseError(error, database);
  if (machine !== undefined) return machine.with(details);
  // NOT NULL is not kept.
  const mayBeKept = error.primary === 'SQLITE_CONSTRAINT' && !error.message.startsWith('NOT NULL');
  const facts = {
    id: step.id,
    reason: error.message,
    number: entry.number,
    line: location.line,
    foreignKeys: error.message.includes('FOREIGN KEY'),
    undone: step.transaction,
    direction: step.direction,
    rows: yield* readRefusedRows(error, entry),
    lacks: yield* findLackingColumn(error, entry),
    ...(mayBeKept && kept.length > 0 ? { kept } : {}),
  };
  return dunlinError('STATEMENT_FAILED', facts, details);
}

/** The error for a statement that SQLite cannot parse, found without running it. */
export function malformedError(error: SqlError, step: Step, entry: StepStatement): DunlinError {
  const location = findErrorLocation(error, step, entry);
  return dunlinError(
    'STATEMENT_MALFORMED',
    { id: step.id, reason: error.message, number: entry.number, line: location.line, direction: step.direction },
    { migration: refOf(step), location, source: step.text, cause: error },
  );
}

/** The error for a statement after which no transaction was open any more. */
export function transactionLostError(step: Step, entry: StepStatement | undefined, cause: unknown): DunlinError {
  const reason = cause instanceof Error ? cause.message : 'it succeeded, but no transaction is open after it';
  return dunlinError(
    'TRANSACTION_LOST',
    { id: step.id, reason, number: entry?.number ?? 0 },
    {
      migration: refOf(step),
      ...(entry === undefined
        ? {}
        : { location: locationOf(entry.statement, step.file, entry.number), source: step.text }),
      cause,
    },
  );
}

/** The error for a transaction that ended between migrations, not by a statement of theirs. */
export function endedOutside(step: Step): DunlinError {
  const who = 'a listener of events, or code that uses the connection, did it';
  return transactionLostError(step, undefined, new Error(who));
}

/** The error for a transaction that a migration committed. */
export function committedError(step: Step, lost: DunlinError): DunlinError {
  const { location, source, cause } = lost;
  return dunlinError(
    'TRANSACTION_COMMITTED',
    { id: step.id },
    {
      migration: refOf(step),
      ...(location === undefined ? {} : { location, source }),
      cause,
    },
  );
}

/**
 * Drivers report no position in a statement, but SQLite's messages name a token. If the statement has that token once,
 * the location is there; else at the statement's beginning.
 */
function findErrorLocation(error: SqlError, step: Step, entry: StepStatement): SourceLocation {
  const start = locationOf(entry.statement, step.file, entry.number);
  const name =
    /near "([^"]+)"|no such (?:column|table|function|index|view|trigger|collation sequence|module): (?:\w+\.)?(\S+)|has no column named (\S+)|duplicate column name: (\S+)|unrecognized token: "([^"]+)"|(?:table|view|index|trigger) (\S+) already exists/
      .exec(error.message)
      ?.slice(1)
      .find((group) => group !== undefined);
  if (name === undefined) return start;
  const found = entry.statement.tokens.filter((token) => nameKey(unquote(token.text)) === nameKey(unquote(name)));
  const token = found[0];
  return token === undefined || found.length > 1
    ? start
    : { ...start, ...positionAt(step.text, start.offset + token.start - entry.statement.tokens[0]!.start) };
}
