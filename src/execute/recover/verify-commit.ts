import { connect, disconnect, isBusy, isSqlError, queryOn, type Op } from '../../bridge/index.ts';
import { ownDatabase, readAttached, whyUnreadable, type Reading } from '../../backup/index.ts';
import { dunlinError } from '../../errors/index.ts';
import { countRows } from '../../ledger/index.ts';
import type { MigrationOutcome } from '../../lock/run-options.ts';
import { readIntegrityErrors, newIntegrityErrors } from '../../schema/index.ts';
import type { RunBackups } from '../run-backups.ts';
import type { RunContext } from '../../lock/run-context.ts';
import { refuseReplaced } from '../../lock/index.ts';
import { restoreRunBackup } from './restore-run-backup.ts';

/** What says something about the file, not about the machine or about others who use it. */
const damage = /^SQLITE_(?:CORRUPT|NOTADB)$/;

/**
 * Reads what was committed through a connection that has seen nothing before: the run's own sees its cache. When it is
 * something else, the run's backup is restored, if nobody else has committed since. Returns a note when it could not be
 * looked at; takes out of `outcomes` what was undone. Errors: `COMMIT_UNPROVEN`.
 */
export function* verifyCommit(
  context: RunContext,
  backups: RunBackups,
  outcomes: MigrationOutcome[],
): Op<string | undefined> {
  if (context.options.verify === 'off' || context.delayedClose) return undefined;
  let findings: readonly string[];
  try {
    findings = yield* readAnew(context);
  } catch (error) {
    if (!isSqlError(error)) throw error;
    yield* refuseReplaced(context, 'after');
    const { primary, message } = error;
    if (!damage.test(primary))
      // Busy: another process is writing, and has found the file to be in order.
      return isBusy(error) ? undefined : `what was committed could not be read again: ${message}`;
    findings = [message];
  }
  if (findings.length === 0) return undefined;
  // The new connection has read another file, and a restore would write into that one.
  yield* refuseReplaced(context, 'after');
  const backup = backups.newest?.id;
  const recovery = yield* restoreRunBackup(context, backups);
  if (recovery !== undefined && 'restored' in recovery) outcomes.splice(backups.newest!.done);
  throw dunlinError('COMMIT_UNPROVEN', { database: context.database, findings, backup, recovery });
}

/** Reads through a new connection; where that one lacks the database's key, through a new opening by the run's own. */
function* readAnew(context: RunContext): Op<readonly string[]> {
  const fresh = yield* connect();
  if (fresh === undefined) return [];
  try {
    const refusal = yield* whyUnreadable(fresh);
    if (refusal === undefined) return yield* compare(context, { on: fresh, schema: 'main' });
  } finally {
    yield* disconnect(fresh);
  }
  const path = context.file();
  return path === undefined ? [] : yield* readAttached(path, (reading) => compare(context, reading));
}

/** Again if they differ: another process may have committed between the two readings. */
function* compare(context: RunContext, fresh: Reading): Op<readonly string[]> {
  let findings: readonly string[] = [];
  for (let left = 3; left > 0; left--) {
    findings = yield* differences(context, fresh);
    if (findings.length === 0) break;
  }
  if (findings.length > 0 || context.options.verify !== 'full') return findings;
  return yield* newIntegrityErrors(
    context.flaws ?? [],
    yield* readIntegrityErrors('quick_check', fresh.on, fresh.schema),
  );
}

function* differences({ ledger }: RunContext, fresh: Reading): Op<readonly string[]> {
  const found: string[] = [];
  if ((yield* schemaText(fresh)) !== (yield* schemaText(ownDatabase)))
    found.push('its schema is not the one that was committed');
  if ((yield* countRows(ledger, fresh.on, fresh.schema)) !== (yield* countRows(ledger, undefined, 'main')))
    found.push(`${ledger.tables.migrations} has not the rows that were committed`);
  return found;
}

/**
 * The whole schema as one text, which is much quicker to read than a thousand rows. In order, because the application
 * may have set `PRAGMA reverse_unordered_selects`.
 */
function* schemaText({ on, schema }: Reading): Op<unknown> {
  const [row] = yield* queryOn(
    on,
    `SELECT group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, ''), char(10)) AS text FROM (SELECT * FROM ${schema}.sqlite_schema ORDER BY rowid)`,
  );
  return row?.['text'];
}
