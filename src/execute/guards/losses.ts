import { count, dunlinError, plural, refOf, visible, type DunlinError, type MigrationRef } from '../../errors/index.ts';
import { head, locationOf, type StepStatement } from '../../plan/index.ts';
import { exampleText, rowText, short, type Example } from '../../rebuild/index.ts';
import { sameName } from '../../sql/index.ts';
import type { Cause } from './causes.ts';
import type { EarlierCopy } from './table-comparison.ts';

/** One loss, with the statement that caused it, if known. */
export type Loss = (
  | {
      readonly kind: 'rows';
      readonly table: string;
      readonly before: number;
      readonly after: number;
      /** How many are lost, if new rows replaced some. Default: the difference. */
      readonly lost?: number;
      /** Further rows that a DELETE named. */
      readonly deleted?: number;
      /** The key columns, and up to three of the lost rows. */
      readonly key?: readonly string[];
      readonly examples?: readonly Example[];
      readonly earlier?: EarlierCopy | undefined;
    }
  | { readonly kind: 'table'; readonly table: string }
  | {
      readonly kind: 'values';
      readonly table: string;
      readonly column: string;
      /** The column that was compared with it. */
      readonly successor: string;
      readonly how: 'swapped' | 'displaced' | 'converted' | 'other';
      readonly changed: number;
      readonly of: number;
      readonly key: readonly string[];
      readonly examples: readonly Example[];
      readonly earlier?: EarlierCopy | undefined;
    }
  | {
      readonly kind: 'column';
      readonly table: string;
      readonly column: string;
      /** How many rows had a value in it, and up to three of them. */
      readonly values?: number;
      readonly key?: readonly string[];
      readonly examples?: readonly Example[];
    }
  | { readonly kind: 'alias'; readonly table: string; readonly column: string; readonly type: string }
  | {
      readonly kind: 'index' | 'trigger' | 'view';
      readonly name: string;
      readonly table: string;
      /** Why it could not be put back, if that was tried. */
      readonly reason?: string | undefined;
    }
  | {
      readonly kind: 'sequence';
      readonly table: string;
      readonly before: number | bigint;
      readonly after: number | bigint | undefined;
    }
  | {
      readonly kind: 'violation';
      readonly child: string;
      readonly parent: string;
      readonly before: number;
      readonly after: number;
      /** How many of them are new; default: the difference. */
      readonly added?: number;
      /** Up to three values of the key that refer to nothing. */
      readonly values?: readonly string[];
      /** The table never existed: most often its name is misspelt. */
      readonly missing?: boolean;
    }
  | { readonly kind: 'mismatch'; readonly child: string; readonly reason: string }
  | { readonly kind: 'dangling'; readonly child: string; readonly parent: string }
  | { readonly kind: 'broken'; readonly type: string; readonly name: string; readonly reason: string }
) &
  Cause;

/** Decides the code of an error with several losses: the worst first. */
const order = [
  'rows',
  'table',
  'values',
  'column',
  'alias',
  'violation',
  'mismatch',
  'dangling',
  'sequence',
  'trigger',
  'index',
  'view',
  'broken',
] as const;

const codes = {
  rows: 'ROWS_LOST',
  table: 'TABLE_LOST',
  values: 'VALUES_CHANGED',
  column: 'COLUMN_LOST',
  alias: 'ROWID_ALIAS_LOST',
  index: 'INDEX_LOST',
  trigger: 'TRIGGER_LOST',
  view: 'VIEW_LOST',
  sequence: 'SEQUENCE_LOST',
} as const;

/** The migration that an error names. */
export interface LosingMigration extends MigrationRef {
  readonly id: string;
  readonly direction: 'up' | 'down';
  /** Whether it is written in code. Then declarations look different, and statements have no line in a file. */
  readonly code: boolean;
  readonly file: string;
  readonly text: string;
}

/** Finds the migration of a set that ran a statement. */
type MemberOf = (entry: StepStatement) => LosingMigration | undefined;

/** How errors name the migrations that were checked together. */
export function nameOfUnit(
  members: readonly LosingMigration[],
): Pick<LosingMigration, 'id' | 'code' | 'direction'> & { readonly set?: number } {
  const [first, last] = [members[0]!, members.at(-1)!];
  const { id, code, direction } = first;
  if (first === last) return { id, code, direction };
  return { id: `${id} to ${last.id}`, code: false, direction, set: Math.max(first.version, last.version) };
}

/**
 * The error for all losses of a migration or a set. It names the migration whose statement caused the first loss, or
 * the last of the set. Losses that a declaration allows are one error, with the code of the worst. Violated foreign
 * keys and broken objects cannot be declared, so they are separate errors in `problems`.
 */
export function lossError(
  members: readonly LosingMigration[],
  losses: readonly Loss[],
  deletes: boolean,
  memberOf: MemberOf = () => undefined,
): DunlinError {
  const unit = nameOfUnit(members);
  const sorted = losses
    .map((loss) => withParent(loss, losses))
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const lost = sorted.filter(isDeclarable);
  const references = sorted.filter(isReference);
  const broken = sorted.filter((loss) => loss.kind === 'broken');
  const problems: DunlinError[] = [];
  const add = (problem: DunlinError, of: readonly Loss[]): void => {
    const entry = of.find((loss) => loss.entry !== undefined)?.entry;
    const migration = (entry === undefined ? undefined : memberOf(entry)) ?? members.at(-1)!;
    problems.push(problem.with({ migration: refOf(migration), ...placeOf(entry, migration) }));
  };
  const lines = (of: readonly Loss[]): readonly string[] => linesOf(of, unit, memberOf);
  if (lost[0] !== undefined) {
    const values = lost.filter((loss) => loss.kind === 'values');
    const facts = {
      ...unit,
      lines: lines(lost),
      names: declarations(lost),
      earlier: earlierCopies(lost),
      converted: values.filter(({ how }) => how === 'converted').map(({ column }) => column),
      mixedUp: values.some(({ how }) => how !== 'converted'),
    };
    add(dunlinError(codes[lost[0].kind], facts), lost);
  }
  if (references.length > 0) {
    const facts = { ...unit, lines: lines(references), deletes, missing: missing(references) };
    add(dunlinError('FOREIGN_KEYS_VIOLATED', facts), references);
  }
  if (broken.length > 0) add(dunlinError('OBJECT_BROKEN', { ...unit, lines: lines(broken) }), broken);
  const [worst] = problems;
  if (worst === undefined) throw new TypeError('lossError needs a loss');
  return problems.length === 1 ? worst : worst.with({ problems });
}

/** One for each table, preferably that of its rows. */
function earlierCopies(lost: readonly Loss[]): readonly { table: string; from: string; sql?: string | undefined }[] {
  const found = new Map<string, { table: string; from: string; sql?: string | undefined }>();
  for (const loss of lost)
    if ((loss.kind === 'rows' || loss.kind === 'values') && loss.earlier !== undefined && !found.has(loss.earlier.from))
      found.set(loss.earlier.from, { ...loss.earlier, sql: loss.kind === 'rows' ? loss.earlier.sql : undefined });
  return [...found.values()];
}

/** A child that misses a lost row of its parent has the same cause. */
function withParent(loss: Loss, losses: readonly Loss[]): Loss {
  if (loss.kind !== 'violation') return loss;
  const parent = losses.find((one) => one.kind === 'rows' && sameName(one.table, loss.parent));
  return parent?.entry === undefined ? loss : { ...loss, entry: parent.entry };
}

/** The lines of an error. If the losses have different places, each line names its own. */
function linesOf(
  losses: readonly Loss[],
  { code, set }: ReturnType<typeof nameOfUnit>,
  memberOf: MemberOf,
): readonly string[] {
  const place = (entry: StepStatement): string => {
    const member = set === undefined ? undefined : memberOf(entry);
    if (member?.code ?? code) return JSON.stringify(head(entry.statement));
    return member === undefined ? String(entry.statement.line) : `line ${entry.statement.line} of ${member.id}`;
  };
  const where = code || set !== undefined ? 'in' : 'in line';
  const places = new Set(losses.flatMap(({ entry }) => (entry === undefined ? [] : place(entry))));
  return losses.map((loss) => {
    const { entry, candidates = [] } = loss;
    // A statement of code has no place in a file.
    const isNamed = code || places.size > 1 || (entry !== undefined && memberOf(entry)?.code === true);
    const all = entry === undefined ? candidates : isNamed ? [entry] : [];
    const named = [...new Set(all.map(place))];
    return `${visible(line(loss)).replaceAll('\n', '\\u000a')}${named.length === 0 ? '' : `, ${where} ${named.join(' or ')}`}`;
  });
}

type OfTable = Extract<Loss, { readonly kind: 'column' | 'alias' | 'index' | 'trigger' | 'view' }>;

/** Whether the lost object belongs to one of these tables, and only serves its rows. */
export function isOfTable(loss: Loss, tables: ReadonlySet<string>): loss is OfTable {
  return /^(?:column|alias|index|trigger)$/.test(loss.kind) && 'table' in loss && tables.has(loss.table);
}

/** One note for each table on what its rebuild left out, if it had no rows. */
export function notesOfEmpty(losses: readonly OfTable[]): readonly string[] {
  const tables = new Map<string, string[]>();
  for (const loss of losses) tables.set(loss.table, [...(tables.get(loss.table) ?? []), nameOf(loss)]);
  return [...tables].map(([table, left]) => `rebuilds ${table}, which has no rows, without: ${left.join(', ')}`);
}

function nameOf(loss: OfTable): string {
  switch (loss.kind) {
    case 'column':
      return `column ${loss.column}`;
    case 'alias':
      return `the INTEGER PRIMARY KEY ${loss.column}`;
    default:
      return `${loss.kind} ${loss.name}`;
  }
}

/** The place of the statement in its file. */
function placeOf(
  entry: StepStatement | undefined,
  { code, file, text }: LosingMigration,
): Parameters<DunlinError['with']>[0] {
  return entry === undefined || code ? {} : { location: locationOf(entry.statement, file, entry.number), source: text };
}

type Reference = Extract<Loss, { kind: 'violation' | 'mismatch' | 'dangling' }>;

function isReference(loss: Loss): loss is Reference {
  return loss.kind === 'violation' || loss.kind === 'mismatch' || loss.kind === 'dangling';
}

/** The missing tables, if nothing else is wrong. */
function missing(references: readonly Reference[]): readonly string[] {
  const parents = references.map((loss) => (loss.kind === 'violation' && loss.missing === true ? loss.parent : ''));
  return parents.includes('') ? [] : [...new Set(parents)];
}

type Declarable = Extract<Loss, { kind: keyof typeof codes }>;

function isDeclarable(loss: Loss): loss is Declarable {
  return loss.kind in codes;
}

/** The names that a declaration needs to allow the losses. The name of a table includes its columns and objects. */
function declarations(losses: readonly Declarable[]): readonly string[] {
  const whole = losses.filter((loss) => loss.kind === 'rows' || loss.kind === 'table' || loss.kind === 'sequence');
  const tables = new Set(whole.map((loss) => loss.table));
  const rest = losses.filter((loss) => !tables.has(loss.table));
  const names = [
    ...tables,
    ...rest.map((loss) =>
      'column' in loss ? `${loss.table}.${loss.column}` : 'name' in loss ? loss.name : loss.table,
    ),
  ];
  return [...new Set(names)];
}

/** One loss in words, with its numbers. */
export function line(loss: Loss): string {
  switch (loss.kind) {
    case 'rows':
      return `${rowsLine(loss)}${without(loss.key ?? [], loss.examples ?? [])}`;
    case 'table':
      return `table ${loss.table} is gone`;
    case 'values':
      return valuesLine(loss);
    case 'column':
      return columnLine(loss);
    case 'alias':
      return `${loss.table}.${loss.column} is no longer the INTEGER PRIMARY KEY, and new rows get no number in it${loss.type === '' ? '' : ` (its type is ${loss.type})`}`;
    case 'index':
    case 'trigger':
      return `${loss.kind} ${loss.name} of ${loss.table} is gone${notPutBack(loss.reason)}`;
    case 'view':
      return `view ${loss.name} is gone${notPutBack(loss.reason)}`;
    case 'sequence':
      return `the AUTOINCREMENT sequence of ${loss.table}: ${loss.before} before, ${loss.after ?? 'none'} after`;
    case 'violation':
      if (loss.missing === true)
        return `${plural(loss.after, 'row')} of ${loss.child} ${loss.after === 1 ? 'refers' : 'refer'} to the table ${loss.parent}, which does not exist`;
      return `${plural(loss.after, 'row')} of ${loss.child} ${loss.after === 1 ? 'refers to a row' : 'refer to rows'} of ${loss.parent} that ${loss.after === 1 ? 'does' : 'do'} not exist (${count(loss.before)} before${newOnes(loss)})${keysOf(loss)}`;
    case 'mismatch':
      return `the foreign keys of ${loss.child} no longer work (${loss.reason})`;
    case 'dangling':
      return `${loss.child} now refers to ${loss.parent}, which does not exist`;
    case 'broken':
      return `${loss.type} ${loss.name} no longer compiles (${loss.reason})`;
  }
}

function rowsLine({
  table,
  before,
  after,
  lost = before - after,
  deleted = 0,
}: Extract<Loss, { kind: 'rows' }>): string {
  const said = deleted > 0 ? `, ${count(deleted)} deleted by name` : '';
  const figures = `${table}: ${plural(before, 'row')} before, ${count(after)} after${said}`;
  return lost === before - after ? figures : `${figures}, ${count(lost)} lost`;
}

function valuesLine({
  table,
  column,
  successor,
  how,
  changed,
  of,
  key,
  examples,
}: Extract<Loss, { kind: 'values' }>): string {
  const where = successor.toLowerCase() === column.toLowerCase() ? '' : `, now in ${successor}`;
  const reason = {
    swapped: ', which were given those of another column',
    displaced: ', whose name was given to another column',
    converted: ', which the new type converts',
    other: '',
  }[how];
  const shown = examples.map((example) => exampleText(key, example));
  return `values of ${table}.${column}${reason}: ${count(changed)} of ${count(of)} changed${where}${shown.length === 0 ? '' : ` (${shown.join('; ')})`}`;
}

function columnLine({ table, column, values = 0, key = [], examples = [] }: Extract<Loss, { kind: 'column' }>): string {
  const shown = examples.map((example) => exampleText(key, example));
  const figures = shown.length === 0 ? plural(values, 'value') : `${plural(values, 'value')}: ${shown.join('; ')}`;
  return `column ${table}.${column} is not carried over${values === 0 ? '' : ` (${figures})`}`;
}

/** ` (without id 3, 4)`. */
function without(key: readonly string[], examples: readonly Example[]): string {
  const rows = examples.map(({ key: values }) => rowText(key, values)).filter((row) => row !== '');
  return rows.length === 0 ? '' : ` (without ${rows.join('; ')})`;
}

function newOnes({ before, after, added = after - before }: Extract<Loss, { kind: 'violation' }>): string {
  return added === after - before ? '' : `, ${count(added)} of them new`;
}

function keysOf({ values = [] }: Extract<Loss, { kind: 'violation' }>): string {
  return values.length === 0 ? '' : `: ${values.map(short).join('; ')}`;
}

function notPutBack(reason: string | undefined): string {
  return reason === undefined ? '' : `, and could not be put back (${reason})`;
}
