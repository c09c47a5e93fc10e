// What one migration takes of 10,000, against one of 1,000.
import { compare } from '../compare.mjs';
import { smallMigrations } from '../support.mjs';

export const title = 'Growth';
export const about =
  'What one migration of a new database takes, in process, where there are 1,000 and where there are 10,000.';

export function measure(bench) {
  const { bare, dunlin } = bench.tools;
  const few = { ...bench, rounds: { least: 1, most: 2, scale: 0 }, modes: ['pinned'] };
  const of = (count) =>
    perMigration(compare(few, { migrations: smallMigrations(count), tools: { bare, dunlin }, seconds: 1 }), count);
  return {
    columns: [
      { id: 'growth-1000', head: 'each of 1,000', of: 'work', runs: of(1000) },
      { id: 'growth-10000', head: 'each of 10,000', of: 'work', runs: of(10_000) },
    ],
  };
}

function perMigration(runs, count) {
  const each = (measure) => ({ least: measure.least / count, middle: measure.middle / count });
  return Object.fromEntries(
    Object.entries(runs).map(([mode, byTool]) => [
      mode,
      Object.fromEntries(
        Object.entries(byTool).map(([name, { work, workCpu }]) => [name, { work: each(work), workCpu: each(workCpu) }]),
      ),
    ]),
  );
}
