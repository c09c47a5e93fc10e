import { count, plural } from '../../../errors/index.ts';
import { formatVersion, isRepeatable } from '../../../migration/index.ts';
import type { ObjectChange } from '../../../schema/index.ts';
import { colors } from '../color.ts';
import { renderChange } from '../diff.ts';
import { migrationId } from '../format.ts';
import type { DatabaseReport, PendingMigration, Place, Report } from './model.ts';
import type { StepDocument } from '../plan.ts';

/** What a report calls itself: "Dunlin check". */
export function subject({ command }: Pick<Report, 'command'>): string {
  return `Dunlin ${command === 'check' ? 'check' : 'rehearsal'}`;
}

/** "2 problems, 1 warning, 3 pending", or "all in order". */
export function verdict({ findings, pending, pendingRefused, ok }: DatabaseReport): string {
  const problems = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.length - problems;
  const facts = [
    ...(problems > 0 ? [plural(problems, 'problem')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
    ...(pending.length > 0
      ? [`${count(pending.length)} pending${pendingRefused ? ', which is not accepted' : ''}`]
      : []),
    ...(ok && warnings === 0 ? ['all in order'] : []),
  ];
  // Without a finding it did not come to its end.
  return facts.length === 0 ? 'not finished' : facts.join(', ');
}

/** What a report says where the difference of the schemas is not known. */
export const unknownChanges = 'What the pending migrations change is not known: they did not run in an empty database.';

/** "7 migrations are pending: 001_a, 002_b ... and 2 more". */
export function pendingText({ pending }: DatabaseReport): string {
  const list = pending.slice(0, 5).map(migrationId).join(', ');
  const more = pending.length > 5 ? ` and ${pending.length - 5} more` : '';
  return `${plural(pending.length, 'migration')} pending: ${list}${more}`;
}

/** "migrations/002_trim.sql:3:1" */
export function placeText({ file, line, column, excerpt }: Place): string {
  if (excerpt === undefined) return file;
  return `${file}:${line}${column === undefined ? '' : `:${column}`}`;
}

/** The lines around the place of a finding, with their numbers; a `>` marks the line itself. */
export function excerptText({ line, excerpt }: Place): string | undefined {
  if (excerpt === undefined) return undefined;
  const last = excerpt.first + excerpt.lines.length - 1;
  const width = String(last).length;
  return excerpt.lines
    .map((text, i) => {
      const number = excerpt.first + i;
      return `${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd();
    })
    .join('\n');
}

/** A fact about a migration that a reviewer looks for. */
export interface Fact {
  readonly text: string;
  /** The objects of the database that it is about. */
  readonly names?: readonly string[];
  /** What nothing undoes. */
  readonly isGrave?: boolean;
}

/** What a pending migration touches and loses, whether it can be rolled back, and how it is committed. */
export function factsOf(migration: PendingMigration): readonly Fact[] {
  const { step } = migration;
  if (step === undefined) return [{ text: 'a problem prevents the plan, so what it does is not shown' }];
  const { touches, reversible, kind, verifications, rebuilds, foreignKeys, warnings } = step;
  const repeats = isRepeatable(migration);
  // What it drops to make it anew is not gone.
  const drops = repeats ? touches.drops.filter((name) => !touches.creates.includes(name)) : touches.drops;
  const facts: readonly Fact[] = [
    ...lossOf(step),
    { text: 'drops', names: drops, isGrave: true },
    ...(kind === 'code' ? [{ text: 'code: its statements are known when it runs' }] : []),
    ...(repeats ? [{ text: 'runs again with each change, and is not rolled back' }] : []),
    ...(kind === 'sql' && reversible ? [{ text: 'can be rolled back' }] : []),
    ...(kind === 'sql' && !reversible && !repeats ? [{ text: 'cannot be rolled back', isGrave: true }] : []),
    { text: 'creates', names: touches.creates },
    { text: 'alters', names: touches.alters },
    { text: 'rebuilds', names: touches.rebuilds },
    { text: 'writes rows of', names: touches.writes },
    ...rebuilds.flatMap(({ table, compared, proven, transformed, leftOut, kept }) => [
      { text: 'the rebuild copies unchanged', names: qualified(table, [...compared, ...proven]) },
      {
        text: 'the rebuild fills anew',
        names: qualified(
          table,
          transformed.map(({ column }) => column),
        ),
      },
      { text: 'the rebuild leaves out', names: qualified(table, leftOut), isGrave: true },
      { text: 'its statements leave out, and the run keeps', names: kept },
    ]),
    committedText(migration, step),
    ...(foreignKeys ? [{ text: 'runs with foreign keys enforced' }] : []),
    { text: 'verified by', names: verifications },
    ...warnings.map((text) => ({ text: `warning: ${text}` })),
  ];
  return facts.filter(({ names }) => names === undefined || names.length > 0);
}

function lossOf({ destructive }: StepDocument): readonly Fact[] {
  if (destructive === true) return [{ text: 'may lose anything: declared destructive', isGrave: true }];
  return [{ text: 'may lose, as declared,', names: destructive, isGrave: true }];
}

function qualified(table: string, columns: readonly string[]): readonly string[] {
  return columns.map((column) => (column.includes('.') ? column : `${table}.${column}`));
}

function committedText(
  { version: own, committedWith }: PendingMigration,
  { transaction, together }: StepDocument,
): Fact {
  if (!transaction) return { text: 'runs outside a transaction', isGrave: true };
  if (together.length > 1)
    return {
      text: `happens together with ${listed(together.filter((one) => one !== own).map(formatVersion))}, or not at all`,
    };
  if (committedWith.length === 0) return { text: 'is committed by itself' };
  const others = committedWith.map((one) => (isRepeatable(one) ? migrationId(one) : formatVersion(one.version)));
  return { text: `is committed with ${listed(others)}, or by itself in a run of more than two seconds` };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 6).join(', ');
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}

/** "5 statements"; nothing of code, whose statements are not known. */
export function headline({ step }: PendingMigration): string {
  return step === undefined || step.kind === 'code' ? '' : plural(step.statements.length, 'statement');
}

/** A statement of a plan as SQL. */
export function statementText({ sql, action, reason }: StepDocument['statements'][number]): string {
  return action === 'run' ? `${sql};` : `-- skipped: ${reason ?? 'the run does it anyway'}\n${sql};`;
}

/** A difference of the schema in the lines of a patch: `+`, `-`, or `!` for what is another. */
export function differenceLines(change: ObjectChange): readonly string[] {
  return renderChange(change, { colors: colors(false), width: 120 }).map((line) =>
    line.replace(/^( *)([-+~]) ?/, (_, indent: string, mark: string) => `${mark === '~' ? '!' : mark} ${indent}`),
  );
}

/** A part of a line of a message: words, or what is typed. */
export interface Part {
  readonly text: string;
  readonly isCode: boolean;
}

/** The lines of a message. What is in backticks, and an indented line, is code. */
export function linesOf(text: string): readonly (readonly Part[])[] {
  return text.split(/\s*\n/).map((line) => {
    if (/^ {4,}\S/.test(line)) return [{ text: line.trim(), isCode: true }];
    const parts = line.trim().split(/`([^`]+)`/);
    return parts.map((part, i) => ({ text: part, isCode: i % 2 === 1 }));
  });
}
