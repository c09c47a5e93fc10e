import { count, ended, plural } from '../text.ts';
import { typed } from '../typed.ts';
import type { WayBack } from './formats.ts';
import { doubleQuotesHint, lackingColumnsHint, lackingHint, type LackingColumns } from './lacking.ts';

/** In words that fit both directions: "rolled back" alone could mean that its DOWN part succeeded. */
export function undone(id: string): string {
  return `What ${id} changed was rolled back: the database is as it was before.`;
}

function waited(ms: number): string {
  return ms < 1000 ? `${Math.floor(ms)} ms` : plural(Math.round(ms / 1000), 'second');
}

/** What to do about some of SQLite's messages; otherwise, correct `what`. */
function remedy(reason: string, direction: string, what: string): string {
  const [, object, after] = /^error in ((?:view|trigger) .+?)( after [a-z ]+)?: /.exec(reason) ?? [];
  if (object !== undefined)
    return `Drop the ${object} before this statement and create it again after it${after === undefined ? '; for the RENAME of a rebuilt table, `PRAGMA legacy_alter_table = ON;` before it does as well' : ''}. Then run again.`;
  const lacking = lackingHint(reason);
  if (lacking !== undefined) return `${lacking} Or correct the ${what}. Then run again.`;
  const quotes = doubleQuotesHint(reason);
  if (quotes !== undefined) return `${quotes} Then run again.`;
  const correct = `Correct the ${what} and run again.`;
  // Somebody may have upgraded it by hand, or by other means.
  const exists =
    /^(?:table|view|index|trigger) .+ already exists|^there is already an(?:other)? |^duplicate column name: /.test(
      reason,
    );
  return exists && direction === 'up'
    ? `${correct} If the database has this already, \`dunlin baseline <version>\` records it without running it.`
    : correct;
}

/** What a run does with a migration, as a list of several reads. */
export interface ListedMove {
  readonly id: string;
  /** `record`: as applied, without running it. */
  readonly direction: 'up' | 'down' | 'record';
}

/** "roll back 004_tags, 003_notes; apply 003_notes"; "nothing" of none. Of more than six, the first five. */
function listed(moves: readonly ListedMove[]): string {
  const one = (verb: string, direction: string): readonly string[] => {
    const ids = moves.filter((move) => move.direction === direction).map(({ id }) => id);
    if (ids.length === 0) return [];
    const rest = ids.length > 6 ? ` and ${count(ids.length - 5)} more` : '';
    return [`${verb} ${ids.slice(0, rest === '' ? 6 : 5).join(', ')}${rest}`];
  };
  return [...one('roll back', 'down'), ...one('apply', 'up'), ...one('record', 'record')].join('; ') || 'nothing';
}

/** A run that no longer fits. */
interface ChangedPlan {
  readonly database: string;
  readonly planned: readonly ListedMove[];
  readonly now: readonly ListedMove[];
  readonly reapplied: readonly string[];
  readonly done: readonly string[];
  readonly plan: string;
  readonly command: string;
}

/** What was to be recorded, in words, and is something else now. */
interface ChangedRecord {
  readonly database: string;
  readonly shown: readonly string[];
  readonly now: readonly string[];
  readonly showCommand: string;
  readonly command: string;
}

function sentence(items: readonly string[]): string {
  const rest = items.length > 4 ? `; and ${count(items.length - 3)} more` : '';
  return `${items.slice(0, rest === '' ? 4 : 3).join('; ')}${rest}` || 'nothing';
}

/** What became of a migration whose verification failed. */
export type VerificationOutcome = 'undone' | 'kept' | 'refused';

/** How the restore after a failure ended: the backup that was restored, or why the database stays as it is. */
export type RecoveryOutcome = { readonly restored: string } | { readonly reason: string };

/** What ended a command before it had finished. */
export type CutShort =
  | { readonly by: 'exit'; readonly code: number }
  | { readonly by: 'waiting' }
  | { readonly by: 'failure'; readonly reason: string };

/** Texts about a run: what stopped it, and where that leaves the database. */
export const runTexts = {
  CANNOT_ROLL_BACK: {
    meaning: 'A migration cannot be rolled back, because its DOWN part is empty or missing, or its file is gone.',
    message: (f: { id: string; fact: string }): string => `${f.id} cannot be rolled back: ${f.fact}.`,
    hint: (f: {
      file: string;
      version: number;
      code: boolean;
      back?: WayBack | undefined;
      /** Where the file was that a squash replaces, and that is gone. */
      gone?: string | undefined;
    }): string => {
      if (f.gone !== undefined)
        return `Nothing was changed. Bring the file back: \`git log --diff-filter=D --name-only -- ${typed(f.gone)}\` shows the commit that deleted it. If it has no DOWN part either, make a new migration that undoes this one.`;
      if (f.back !== undefined && f.back.place === undefined)
        return `Nothing was changed. In the format of ${f.back.tool} there is no DOWN part: make a new migration that undoes this one.`;
      return f.code
        ? `Nothing was changed. Write a down() function in ${f.file} and accept the edit with \`dunlin repair ${f.version} --accept\`, or make a new migration that undoes this one.`
        : `Nothing was changed. Write a DOWN part in ${f.back?.place ?? f.file}, or make a new migration that undoes it.`;
    },
  },
  REAPPLY_LOSES: {
    meaning:
      'Migrations whose files have changed were rolled back and applied again (`dunlin dev`, `reapply`), and afterwards something was gone that was there before: a DOWN part had dropped it, and the UP part did not bring it back. Values count, the highest id of an AUTOINCREMENT table, what no migration made (an index on the table), and a virtual table that cannot be compared.',
    message: (f: { database: string; ids: readonly string[]; again: boolean; lines: readonly string[] }): string =>
      `${f.again ? 'Applying' : 'Rolling back'} ${sentence(f.ids)}${f.again ? ' again' : ''} would lose data of ${f.database}: ${f.lines.join('; ')}.`,
    hint: (): string =>
      'Everything was rolled back: nothing is lost. If the rows do not matter, `dunlin dev --once --yes` does it after a backup. To keep them, undo the edit and make a new migration.',
  },
  STATEMENT_FAILED: {
    meaning:
      "SQLite refused a statement of a migration. The migration was rolled back, unless it runs outside a transaction. Migrations that ran before it in the same run stay, except with `atomic: 'run'`.",
    message: (f: { id: string; reason: string; number: number; line: number }): string =>
      `Migration ${f.id} failed at statement ${f.number}${f.line > 0 ? ` (line ${f.line})` : ''}: ${ended(f.reason)}`,
    hint: (f: {
      id: string;
      reason: string;
      foreignKeys: boolean;
      undone: boolean;
      direction: string;
      rows: string | undefined;
      /** What a rebuild has kept of the old table, if that may be why. */
      kept?: readonly string[];
      lacks?: LackingColumns | undefined;
    }): string =>
      f.lacks !== undefined
        ? `${undone(f.id)} ${lackingColumnsHint(f.lacks)} Then run again.`
        : f.kept !== undefined
          ? `${undone(f.id)} ${f.rows === undefined ? '' : `${ended(f.rows)} `}The new table has kept ${f.kept.join(', ')} of the old one. Correct the rows before the rebuild, or leave that out with this line at the top of the file:\n    -- dunlin: rebuilds as-written`
          : f.rows !== undefined
            ? `${undone(f.id)} ${ended(f.rows)} Correct the rows or the file, and run again.`
            : f.foreignKeys
              ? `${undone(f.id)} Correct the rows or the statement, and run again.`
              : f.undone
                ? `${undone(f.id)} ${remedy(f.reason, f.direction, 'file')}`
                : `${f.id} ran outside a transaction: its statements before this one stay, and running them again does no harm. Correct the file and run again.`,
  },
  STATEMENT_MALFORMED: {
    meaning:
      'A statement of a migration is no SQL that SQLite can read, whatever the database has. `plan` finds it without running anything; a run would fail at it.',
    message: (f: { id: string; reason: string; number: number; line: number }): string =>
      `Statement ${f.number} of migration ${f.id}${f.line > 0 ? ` (line ${f.line})` : ''} cannot be read: ${ended(f.reason)}`,
    hint: (f: { direction: string; reason: string }): string =>
      `Nothing was changed. ${remedy(f.reason, f.direction, 'file')}`,
  },
  FUNCTION_FAILED: {
    meaning: 'The function of a migration written in code threw an error. The migration was rolled back.',
    message: (f: { id: string; direction: string; reason: string }): string =>
      `Migration ${f.id} failed in ${f.direction}(): ${ended(f.reason)}`,
    hint: (f: { id: string; direction: string; reason: string }): string =>
      `${undone(f.id)} ${remedy(f.reason, f.direction, 'code')}`,
  },
  VERIFICATION_FAILED: {
    meaning:
      'A verification query of a migration returned false, or its verify() function did. The migration was rolled back; a baseline that would have recorded it was refused.',
    message: (f: { id: string; query: string; value: string; outcome: VerificationOutcome }): string =>
      f.outcome === 'refused'
        ? `Migration ${f.id} was not recorded as applied, because its verification failed: ${f.query} (${f.value}).`
        : `Migration ${f.id} ran, but its verification failed: ${f.query} (${f.value}).`,
    hint: (f: { id: string; outcome: VerificationOutcome }): string =>
      ({
        undone: `${undone(f.id)} Correct the migration, or the check, and run again.`,
        kept: `${f.id} ran outside a transaction: what it did stays, but it does not count as applied. Correct the migration, or the check, and run again.`,
        refused: `Nothing was changed. If the database does not have what ${f.id} makes, choose a lower version and run the rest. If it does, and the check does not hold because a later migration changed that, record it unchecked with --no-verify (\`verify: false\`).`,
      })[f.outcome],
  },
  TRANSACTION_LOST: {
    meaning:
      'A statement ended the transaction from inside: an ON CONFLICT ROLLBACK clause, INSERT OR ROLLBACK or RAISE(ROLLBACK) fired. SQLite rolled everything back, and Dunlin ran the migrations before it again.',
    message: (f: { id: string; reason: string; number: number }): string =>
      `${f.number > 0 ? `Statement ${f.number}` : 'A statement'} of migration ${f.id} ended the transaction (${f.reason}): SQLite rolled everything back.`,
    hint: (f: { id: string }): string =>
      `${undone(f.id)} Replace OR ROLLBACK, ON CONFLICT ROLLBACK or RAISE(ROLLBACK, ...) with ABORT, correct the cause, and run again.`,
  },
  TRANSACTION_COMMITTED: {
    meaning:
      'While a migration ran, other code committed its transaction: it used the existing connection, not the database object that the migration gets. What the migration had changed by then is in the database and cannot be rolled back.',
    message: (f: { id: string }): string =>
      `The transaction of migration ${f.id} was committed from outside before the migration ended: what it had changed by then stays in the database.`,
    hint: (f: { id: string }): string =>
      `What ${f.id} did until then is kept, and so are the migrations before it. \`dunlin status\` shows whether it counts as applied; if not, undo by hand what it changed. In a migration use only the database object that its function gets, and use the connection nowhere else while migrations run; then run again.`,
  },
  TRANSACTION_OPEN: {
    meaning:
      'The existing connection has an open transaction: the application’s own, or that of another run on the same connection. A migration needs the connection for itself.',
    message: (f: { database: string }): string => `A transaction is open already on ${f.database}.`,
    hint: (): string =>
      'Nothing was changed. End that transaction first; if another run uses this connection, await it. Or give the path of the database instead of the connection.',
  },
  LOCKED: {
    meaning:
      'Another process kept the database locked for longer than the wait. It frees itself when that process ends, however it ends: there is nothing to unlock.',
    message: (f: { database: string; waitedMs: number; holder: string | undefined; doing: string }): string =>
      `${f.database} is in use by another process${f.holder === undefined ? '' : ` (${f.holder})`}: waited ${waited(f.waitedMs)} to ${f.doing}.`,
    hint: (): string =>
      'Nothing was changed while it waited. Try again; end long transactions in other programs; or wait longer with --lock-timeout (`lockTimeoutMs`).',
  },
  PLAN_CHANGED: {
    meaning:
      'Another process applied or rolled back migrations after the run was planned and before it had the write lock, or between two of its transactions. Continuing could leave a gap, or do something that nobody confirmed. `planned` and `now` list the moves. A run that only applies continues if its remaining migrations are still next. `repair` compares what it was to record in the same way.',
    message: (f: ChangedPlan | ChangedRecord): string =>
      'shown' in f
        ? `What there is to record of ${f.database} changed after it was shown. Shown: ${sentence(f.shown)}. Now: ${
            String(f.shown) === String(f.now) ? 'the same, with another text' : sentence(f.now)
          }.`
        : `What is applied to ${f.database} changed after the run was planned. Planned: ${listed(f.planned)}. Now: ${
            f.reapplied.length === 0
              ? listed(f.now)
              : `the same, but what is recorded of ${f.reapplied.join(', ')} is another text`
          }.`,
    hint: (f: ChangedPlan | ChangedRecord): string => {
      if ('shown' in f)
        return `Nothing was changed. \`dunlin ${f.showCommand}\` shows what there is now; \`dunlin ${f.command}\` asks about it again.`;
      return `${
        f.done.length === 0
          ? 'Nothing was changed.'
          : `Nothing was changed after ${f.done.join(', ')}, which ${f.done.length === 1 ? 'stays as it is' : 'stay as they are'}.`
      } \`dunlin ${f.plan}\` shows what there is to do now; \`dunlin ${f.command}\` plans it again.`;
    },
  },
  COMMAND_NOT_FINISHED: {
    meaning:
      'Code of a migration or of the configuration ended the process, waits for a promise that nothing settles, or started something without waiting for it (a timer, an `async` call without `await`) that failed. The command has failed, whatever the code said, and its exit code is 1. Nothing can be printed where the process is killed: by SIGKILL, or by `process.abort()`.',
    message: (f: { ended: CutShort }): string => {
      switch (f.ended.by) {
        case 'exit':
          return `A migration or the configuration ended the process with process.exit(${f.ended.code}) before the command had finished.`;
        case 'waiting':
          return 'The command did not finish: a migration or the configuration waits for a promise that never settles.';
        case 'failure':
          return `Code that a migration or the configuration left running failed: ${ended(f.ended.reason)}`;
      }
    },
    hint: (f: { ended: CutShort }): string => {
      const remedy = {
        exit: 'Throw an error to stop the run',
        waiting: 'Settle every promise that the code returns or awaits',
        failure: 'Await everything that the code starts',
      }[f.ended.by];
      return `What was not committed is undone; \`dunlin status\` shows what is applied. ${remedy}, then run again.`;
    },
  },
  COMMIT_UNPROVEN: {
    meaning:
      'After the run had committed, another connection read something else from the file than what was committed, or found it damaged. The disk, the memory or the driver may be faulty. The backup from before the run was restored, unless somebody else had written since.',
    message: (f: { database: string; findings: readonly string[] }): string =>
      `${f.database} does not hold what the run committed: ${f.findings.slice(0, 3).join('; ')}.`,
    hint: (f: { backup: string | undefined; recovery: RecoveryOutcome | undefined }): string =>
      f.recovery === undefined || f.backup === undefined
        ? 'The database is as the run left it, and there is no backup from before it. Check it (`PRAGMA integrity_check`) and the disk before anything else is written.'
        : 'restored' in f.recovery
          ? `Nothing of the run is left: the database was restored from the backup ${f.backup}. Check the disk and the memory of this machine before you run again.`
          : `The database is as the run left it; its backup was not restored: ${f.recovery.reason}. Check the disk and the memory of this machine, then \`dunlin backup restore ${f.backup}\`.`,
  },
  LOCK_FILE_FAILED: {
    meaning:
      'The lock file beside the database, which keeps other runs out while one works outside a transaction or restores a backup, cannot be made or used. It needs a folder that can be written, and must not be replaced by anything else.',
    message: (f: { database: string; file: string; reason: string }): string =>
      `The lock file ${f.file} of ${f.database} cannot be used: ${ended(f.reason)}`,
    hint: (f: { reason: string }): string =>
      /not a database|malformed/.test(f.reason)
        ? 'Nothing was changed by this. Dunlin did not write that file: while nothing runs, delete or rename it, then run again.'
        : 'Nothing was changed by this. See that the folder of the database, and the file if there is one, can be written by this user, then run again.',
  },
  PRAGMA_REFUSED: {
    meaning: 'SQLite did not accept a setting that a safe migration needs, as reading it back showed.',
    message: (f: { database: string; pragma: string; wanted: string; found: string }): string =>
      `PRAGMA ${f.pragma} could not be set to ${f.wanted} on ${f.database}: it is ${f.found}.`,
    hint: (): string =>
      'No migration was started. Pass a connection that nothing else uses and that has no open transaction, or give the path of the database.',
  },
  ENGINE_LACKS: {
    meaning: 'A run needs something that the engine does not have, as the bridge says (`engine`). It was not started.',
    message: (f: { driver: string; what: 'transactions' | 'integrity_check' }): string =>
      f.what === 'transactions'
        ? `${f.driver} has no BEGIN and COMMIT, so that a run could not be rolled back.`
        : `${f.driver} has no PRAGMA integrity_check, which \`verify: 'full'\` asks for.`,
    hint: (f: { what: 'transactions' | 'integrity_check' }): string =>
      f.what === 'transactions'
        ? 'Nothing was changed. Status, plan and dump only read, and work. To migrate, use a bridge whose engine has transactions.'
        : "Nothing was changed. Leave the option `verify` out: what the engine has is checked. `verify: 'off'` checks nothing.",
  },
  FOREIGN_KEYS_STAY_ON: {
    meaning:
      'The engine says that foreign keys are off, and a test with two tables of its own showed that ON DELETE CASCADE fires nevertheless. A rebuild of a table would silently delete the rows that refer to it.',
    message: (f: { database: string; driver: string }): string =>
      `Foreign keys stay on in ${f.database}: PRAGMA foreign_keys = OFF has no effect with ${f.driver}, whatever it returns.`,
    hint: (): string =>
      "No migration was started. Let the bridge say so: `engine: { ...LOCAL, foreignKeys: 'always-on' }`. Then rows that a migration deletes in other tables are counted.",
  },
  INTEGRITY_FAILED: {
    meaning:
      'SQLite’s integrity check found damage before COMMIT that was not there before the run. Damage from before the run does not stop it; it is a note.',
    message: (f: { database: string; findings: readonly string[] }): string =>
      `The integrity check of ${f.database} found damage that was not there before the run: ${f.findings.slice(0, 3).join('; ')}${f.findings.length > 3 ? `; and ${count(f.findings.length - 3)} more` : ''}.`,
    hint: (): string =>
      'What was not committed is undone, and nothing has to be restored. Look for the cause before you run again: a migration that writes where checks are off or into the tables of a virtual table, a defect of the driver, the disk, the memory. `dunlin try <version>` runs it on a copy.',
  },
  LOCKS_LOST: {
    meaning:
      'Code of a migration opened and closed the database file beside SQLite: fs.copyFileSync, readFileSync, a stream. On POSIX systems that takes away all locks that the process has on the file (sqlite.org/howtocorrupt.html, section 2.2), so that other programs can write under the transaction. Dunlin notices this on Linux only.',
    message: (f: { id: string; direction: 'up' | 'down'; file: string }): string =>
      `${f.direction}() of ${f.id} opened and closed ${f.file} beside SQLite, which took away the lock of this run on it.`,
    hint: (f: { id: string }): string =>
      `${undone(f.id)} Copy with \`db.backupTo(path)\` in place of fs, and read by SQL. Another program may have written in that moment: \`dunlin check\` looks at the database. Close the connection before the next run: SQLite does not know that its lock is gone.`,
  },
  BACKUP_TO_FAILED: {
    meaning:
      'A migration called db.backupTo(), which could not write its copy. It needs a new file, and a second connection that can read the database.',
    message: (f: { id: string; path: string; reason: string }): string =>
      `Migration ${f.id} could not copy the database to ${f.path}: ${ended(f.reason)}`,
    hint: (f: { id: string }): string =>
      `${undone(f.id)} No copy was left behind. Give the path of a file that does not exist yet.`,
  },
  HANDLE_REVOKED: {
    meaning:
      'A migration function used its database after it had returned: a promise that was not awaited, or a reference that was kept.',
    message: (f: { id: string }): string => `Migration ${f.id} used its database after its function had returned.`,
    hint: (): string =>
      'That call did nothing. Await every call inside the function, and keep no reference to its database.',
  },
  ONE_STATEMENT: {
    meaning:
      'The methods run(), all() and get() of a migration’s database take exactly one statement; exec() takes any number.',
    message: (f: { id: string; found: number }): string =>
      `Migration ${f.id} gave ${f.found === 0 ? 'no statement' : plural(f.found, 'statement')} to a method that takes one.`,
    hint: (f: { id: string }): string => `${undone(f.id)} Use exec() for several statements.`,
  },
  SQL_NOT_TEXT: {
    meaning: 'A method of a migration’s database got something other than SQL as its first argument.',
    message: (f: { id: string; method: string; given: string }): string =>
      `Migration ${f.id} called db.${f.method}() with ${f.given} instead of a text with SQL.`,
    hint: (f: { id: string }): string =>
      `${undone(f.id)} Give the SQL as a text, and values for its parameters after it: db.run('DELETE FROM a WHERE x = ?', 1).`,
  },
  ATOMIC_RUN_SPLIT: {
    meaning:
      "All migrations of the run were to happen together or not at all (`atomic: 'run'`, `redo` or `dev`), but one of them cannot share a transaction with the others: it says `no-transaction` or `foreign-keys on`.",
    message: (f: { ids: readonly string[] }): string =>
      `The run cannot be one transaction: ${[...new Set(f.ids)].join(', ')} must run apart from the others.`,
    /** `below`: the version to which the run would have rolled back first. */
    hint: (f: { below: number | undefined }): string =>
      f.below === undefined
        ? "Nothing was changed. Run without `atomic: 'run'` (`--atomic run`), or first up to the one before it (`dunlin up --to <version>`)."
        : `Nothing was changed. Roll back and apply again one after the other: \`dunlin down --to ${f.below}\`, then \`dunlin up\`.`,
  },
  DATABASE_FAILED: {
    meaning: 'SQLite refused one of Dunlin’s own statements, for a reason that has no error code of its own.',
    message: (f: { database: string; reason: string; code: string }): string =>
      `SQLite refused an operation on ${f.database}: ${f.reason} (${f.code}).`,
    hint: (f: { reason: string }): string =>
      `What was not committed is undone. ${lackingHint(f.reason) ?? '`dunlin status` shows where the database stands; --verbose, or the `cause` of the error, shows more.'}`,
  },
  CONFIRMATION_WRONG: {
    meaning: 'Deleting everything in a database needs its name as confirmation, and another one was given.',
    message: (f: { database: string; given: string }): string =>
      `The confirmation ${JSON.stringify(f.given)} is not the database's name, ${f.database}.`,
    hint: (f: { database: string }): string =>
      `Nothing was changed. To delete everything in it, confirm with ${f.database}.`,
  },
  COPY_FAILED: {
    meaning: 'A copy of the database for a trial run could not be made.',
    message: (f: { database: string; reason: string }): string =>
      `No copy of ${f.database} could be made: ${ended(f.reason)}`,
    hint: (f: { reason: string }): string =>
      `Nothing was changed. ${lackingHint(f.reason) ?? (/not (?:a|an SQLite) database/.test(f.reason) ? 'An encrypted copy can be opened with the key only: give `prepare`, which is called for each connection that Dunlin opens.' : 'See that the folder for temporary files has room and can be written (the variable TMPDIR names another one), and try again.')}`,
  },
};
