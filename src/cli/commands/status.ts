import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { statusDocument } from '../output/json.ts';
import { renderStatus } from '../output/status.ts';

export const status: Command = {
  name: 'status',
  summary: 'show the version, and the applied and pending migrations',
  description:
    'Reads only. Also reports a schema that was changed without a migration. With --check, exits with 3 if anything is pending or wrong.',
  target: 'database',
  options: [{ flags: '--check', description: 'exit with 3 if something is pending or wrong' }],
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
