import { count } from '../text.ts';

/** `nothing`: what is true of the data. */
const nothing = 'Nothing was changed.';

/** Texts about engines that take batches of statements instead of a connection: D1, rqlite. */
export const engineTexts = {
  ENGINE_REFUSED: {
    meaning:
      'A migration does something that an engine without a connection cannot do in one batch of statements, or that cannot be measured there.',
    message: (f: { id: string; driver: string; fact: string }): string =>
      `${f.id} ${f.fact}, and ${f.driver} cannot do that.`,
    hint: (f: { way: string }): string => `${nothing} ${f.way}`,
  },
  CODE_NEEDS_TRANSACTION: {
    meaning:
      'A migration in code reads rows and decides what to write. An engine that takes a list of statements, all or nothing, has no transaction in which rows can be read first.',
    message: (f: { id: string; driver: string }): string =>
      `${f.id} is code, or has a verify() function, and ${f.driver} has no transaction in which code can read rows.`,
    hint: (): string =>
      `${nothing} Write the migration in SQL: INSERT ... SELECT and UPDATE with a subquery read and write in one statement, and VERIFY queries check the result.`,
  },
  PARENT_DROP_REFUSED: {
    meaning:
      'Foreign keys cannot be turned off on this engine. DROP TABLE deletes all rows of the table first, and ON DELETE CASCADE, SET NULL and SET DEFAULT would delete or change the rows that refer to it (sqlite.org/foreignkeys.html, section 5).',
    message: (f: { id: string; driver: string; parent: string; child: string }): string =>
      `${f.id} drops ${f.parent} while rows of ${f.child} refer to it, and ${f.driver} would delete or change these.`,
    hint: (f: { parent: string; child: string }): string =>
      `${nothing} Move the rows of ${f.child} aside and back in the same migration: CREATE TABLE ${f.child}_kept AS SELECT * FROM ${f.child}; DELETE FROM ${f.child}; then the rebuild of ${f.parent}; then INSERT INTO ${f.child} SELECT * FROM ${f.child}_kept; DROP TABLE ${f.child}_kept. Or change ${f.parent} with ALTER TABLE.`,
  },
  BATCH_TOO_LARGE: {
    meaning: 'A migration, with what measures it, exceeds what the engine takes at once.',
    message: (f: { driver: string; what: string; size: number; limit: number }): string =>
      `${f.driver} takes at most ${count(f.limit)} ${f.what}, and this migration needs ${count(f.size)}.`,
    hint: (): string => `${nothing} Split the migration into several files, or its largest statement into several.`,
  },
  GUARDS_UNAVAILABLE: {
    meaning:
      'Before anything is sent, a run proves that the engine reports the text with which a guard stops a batch. Without it a loss looks like any other failure.',
    message: (f: { driver: string; answer: string }): string =>
      `${f.driver} does not report why a guard stops a batch: ${f.answer}.`,
    hint: (): string => `${nothing} Use another version of the engine, or report it.`,
  },
  OUTCOME_UNKNOWN: {
    meaning:
      'The engine did not answer to a batch, and its run is not in the history. It may have been lost on its way.',
    message: (f: { database: string; reason: string }): string =>
      `Nobody knows whether ${f.database} has applied the batch: ${f.reason}.`,
    hint: (f: { runId: string }): string =>
      `The batch was applied completely or not at all, as run ${f.runId}. Run again: that looks first, and a batch that arrives late is refused.`,
  },
  RUN_OVERTAKEN: {
    meaning:
      'Each time that the run had read the database, somebody else changed its schema or history before the batch arrived.',
    message: (f: { database: string; looks: number }): string =>
      `${f.database} was changed by others ${f.looks} times while the batch was on its way.`,
    hint: (): string => `${nothing} Run again when nobody else changes the schema.`,
  },
  SCHEMA_UNEXPECTED: {
    meaning:
      'The statements left another schema than in the rehearsal. Most often the engine has another version of SQLite, which writes an altered table differently.',
    message: (f: { driver: string }): string =>
      `On ${f.driver} the statements left another schema than in the rehearsal.`,
    hint: (): string =>
      `${nothing} Rehearse with an SQLite of the same version, or write the change as a rebuild: a new table, a copy, DROP TABLE, RENAME.`,
  },
  ENGINE_FAILED: {
    meaning: 'The engine could not be reached, or refused a statement of Dunlin’s own.',
    message: (f: { driver: string; reason: string }): string => `${f.driver} failed: ${f.reason}.`,
    hint: (f: { sql: string }): string =>
      `${nothing} ${f.sql === '' ? 'Check the address and that the engine is running. Then run again.' : `The statement was: ${f.sql}`}`,
  },
  REHEARSAL_FAILED: {
    meaning:
      'The schema of the database could not be made again in the local SQLite, so migrations cannot be rehearsed.',
    message: (f: { driver: string; reason: string }): string =>
      `The schema of the ${f.driver} database cannot be made in the local SQLite: ${f.reason}.`,
    hint: (): string => `${nothing} Give a newer SQLite, or one with the modules of the schema, in \`rehearseOn\`.`,
  },
};
