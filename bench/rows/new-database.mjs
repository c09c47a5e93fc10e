// A new database: 100 and 1,000 small migrations, and 100 of 50 statements each.
import { compare } from '../compare.mjs';
import { manyStatements, smallMigrations } from '../support.mjs';

export const title = 'A new database';
export const about =
  'Each migration makes a table and an index and inserts a row; those of 50 statements make a table and insert 49 rows. *In process* is the call alone, once the modules are loaded; *process* is a whole program.';

export function measure(bench) {
  const [hundred, thousand, statements] = [
    compare(bench, { migrations: smallMigrations(100), seconds: 35 }),
    compare(bench, { migrations: smallMigrations(1000), seconds: 70 }),
    compare(bench, { migrations: manyStatements(), seconds: 40 }),
  ];
  return {
    columns: [
      { id: 'fresh-100', head: '100, in process', of: 'work', runs: hundred },
      { id: 'fresh-100-process', head: '100, process', of: 'process', runs: hundred },
      { id: 'fresh-1000', head: '1,000, in process', of: 'work', runs: thousand },
      { id: 'fresh-1000-process', head: '1,000, process', of: 'process', runs: thousand },
      { id: 'fresh-100x50', head: '100 × 50 statements, in process', of: 'work', runs: statements },
      { id: 'memory-1000', head: 'peak memory, 1,000', of: 'peak', runs: thousand },
      { id: 'memory-100x50', head: 'peak memory, 100 × 50', of: 'peak', runs: statements },
    ],
  };
}
