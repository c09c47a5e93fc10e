import { rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { count, dunlinError, plural } from '../../errors/index.ts';
import { reasonOf, shownPath } from '../../node/messages.ts';
import type { MigrationRunner } from '../../runner/runner.ts';
import type { SquashResult } from '../../operations/squash.ts';
import type { Command } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { ref } from '../output/json.ts';
import { findMigrationsTarget, requestOf } from '../targets.ts';

export const squash: Command = {
  name: 'squash',
  summary: 'make one migration of the history up to a version',
  description:
    'Writes a file with which new databases start, in place of all migrations up to the version. Databases that have some of these continue with the files, so keep them until no database is behind. The migrations run in an empty database, and the squash in another: the schema and all rows must be equal, or nothing is written. Migrations in code really run then. `check` proves it again as long as the files are there. Does not touch the database.',
  target: 'database',
  options: [
    { flags: '--to <version>', description: 'the last version that it replaces', completes: 'version' },
    { flags: '--dry-run', description: 'print the file instead of writing it' },
  ],
  examples: [
    { command: 'dunlin squash --to 40', does: 'migrations/040_squash.sql, beside 001 to 040' },
    { command: 'dunlin squash --to 40 --dry-run', does: 'only print it' },
  ],
  run: async (context, args) => {
    const to = args.version('to');
    const target = await findMigrationsTarget(context, args);
    const runner = await context.openRunner(requestOf(target));
    try {
      if (to === undefined) throw args.wrong(await missingVersion(runner));
      const result = await runner.squash({ to });
      const isDry = args.flag('dryRun');
      const path = resolve(context.cwd, target.migrations, result.fileName);
      const file = shownPath(path, context.cwd);
      if (!isDry) write(path, file, result.text);
      const { version, replaces, rows, text } = result;
      if (context.mode !== 'text') {
        const made = { file: isDry ? null : file, version, replaces: replaces.map(ref), rows, text };
        context.printDocument({ command: 'squash', ok: true, ...made });
        return exit.done;
      }
      if (isDry) context.stdout.write(text);
      else context.print(file);
      if (!context.quiet) context.report(...context.fold(summary(result, isDry)));
      return exit.done;
    } finally {
      await runner.close();
    }
  },
};

/** Names the newest version, up to which most squashes go. */
async function missingVersion(runner: Pick<MigrationRunner, 'status'>): Promise<string> {
  const newest = (await runner.status()).entries.at(-1);
  const example = newest === undefined ? '' : `: --to ${newest.version} for all of them`;
  return `Name the last version that the squash replaces${example}`;
}

function summary({ replaces, rows, version }: SquashResult, isDry: boolean): string {
  const all = rows.reduce((sum, one) => sum + one.rows, 0);
  const tables = rows.map((one) => `${one.table} ${count(one.rows)}`).join(', ');
  const proven = `It makes what ${plural(replaces.length, 'migration')} make${replaces.length === 1 ? 's' : ''}${all === 0 ? '' : `, with ${plural(all, 'row')} (${tables})`}.`;
  const next = `New databases start from it. Keep the files that it replaces until every database is at version ${version} or above.`;
  return isDry ? proven : `${proven} ${next}`;
}

/** Never writes over a file. */
function write(path: string, file: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw dunlinError('FILE_EXISTS', { file });
    rmSync(path, { force: true }); // A full disk leaves a part of the file behind.
    throw dunlinError('FILE_NOT_WRITTEN', { file, reason: reasonOf(error) }, { cause: error });
  }
}
