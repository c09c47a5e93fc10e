import { confirmName } from '../confirm.ts';
import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';

export const reset: Command = {
  name: 'reset',
  summary: 'delete everything in the database',
  description:
    'Drops every table, view and trigger with all data, and the record of what was applied. The database’s name must be typed; without a terminal --confirm gives it.',
  target: 'database',
  options: [{ flags: '--confirm <name>', description: 'the name of the database, as `dunlin status` shows it' }],
  examples: [
    { command: 'dunlin reset', does: 'after its name was typed' },
    { command: 'dunlin reset --confirm app.db', does: 'without a terminal' },
  ],
  run: (context, args) =>
    eachDatabase(context, args, {
      access: 'write',
      work: async (runner) => {
        const name = runner.databaseName;
        const status = await runner.status();
        const applied = status.entries.filter((entry) => entry.applied !== undefined).length;
        const warning = `EVERYTHING in ${name} will be deleted: all tables and all their rows (version ${status.version}, ${applied} applied).`;
        context.report(context.errorColors.red(context.errorColors.bold(warning)), '');
        const confirmed = args.text('confirm');
        await confirmName(context, confirmed, name, `Deleting everything in ${name}`);
        await runner.reset({ confirm: name });
        context.tell(`${name} is empty`);
        return { exit: exit.done, document: { from: status.version, to: 0 } };
      },
    }),
};
