import { basename } from 'node:path';
import { confirmName } from '../confirm.ts';
import { backupOptions, warnWithoutBackup } from '../shared-options.ts';
import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { backup } from '../output/json.ts';
import { printBackups } from '../output/backup-progress.ts';

export const reset: Command = {
  name: 'reset',
  summary: 'delete everything in the database',
  description:
    'Drops every table, view and trigger with all data, and the record of what was applied. The database’s name must be typed, that of its file or that of the configuration; without a terminal --confirm gives it, and --yes is not enough.',
  target: 'database',
  options: [
    {
      flags: '--confirm <name>',
      description: 'the name of the database: app.db for data/app.db, or its name in the configuration',
    },
    ...backupOptions,
  ],
  examples: [
    { command: 'dunlin reset', does: 'after its name was typed' },
    { command: 'dunlin reset --confirm app.db', does: 'without a terminal' },
  ],
  run: (context, args) =>
    eachDatabase(context, args, {
      missing: 'refuse',
      options: () => ({ onEvent: printBackups(context) }),
      work: async (runner, target) => {
        const name = runner.database;
        const { red, bold } = context.errorColors;
        const status = await runner.status();
        const applied = status.entries.filter((entry) => entry.applied !== undefined).length;
        const warning = `EVERYTHING in ${name} will be deleted: all tables and all their rows (version ${status.version}, ${applied} applied).`;
        await confirmName(context, args.text('confirm'), {
          what: `Deleting everything in ${name}`,
          details: [...context.fold(warning).map((line) => red(bold(line))), ''],
          names: [...new Set([...(target.name === undefined ? [] : [target.name]), basename(name), name])],
        });
        warnWithoutBackup(context, args);
        const made = await runner.reset({ confirm: name });
        context.print(`${name} is empty`);
        if (made !== undefined) context.say(`\`dunlin backup restore ${made.id}\` brings back what it held`);
        return { exit: exit.done, document: { from: status.version, to: 0, backup: backup(made) } };
      },
    }),
};
