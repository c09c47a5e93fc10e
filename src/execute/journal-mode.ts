import { isSqlError, queryOne, script, type Op } from '../bridge/index.ts';
import { isDunlinError } from '../errors/index.ts';
import type { RunContext } from './context.ts';
import { retryBusy } from './wait.ts';

/** Whether the database is in WAL mode. That is the database's own; every other journal mode is the connection's. */
export function* isWal(): Op<boolean> {
  return (yield* readMode()) === 'wal';
}

/** Goes into WAL mode, or out of it. Others that have the database open can stand in the way: the text says so. */
export function* setWal(context: RunContext, wal: boolean): Op<string | undefined> {
  if ((yield* isWal()) === wal) return undefined;
  try {
    yield* retryBusy(context, 'change its journal mode', () =>
      script(`PRAGMA main.journal_mode = ${wal ? 'WAL' : 'DELETE'}`),
    );
    return undefined;
  } catch (error) {
    if (!isDunlinError(error) && !isSqlError(error)) throw error;
    const mode = yield* readMode();
    return `its journal mode is still ${mode}, not ${wal ? 'wal' : 'delete'} as in the backup: ${error.message}`;
  }
}

function* readMode(): Op<string> {
  return String((yield* queryOne<{ journal_mode: string }>('PRAGMA journal_mode'))?.journal_mode);
}
