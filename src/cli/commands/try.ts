import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { dunlinError, count, plural } from '../../errors/index.ts';
import type { MigrationOutcome } from '../../lock/run-options.ts';
import { errorOnCopy } from '../../node/copy-error.ts';
import type { TrialResult } from '../../operations/try.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import type { Style } from '../output/color.ts';
import { duration, migrationId, rebuiltLine } from '../output/format.ts';
import { fields, rebuiltDocument, ref, type Json } from '../output/json.ts';
import { table, wrap } from '../output/table.ts';
import { guardsOption, runRequest } from '../shared-options.ts';
import type { Target } from '../targets.ts';

export const tryCommand: Command = {
  name: 'try',
  summary: 'run one migration on a copy of the database',
  description:
    'Applies the migration to a copy, rolls it back if possible, and applies it again. Compares the copy after the rollback with the state before, as `check` does. In the copy, it first applies pending migrations before this one, or rolls this one back if it is applied, after those above it. Does not touch the database itself.',
  target: 'database',
  arguments: [{ name: '<migration>', description: 'its version, or its file', completes: 'file' }],
  options: [guardsOption],
  examples: [
    { command: 'dunlin try 7', does: 'by its version' },
    { command: 'dunlin try migrations/007_tidy.sql', does: 'by its file' },
  ],
  run: (context, args) =>
    eachDatabase(context, args, {
      missing: 'empty',
      options: () => runRequest(args),
      work: async (runner, target) => {
        const version = versionOf(context, args, target);
        const result = await runner.try(version).catch((error: unknown) => {
          throw errorOnCopy(error, runner.database);
        });
        context.print(...renderTrial(result, runner.database, context));
        if (context.mode === 'text') for (const note of result.notes) context.note(note);
        return { exit: exit.done, document: trialDocument(result) };
      },
    }),
};

function versionOf(context: Context, args: Arguments, target: Target): number {
  const text = args.first;
  if (/^[0-9]+$/.test(text)) return args.parseVersion(text, 'The migration');
  const directory = resolve(context.cwd, target.migrations);
  if (/[\\/]/.test(text) && dirname(resolve(context.cwd, text)) !== directory) {
    throw dunlinError('TRY_ELSEWHERE', { file: text, directory: target.migrations });
  }
  // `7_add_tags` without an extension is the name of a migration.
  const isFile = !/^[0-9]/.test(text) || /[\\/]|\.(?:sql|[cm]?[jt]s)$/i.test(text);
  if (isFile && ![context.cwd, directory].some((folder) => existsSync(resolve(folder, text))))
    throw args.wrong(`There is no file ${text}`);
  return args.parseVersion(basename(text), 'The migration');
}

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
  const indent = ' '.repeat(4 + Math.max(...outcomes.map(({ direction }) => direction.length)));
  const lines = [
    ...wrap(`${colors.bold(migrationId(result.migration))} on a copy of ${database}`, width),
    '',
    ...steps.flatMap((line, i) => [
      line,
      ...outcomes[i]!.rebuilt.map((one) => `${indent}${colors.dim(rebuiltLine(one))}`),
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
    ...fields(one, 'statements', 'executionTimeMs'),
    rebuilt: one.rebuilt.map(rebuiltDocument),
  });
  return {
    migration: ref(result.migration),
    up: outcome(result.up),
    down: result.down === undefined ? null : outcome(result.down),
    rows: result.rows.map((row) => fields(row, 'table', 'before', 'after')),
    notes: result.notes,
  };
}
