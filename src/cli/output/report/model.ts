import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { PendingChanges } from '../../../check/index.ts';
import { plural, type MigrationRef } from '../../../errors/index.ts';
import { isRepeatable, repeatableVersion } from '../../../migration/index.ts';
import { shownPath } from '../../../node/messages.ts';
import type { ProblemDocument, RoundsDocument, StatusDocument } from '../json.ts';
import type { StepDocument } from '../plan.ts';
import type { RowsReport } from '../rehearsal.ts';

/** What `check` or a rehearsal found, as every format of a report shows it. Plain data. */
export interface Report {
  readonly command: 'check' | 'rehearse';
  readonly ok: boolean;
  readonly databases: readonly DatabaseReport[];
}

export interface DatabaseReport {
  /** Its name in the configuration, else the database as messages name it. */
  readonly title: string;
  readonly ok: boolean;
  /** The directory of its migrations. */
  readonly directory: Place;
  /** Undefined where the migrations could not be compared with it. */
  readonly version: number | undefined;
  readonly label: string | undefined;
  readonly findings: readonly Finding[];
  /** How many migrations there are, or were rehearsed. */
  readonly total: number;
  readonly pending: readonly PendingMigration[];
  /** Whether it is a finding that migrations are pending. */
  readonly pendingRefused: boolean;
  readonly rehearsals: readonly string[];
  /** What the pending migrations change in the schema; undefined if that is not known. */
  readonly changes: PendingChanges | undefined;
  /** What a rehearsal says of rows. */
  readonly rows: RowsReport | undefined;
  readonly notes: readonly string[];
}

/** A problem or a warning. */
export interface Finding {
  readonly level: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly migration: MigrationRef | undefined;
  readonly place: Place | undefined;
}

export interface Place {
  /** Relative to the root of the repository, with `/`; the whole path of a file outside it. */
  readonly file: string;
  readonly isInside: boolean;
  /** From 1; also where only the file is known. */
  readonly line: number;
  readonly column: number | undefined;
  /** The text around the line; undefined if it is the whole file that the finding is about. */
  readonly excerpt: Excerpt | undefined;
}

export interface Excerpt {
  /** The number of the first of the lines. */
  readonly first: number;
  readonly lines: readonly string[];
}

/** A migration that `up` would run. */
export interface PendingMigration extends MigrationRef {
  /** What it does; undefined where a problem prevents the plan. */
  readonly step: StepDocument | undefined;
  /** The others that are committed in the same transaction. */
  readonly committedWith: readonly MigrationRef[];
}

/** The document of `check`, or of its failure. */
export interface CheckDocument extends Partial<StatusDocument> {
  readonly database?: string;
  readonly name?: string;
  readonly ok: boolean;
  readonly error?: ProblemDocument;
  /** Of a rehearsal: the version before it. */
  readonly from?: number;
  readonly steps?: readonly StepDocument[];
}

export interface ReportOptions {
  readonly cwd: string;
  /** The root of the repository. */
  readonly root: string;
  readonly command: Report['command'];
  readonly allowPending: boolean;
  readonly replay: boolean;
}

/** The result of one database: what `--json` prints of it, and what the JSON does not have. */
export interface CheckResult {
  readonly document: object;
  readonly changes?: PendingChanges | undefined;
  readonly rows?: RowsReport | undefined;
  readonly migrations: string;
}

/** One document and the schemas of each database, as a report. */
export function buildReport(results: readonly CheckResult[], options: ReportOptions): Report {
  const databases = results.map((result) => buildDatabase(result, options));
  return { command: options.command, ok: databases.every(({ ok }) => ok), databases };
}

function buildDatabase(result: CheckResult, options: ReportOptions): DatabaseReport {
  const document = result.document as unknown as CheckDocument;
  const { rounds, data, migrations = [], repeatables = [], pending = [] } = document;
  const all = [...migrations, ...repeatables.map((one) => ({ ...one, version: repeatableVersion }))];
  const fileOf = (migration: MigrationRef): string | undefined =>
    all.find((one) => isSame(one, migration))?.file ?? undefined;
  const findings = (problems: readonly ProblemDocument[] | undefined, level: Finding['level']): readonly Finding[] =>
    (problems ?? []).flatMap(flattened).map(({ code, message, hint, migration, location }) => {
      const file =
        location?.file ??
        (migration == null ? undefined : fileOf(migration)) ??
        fileIn(message, result.migrations, options);
      return {
        level,
        code,
        message,
        hint: hint ?? '',
        migration: migration ?? undefined,
        place: file === undefined ? undefined : placeOf(file, location ?? undefined, options),
      };
    });
  return {
    title: document.name ?? document.database ?? '',
    ok: document.ok,
    directory: placeOf(result.migrations, undefined, options),
    version: document.version ?? document.from,
    label: document.label ?? undefined,
    findings: [
      ...findings(document.error === undefined ? [] : [document.error], 'error'),
      ...findings(document.problems, 'error'),
      ...findings(rounds?.problems, 'error'),
      ...findings(data?.problems, 'error'),
      ...findings(rounds?.warnings, 'warning'),
      ...findings(data?.warnings, 'warning'),
    ],
    total: options.command === 'rehearse' ? pending.length : migrations.length,
    pending: pending.map((one) => pendingMigration(one, document.steps ?? [])),
    pendingRefused: pending.length > 0 && !options.allowPending,
    rehearsals: rehearsalsOf(document, options),
    changes: result.changes,
    rows: result.rows,
    notes: [...(document.notes ?? []), ...(rounds?.notes ?? []), ...(data?.notes ?? [])],
  };
}

/** The problems that one stands for, or itself. */
function flattened(problem: ProblemDocument): readonly ProblemDocument[] {
  const { problems = [] } = problem;
  return problems.length === 0 ? [problem] : problems.flatMap(flattened);
}

/** Repeatable migrations have one version. */
function isSame(one: MigrationRef, other: MigrationRef): boolean {
  return one.version === other.version && (!isRepeatable(one) || one.name === other.name);
}

function pendingMigration({ version, name }: MigrationRef, steps: readonly StepDocument[]): PendingMigration {
  const step = steps.find((one) => isSame(one, { version, name }));
  const committedWith = steps.filter((one) => one !== step && one.group === step?.group);
  return { version, name, step, committedWith };
}

function placeOf(
  shown: string,
  location: { readonly line: number; readonly column: number } | undefined,
  { cwd, root }: ReportOptions,
): Place {
  const path = resolve(cwd, shown);
  const file = shownPath(path, root);
  const { line = 1, column } = location ?? {};
  return {
    file,
    isInside: !isAbsolute(file),
    line: Math.max(1, line),
    column: column === undefined || column < 1 ? undefined : column,
    excerpt: location === undefined || line < 1 ? undefined : excerptOf(path, line),
  };
}

/** The first migration file that a message names: errors about names have no location. */
function fileIn(message: string, directory: string, { cwd }: ReportOptions): string | undefined {
  const at = message.indexOf(`${directory}/`);
  if (at === -1) return undefined;
  // A name may have spaces in it.
  const words = message
    .slice(at)
    .split(/(?=\s)/)
    .slice(0, 8);
  return words
    .map((_, i) =>
      words
        .slice(0, i + 1)
        .join('')
        .replace(/[.,:;)]+$/, ''),
    )
    .find((path) => statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isFile() === true);
}

/** Two lines before and after. None of a file that is gone, or of a name that is no path. */
function excerptOf(path: string, line: number): Excerpt | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const all = text.trimEnd().split(/\r\n|\n|\r/);
  const first = Math.max(1, line - 2);
  const lines = all.slice(first - 1, line + 2).map((one) => (one.length > 200 ? `${one.slice(0, 199)}…` : one));
  return lines.length === 0 ? undefined : { first, lines };
}

/** What ran elsewhere, in sentences. */
function rehearsalsOf({ rounds, data, problems = [] }: CheckDocument, { replay }: ReportOptions): readonly string[] {
  const isReplayed = !problems.some(({ code }) => code === 'REPLAY_FAILED');
  const differs = problems.some(({ code }) => code === 'REPLAY_DIFFERS');
  return [
    ...roundsText(rounds, 'on a scratch database with sample rows'),
    ...roundsText(data, 'on a copy with real rows'),
    ...(replay && isReplayed
      ? [`The applied migrations, run in an empty database, make ${differs ? 'another' : 'the same'} schema.`]
      : []),
  ];
}

function roundsText(rounds: RoundsDocument | undefined, where: string): readonly string[] {
  if (rounds === undefined || rounds.tried === 0) return [];
  const { tried, reversed, problems, warnings } = rounds;
  const found = problems.length + warnings.length;
  const result = found === 0 ? 'nothing was found' : plural(found, 'finding');
  return [`${plural(tried, 'migration')} ran ${where}, ${reversed} of them up, down and up again: ${result}.`];
}
