import { plural } from '../../errors/index.ts';
import type { Plan, PlanStep } from '../../plan/types.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { backup } from '../output/json.ts';
import { printBackups } from '../output/backup-progress.ts';
import { backupOptions, runRequest, warnWithoutBackup } from '../shared-options.ts';

export const seed: Command = {
  name: 'seed',
  summary: 'insert rows to work with: runs the files in seeds/',
  description:
    'Runs the SQL files of the folder `seeds` ("seeds" in the configuration) in order of name, in one transaction, with the guards of a migration. They are not recorded: each `dunlin seed` runs them all. Refuses while a migration is pending, and where a file changes the schema. Asks first where one deletes or replaces rows.',
  target: 'database',
  options: [...backupOptions],
  examples: [
    { command: 'dunlin seed', does: 'all of them, or none' },
    { command: 'dunlin seed --yes', does: 'also where rows are deleted, without a question' },
  ],
  run: (context, args) =>
    eachDatabase(context, args, {
      missing: 'refuse',
      options: () => ({ ...runRequest(args), onEvent: printBackups(context) }),
      work: async (runner) => {
        const name = runner.database;
        warnWithoutBackup(context, args);
        const result = await runner.seed({
          confirm: async (plan) => {
            const details = removals(plan);
            if (details.length === 0) return true;
            const what = `Running ${plural(plan.steps.length, 'seed')} on ${name}`;
            return await confirm(context, args, { what, details, question: `${what}. Continue?` });
          },
        });
        for (const note of result.notes) if (context.mode === 'text') context.note(note);
        const width = Math.max(0, ...result.rows.map(({ table }) => table.length));
        for (const { table, before, after } of result.rows)
          context.print(`  ${table.padEnd(width)}  ${added(after - before)}`);
        context.say(`${name}: ran ${plural(result.files.length, 'seed')}`);
        const { files, rows, notes, durationMs } = result;
        return { exit: exit.done, document: { files, rows, notes, backup: backup(result.backup), durationMs } };
      },
    }),
};

function added(difference: number): string {
  if (difference === 0) return 'as many rows as before';
  return difference > 0 ? `${plural(difference, 'row')} added` : `${plural(-difference, 'row')} removed`;
}

/** What the seeds delete or replace, for the question. */
function removals({ steps }: Plan): readonly string[] {
  return steps.flatMap((step) => {
    const lines = step.statements.flatMap(({ summary }) =>
      /^(?:deletes|\w+ or replaces) /.test(summary) ? [summary] : [],
    );
    return lines.length > 0 || isDestructive(step)
      ? [`  ${step.file}: ${lines.join('; ') || 'declared destructive'}`]
      : [];
  });
}

function isDestructive({ destructive }: PlanStep): boolean {
  return destructive === true || destructive.length > 0;
}
