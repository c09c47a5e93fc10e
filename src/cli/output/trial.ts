import { count, plural } from '../../errors/index.ts';
import type { MigrationOutcome } from '../../lock/run-options.ts';
import type { TrialResult } from '../../operations/try.ts';
import type { Style } from './color.ts';
import { duration, migrationId, rebuiltLine } from './format.ts';
import { rebuiltDocument, ref, type Json } from './json.ts';
import { table, wrap } from './table.ts';

export function renderTrial(result: TrialResult, database: string, { colors, width }: Style): string[] {
  const step = (outcome: MigrationOutcome): string[] => [
    outcome.direction,
    outcome.statements === 0 ? 'no statements' : plural(outcome.statements, 'statement'),
    duration(outcome.executionTimeMs),
  ];
  const outcomes = [result.up, ...(result.down === undefined ? [] : [result.down])];
  const steps = table([{ title: '' }, { title: '' }, { title: '', align: 'right' }], outcomes.map(step), {
    width,
  });
  const under = ' '.repeat(4 + Math.max(...outcomes.map(({ direction }) => direction.length)));
  const lines = [
    ...wrap(`${colors.bold(migrationId(result.migration))} on a copy of ${database}`, width),
    '',
    ...steps.flatMap((line, i) => [
      line,
      ...outcomes[i]!.rebuilt.map((one) => `${under}${colors.dim(rebuiltLine(one))}`),
    ]),
  ];
  if (result.rows.length > 0) {
    const rows = result.rows.map((row) => [
      row.table,
      row.before === undefined ? 'new' : count(row.before),
      row.after === undefined ? 'gone' : count(row.after),
    ]);
    const columns = [
      { title: 'rows of', shrink: true },
      { title: 'before', align: 'right' },
      { title: 'after', align: 'right' },
    ] as const;
    lines.push('', ...table(columns, rows, { width, title: colors.dim }));
  }
  return [...lines, '', result.down === undefined ? 'It works.' : 'It works, and rolling it back works.'];
}

export function trialDocument(result: TrialResult): Json {
  const outcome = (one: MigrationOutcome): Json => ({
    statements: one.statements,
    executionTimeMs: one.executionTimeMs,
    rebuilt: one.rebuilt.map(rebuiltDocument),
  });
  return {
    migration: ref(result.migration),
    up: outcome(result.up),
    down: result.down === undefined ? null : outcome(result.down),
    rows: result.rows.map((row) => ({ table: row.table, before: row.before ?? null, after: row.after ?? null })),
    notes: result.notes,
  };
}
