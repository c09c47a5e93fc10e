import { ended, plural } from '../text.ts';
import { typed } from '../typed.ts';
import { foreignHint, foreignMessage, type ForeignLedgerParams } from './ledger-foreign.ts';
import { lackingHint } from './lacking.ts';
import { shortChecksum } from './numbering.ts';

/** Texts about the tracking tables, and how they compare with the migrations. */
export const ledgerTexts = {
  LEDGER_FOREIGN: {
    meaning:
      'Another tool has migrated the database and Dunlin has not, so all migrations would run again from the start; or a table with the name of one of Dunlin’s does not have the columns of the chosen layout. That table is never altered.',
    message: (f: ForeignLedgerParams): string => foreignMessage(f),
    hint: (f: ForeignLedgerParams): string => foreignHint(f),
  },
  LEDGER_ELSEWHERE: {
    meaning:
      'There is no tracking table of the name that was given, but the database has been migrated before, with a tracking table of another name. A second one would apply every migration again.',
    message: (f: { database: string; table: string; given: string }): string =>
      `${f.database} keeps what is applied in the table "${f.table}"; it has no table "${f.given}".`,
    hint: (f: { table: string; layout: string | undefined }): string =>
      `Nothing was changed. Use that one: \`--table ${f.table}\`${f.layout === undefined ? '' : ` with \`--layout ${f.layout}\``}, or \`tables: { migrations: '${f.table}' }\`${f.layout === undefined ? '' : ` and \`layout: '${f.layout}'\``}; the default name needs no option. A second, separate set of migrations in the same database needs a log of its own as well: \`tables: { migrations: ..., attempts: ... }\`.`,
  },
  LEDGER_ROW_DAMAGED: {
    meaning:
      'A row of the tracking table cannot have been written by Dunlin: its version is not a positive whole number, or its name, time or checksum is missing. Somebody edited the table by hand.',
    message: (f: { table: string; row: string; fact: string }): string =>
      `The table "${f.table}" is damaged: row ${f.row} ${f.fact}.`,
    hint: (f: { table: string }): string =>
      `Nothing was changed. Look at it with \`SELECT rowid, * FROM "${f.table}"\`; correct or delete that row, then run again.`,
  },
  LEDGER_DUPLICATE: {
    meaning:
      'Two rows of the tracking table stand for the same version, so it is not known which migration was applied.',
    message: (f: { table: string; version: number; rows: readonly string[] }): string =>
      `The table "${f.table}" has version ${f.version} ${f.rows.length === 2 ? 'twice' : `${f.rows.length} times`}: ${f.rows.join(' and ')}.`,
    hint: (f: { table: string }): string =>
      `Nothing was changed. Find out which of them really ran, delete the other row from "${f.table}", then run again.`,
  },
  SCHEMA_DRIFT: {
    meaning:
      'The schema is not the one that the last run left: somebody has changed it by other means than migrations. Another database with the same migrations does not have that change, and the next migration may not expect it.',
    message: (f: { database: string; differences: readonly string[] }): string =>
      `The schema of ${f.database} is not as it was recorded: ${f.differences.join('; ')}.`,
    hint: (): string =>
      'Nothing was changed. If it is wanted everywhere, undo it here and write a migration that does it. If it is not, undo it. To keep it in this database only, record the schema as it is: `dunlin repair --schema`.',
  },
  REPLAY_DIFFERS: {
    meaning:
      'The applied migrations, run again in an empty database, make another schema than the database has: it was changed by other means, it had something before the first migration, or a migration does something else on an empty database.',
    message: (f: { database: string; difference: string }): string =>
      `${f.database} is not what its migrations make: ${f.difference}.`,
    hint: (f: { database: string; version: number }): string =>
      `Nothing was changed. Write a migration that makes the database and a new one alike, or undo the change. \`dunlin diff ${f.version} ${typed(f.database)}\` shows both texts.`,
  },
  AGAINST_DIFFERS: {
    meaning:
      'The migrations do not make the schema that `check --against` names: a change of it has no migration yet, or a migration makes something else. What SQLite treats alike and the order of columns are no difference.',
    message: (f: { wanted: string; difference: string }): string =>
      `The migrations do not make the schema of ${f.wanted}: ${f.difference}.`,
    hint: (f: { version: number; argument: string | undefined }): string =>
      `Nothing was changed. Write a migration that makes both alike, or correct what it is compared with.${f.argument === undefined ? '' : ` \`dunlin diff ${f.version} ${typed(f.argument)}\` shows both texts.`}`,
  },
  AGAINST_COMMAND_FAILED: {
    meaning: 'The command of `check --against-command` did not give a schema to compare the migrations with.',
    message: (f: { command: string; reason: string }): string =>
      `The command \`${f.command}\` gave no schema: ${ended(f.reason)}`,
    hint: (): string =>
      'Nothing was changed. Run the command by itself: it must print SQL, or make a database at the path in the environment variable DUNLIN_TARGET, which names no file yet.',
  },
  AGAINST_COMMAND_STOPPED: {
    meaning: 'Ctrl-C or SIGTERM ended `check` while the command of `--against-command` ran; the command was ended too.',
    message: (f: { command: string }): string => `The check was stopped, and with it the command \`${f.command}\`.`,
    hint: (): string => 'Nothing was changed. Run the check again.',
  },
  REPLAY_FAILED: {
    meaning:
      'The migrations cannot be run again in an empty database, so it is not known which schema they make: one of them needs rows or tables that no migration makes, or its file is gone.',
    message: (f: { database: string; reason: string }): string =>
      `The migrations of ${f.database} cannot be replayed in an empty database: ${ended(f.reason)}`,
    hint: (): string =>
      'Nothing was changed in the database itself. Remove from the migration what only some databases have, or bring back the file that is gone.',
  },
  SCHEMA_FILE_FAILED: {
    meaning: 'SQLite refused a statement of an SQL file whose schema was to be read.',
    message: (f: { file: string; line: number; reason: string }): string =>
      `${f.file} cannot be loaded into an empty database: line ${f.line}: ${ended(f.reason)}`,
    hint: (f: { reason: string }): string =>
      `Nothing was changed. ${lackingHint(f.reason) ?? 'Correct the file, or write it again with `dunlin dump`.'}`,
  },
  MIGRATION_EDITED: {
    meaning:
      'The SQL or the code of an applied migration is not what it was when it ran. Databases that ran the old text and databases that will run the new one would differ. Comments, white space, line endings and the case of SQL keywords do not count.',
    message: (f: {
      id: string;
      file: string;
      appliedAt: string;
      recorded: string;
      present: string | undefined;
      broken: string | undefined;
    }): string => {
      const what = `${f.file} was edited after it was applied on ${f.appliedAt}`;
      if (f.present === undefined) return `${what}, and cannot be read now: ${f.broken}`;
      return `${what} (${f.recorded === '' ? '' : `recorded ${shortChecksum(f.recorded)}, `}now ${shortChecksum(f.present)}).`;
    },
    hint: (f: { version: number }): string =>
      `Nothing was changed. Put the old text back and make a new migration for the change. While it is still being written: \`dunlin redo\` rolls back what ran and applies the new text, if it is the last one. \`dunlin repair ${f.version}\` shows the difference, and with --accept records the present text without running it.`,
  },
  MIGRATION_MISSING: {
    meaning:
      'The database says that a migration was applied, but there is no file for it, although newer migrations exist.',
    message: (f: {
      id: string;
      appliedAt: string;
      source: string;
      byName?: boolean;
      sameName?: string | undefined;
    }): string =>
      `${f.id} was applied on ${f.appliedAt}, but there is no migration of that ${f.byName === true ? 'name' : 'version'} in ${f.source}.${f.sameName === undefined ? '' : ` ${f.sameName} has its name, and another text.`}`,
    hint: (f: { version: number; sameName?: string | undefined }): string =>
      f.sameName === undefined
        ? `Nothing was changed. Bring the file back (another branch may have it), or record that it is gone with \`dunlin repair ${f.version} --accept\`.`
        : `Nothing was changed. If that file is the one that ran, renumbered and edited since, give it its old text back: then \`dunlin repair ${f.version} --accept\` records its new number. Else bring the missing file back (another branch may have it).`,
  },
  DATABASE_AHEAD: {
    meaning:
      'The database has migrations that are newer than every migration here: a newer release of the application has migrated it, or this one was built without its newest migrations.',
    message: (f: { database: string; versions: readonly string[]; newest: string }): string =>
      `${f.database} is ahead: it has ${f.versions.join(', ')}, and ${f.newest === 'none' ? 'there is no migration here' : `the newest migration here is ${f.newest}`}.`,
    hint: (): string =>
      'Nothing was changed. Use the release that made those migrations, or a newer one; or bring their files here. If the directory is the wrong one, name the right one with --migrations.',
  },
  OUT_OF_ORDER: {
    meaning:
      'A migration that was never applied is older than one that was: usually two branches made migrations at the same time. Applying it now runs it in another order than a new database would.',
    message: (f: { file: string; newest: string }): string =>
      `${f.file} is pending, but ${f.newest}, which is newer, has been applied already.`,
    hint: (f: { file: string; isForeign?: boolean }): string => {
      const last =
        f.isForeign === true
          ? 'Create it again with its tool, so that it comes last, if no database has applied it'
          : `Give it the next number, if no database has applied it: \`dunlin renumber ${typed(f.file)}\``;
      return `Nothing was changed. ${last}; or, if the order does not matter, run with --out-of-order (\`outOfOrder: 'allow'\`).`;
    },
  },
  SCHEMA_VERSION_DAMAGED: {
    meaning:
      'The one-row table `schema_version` of the `semver` layout does not hold exactly one row with a semantic version, or it says another version than the newest that is recorded as applied: so it is not known which migrations the database has.',
    message: (f: { database: string; fact: string }): string =>
      `The table "schema_version" of ${f.database} ${f.fact}.`,
    hint: (f: { differs?: { recorded: string; lower: boolean } }): string =>
      f.differs === undefined
        ? 'Nothing was changed. Find out which version the database has and make it say so: one row, one version such as 1.0.0. Then run again.'
        : `Nothing was changed. Find out which version the database has. If it is ${f.differs.recorded}, make the table say so: \`UPDATE schema_version SET version = '${f.differs.recorded}'\`. If the table is right, ${f.differs.lower ? 'delete the rows of what the database does not have from the tracking table' : 'record the migrations that it has with `dunlin baseline <version>`'}. Then run again.`,
  },
  LABEL_INVALID: {
    meaning:
      'A migration has a `Schema-Version` that is not a semantic version, or not a higher one than that of the migration before it.',
    message: (f: { file: string; label: string; fact: string }): string =>
      `${f.file}: Schema-Version ${f.label} ${f.fact}.`,
    hint: (): string => 'Nothing was changed. Write it as MAJOR.MINOR.PATCH, higher than that of the migration before.',
  },
  VERSION_UNKNOWN: {
    meaning: 'No migration has the version that the command line or the options name.',
    message: (f: { version: number; known: readonly string[]; squash?: string | undefined }): string =>
      f.squash === undefined
        ? `There is no migration ${f.version}${f.known.length === 0 ? '' : `; the last ones are ${f.known.join(', ')}`}.`
        : `Migration ${f.version} has no file any more: it is one of those that ${f.squash} replaces, and that file makes all of them at once.`,
    hint: (): string => 'Nothing was changed. `dunlin status` lists the migrations.',
  },
  NOTHING_TO_REPAIR: {
    meaning: '`repair` was asked for a migration that needs no repair.',
    message: (f: { version: number }): string => `Migration ${f.version} is neither edited nor missing nor renamed.`,
    hint: (): string => 'Nothing was changed. `dunlin repair` lists what can be repaired.',
  },
  BASELINE_CONFLICT: {
    meaning:
      'A baseline says that a database made by other means already has the first migrations; here some migrations were applied by Dunlin already.',
    message: (f: { database: string; applied: number; version: number }): string =>
      `${f.database} has ${plural(f.applied, 'applied migration')} newer than version ${f.version}, so version ${f.version} cannot be its baseline.`,
    hint: (): string =>
      'Nothing was changed. `dunlin status` shows what is applied; a baseline cannot be older than that.',
  },
};
