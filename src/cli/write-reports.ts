import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { dunlinError, isDunlinError, visible } from '../errors/index.ts';
import { workingTree } from '../node/git.ts';
import { reasonOf } from '../node/messages.ts';
import { readHead } from '../node/read-head.ts';
import { writeTextFile } from '../node/write-text-file.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import type { Outcome, Result } from './each-database.ts';
import { buildReport, renderReport, type ReportFormat } from './output/report/index.ts';

export const formats = ['text', 'json', 'github', 'markdown', 'html', 'sarif'] as const;
/** Those of a rehearsal, whose findings have no lines in files. */
export const rehearsalFormats = ['text', 'json', 'markdown', 'html'] as const;

const endings: Readonly<Record<string, ReportFormat | 'json'>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.html': 'html',
  '.htm': 'html',
  '.sarif': 'sarif',
  '.json': 'json',
};

/** How each format begins, also one of a check that failed. */
const beginnings =
  /^(?:$|### \S+ Dunlin (?:check|rehearsal): |<!doctype html>[^]*<title>Dunlin (?:check|rehearsal): |\{\s*"command": "(?:check|rehearse)",|[^]*"driver": \{\s*"name": "Dunlin",)/;

/** The reports that a command line asks for. */
export interface Reports {
  /** What standard output gets in place of text; undefined for text and JSON. */
  readonly printed: ReportFormat | undefined;
  readonly files: readonly { readonly file: string; readonly format: ReportFormat | 'json' }[];
  /** Whether any is about what the pending migrations do and change. */
  readonly isAsked: boolean;
}

/** Checks the options and files, and empties earlier reports, before anything is done. Errors: `USAGE`, `OPTIONS_CONFLICT`, `REPORT_MISPLACED`, `REPORT_NOT_WRITTEN`. */
export function reportsOf(
  context: Context,
  args: Arguments,
  allowed: readonly (typeof formats)[number][] = formats,
): Reports {
  const format = args.oneOf('format', allowed);
  for (const other of ['json', 'events'])
    if (format !== 'json')
      args.exclude('format', other, 'Standard output has one format; --report writes others to files.');
  const files = args.texts('report').map((file) => {
    const ending = endings[extname(file).toLowerCase()];
    if (ending === undefined || !allowed.includes(ending)) {
      const known = Object.keys(endings).filter((one) => allowed.includes(endings[one]!));
      throw args.wrong(`The ending of ${file === '' ? '""' : file} says no format of a report: ${known.join(', ')} do`);
    }
    refuseOtherFile(context, file);
    return { file, format: ending };
  });
  for (const { file } of files) emptyReport(resolve(context.cwd, file), file);
  const printed = format === undefined || format === 'text' || format === 'json' ? undefined : format;
  return { printed, files, isAsked: context.mode !== 'text' || files.length > 0 };
}

/** A report replaces only a report: any other file, a database above all, may be the only copy of what it holds. */
function refuseOtherFile({ cwd, command }: Context, file: string): void {
  const path = resolve(cwd, file);
  const refuse = (what: string): Error => dunlinError('REPORT_MISPLACED', { file, what });
  writing(file, () => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && !beginnings.test(readHead(path, stats, refuse)))
      throw refuse(`not a report of \`dunlin ${command}\``);
  });
}

/** A check that cannot begin writes no report, and an earlier one is not to be taken for its. */
function emptyReport(path: string, file: string): void {
  writing(file, () => {
    if (existsSync(path)) writeTextFile(path, '');
  });
}

function writing(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (isDunlinError(error)) throw error;
    throw dunlinError('REPORT_NOT_WRITTEN', { file, reason: reasonOf(error) }, { cause: error });
  }
}

/** Writes the files, and prints the report if one is to be printed. Errors: `REPORT_MISPLACED`, `REPORT_NOT_WRITTEN`. */
export function writeReports(
  context: Context,
  args: Arguments,
  { printed, files }: Reports,
  document: Outcome['document'],
  results: readonly Result[],
): boolean {
  if (printed === undefined && files.length === 0) return false;
  const { cwd } = context;
  const report = buildReport(results, {
    cwd,
    root: workingTree(cwd) ?? cwd,
    command: args.command === 'rehearse' ? 'rehearse' : 'check',
    // A rehearsal is of what is pending.
    allowPending: args.command === 'rehearse' || args.flag('allowPending'),
    replay: args.flag('replay'),
  });
  const textOf = (format: ReportFormat | 'json'): string =>
    visible(format === 'json' ? `${JSON.stringify(document, undefined, 2)}\n` : renderReport(format, report));
  if (printed !== undefined) context.stdout.write(textOf(printed));
  for (const { file, format } of files) {
    // The check may have taken minutes.
    refuseOtherFile(context, file);
    writing(file, () => {
      mkdirSync(dirname(resolve(cwd, file)), { recursive: true });
      writeTextFile(resolve(cwd, file), textOf(format));
    });
  }
  return printed !== undefined;
}
