import type { Command } from '../command.ts';
import { eachDatabase, errorStyle } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { plural } from '../../errors/index.ts';
import { checkWithBase } from '../check-base.ts';
import { checkWithRoundTrips, roundTripOptions, roundTripsLine, printRoundTrips } from '../check-round-trips.ts';
import { guardsOption, guardsRequest } from '../shared-options.ts';
import { stoppable } from '../stop-signals.ts';
import { migrationId } from '../output/format.ts';
import { statusDocument } from '../output/json.ts';
import { renderError } from '../output/error.ts';
import { renderFailure } from '../output/failure.ts';

export const check: Command = {
  name: 'check',
  summary: 'check every migration and the database; for CI',
  description:
    'Parses or loads every migration, compares it with the database, and names everything that is wrong or pending. Views and triggers are compiled, and the keys of foreign keys looked up. The database is only read. Every migration also runs up, down and up again on a scratch database with made-up rows in all tables: what loses rows, fails on them, or is not taken back completely is found before it meets real data; a rebuild that leaves out constraints is a warning. Functions of migrations written in code really run then. With --base, a new migration must have a number that is free and the highest on that branch, and what the branch has must be unchanged. The exit code is 3 when it found something; a warning is no reason.',
  target: 'database',
  options: [
    { flags: '--allow-pending', description: 'pending migrations are fine' },
    {
      flags: '--replay',
      description: 'also run the applied migrations in an empty database, and compare the schema they make',
    },
    {
      flags: '--base <branch>',
      description: 'also compare the migrations with those of this git branch, such as origin/main',
    },
    ...roundTripOptions,
    guardsOption,
  ],
  examples: [
    { command: 'dunlin check', does: 'everything applied and unchanged?' },
    { command: 'dunlin check --allow-pending', does: 'before a deployment: will `up` work?' },
    { command: 'dunlin check --replay', does: 'is the database what its migrations make?' },
    { command: 'dunlin check --with-data', does: 'also try what is pending on a copy of the real data' },
    { command: 'dunlin check --allow-pending --base origin/main', does: 'on a branch: are the numbers free?' },
    { command: 'dunlin check --all --json', does: 'of every database, as data' },
  ],
  run: (context, args) =>
    stoppable(context, (signal) => {
      return eachDatabase(context, args, {
        missing: 'empty',
        checks: true,
        options: ({ name }) => ({ signal, onEvent: printRoundTrips(context, name), ...guardsRequest(args) }),
        work: async (runner, target) => {
          const found = await checkWithBase(context, args, target, () =>
            checkWithRoundTrips(context, args, runner, { ...target, ...guardsRequest(args), signal }),
          );
          const rounds = [found.rounds, found.data].filter((one) => one !== undefined);
          const problems = [...found.problems, ...rounds.flatMap((one) => one.problems)];
          const warnings = rounds.flatMap((one) => one.warnings);
          const pending = args.flag('allowPending') ? [] : found.pending;
          const sound = pending.length === 0 && problems.length === 0;
          const code = signal.aborted ? signal.exit : sound ? exit.done : exit.found;
          if (context.mode !== 'text') {
            return { exit: code, document: statusDocument(found) };
          }
          context.live('');
          for (const note of [...found.notes, ...rounds.flatMap((one) => one.notes)]) context.note(note);
          if (problems.length + warnings.length > 0) {
            for (const problem of problems) context.report(...renderError(problem, errorStyle(context)), '');
            for (const warning of warnings)
              context.report(...renderError(warning, { ...errorStyle(context), warning: true }), '');
          }
          const list = pending.slice(0, 5).map(migrationId).join(', ');
          const more = pending.length > 5 ? ` and ${pending.length - 5} more` : '';
          const facts = [
            plural(found.entries.length, 'migration'),
            ...(problems.length > 0 ? [plural(problems.length, 'problem')] : []),
            ...(warnings.length > 0 ? [plural(warnings.length, 'warning')] : []),
            ...(pending.length > 0 ? [`${pending.length} pending (${list}${more})`] : []),
            ...(sound && warnings.length === 0 ? ['all in order'] : []),
          ];
          context.say(`${runner.databaseName}: ${facts.join(', ')}`);
          if (context.verbose) {
            if (found.rounds !== undefined) context.print(roundTripsLine(found.rounds, 'with made-up rows'));
            if (found.data !== undefined) context.print(roundTripsLine(found.data, 'on a copy with real rows'));
          }
          if (found.lastFailure !== undefined) {
            context.print(...renderFailure(found, context.textWidth, context.invocation));
          }
          return { exit: code, document: {} };
        },
      });
    }),
};
