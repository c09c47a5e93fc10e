import type { Op } from '../bridge/index.ts';
import { throwProblems } from '../execute/index.ts';
import { checkOptions, countCheck } from '../errors/index.ts';
import { readAttempts, readLedger, type Attempt } from '../ledger/index.ts';
import type { Operation, RunContext } from '../lock/index.ts';

/** A whole run with the migrations it attempted. */
export interface HistoryEntry extends Attempt {
  readonly migrations: readonly Attempt[];
}

/** The newest runs, newest first, each with the migrations it attempted. Writes nothing. */
export function history(options: { readonly limit?: number }): Operation<readonly HistoryEntry[]> {
  checkOptions(options, { limit: countCheck });
  return (context) => readHistory(context, options.limit ?? 20);
}

function* readHistory(context: RunContext, limit: number): Op<readonly HistoryEntry[]> {
  const { exists, problems } = yield* readLedger(context.ledger);
  // A damaged row of the other table is no reason to hide what happened.
  throwProblems(problems.filter((problem) => problem.code === 'LEDGER_FOREIGN'));
  if (!exists.attempts) return [];
  const attempts = yield* readAttempts(context.ledger.tables.attempts, limit);
  const runs = [...new Set(attempts.map((attempt) => attempt.runId))].map((runId) =>
    attempts.filter((attempt) => attempt.runId === runId),
  );
  return runs
    .map((rows): HistoryEntry => {
      // Baselines and repairs are no runs: their first migration stands for all.
      const run = rows.find((row) => row.version === null) ?? rows[0]!;
      return { ...run, migrations: rows.filter((row) => row.version !== null) };
    })
    .toSorted((a, b) => b.id - a.id);
}
