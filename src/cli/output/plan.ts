import { plural } from '../../errors/index.ts';
import type {
  MirroredTable,
  Plan,
  PlannedBackup,
  PlannedRebuild,
  PlannedStatement,
  PlanStep,
} from '../../plan/types.ts';
import type { Style } from './color.ts';
import { tableOf } from './adoption.ts';
import { backupEstimate } from './backup-progress.ts';
import { formatVersion } from '../../migration/index.ts';
import { asOneLine } from '../../sql/index.ts';
import { bytes, versionColumn } from './format.ts';
import { fields, mirror, problem, type Json } from './json.ts';
import { displayWidth, truncate, wrap } from './table.ts';

export interface PlanStyle extends Style {
  readonly database: string;
  readonly bytes: number | undefined;
  /** Shows the SQL in full. */
  readonly verbose: boolean;
  readonly path?: (path: string) => string;
}

const countedOnly = "guards are set to 'count'";
const indent = '      ';
/** Long lists of statements and columns end with the number of the others; --verbose shows all. */
const shownStatements = 12;
const shownColumns = 12;

export function renderPlan(plan: Plan, style: PlanStyle): string[] {
  const count = plan.steps.length;
  const what =
    plan.direction === 'up' ? (count === 0 ? 'nothing pending' : `${count} pending`) : `${count} to roll back`;
  const size = style.bytes === undefined || style.bytes === 0 ? 'new' : bytes(style.bytes);
  if (count === 0 && plan.problems.length > 0) return [];
  const lines = wrap(`${what} on ${style.database} (${size}). Nothing is changed by this command.`, style.width);
  for (const step of plan.steps) lines.push('', ...renderStep(step, style));
  if (plan.guards === 'count' && count > 0)
    lines.push(
      '',
      ...wrap(`  ${countedOnly}: the rows of rebuilt tables are counted, values are not compared`, style.width),
    );
  if (plan.backup !== undefined) lines.push('', ...renderBackup(plan.backup, style));
  if (plan.mirror !== undefined) lines.push('', ...wrap(renderMirror(plan.mirror), style.width));
  return lines;
}

function renderMirror(mirrored: MirroredTable): string {
  const { behind } = mirrored;
  const first = behind === 0 ? '' : `, after ${plural(behind, 'change')} of earlier runs`;
  return `  would record it in ${tableOf(mirrored)} as well${first}`;
}

/** "would back up to app.db-backups/ first (1.2 GB; 48 GB free); writers wait about 18 s for it". */
function renderBackup({ folder, bytes: size, freeBytes }: PlannedBackup, style: PlanStyle): string[] {
  const free = freeBytes === undefined ? '' : `; ${bytes(freeBytes)} free`;
  const estimate = backupEstimate(size);
  const wait = estimate === undefined ? '' : `; writers wait ${estimate} for it`;
  return wrap(
    `  would back up to ${style.path?.(folder) ?? folder}/ first (${bytes(size)}${free})${wait}`,
    style.width,
  );
}

function renderStep(step: PlanStep, style: PlanStyle): string[] {
  const { colors } = style;
  const title = `  ${versionColumn(step)} ${step.name}${step.label === undefined ? '' : ` (${step.label})`}`;
  const room = Math.min(style.width, 88) - displayWidth(step.file);
  const head =
    displayWidth(title) + 2 <= room
      ? [`${colors.bold(title)}${' '.repeat(room - displayWidth(title))}${colors.dim(step.file)}`]
      : [colors.bold(title), `${indent}${colors.dim(step.file)}`];
  const said = (text: string): string[] => fold(text, style).map((line) => `${indent}${line}`);

  const shown = style.verbose ? step.statements : step.statements.slice(0, shownStatements);
  const rest = step.statements.length - shown.length;
  return [
    ...head,
    ...(step.description === undefined ? [] : said(step.description)),
    ...(step.kind === 'code' ? said('code: its statements are known when it runs') : []),
    ...shown.flatMap((statement) => renderStatement(statement, style)),
    ...(rest > 0 ? said(`and ${plural(rest, 'more statement')} (--verbose shows them)`) : []),
    ...(step.verifications.length === 0 ? [] : said(`verified by: ${step.verifications.join('; ')}`)),
    ...step.rebuilds.flatMap((rebuild) => renderRebuild(rebuild, style)),
    ...traits(step).flatMap(said),
    ...step.warnings.flatMap((warning) => said(`warning: ${warning}`).map((line) => colors.yellow(line))),
  ];
}

function renderStatement(statement: PlannedStatement, style: PlanStyle): string[] {
  const { colors } = style;
  const line = asOneLine(statement.sql);
  const sql = style.verbose
    ? statement.sql.split('\n').map((text) => `${indent}${text}`)
    : [`${indent}${truncate(line, style.width - indent.length)}`];
  const about =
    statement.action === 'skip' ? `skipped: ${statement.reason ?? 'the run does it anyway'}` : statement.summary;
  // For a statement without words of its own the summary is the statement again.
  const isAgain = line.startsWith(about.replace(/…$/, ''));
  return [
    ...sql.map((text) => colors.cyan(text)),
    ...fold(isAgain ? '' : about, style).map((line) => `${indent}  ${line}`),
  ];
}

/** "rebuilds users", with what becomes of its columns. */
function renderRebuild(rebuild: PlannedRebuild, style: PlanStyle): string[] {
  const { table, check, compared, proven, transformed, leftOut, kept } = rebuild;
  const about = {
    compared: '',
    proven: '',
    counted: ': its rows are counted, values are not compared',
    none: ': nothing is compared, because it is declared destructive',
    unknown: ': which columns are compared is known when it runs',
  }[check];
  const changed = transformed.map(({ column, from }) =>
    from.length === 1 && from[0] === column ? column : `${column} (from ${from.join(', ')})`,
  );
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['compared', compared],
    ['proven by a copy of the whole table', proven],
    ['transformed, not compared', changed],
    ['left out', leftOut],
    ['keeps', kept],
  ];
  return [
    ...fold(`rebuilds ${table}${about}`, style).map((line) => `${indent}${line}`),
    ...lists.flatMap(([what, columns]) => {
      if (columns.length === 0) return [];
      const shown = style.verbose ? columns : columns.slice(0, shownColumns);
      const more = shown.length < columns.length ? ` and ${columns.length - shown.length} more` : '';
      return fold(`${what}: ${shown.join(', ')}${more}`, style).map((line) => `${indent}  ${line}`);
    }),
  ];
}

function traits(step: PlanStep): string[] {
  const lines: string[] = [];
  const others = step.together.filter((one) => one !== step.version);
  if (others.length > 0)
    lines.push(`happens together with ${others.map(formatVersion).join(', ')}, or not at all: checked after the last`);
  if (!step.transaction) lines.push('runs outside a transaction');
  if (step.foreignKeys) lines.push('runs with foreign keys enforced');
  if (step.destructive === true) lines.push('may lose anything: declared destructive');
  else if (step.destructive.length > 0) lines.push(`may lose ${step.destructive.join(', ')}: declared destructive`);
  if (step.version === 0) lines.push('runs again whenever it changes');
  else if (step.direction === 'up' && step.kind === 'sql')
    lines.push(step.reversible ? 'can be rolled back' : 'cannot be rolled back');
  return lines;
}

function fold(text: string, style: PlanStyle): string[] {
  return text === '' ? [] : wrap(text, Math.min(style.width, 100) - indent.length - 2);
}

/** The plan as data; the shape is in docs/reference/json.md. */
export function planDocument(plan: Plan, size: number | undefined): Json {
  return {
    ...fields(plan, 'direction', 'from', 'to', 'fromLabel', 'toLabel'),
    bytes: size ?? null,
    steps: plan.steps.map(stepDocument),
    problems: plan.problems.map(problem),
    ...fields(plan, 'notes', 'guards'),
    backup: plan.backup === undefined ? null : fields(plan.backup, 'folder', 'bytes', 'freeBytes'),
    mirror: mirror(plan.mirror),
  };
}

/** The fields of a step that reports read. */
export type StepDocument = Pick<
  PlanStep,
  | 'version'
  | 'name'
  | 'group'
  | 'kind'
  | 'transaction'
  | 'foreignKeys'
  | 'destructive'
  | 'together'
  | 'verifications'
  | 'touches'
  | 'rebuilds'
  | 'reversible'
  | 'warnings'
> & {
  readonly file: string;
  readonly description: string | null;
  readonly statements: readonly {
    readonly sql: string;
    readonly line: number;
    readonly action: 'run' | 'skip';
    readonly reason: string | null;
    readonly summary: string;
  }[];
};

export function stepDocument(step: PlanStep): Json & StepDocument {
  return {
    ...fields(step, 'version', 'name', 'label', 'direction', 'file', 'kind', 'description', 'group'),
    ...fields(step, 'transaction', 'foreignKeys', 'destructive', 'together', 'reversible'),
    statements: step.statements.map((statement) => ({
      sql: statement.sql,
      line: statement.location.line,
      column: statement.location.column,
      ...fields(statement, 'action', 'reason', 'summary'),
    })),
    ...fields(step, 'verifications', 'touches', 'rebuilds', 'warnings'),
  };
}
