/** Begins every text that a guard raises, so that no other text of the database is taken for one. */
const word = 'dunlin';

/** What a guard raised: its number, and the figures that SQLite computed. */
export interface Raised {
  readonly guard: number;
  readonly figures: readonly number[];
}

/**
 * A statement that fails with figures if the condition is true, and else does nothing. A path that is no path is the one
 * error of SQLite outside triggers that contains computed text: "bad JSON path: 'dunlin 8f3a 7 2 0'". The condition must
 * contain a subquery, or SQLite computes the text as it prepares the statement.
 */
export function raiseSql(runId: string, guard: number, condition: string, figures: readonly string[] = []): string {
  const parts = figures.map((figure) => ` || ' ' || (${figure})`).join('');
  return `SELECT CASE WHEN ${condition} THEN json_extract('{}', '${word} ${runId} ' || (SELECT ${guard})${parts} || ' .') END`;
}

/** The text of a statement that always fails: proves that this engine reports it. */
export function probeSql(runId: string): string {
  return raiseSql(runId, 7, '(SELECT 1) = 1', ['SELECT 6 * 7']);
}

export function isProbe(message: string, runId: string): boolean {
  const raised = readRaise(message, runId);
  return raised?.guard === 7 && raised.figures[0] === 42;
}

/** Reads what a guard of this run raised from an engine's error. */
export function readRaise(message: string, runId: string): Raised | undefined {
  const found = new RegExp(`${word} ${runId} (\\d+)((?: -?\\d+(?:\\.\\d+)?)*) \\.`).exec(message);
  if (found === null) return undefined;
  const figures = found[2]!.split(' ').filter((figure) => figure !== '');
  return { guard: Number(found[1]), figures: figures.map(Number) };
}
