import { resolve } from 'node:path';
import { dunlinError, plural, typed } from '../../errors/index.ts';
import type { QuotedString } from '../../check/index.ts';
import { findDatabaseFile } from '../../node/database-file.ts';
import { directorySource } from '../../node/directory-source.ts';
import { fixQuotes as writeFiles } from '../../node/fix-quotes.ts';
import { asOneLine } from '../../sql/index.ts';
import type { Command } from '../command.ts';
import { withRunner, type Context } from '../context.ts';
import { exit } from '../exit-codes.ts';
import { fields, ref } from '../output/json.ts';
import { findMigrationsTarget, findUsers, requestOf, type Target } from '../targets.ts';

export const fixQuotes: Command = {
  name: 'fix-quotes',
  summary: 'write text in double quotes as SQL strings',
  description:
    'Finds "text" in the migration files, in UP, DOWN and VERIFY, that SQLite reads as a string where it is built to do so, because no column has that name, and writes \'text\' for it. The migrations run in a scratch database, so that SQLite itself says what is no name. Nothing else of the files changes, and either all are written or none. Refuses a file whose UP part would change and that a database at hand has applied; --applied rewrites it and prints the `repair` command that records its new text. It cannot ask other databases.',
  target: 'database',
  options: [
    { flags: '--dry-run', description: 'only show what would be rewritten; exit with 3 if there is anything' },
    { flags: '--applied', description: 'rewrite applied files too' },
  ],
  examples: [
    { command: 'dunlin fix-quotes --dry-run', does: 'see which texts are strings' },
    { command: 'dunlin fix-quotes', does: 'write them in single quotes' },
  ],
  run: async (context, args) => {
    const target = await findMigrationsTarget(context, args);
    const request = { ...requestOf(target), doubleQuotedStrings: false };
    const strings = await withRunner(context, request, (runner) => runner.quotedStrings());
    const folder = resolve(context.cwd, target.migrations);
    const { databases, format } = await findUsers(context, args, folder);
    const isDry = args.flag('dryRun');
    const tool = directorySource(folder, undefined, format).read().format?.title;
    const applied = await findApplied(context, databases, strings, tool !== undefined);
    const isWritten = !isDry && strings.length > 0;
    if (isWritten) {
      if (applied.length > 0 && (tool !== undefined || !args.flag('applied'))) throw refusal(applied, tool);
      writeFiles(strings, context.cwd);
    }
    const code = isDry && strings.length > 0 ? exit.found : exit.done;
    if (context.mode !== 'text') {
      context.printDocument({
        command: 'fix-quotes',
        ok: code === exit.done,
        written: isWritten,
        strings: strings.map((one) => ({
          ...ref(one.migration),
          ...fields(one, 'part', 'file', 'line', 'column', 'before', 'after'),
        })),
        applied: applied.map(({ database, versions }) => ({ database: database.database.name, versions })),
      });
      return code;
    }
    for (const { file, line, before, after } of strings)
      context.print(`${file}:${line}: ${asOneLine(before)} -> ${asOneLine(after)}`);
    context.say(summary(strings, isWritten));
    if (strings.length === 0) return code;
    for (const one of applied) context.note(appliedNote(one, isWritten));
    if (databases.length === 0)
      context.note('no database is configured or named, so none was asked whether it has applied these files');
    return code;
  },
};

function summary(strings: readonly QuotedString[], isWritten: boolean): string {
  if (strings.length === 0) return 'Nothing to do: SQLite finds every name in double quotes.';
  const files = new Set(strings.map(({ file }) => file)).size;
  const what = `${plural(strings.length, 'text')} in ${plural(files, 'file')}`;
  return isWritten ? `${what} rewritten.` : `${what} to rewrite. Nothing was written.`;
}

/** A database that has applied files to rewrite whose checksum changes with that. */
interface AppliedFiles {
  readonly database: Target;
  readonly versions: readonly number[];
  readonly files: readonly string[];
}

/** A checksum of Dunlin's is of the UP part; one of another tool may be of the whole file. */
async function findApplied(
  context: Context,
  databases: readonly Target[],
  strings: readonly QuotedString[],
  isForeign: boolean,
): Promise<readonly AppliedFiles[]> {
  const changed = strings.filter(({ part }) => isForeign || part === 'up');
  const found: AppliedFiles[] = [];
  for (const database of databases) {
    const { path, name } = database.database;
    if (path === undefined || !findDatabaseFile(path, name).exists) continue;
    const { entries, problems } = await withRunner(context, requestOf(database), (runner) => runner.status());
    // The tool's own table has the records of a database that was not adopted.
    const isOfTool = isForeign && problems.some(({ code }) => code === 'LEDGER_FOREIGN');
    const isApplied = (version: number): boolean =>
      isOfTool || entries.some((entry) => entry.version === version && entry.applied !== undefined);
    const here = changed.filter(({ migration }) => isApplied(migration.version!));
    if (here.length === 0) continue;
    const versions = [...new Set(here.map(({ migration }) => migration.version!))];
    found.push({ database, versions, files: here.map(({ file }) => file) });
  }
  return found;
}

function refusal(applied: readonly AppliedFiles[], tool: string | undefined): Error {
  const files = [...new Set(applied.flatMap((one) => one.files))];
  const databases = applied.map(({ database }) => database.database.name);
  const kind =
    tool === undefined ? ({ kind: 'applied', databases } as const) : ({ kind: 'tool', databases, tool } as const);
  return dunlinError('FIX_QUOTES_REFUSED', { files, refusal: kind });
}

function appliedNote({ database, versions }: AppliedFiles, isWritten: boolean): string {
  const { name } = database.database;
  if (!isWritten) return `${name} has applied ${versions.join(', ')}: rewriting needs --applied`;
  return `${name} has applied ${versions.join(', ')}: \`dunlin repair ${versions.join(' ')} --accept -d ${typed(name)}\` records the new text there; its schema keeps the old one, and \`dunlin check --replay -d ${typed(name)}\` lists where`;
}
