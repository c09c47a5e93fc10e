import { engineFacts, isSqlError, queryOne, script, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';
import { retryBusy } from './wait.ts';

/** Whether the database is in WAL mode, which is stored in it. Every other journal mode belongs to the connection. */
export function* isWal(): Op<boolean> {
  return (yield* readMode()) === 'wal';
}

/** Enters or leaves WAL mode. Returns a note if other connections prevent it. */
export function* setWal(context: RunContext, wal: boolean): Op<string | undefined> {
  return (yield* isWal()) === wal ? undefined : yield* setMode(context, wal ? 'wal' : 'delete');
}

/** The same for any journal mode. */
export function* setMode(context: RunContext, wanted: string | undefined): Op<string | undefined> {
  if (wanted === undefined || (yield* readMode()) === wanted) return undefined;
  try {
    yield* retryBusy(context, 'change its journal mode', () => script(`PRAGMA main.journal_mode = ${wanted}`));
    return undefined;
  } catch (error) {
    if (!isDunlinError(error) && !isSqlError(error)) throw error;
    return `its journal mode is still ${yield* readMode()}, not ${wanted} as before: ${error.message}`;
  }
}

/**
 * Makes sure that a rollback works, and that a crash during a commit does no harm: both need a journal on disk
 * (sqlite.org/pragma.html#pragma_journal_mode). A database in memory has none. Returns the journal mode.
 */
export function* keepJournal(context: RunContext): Op<string | undefined> {
  const mode = yield* readMode();
  if (mode !== 'off' && (mode !== 'memory' || context.file() === undefined)) return mode;
  yield* script('PRAGMA main.journal_mode = DELETE');
  const kept = yield* readMode();
  if (kept !== 'off') return kept;
  const facts = { database: context.database, pragma: 'journal_mode', wanted: 'delete', found: 'off' };
  throw dunlinError('PRAGMA_REFUSED', facts);
}

/** Undefined where the engine keeps its journal to itself. */
export function* readMode(): Op<string | undefined> {
  if (!(yield* engineFacts()).settings.includes('journal_mode')) return undefined;
  return String((yield* queryOne<{ journal_mode: string }>('PRAGMA main.journal_mode'))?.journal_mode);
}
