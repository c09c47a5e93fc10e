import { count, plural } from '../../errors/index.ts';
import type { MigrationOutcome } from '../../lock/run-options.ts';
import type { TrialResult } from '../../operations/try.ts';
import type { Colors } from './color.ts';
import { duration, migrationId } from './format.ts';
import { ref, type Json } from './json.ts';
import { rebuiltDocument, rebuiltLine } from './rebuilt.ts';
import { table, wrap } from './table.ts';

export interface TrialStyle {
  readonly database: string;
  readonly colors: Colors;
  readonly width: number;
}

export function renderTrial(result: TrialResult, look: TrialStyle): string[] {
  const step = (outcome: MigrationOutcome): string[] => [
    outcome.direction,
    outcome.statements === 0 ? 'no statements' : plural(outcome.statements, 'statement'),
    duration(outcome.executionTimeMs),
  ];
  const outcomes = [result.up, ...(result.down === undefined ? [] : [result.down])];
  const steps = table([{ title: '' }, { title: '' }, { title: '', align: 'right' }], outcomes.map(step), {
    width: look.width,
  });
  const under = ' '.repeat(4 + Math.max(...outcomes.map(({ direction }) => direction.length)));
  const lines = [
    ...wrap(`${look.colors.bold(migrationId(result.migration))} on a copy of ${look.database}`, look.width),
    '',
    ...steps.flatMap((line, i) => [
      line,
      ...outcomes[i]!.rebuilt.map((one) => `${under}${look.colors.dim(rebuiltLine(one))}`),
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
    lines.push('', ...table(columns, rows, { width: look.width, title: look.colors.dim }));
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
