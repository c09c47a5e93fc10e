import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { statusDocument } from '../output/json.ts';
import { renderStatus } from '../output/status.ts';

export const status: Command = {
  name: 'status',
  summary: 'show the version, and what is applied and pending',
  description:
    'Reads only. It also reports a schema that was changed by other means than migrations. With --check the exit code is 3 when anything is pending or wrong.',
  target: 'database',
  options: [{ flags: '--check', description: 'exit with 3 when something is pending or wrong' }],
  examples: [
    { command: 'dunlin status', does: 'the table of migrations' },
    { command: 'dunlin status --all', does: 'of every database' },
    { command: 'dunlin status --check --quiet', does: 'in a script: only the exit code' },
  ],
  run: (context, args) =>
    eachDatabase(context, args, {
      missing: 'empty',
      checks: args.flag('check'),
      work: async (runner) => {
        const found = await runner.status();
        const sound = found.pending.length === 0 && found.problems.length === 0 && found.drift.length === 0;
        const code = args.flag('check') && !sound ? exit.found : exit.done;
        if (context.mode !== 'text') {
          // The exit code says it with --check only; a program that reads the document sees it anyway.
          const ok = code === exit.done && found.problems.length === 0;
          return { exit: code, document: { ok, ...statusDocument(found) } };
        }
        context.print(...renderStatus(found, runner.database, context));
        for (const note of found.notes) context.note(note);
        return { exit: code, document: {} };
      },
    }),
};
