import process from 'node:process';
import { seed } from '../../support/random.ts';
import type { GeneratedCase } from './generate.ts';
import type { Outcome } from './run-case.ts';
import { textOf } from './steps.ts';

/** A case with all that is needed to understand it: schema, rows, migrations, how they ended and what was lost. */
export function storyOf(round: number, generated: GeneratedCase, outcomes: readonly Outcome[]): string {
  const { schema, migrations } = generated;
  const driver = generated.seed % 2 === 0 ? 'better-sqlite3' : 'node:sqlite';
  const full = process.env['DUNLIN_ROUNDS'] === 'full' ? ' DUNLIN_ROUNDS=full' : '';
  return [
    `DUNLIN_SEED=${seed} DUNLIN_POINT=${round}${full}, ${driver}`,
    ...schema.map((text) => `${text};`),
    ...migrations.flatMap((migration, index) => [
      `--- ${String(index + 1).padStart(3, '0')}`,
      textOf(migration),
      outcomes[index] === undefined ? '=> not reached' : endOf(outcomes[index]),
    ]),
  ].join('\n');
}

function endOf({ ended, verdict, findings, wrong }: Outcome): string {
  const found = findings.map(
    ({ kind, table, text, certain }) => `   oracle: ${kind}: ${table}: ${text}${certain ? '' : ' (may pass)'}`,
  );
  return [`=> ${ended}; oracle: ${verdict}${wrong === undefined ? '' : `; WRONG: ${wrong}`}`, ...found].join('\n');
}
