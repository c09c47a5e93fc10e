import { file, isSqlError, type Op } from '../bridge/index.ts';
import { readIntegrityErrors, isPageDamage } from '../schema/index.ts';
import { differences, takeSnapshot, pragma, type Snapshot } from './snapshot.ts';
import { readFile, type Reading } from './reading.ts';

/** What looking at a copy shows. */
export interface Inspection {
  /** In what it is not the original, or cannot be read: it is no copy. */
  readonly findings: readonly string[];
  /** What is wrong with the rows or indexes in it. */
  readonly flaws: readonly string[];
  /** SQLite takes it for no database: its beginning is damaged, or encrypted with a key that the connection lacks. */
  readonly isOpaque?: boolean;
}

/** Opens a copy as a restore will, and holds it against a portrait. The same measure when it is made and when it is restored. */
export function* inspect(path: string, original: Snapshot): Op<Inspection> {
  const stat = yield* file('stat', path);
  try {
    const seen = yield* readFile(path, function* (reading) {
      // A driver may report success without a file, and an empty file passes every check of SQLite's.
      const pages = Number(yield* pragma(reading, 'page_count'));
      const bytes = pages * Number(yield* pragma(reading, 'page_size'));
      const { damage, differences: others, flaws } = yield* examine(reading, original);
      const findings = [...damage, ...others];
      return stat === undefined || stat.bytes !== bytes || pages === 0
        ? { findings: [`the file has ${stat?.bytes ?? 0} bytes, its ${pages} pages ${bytes}`, ...findings], flaws }
        : { findings, flaws };
    });
    return seen ?? { findings: ['the driver opens no second connection'], flaws: [] };
  } catch (error) {
    // Something that the schema needs is missing on the connection: that says nothing about the copy.
    if (!isSqlError(error) || error.primary === 'SQLITE_ERROR') throw error;
    // An encrypted copy looks like this with another key, or none.
    const isOpaque = error.primary === 'SQLITE_NOTADB';
    return { findings: [error.message], flaws: [], isOpaque };
  }
}

/** What looking at a database that others may write to shows. */
export interface Examination {
  /** What SQLite cannot read: no program that writes through SQLite makes that. */
  readonly damage: readonly string[];
  /** In what it is not the original. */
  readonly differences: readonly string[];
  /** What is wrong with the rows or indexes in it. */
  readonly flaws: readonly string[];
}

/** Compares a database that is open with a portrait. */
export function* examine(reading: Reading, original: Snapshot): Op<Examination> {
  const found = yield* readIntegrityErrors('quick_check', reading.on, reading.schema);
  return {
    damage: found.filter(isPageDamage),
    differences: differences(original, yield* takeSnapshot(reading)),
    flaws: found.filter((flaw) => !isPageDamage(flaw)),
  };
}
