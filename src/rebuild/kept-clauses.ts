import type { TableClause } from '../migration/index.ts';
import { affinityOf } from '../schema/index.ts';
import {
  canonical,
  mentions,
  nameKey,
  parseTable,
  quote,
  sameName,
  splitStatements,
  textOf,
  toOneLine,
  type ColumnText,
  type ConstraintText,
  type TableText,
} from '../sql/index.ts';
import { withOption } from './edit-table.ts';
import { createStatement } from './new-table.ts';
import { appendColumn, appendPart, endComment, replaceSpan } from './table-text.ts';

/** A CREATE TABLE, and what it has kept of another one: `COLLATE NOCASE of name`. */
export interface KeptClauses {
  readonly sql: string;
  readonly kept: readonly string[];
}

/** The changed text and the kept parts; undefined if there is nothing to keep. */
type Edit = (was: TableText, is: TableText, isDeclared: (column: string) => boolean) => KeptClauses | undefined;

const edits: Readonly<Record<TableClause, Edit>> = {
  autoincrement: keepAutoincrement,
  check: keepChecks,
  collate: keepCollations,
  generated: keepGenerated,
  strict: keepStrict,
  'without-rowid': keepWithoutRowid,
};

/**
 * Adds to the CREATE TABLE of a rebuild those clauses of the old table that it says nothing of and its columns allow. What
 * it says otherwise stays as written. `isDeclared`: the migration declares the loss of the column.
 */
export function keepClauses(
  was: string,
  created: string,
  clauses: readonly TableClause[],
  isDeclared: (column: string) => boolean = () => false,
): KeptClauses {
  const old = parseTable(was);
  let sql = created;
  const kept: string[] = [];
  for (const clause of clauses) {
    const is = parseTable(sql);
    const edited = old === undefined || is === undefined ? undefined : edits[clause](old, is, isDeclared);
    if (edited === undefined) continue;
    sql = edited.sql;
    kept.push(...edited.kept);
  }
  return { sql, kept };
}

/** A column keeps its collation if it still has values of the same kind. */
function keepCollations(was: TableText, is: TableText): KeptClauses | undefined {
  const kept: string[] = [];
  let { sql } = is;
  // From the last on, so that the positions of the others stay right.
  for (const column of is.columns.toReversed()) {
    const old = columnOf(was, column.name.name);
    const collation = old === undefined ? undefined : collationOf(was, old);
    if (old === undefined || collation === undefined || collationOf(is, column) !== undefined) continue;
    if (affinityOf(typeOf(was, old)) !== affinityOf(typeOf(is, column))) continue;
    sql = replaceSpan(sql, { start: column.end, end: column.end }, ` COLLATE ${collation}`);
    kept.unshift(`COLLATE ${collation} of ${column.name.name}`);
  }
  return { sql, kept };
}

/** Only INTEGER PRIMARY KEY can have it (sqlite.org/autoinc.html, section 2). */
function keepAutoincrement(was: TableText, is: TableText): KeptClauses | undefined {
  const [before, now] = [primaryKeyOf(was), primaryKeyOf(is)];
  if (before?.constraint.autoincrement !== true || now === undefined || now.constraint.autoincrement) return undefined;
  const column = columnOf(is, before.columns[0]!);
  const isSame = column !== undefined && namesOf(now.columns) === namesOf(before.columns);
  if (!isSame || typeOf(is, column).toLowerCase() !== 'integer' || hasOption(is, 'without-rowid')) return undefined;
  // Behind ASC it would stand elsewhere, and with DESC the column is no INTEGER PRIMARY KEY.
  if (/\b(?:asc|desc)\b/i.test(textOf(is.sql, now.constraint))) return undefined;
  const at = now.constraint.columns[0]?.end ?? now.constraint.end;
  return { sql: replaceSpan(is.sql, { start: at, end: at }, ' AUTOINCREMENT'), kept: ['AUTOINCREMENT'] };
}

/** The types of a STRICT table (sqlite.org/stricttables.html, section 2). */
const strictType = /^(?:int|integer|real|text|blob|any)$/i;

function keepStrict(was: TableText, is: TableText): KeptClauses | undefined {
  if (!hasOption(was, 'strict') || hasOption(is, 'strict')) return undefined;
  if (!is.columns.every((column) => strictType.test(typeOf(is, column)))) return undefined;
  return { sql: withOption(is, 'strict', true), kept: ['STRICT'] };
}

function keepWithoutRowid(was: TableText, is: TableText): KeptClauses | undefined {
  if (!hasOption(was, 'without-rowid') || hasOption(is, 'without-rowid')) return undefined;
  const [before, now] = [primaryKeyOf(was), primaryKeyOf(is)];
  if (now === undefined || now.constraint.autoincrement || namesOf(now.columns) !== namesOf(before!.columns))
    return undefined;
  return { sql: withOption(is, 'without-rowid', true), kept: ['WITHOUT ROWID'] };
}

/** A CHECK is kept if all of its columns are there, and the new table has none on any of them. */
function keepChecks(was: TableText, is: TableText): KeptClauses | undefined {
  // Without the table's name before a column: at first the new table has another one.
  const old = parseTable(createStatement(was, was.name.name, quote(was.name.name)))!;
  const said = new Set(checksOf(is).flatMap((check) => columnsIn(is, check)));
  const kept: string[] = [];
  let text = is;
  for (const check of checksOf(old)) {
    const columns = columnsIn(old, check);
    if (columns.some((key) => said.has(key) || columnOf(is, key) === undefined)) continue;
    text = parseTable(appendPart(text, textOf(old.sql, check)))!;
    kept.push(toOneLine(textOf(old.sql, check)));
  }
  return { sql: text.sql, kept };
}

/** A generated column that is missing is kept if all columns that it is computed from are there. */
function keepGenerated(
  was: TableText,
  is: TableText,
  isDeclared: (column: string) => boolean,
): KeptClauses | undefined {
  const kept: string[] = [];
  let text = is;
  for (const column of was.columns) {
    const generated = column.constraints.find(({ kind }) => kind === 'generated');
    const { name } = column.name;
    if (generated === undefined || columnOf(text, name) !== undefined || isDeclared(name)) continue;
    if (!columnsIn(was, generated).every((key) => columnOf(text, key) !== undefined)) continue;
    text = parseTable(appendColumn(text, endComment(textOf(was.sql, column))))!;
    kept.push(`generated column ${name}`);
  }
  return { sql: text.sql, kept };
}

/** The generated columns that two tables compute in the same way. */
export function sharedGenerated(was: string, is: string): readonly string[] {
  const before = generatedIn(was);
  return [...generatedIn(is)].flatMap(([key, { name, form }]) => (before.get(key)?.form === form ? [name] : []));
}

/** The generated columns of a CREATE TABLE, by key, with the form of what they are computed from. */
function generatedIn(text: string): ReadonlyMap<string, { readonly name: string; readonly form: string }> {
  const found = new Map<string, { readonly name: string; readonly form: string }>();
  for (const { name, constraints } of parseTable(text)?.columns ?? []) {
    const expression = constraints.find(({ kind }) => kind === 'generated')?.expression;
    if (expression === undefined) continue;
    found.set(nameKey(name.name), { name: name.name, form: canonical(textOf(text, expression)) });
  }
  return found;
}

function checksOf({ columns, constraints }: TableText): readonly ConstraintText[] {
  const all = [...columns.flatMap((column) => column.constraints), ...constraints];
  return all.filter(({ kind }) => kind === 'check');
}

/** The keys of the columns that a constraint names. */
function columnsIn(table: TableText, constraint: ConstraintText): readonly string[] {
  const [statement] = splitStatements(textOf(table.sql, constraint));
  return [...mentions(statement!)].filter((key) => columnOf(table, key) !== undefined);
}

/** The PRIMARY KEY with the names of its columns; undefined without one. */
function primaryKeyOf({
  columns,
  constraints,
}: TableText): { readonly constraint: ConstraintText; readonly columns: readonly string[] } | undefined {
  for (const { name, constraints: own } of columns)
    for (const constraint of own) if (constraint.kind === 'primary-key') return { constraint, columns: [name.name] };
  const constraint = constraints.find(({ kind }) => kind === 'primary-key');
  return constraint && { constraint, columns: constraint.columns.map(({ name }) => name) };
}

function namesOf(columns: readonly string[]): string {
  return JSON.stringify(columns.map(nameKey));
}

function columnOf({ columns }: TableText, column: string): ColumnText | undefined {
  return columns.find(({ name }) => sameName(name.name, column));
}

function typeOf({ sql }: TableText, { type }: ColumnText): string {
  return type === undefined ? '' : textOf(sql, type);
}

/** If the clause stands twice, the last one counts. */
function collationOf({ sql }: TableText, { constraints }: ColumnText): string | undefined {
  const expression = constraints.findLast(({ kind }) => kind === 'collate')?.expression;
  return expression && textOf(sql, expression);
}

function hasOption({ options }: TableText, option: TableClause): boolean {
  return options.some(({ kind }) => kind === option);
}
