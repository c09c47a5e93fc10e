import { plural, typed, type DunlinError } from '../../errors/index.ts';
import type { RepeatableEntry, Status, StatusEntry } from '../../operations/status.ts';
import { repeatableVersion } from '../../migration/index.ts';
import type { Colors, Style } from './color.ts';
import { tableOf } from './adoption.ts';
import { bytes, duration, migrationId, time, versionColumn, versionWithLabel } from './format.ts';
import type { Attempt } from '../../ledger/types.ts';
import { completeCommands, type Invocation } from './command-hints.ts';
import { displayWidth, table, wrap } from './table.ts';

/** The table of `status`: trouble is said in the row where it is, and what belongs to no row below. */
export function renderStatus(
  status: Status,
  database: string,
  { colors, width, invocation }: Style & { readonly invocation: Invocation },
): string[] {
  const applied = status.entries.filter((entry) => entry.applied !== undefined).length;
  const facts = [
    colors.bold(database),
    versionWithLabel(status.version, status.label),
    `${applied} applied, ${status.pending.length} pending`,
    ...(status.drift.length > 0 ? [colors.yellow('schema not as recorded')] : []),
    ...(status.tooNew ? [colors.yellow('newer than these migrations')] : []),
  ];
  const head = headOf(facts, width);
  const room = Math.min(width, 100);
  const folded = (text: string, indent: string): string[] =>
    wrap(completeCommands(text, invocation), room - indent.length).map((line) => `${indent}${line}`);
  const others = status.problems
    .filter((problem) => !saidInRow(problem, status.entries))
    .flatMap((problem) => ['', ...folded(`${problem.code}: ${problem.message} ${problem.hint}`, '  ')]);
  if (status.entries.length + status.repeatables.length === 0) {
    const first = completeCommands('  no migrations yet; `dunlin create <name>` writes the first', invocation);
    return [...head, ...(others.length === 0 ? ['', first] : others)];
  }

  // If nothing can be rolled back, don't repeat that in every row.
  const mixed = status.entries.some((entry) => entry.reversible === true);
  const rows = [
    ...status.entries.map((entry) => [
      versionColumn(entry),
      entry.name,
      entry.applied === undefined ? 'pending' : time(entry.applied.appliedAt),
      entry.applied?.executionTimeMs == null ? '' : duration(entry.applied.executionTimeMs),
      remark(entry, mixed),
    ]),
    ...status.repeatables.map((entry) => [
      versionColumn({ version: repeatableVersion }),
      entry.name,
      entry.appliedAt === undefined ? 'pending' : time(entry.appliedAt),
      '',
      repeatableRemark(entry),
    ]),
  ];
  const lines = table(
    [
      { title: 'version', align: 'left' },
      { title: 'name', shrink: true },
      { title: 'applied' },
      { title: 'took', align: 'right' },
      { title: '', below: true },
    ],
    rows,
    {
      width,
      title: colors.dim,
      style: (text, row, column) => {
        const { state } = (status.entries[row] ?? status.repeatables[row - status.entries.length])!;
        if (column === 2 && (state === 'pending' || state === 'out-of-order')) return colors.yellow(text);
        return column === 4 && state !== 'applied' && state !== 'pending' ? colors.red(text) : text;
      },
    },
  );
  const advice = status.entries.flatMap((entry) =>
    entry.state === 'edited' ? [`\`dunlin repair ${entry.version}\` shows the difference`] : [],
  );
  return [
    ...head,
    '',
    ...lines,
    ...advice.flatMap((text) => ['', ...folded(text, '  ')]),
    ...others,
    ...renderDrift(status, colors, folded),
    ...(status.backup === undefined ? [] : ['', ...newestBackup(status.backup, width)]),
    ...(status.mirror === undefined ? [] : ['', ...folded(mirrorText(status.mirror), '  ')]),
    ...renderFailure(status, room, invocation),
  ];
}

/** The facts beside each other; on a narrow terminal none is parted. */
function headOf(facts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const fact of facts) {
    const line = lines.length === 0 ? fact : `${lines.at(-1)}   ${fact}`;
    if (lines.length > 0 && displayWidth(line) > width) lines.push(fact);
    else lines.splice(-1, 1, line);
  }
  return lines;
}

/** "kept in step: the table "knex_migrations" of Knex". */
function mirrorText({ tool, table, behind }: NonNullable<Status['mirror']>): string {
  const text = `kept in step: ${tableOf({ tool, table })}`;
  if (behind === 0) return text;
  return `${text}, which lacks ${plural(behind, 'change')}: the next run writes them first, or \`dunlin export --to ${typed(table ?? 'user_version')}\``;
}

/** On two lines where one is too long: folded, it would part the day from the hour. */
function newestBackup({ id, createdAt, bytes: size }: NonNullable<Status['backup']>, width: number): string[] {
  const [first, second] = [`  newest backup: ${id}`, `${time(createdAt)}, ${bytes(size)}`];
  const line = `${first}, ${second}`;
  return line.length <= width ? [line] : [first, `    ${second}`];
}

/** How the schema differs from the recorded one, and what to do about it. */
function renderDrift(
  { drift, problems }: Status,
  colors: Colors,
  folded: (text: string, indent: string) => string[],
): string[] {
  if (drift.length === 0) return [];
  // Another tool has done it, and an adoption records the schema as well.
  const advice = problems.some(({ code }) => code === 'ADOPT_BEHIND')
    ? '`dunlin adopt` records this as well, if the other tool did it.'
    : 'Write a migration that does it, undo it, or accept it with `dunlin repair --schema`.';
  return [
    '',
    '  the schema is not as it was recorded:',
    ...drift.flatMap(({ text }) => folded(text, '    ').map((line) => colors.yellow(line))),
    ...folded(advice, '  '),
  ];
}

function repeatableRemark({ state, gone }: RepeatableEntry): string {
  if (state === 'changed') return 'changed since: the next `up` runs it';
  if (state === 'outdated') return 'something else may have changed what it made: the next `up` runs it';
  if (state === 'gone') return `${gone.join(', ')} ${gone.length === 1 ? 'is' : 'are'} gone: the next \`up\` runs it`;
  return state === 'missing' ? 'its file is gone; what it made stays' : '';
}

function remark(entry: StatusEntry, mixed: boolean): string {
  if (entry.state === 'edited') return 'edited after it was applied';
  if (entry.state === 'conflict') return `its number is that of ${baseName(entry.file)} now`;
  if (entry.state === 'renumbered') return `its file is ${baseName(entry.file)} now`;
  if (entry.state === 'missing') return 'its file is missing';
  if (entry.state === 'ahead') return 'unknown here: applied by a newer release';
  if (entry.state === 'out-of-order') return 'older than applied ones';
  return mixed && entry.reversible === false ? 'cannot be rolled back' : '';
}

function baseName(file: string = ''): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

function saidInRow(problem: DunlinError, entries: readonly StatusEntry[]): boolean {
  const entry = entries.find((one) => one.version === problem.migration?.version);
  return entry !== undefined && problem.code === 'MIGRATION_EDITED' && entry.state === 'edited';
}

/** The newest attempt that failed, if any: when, which migration, why, and the way on. `width` is that of running text. */
export function renderFailure(
  { lastFailure, entries }: Pick<Status, 'lastFailure' | 'entries'>,
  width: number,
  invocation: Invocation,
): string[] {
  if (lastFailure === undefined) return [];
  const { version, name, direction, startedAt, errorCode, error } = lastFailure;
  const what = version === null ? `The last \`dunlin ${direction}\`` : migrationId({ version, name: name ?? '' });
  const isApplied = entries.some((entry) => entry.version === version && entry.applied !== undefined);
  const way = completeCommands(wayOn(lastFailure, isApplied), invocation);
  const text = `${what} failed on ${time(startedAt)} with ${errorCode}: ${error} ${way}`;
  return ['', ...wrap(text, width - 2).map((line) => `  ${line}`)];
}

/** What to do next. If the migration is applied nevertheless, a `redo` has failed. */
function wayOn({ version, direction }: Attempt, isApplied: boolean): string {
  if (direction !== 'up') return 'Nothing has run since; `dunlin history` lists every attempt.';
  if (version === null) return 'Nothing has run since; `dunlin up` tries again.';
  if (version === 0) return 'Nothing has run since. Correct it; then `dunlin up` tries again.';
  if (isApplied)
    return 'It is applied as before, and nothing has run since. Correct it; then `dunlin redo` tries again.';
  return `Nothing has run since. Correct it, \`dunlin try ${version}\` runs it on a copy; then \`dunlin up\` continues.`;
}
