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
    'Drops every table, view and trigger with all rows, and the record of applied migrations. Asks you to type the name of the database, that of its file or of the configuration; without a terminal --confirm gives it, and --yes is not enough.',
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
        const before = await runner.reset({ confirm: name });
        context.print(`${name} is empty`);
        if (before !== undefined) context.say(`\`dunlin backup restore ${before.id}\` brings back what it held`);
        return { exit: exit.done, document: { from: status.version, to: 0, backup: backup(before) } };
      },
    }),
};
