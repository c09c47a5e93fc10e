import { resolve } from 'node:path';
import type { DunlinEvent } from '../../bridge/event.ts';
import type { RoundTripResults } from '../../check/results.ts';
import type { WantedSchema } from '../../check/wanted-schema.ts';
import { isDunlinError, plural } from '../../errors/index.ts';
import { joinProblems, problemsOf, withHolders } from '../../migration/index.ts';
import { compareWithBase } from '../../node/compare-base.ts';
import type { RunnerRequest } from '../../node/create-runner.ts';
import { parseDatabase } from '../../node/database-url.ts';
import type { Status } from '../../operations/status.ts';
import { given, type Arguments } from '../arguments.ts';
import type { Command, OptionSpec } from '../command.ts';
import { withRunner, type CliRunner, type Context } from '../context.ts';
import { databaseExists } from '../database-files.ts';
import { eachDatabase, errorStyle } from '../each-database.ts';
import { exit, isFinding } from '../exit-codes.ts';
import { renderError } from '../output/error.ts';
import { migrationId } from '../output/format.ts';
import { statusDocument } from '../output/json.ts';
import { stepDocument } from '../output/plan.ts';
import { printEvents } from '../output/progress.ts';
import { renderFailure } from '../output/status.ts';
import { guardsOption, runRequest } from '../shared-options.ts';
import { stoppable } from '../stop-signals.ts';
import { requestOf, type Target } from '../targets.ts';
import { againstOptions, readWantedSchema } from '../wanted-schema.ts';
import { formats, reportsOf, writeReports } from '../write-reports.ts';

const roundTripOptions: readonly OptionSpec[] = [
  { flags: '--quick', description: 'only read: run nothing on a scratch database with sample rows' },
  {
    flags: '--with-data [database]',
    description: 'also run the pending migrations on a copy of this database, or of the given one',
    completes: 'database',
  },
];

export const check: Command = {
  name: 'check',
  summary: 'check every migration and the database, for CI',
  description:
    'Parses or loads every migration and compares it with the database. Compiles views and triggers, and looks up the columns that foreign keys name. Only reads the database. Also runs every migration up, down and up again on a scratch database with sample rows in all tables: that finds what loses rows, fails on rows or is not rolled back completely before it meets real data. Migrations in code really run then. A rebuild that leaves out constraints is a warning. With --against, all migrations also run in an empty database, and the schema must have the same effect as the one named; the order of columns does not count. With --base, a new migration needs a number that is free on that branch and higher than all others there, and released migrations must be unchanged. Exits with 3 if it finds a problem; warnings do not count.',
  target: 'database',
  options: [
    { flags: '--allow-pending', description: 'accept pending migrations' },
    {
      flags: '--replay',
      description: 'also run the applied migrations in an empty database, and compare the schemas',
    },
    {
      flags: '--base <branch>',
      description: 'also compare the migrations with those of this git branch, such as origin/main',
    },
    ...againstOptions,
    ...roundTripOptions,
    {
      flags: '--format <name>',
      description: 'text (the default), json (as --json), github (annotations), markdown, html or sarif',
      completes: formats,
    },
    {
      flags: '--report <file>',
      description: 'also write a report; the ending chooses the format: .md, .html, .sarif, .json; may be repeated',
      completes: 'file',
      repeatable: true,
    },
    guardsOption,
  ],
  examples: [
    { command: 'dunlin check', does: 'everything applied and unchanged?' },
    { command: 'dunlin check --allow-pending', does: 'before a deployment: will `up` work?' },
    { command: 'dunlin check --replay', does: 'is the database what its migrations make?' },
    { command: 'dunlin check --with-data', does: 'also try what is pending on a copy of the real data' },
    { command: 'dunlin check --against schema.sql', does: 'do the migrations make this schema?' },
    { command: 'dunlin check --allow-pending --base origin/main', does: 'on a branch: are the numbers free?' },
    { command: 'dunlin check --all --json', does: 'of every database, as data' },
    { command: 'dunlin check --format github --report check.html', does: 'in a pull request: annotations, and a page' },
  ],
  run: (context, args) => {
    const reports = reportsOf(context, args);
    // Once for all databases: it may run a command.
    let wanted: Promise<WantedSchema | undefined> | undefined;
    const readWanted = (target: Target): Promise<WantedSchema | undefined> =>
      (wanted ??= readWantedSchema(context, args, target));
    return stoppable(context, (signal) => {
      return eachDatabase(context, args, {
        missing: 'empty',
        checks: true,
        options: ({ name }) => ({ signal, onEvent: printRoundTrips(context, name), ...runRequest(args) }),
        work: async (runner, target) => {
          const found = await checkWithBase(context, args, target, () =>
            checkWithRoundTrips(
              context,
              args,
              runner,
              { ...target, ...runRequest(args), signal },
              reports.isAsked,
              readWanted,
            ),
          );
          const rounds = [found.rounds, found.data].filter((one) => one !== undefined);
          const problems = [...found.problems, ...rounds.flatMap((one) => one.problems)];
          const warnings = rounds.flatMap((one) => one.warnings);
          const pending = args.flag('allowPending') ? [] : found.pending;
          const sound = pending.length === 0 && problems.length === 0;
          const code = signal.aborted ? signal.exit : sound ? exit.done : exit.found;
          const document = reports.isAsked
            ? { ...statusDocument(found), steps: (await runner.plan()).steps.map(stepDocument) }
            : {};
          const outcome = { exit: code, document, changes: found.changes };
          if (context.mode !== 'text') return outcome;
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
          context.say(`${runner.database}: ${facts.join(', ')}`);
          if (context.verbose) {
            if (found.rounds !== undefined) context.print(roundTripsLine(found.rounds, 'with sample rows'));
            if (found.data !== undefined) context.print(roundTripsLine(found.data, 'on a copy with real rows'));
          }
          if (found.lastFailure !== undefined) {
            context.print(...renderFailure(found, context.textWidth, context.invocation));
          }
          return outcome;
        },
        finish: (document, results) => writeReports(context, args, reports, document, results),
      });
    });
  },
};

/**
 * Runs `check` and compares the migrations with the base branch, if `--base` names one. Also compares migrations that
 * cannot be read together: two files with one number are the most common finding.
 */
async function checkWithBase(
  context: Context,
  args: Arguments,
  { migrations, format, placeholders }: Target,
  check: () => Promise<Status>,
): Promise<Status> {
  const base = args.path('base');
  if (base === undefined) return await check();
  const { problems, holderOf } = compareWithBase(resolve(context.cwd, migrations), base, {
    format,
    placeholders,
  });
  try {
    const found = await check();
    return { ...found, problems: [...found.problems, ...problems] };
  } catch (error) {
    if (!isDunlinError(error) || !isFinding(error)) throw error;
    const explained = withHolders(error, holderOf);
    const twice = problemsOf(explained).filter(({ code }) => code === 'VERSION_DUPLICATE');
    // A number that is taken here as well is reported once.
    const others = problems.filter(
      (problem) =>
        problem.code !== 'BASE_VERSION_TAKEN' ||
        !twice.some(({ migration }) => migration?.version === problem.migration?.version),
    );
    throw joinProblems(migrations, [explained, ...others]) ?? error;
  }
}

/** Runs `runner.check()` with the options. Opens another database only to copy it. */
async function checkWithRoundTrips(
  context: Context,
  args: Arguments,
  runner: CliRunner,
  target: Target & Pick<RunnerRequest, 'signal'>,
  isReported: boolean,
  readWanted: (target: Target) => Promise<WantedSchema | undefined>,
): Promise<Status> {
  const other = args.path('withData');
  const against = await readWanted(target);
  const found = await runner.check({
    ...given({ against }),
    replay: args.flag('replay'),
    rounds: !args.flag('quick'),
    withData: args.flag('withData'),
    changes: isReported && !args.flag('quick'),
  });
  if (other === undefined) return found;
  const database = parseDatabase(other, context.cwd);
  databaseExists(context, database, 'refuse');
  const request = { ...requestOf(target), onEvent: printRoundTrips(context, () => other), database };
  const { data } = await withRunner(context, request, (second) => second.check({ withData: true }));
  return { ...found, data };
}

function printRoundTrips(context: Context, database: () => string): (event: DunlinEvent) => Promise<void> {
  return async (event) => {
    if (event.type !== 'check:round') return;
    context.live(`  trying ${migrationId(event.migration)}, ${event.index} of ${event.total}`);
    if (context.mode === 'events') printEvents(context, database)(event);
  };
}

/** For --verbose: "12 migrations ran with sample rows, 10 of them there, back and there again". */
function roundTripsLine({ tried, reversed }: RoundTripResults, what: string): string {
  return `${plural(tried, 'migration')} ran ${what}, ${reversed} of them there, back and there again`;
}
