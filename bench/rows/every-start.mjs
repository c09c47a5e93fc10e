// What an application pays at every start but the first: nothing pending, and now and then one migration.
import { compare } from '../compare.mjs';
import { oneMore, smallMigrations } from '../support.mjs';

export const title = 'Every start';
export const about =
  'The migrations are applied already. *One pending* adds a column to one of 100 tables; Dunlin backs the database up first and proves the copy, the others do not. *Warm* is the same again in one process.';

export function measure(bench) {
  const thousand = smallMigrations(1000);
  const hundred = smallMigrations(100);
  const [nothing, one] = [
    compare(bench, { migrations: thousand, applied: thousand, seconds: 50 }),
    compare(bench, { migrations: [...hundred, oneMore], applied: hundred, repeat: 8, seconds: 30 }),
  ];
  return {
    columns: [
      { id: 'nothing-1000', head: 'nothing pending of 1,000, in process', of: 'work', runs: nothing },
      { id: 'nothing-1000-process', head: 'nothing pending of 1,000, process', of: 'process', runs: nothing },
      { id: 'one-cold', head: 'one pending of 101, cold', of: 'work', runs: one },
      { id: 'one-warm', head: 'one pending of 101, warm', of: 'warm', runs: one },
    ],
  };
}
