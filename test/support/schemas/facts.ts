import { parseStmtOrThrow } from 'sqlite3-parser';
import type { ColumnConstraint, ColumnDefinition, Expr, ForeignKeyClause, TableConstraint } from 'sqlite3-parser';
import { tokenize } from '../../../src/sql/index.ts';

/** What a constraint says, in a form that two readers of one text can be compared by. */
export interface ConstraintFacts {
  readonly kind: string;
  readonly name: string | undefined;
  readonly columns: readonly string[];
  /** The tokens of the expression, in one line. */
  readonly expression: string | undefined;
  readonly references: { readonly table: string; readonly columns: readonly string[] } | undefined;
  readonly autoincrement: boolean;
  readonly stored: boolean;
}

export interface TableFacts {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string | undefined;
    readonly constraints: readonly ConstraintFacts[];
  }[];
  readonly constraints: readonly ConstraintFacts[];
  readonly strict: boolean;
  readonly withoutRowid: boolean;
}

/** A stretch of SQL without its comments and white space. */
export function squeezed(sql: string): string {
  return tokenize(sql)
    .filter((token) => token.kind !== 'comment')
    .map((token) => token.text)
    .join(' ');
}

/** What a parser made from SQLite's own grammar reads in a CREATE TABLE. */
export function grammarFacts(sql: string): TableFacts {
  const statement = parseStmtOrThrow(sql).root;
  if (statement.type !== 'CreateTableStmt' || statement.body.type !== 'ColumnsAndConstraintsCreateTableBody')
    throw new Error(`no CREATE TABLE: ${sql}`);
  const { body } = statement;
  return {
    name: statement.tblName.objName.text,
    columns: body.columns.map((column) => ({
      name: column.colName.text,
      type: typeText(sql, column),
      constraints: columnConstraints(sql, column),
    })),
    constraints: (body.constraints ?? []).map((one) => ({
      ...tableConstraint(sql, one.constraint),
      name: one.name?.text,
    })),
    ...options(sql),
  };
}

/** To the grammar GENERATED ALWAYS are words of the type; SQLite takes them off afterwards. */
function typeText(sql: string, { colType, constraints }: ColumnDefinition): string | undefined {
  if (colType === undefined) return undefined;
  const text = squeezed(slice(sql, colType));
  const [first] = constraints;
  const generated = first?.constraint.type === 'GeneratedColumnConstraint' && first.name === undefined;
  return (generated ? text.replace(/ ?\bgenerated always$/i, '') : text) || undefined;
}

interface Spanned {
  readonly span: { readonly offset: number; readonly length: number };
}

function slice(sql: string, { span }: Spanned): string {
  return sql.slice(span.offset, span.offset + span.length);
}

const nothing = {
  columns: [],
  expression: undefined,
  references: undefined,
  autoincrement: false,
  stored: false,
} as const;

function columnConstraints(sql: string, column: ColumnDefinition): ConstraintFacts[] {
  const found: ConstraintFacts[] = [];
  for (const [i, { name, constraint }] of column.constraints.entries()) {
    // The grammar has it as a constraint of its own; what it speaks of stands before it.
    const behindReferences = column.constraints[i - 1]?.constraint.type === 'ForeignKeyColumnConstraint';
    if (constraint.type === 'DeferColumnConstraint' && name === undefined && behindReferences) continue;
    found.push({ ...columnConstraint(sql, constraint), name: name?.text });
  }
  return found;
}

function columnConstraint(sql: string, one: ColumnConstraint): Omit<ConstraintFacts, 'name'> {
  switch (one.type) {
    case 'PrimaryKeyColumnConstraint':
      return { ...nothing, kind: 'primary-key', autoincrement: one.autoIncrement };
    case 'NotNullColumnConstraint':
      return { ...nothing, kind: one.nullable ? 'null' : 'not-null' };
    case 'UniqueColumnConstraint':
      return { ...nothing, kind: 'unique' };
    case 'CheckColumnConstraint':
      return { ...nothing, kind: 'check', expression: squeezed(slice(sql, one.expr)) };
    case 'DefaultColumnConstraint':
      return { ...nothing, kind: 'default', expression: defaultText(sql, one) };
    case 'DeferColumnConstraint':
      return { ...nothing, kind: 'deferrable' };
    case 'CollateColumnConstraint':
      return { ...nothing, kind: 'collate', expression: squeezed(slice(sql, one.collationName)) };
    case 'ForeignKeyColumnConstraint':
      return { ...nothing, kind: 'foreign-key', references: references(one.clause) };
    case 'GeneratedColumnConstraint':
      return {
        ...nothing,
        kind: 'generated',
        expression: squeezed(slice(sql, one.expr)),
        stored: one.typ?.name.toLowerCase() === 'stored',
      };
  }
}

/** The span of a default begins at its keyword. */
function defaultText(sql: string, one: Spanned): string {
  const tokens = squeezed(slice(sql, one)).split(' ');
  return tokens.slice(tokens.findIndex((token) => token.toLowerCase() === 'default') + 1).join(' ');
}

function tableConstraint(sql: string, one: TableConstraint): Omit<ConstraintFacts, 'name'> {
  switch (one.type) {
    case 'PrimaryKeyTableConstraint':
      return {
        ...nothing,
        kind: 'primary-key',
        columns: one.columns.map((column) => plainName(column.expr)),
        autoincrement: one.autoIncrement,
      };
    case 'UniqueTableConstraint':
      return { ...nothing, kind: 'unique', columns: one.columns.map((column) => plainName(column.expr)) };
    case 'CheckTableConstraint':
      return { ...nothing, kind: 'check', expression: squeezed(slice(sql, one.expr)) };
    case 'ForeignKeyTableConstraint':
      return {
        ...nothing,
        kind: 'foreign-key',
        columns: one.columns.map((column) => column.colName.text),
        references: references(one.clause),
      };
  }
}

function plainName(expression: Expr): string {
  if (expression.type === 'CollateExpr') return plainName(expression.expr);
  if (expression.type === 'Id') return expression.name;
  if (expression.type === 'StringLiteral') return expression.value;
  throw new Error(`no name: ${expression.type}`);
}

function references(clause: ForeignKeyClause): ConstraintFacts['references'] {
  return { table: clause.tblName.text, columns: clause.columns?.map((column) => column.colName.text) ?? [] };
}

/** What stands behind the last bracket: the words alone tell. */
function options(sql: string): Pick<TableFacts, 'strict' | 'withoutRowid'> {
  const squeezedSql = squeezed(sql).toLowerCase();
  const behind = squeezedSql.slice(squeezedSql.lastIndexOf(')'));
  return { strict: /\bstrict\b/.test(behind), withoutRowid: /without rowid/.test(behind) };
}
