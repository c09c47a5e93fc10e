import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';

export const status: Command = {
  name: 'status',
  summary: 'show the version, and what is applied and pending',
  description: 'Reads only. With --check the exit code is 3 when anything is pending or wrong.',
  target: 'database',
  options: [{ flags: '--check', description: 'exit with 3 when something is pending or wrong' }],
  examples: [
    { command: 'dunlin status', does: 'the table of migrations' },
    { command: 'dunlin status --all', does: 'of every database' },
    { command: 'dunlin status --check --quiet', does: 'in a script: only the exit code' },
  ],
  run: (context, args) =>
    eachDatabase(context, args, {
      access: 'read',
      work: async (runner) => {
        const found = await runner.status();
        const sound = found.pending.length === 0 && found.problems.length === 0;
        const code = args.flag('check') && !sound ? exit.found : exit.done;
        if (context.mode !== 'text') {
          const { statusDocument } = await import('../output/json.ts');
          return { exit: code, document: statusDocument(found) };
        }
        const { renderStatus } = await import('../output/status.ts');
        const { colors, width } = context;
        const lines = renderStatus(found, { database: runner.databaseName, colors, width });
        if (args.flag('check')) context.tell(...lines);
        else context.print(...lines);
        for (const note of found.notes) context.note(note);
        return { exit: code, document: {} };
      },
    }),
};
