import type { Command } from '../command.ts';
import { eachDatabase, look } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { plural } from '../../errors/index.ts';
import { migrationId } from '../output/format.ts';

export const check: Command = {
  name: 'check',
  summary: 'check every migration and the database; for CI',
  description:
    'Parses or loads every migration, compares it with the database, and names everything that is wrong or pending. Reads only. The exit code is 3 when it found something.',
  target: 'database',
  options: [
    { flags: '--allow-pending', description: 'pending migrations are fine' },
    {
      flags: '--replay',
      description: 'also run the applied migrations in an empty database, and compare the schema they make',
    },
  ],
  examples: [
    { command: 'dunlin check', does: 'everything applied and unchanged?' },
    { command: 'dunlin check --allow-pending', does: 'before a deployment: will `up` work?' },
    { command: 'dunlin check --replay', does: 'is the database what its migrations make?' },
    { command: 'dunlin check --all --json', does: 'of every database, as data' },
  ],
  run: (context, args) =>
    eachDatabase(context, args, {
      missing: 'empty',
      checks: true,
      work: async (runner) => {
        const found = await runner.check({ replay: args.flag('replay') });
        const pending = args.flag('allowPending') ? [] : found.pending;
        const sound = pending.length === 0 && found.problems.length === 0;
        const code = sound ? exit.done : exit.found;
        if (context.mode !== 'text') {
          const { statusDocument } = await import('../output/json.ts');
          return { exit: code, document: statusDocument(found) };
        }
        for (const note of found.notes) context.note(note);
        if (found.problems.length > 0) {
          const { renderError } = await import('../output/error.ts');
          for (const problem of found.problems) context.report(...renderError(problem, look(context)), '');
        }
        const list = pending.slice(0, 5).map(migrationId).join(', ');
        const more = pending.length > 5 ? ` and ${pending.length - 5} more` : '';
        const facts = [
          plural(found.entries.length, 'migration'),
          ...(found.problems.length > 0 ? [plural(found.problems.length, 'problem')] : []),
          ...(pending.length > 0 ? [`${pending.length} pending (${list}${more})`] : []),
          ...(sound ? ['all in order'] : []),
        ];
        context.print(...context.fold(`${runner.databaseName}: ${facts.join(', ')}`));
        if (found.lastFailure !== undefined) {
          const { renderFailure } = await import('../output/failure.ts');
          context.print('', ...renderFailure(found.lastFailure, context.textWidth));
        }
        return { exit: code, document: {} };
      },
    }),
};
