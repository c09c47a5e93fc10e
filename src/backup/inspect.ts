import { file, isSqlError, type Op } from '../bridge/index.ts';
import { readIntegrityErrors, isPageDamage } from '../schema/index.ts';
import { compareSummaries, readSummary, readPragma, type DatabaseSummary } from './summary.ts';
import { readFile, type DatabaseRef } from './read-database.ts';

export interface Inspection {
  /** How it differs from the original, or why it cannot be read. */
  readonly findings: readonly string[];
  /** What is wrong with its rows or indexes. */
  readonly flaws: readonly string[];
  /** SQLite says that it is no database: its header is damaged, or encrypted with a key that the connection lacks. */
  readonly isOpaque?: boolean;
}

/** Opens a copy as a restore will, and compares it with the original's summary. Creating and restoring a backup use the same check. */
export function* inspect(path: string, original: DatabaseSummary): Op<Inspection> {
  const stat = yield* file('stat', path);
  try {
    const seen = yield* readFile(path, function* (database) {
      // A driver may report success without a file, and an empty file passes SQLite's checks.
      const pages = Number(yield* readPragma('page_count', database));
      const bytes = pages * Number(yield* readPragma('page_size', database));
      const { damage, differences: others, flaws } = yield* examine(database, original);
      const findings = [...damage, ...others];
      return stat === undefined || stat.bytes !== bytes || pages === 0
        ? { findings: [`the file has ${stat?.bytes ?? 0} bytes, its ${pages} pages ${bytes}`, ...findings], flaws }
        : { findings, flaws };
    });
    return seen ?? { findings: ['the driver opens no second connection'], flaws: [] };
  } catch (error) {
    // The connection lacks something that the schema needs: that is no defect of the copy.
    if (!isSqlError(error) || error.primary === 'SQLITE_ERROR') throw error;
    // An encrypted copy looks like this with another key, or none.
    const isOpaque = error.primary === 'SQLITE_NOTADB';
    return { findings: [error.message], flaws: [], isOpaque };
  }
}

/** What is wrong with a database that others may write to. */
export interface Examination {
  /** What SQLite cannot read: no write through SQLite causes that. */
  readonly damage: readonly string[];
  readonly differences: readonly string[];
  /** What is wrong with its rows or indexes. */
  readonly flaws: readonly string[];
}

/** Compares an open database with the original's summary. */
export function* examine(database: DatabaseRef, original: DatabaseSummary): Op<Examination> {
  const found = yield* readIntegrityErrors('quick_check', database.connection, database.schema);
  return {
    damage: found.filter(isPageDamage),
    differences: compareSummaries(original, yield* readSummary(database)),
    flaws: found.filter((flaw) => !isPageDamage(flaw)),
  };
}
