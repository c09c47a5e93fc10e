import { resolve } from 'node:path';
import type { DunlinEvent } from '../../bridge/event.ts';
import { plural } from '../../errors/index.ts';
import type { RehearseOptions } from '../../operations/rehearse.ts';
import { given, type Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { eachDatabase, errorStyle } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { errorOnCopy } from '../../node/copy-error.ts';
import { renderError } from '../output/error.ts';
import { migrationId } from '../output/format.ts';
import { ref } from '../output/json.ts';
import { stepDocument } from '../output/plan.ts';
import { rehearsalDocument, renderRehearsal, rowsReport } from '../output/rehearsal.ts';
import { forwardOptions, runRequest } from '../shared-options.ts';
import { stoppable } from '../stop-signals.ts';
import { rehearsalFormats, reportsOf, writeReports } from '../write-reports.ts';

export const rehearse: Command = {
  name: 'rehearse',
  summary: 'run what is pending on a copy, and compare every row',
  description:
    'Copies the database, runs the pending migrations on the copy exactly as `up` would, and compares each row and value with how it was: what is lost, added and changed, with three keys as examples, and what names each loss. Also measures how long other writers would wait, and the disk that the run needs. Other processes may read and write the database meanwhile; it is not touched. The copies need room for twice the database, and are removed. Exits as `up` would if a migration fails or is refused, with 3 if something is lost that nothing in the migrations names, and otherwise with 0.',
  target: 'database',
  options: [
    { flags: '--to <version>', description: 'the last version to apply', completes: 'version' },
    { flags: '-n, --steps <count>', description: 'apply at most this many' },
    {
      flags: '--in <folder>',
      description: 'the folder for the copies (default: that for temporary files)',
      completes: 'directory',
    },
    { flags: '--keep <file>', description: 'keep the migrated copy in this file', completes: 'file' },
    {
      flags: '--format <name>',
      description: 'text (the default), json (as --json), markdown or html',
      completes: rehearsalFormats,
    },
    {
      flags: '--report <file>',
      description: 'also write a report; the ending chooses the format: .md, .html, .json; may be repeated',
      completes: 'file',
      repeatable: true,
    },
    ...forwardOptions,
  ],
  examples: [
    { command: 'dunlin rehearse', does: 'what would `up` do to the rows?' },
    { command: 'dunlin rehearse --in /var/tmp', does: 'with the copies in this folder' },
    { command: 'dunlin rehearse --keep rehearsed.db', does: 'and try the application on the copy' },
    { command: 'dunlin rehearse --report rehearsal.md', does: 'for the pull request' },
    { command: 'dunlin rehearse --json', does: 'as data' },
  ],
  run: (context, args) => {
    args.exclude('to', 'steps', '--to says the last version, --steps how many.');
    const reports = reportsOf(context, args, rehearsalFormats);
    const keep = args.path('keep');
    const selection = given({ to: args.version('to'), steps: args.count('steps') });
    const options: RehearseOptions = {
      ...selection,
      ...placeOf(context, args),
      ...given({ keep: keep === undefined ? undefined : resolve(context.cwd, keep) }),
    };
    return stoppable(context, (signal) =>
      eachDatabase(context, args, {
        missing: 'refuse',
        ...(keep === undefined ? {} : { single: '--keep has one file, so name one database' }),
        options: () => ({ ...runRequest(args), signal, onEvent: printRehearsed(context) }),
        work: async (runner) => {
          const steps = reports.isAsked ? (await runner.plan(selection)).steps : [];
          const rehearsal = await runner.rehearse(options).catch((error: unknown) => {
            throw errorOnCopy(error, runner.database);
          });
          context.live('');
          if (rehearsal === undefined) {
            context.say(`${runner.database}: nothing pending, so nothing was rehearsed`);
            return { exit: exit.done, document: { rehearsed: false } };
          }
          const { problems, aborted } = rehearsal;
          context.print(...renderRehearsal(rehearsal, runner.database, context));
          if (context.mode === 'text') {
            if (keep !== undefined) context.note(`the migrated copy is ${keep}`);
            for (const note of rehearsal.notes) context.note(note);
            for (const problem of problems) context.report(...renderError(problem, errorStyle(context)), '');
          }
          context.print('');
          context.say(
            aborted ? `stopped: ${plural(rehearsal.pending.length, 'migration')} not rehearsed` : verdict(rehearsal),
          );
          return {
            exit: aborted ? signal.exit : problems.length > 0 ? exit.found : exit.done,
            document: {
              rehearsed: true,
              pending: steps.map(ref),
              ...(reports.isAsked ? { steps: steps.map(stepDocument) } : {}),
              ...rehearsalDocument(rehearsal),
            },
            changes: rehearsal.schema,
            rows: rowsReport(rehearsal),
          };
        },
        finish: (document, results) => writeReports(context, args, reports, document, results),
      }),
    );
  },
};

/** The folder of the copies. */
function placeOf(context: Context, args: Arguments): Pick<RehearseOptions, 'folder'> {
  const folder = args.path('in');
  return folder === undefined ? {} : { folder: resolve(context.cwd, folder) };
}

function printRehearsed(context: Context): (event: DunlinEvent) => void {
  return (event) => {
    if (event.type === 'check:round')
      context.live(`  rehearsing ${migrationId(event.migration)}, ${event.index} of ${event.total}`);
  };
}

/** The last line. */
function verdict({
  problems,
  losses,
}: {
  readonly problems: readonly unknown[];
  readonly losses: readonly unknown[];
}): string {
  if (problems.length > 0) return 'It works, and loses what nothing in the migrations names.';
  return losses.length > 0 ? 'It works, and loses only what the migrations name.' : 'It works, and nothing is lost.';
}
