import type { MigrationDatabase, RebuildResult, TableChanges } from '../../src/migration/index.ts';
import { value, type Connection } from '../guards/support.ts';

// Tables rebuilt the way people and tools do it, by a plain driver.

export const parent: string = `CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO p VALUES (1, 'one'), (2, 'two'), (5, 'five');`;
export const another: string = `CREATE TABLE p_new (id INTEGER PRIMARY KEY, note TEXT DEFAULT '');`;

/** Create, copy, drop, rename: the usual order, in a transaction. */
export const swap = (
  create: string = another,
  copy: string = 'INSERT INTO p_new SELECT * FROM p;',
  after: string = '',
): string => `BEGIN; ${create} ${copy} DROP TABLE p; ALTER TABLE p_new RENAME TO p; ${after} COMMIT;`;
/** The same with foreign keys off, as it should be. */
export const careful = (...parts: Parameters<typeof swap>): string =>
  `PRAGMA foreign_keys = OFF; ${swap(...parts)} PRAGMA foreign_keys = ON;`;

export const counts =
  (...tables: string[]) =>
  (connection: Connection): unknown =>
    tables.map((table) => value(connection, `SELECT count(*) FROM ${table}`));

export const family: string = `${parent}
  CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id) ON DELETE CASCADE);
  CREATE TABLE g (id INTEGER PRIMARY KEY, c_id INTEGER REFERENCES c (id) ON DELETE CASCADE);
  INSERT INTO c VALUES (1, 1), (2, 2); INSERT INTO g VALUES (1, 1);`;

/** Runs SQL as a script on the application's connection, and tells the error that stopped it. */
export function run({ handle }: Connection, sql: string): Error | undefined {
  try {
    handle.exec(sql);
    return undefined;
  } catch (error) {
    try {
      handle.exec('ROLLBACK');
    } catch {
      // It had ended by itself.
    }
    return error as Error;
  }
}

/** A migration that changes a table, and how it was done. */
export function changing(
  name: string,
  change: (table: TableChanges) => void,
): { up(db: MigrationDatabase): void; results: RebuildResult[] } {
  const results: RebuildResult[] = [];
  return { up: (db) => void results.push(db.rebuildTable(name, change)), results };
}
