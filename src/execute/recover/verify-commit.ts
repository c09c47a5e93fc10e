import { connect, disconnect, isBusy, isSqlError, queryOn, type Op } from '../../bridge/index.ts';
import { runDatabase, readAttached, whyUnreadable, type DatabaseRef } from '../../backup/index.ts';
import { dunlinError, type DunlinError } from '../../errors/index.ts';
import { countRows } from '../../ledger/index.ts';
import { readIntegrityErrors, newIntegrityErrors } from '../../schema/index.ts';
import type { RunBackups } from '../run-backups.ts';
import { refuseReplaced, type RunContext } from '../../lock/index.ts';
import { restoreRunBackup } from './restore-run-backup.ts';

/** Errors about the file, not about the machine or other processes. */
const damage = /^SQLITE_(?:CORRUPT|NOTADB)$/;

/** What reading the committed state again showed. */
export interface CommitCheck {
  /** Why it could not be read. */
  readonly note: string | undefined;
  /** `COMMIT_UNPROVEN`, if it is not what was committed. */
  readonly failure: DunlinError | undefined;
  /** How many of the run's steps are still done: a restored backup undoes those after it. */
  readonly kept: number;
}

/**
 * Reads what was committed through a new connection: the run's own may read its cache. If it is something else, restores
 * the run's backup, unless somebody else has committed since. `done`: how many steps the run has done.
 */
export function* verifyCommit(context: RunContext, backups: RunBackups, done: number): Op<CommitCheck> {
  const proven: CommitCheck = { note: undefined, failure: undefined, kept: done };
  if (context.options.verify === 'off' || context.delayedClose) return proven;
  let findings: readonly string[];
  try {
    findings = yield* readAnew(context);
  } catch (error) {
    if (!isSqlError(error)) throw error;
    yield* refuseReplaced(context, 'after');
    const { primary, message } = error;
    // Another process is writing, and has found the file to be in order.
    if (isBusy(error)) return proven;
    if (!damage.test(primary)) return { ...proven, note: `what was committed could not be read again: ${message}` };
    findings = [message];
  }
  if (findings.length === 0) return proven;
  // The new connection has read another file, and a restore would write into that one.
  yield* refuseReplaced(context, 'after');
  const { newest } = backups;
  const recovery = yield* restoreRunBackup(context, backups);
  const { database } = context;
  return {
    note: undefined,
    failure: dunlinError('COMMIT_UNPROVEN', { database, findings, backup: newest?.id, recovery }),
    kept: newest !== undefined && recovery !== undefined && 'restored' in recovery ? newest.done : done,
  };
}

/** Reads through a new connection; where that one lacks the database's key, through a new opening by the run's own. */
function* readAnew(context: RunContext): Op<readonly string[]> {
  const fresh = yield* connect();
  if (fresh === undefined) return [];
  try {
    const refusal = yield* whyUnreadable(fresh);
    if (refusal === undefined) return yield* compare(context, { connection: fresh, schema: 'main' });
  } finally {
    yield* disconnect(fresh);
  }
  const path = context.file();
  return path === undefined ? [] : yield* readAttached(path, (database) => compare(context, database));
}

/** Again if they differ: another process may have committed between the two readings. */
function* compare(context: RunContext, fresh: DatabaseRef): Op<readonly string[]> {
  let findings: readonly string[] = [];
  for (let left = 3; left > 0; left--) {
    findings = yield* differences(context, fresh);
    if (findings.length === 0) break;
  }
  if (findings.length > 0 || context.options.verify !== 'full') return findings;
  return yield* newIntegrityErrors(
    context.flaws ?? [],
    yield* readIntegrityErrors('quick_check', fresh.connection, fresh.schema),
  );
}

function* differences({ ledger }: RunContext, fresh: DatabaseRef): Op<readonly string[]> {
  const found: string[] = [];
  if ((yield* schemaText(fresh)) !== (yield* schemaText(runDatabase)))
    found.push('its schema is not the one that was committed');
  if ((yield* countRows(ledger, fresh.connection, fresh.schema)) !== (yield* countRows(ledger, undefined, 'main')))
    found.push(`${ledger.tables.migrations} has not the rows that were committed`);
  return found;
}

/**
 * The whole schema as one text, which is much quicker to read than a thousand rows. In order, because the application
 * may have set `PRAGMA reverse_unordered_selects`.
 */
function* schemaText({ connection, schema }: DatabaseRef): Op<unknown> {
  const [row] = yield* queryOn(
    connection,
    `SELECT group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, ''), char(10)) AS text FROM (SELECT * FROM ${schema}.sqlite_schema ORDER BY rowid)`,
  );
  return row?.['text'];
}
