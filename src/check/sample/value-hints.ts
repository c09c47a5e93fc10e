import {
  constraintsOf,
  nameKey,
  parseAddedColumn,
  parseTable,
  splitStatements,
  codeTokens,
  unquote,
  type NameKey,
  type SqlStatement,
  type Token,
} from '../../sql/index.ts';
import type { Value } from '../../bridge/index.ts';

/** What the SQL of the migrations says about the values of a column. */
export interface ColumnHints {
  /** The list in `x IN ('a', 'b')`: all possible values. */
  readonly listed: Value[];
  /** Values that it is compared with or set to. */
  readonly compared: Value[];
  /** How it is read as JSON. */
  json: 'object' | 'array' | undefined;
  date: boolean;
  /** What it refers to in some table. */
  references: InferredReference | undefined;
}

export interface InferredReference {
  /** All names of the table in the course of the migrations. */
  readonly tables: readonly string[];
  /** Undefined: the primary key. */
  readonly column: string | undefined;
  /** Inferred from a column into which this one is copied. */
  readonly copied: boolean;
}

/** By the key of the column's name, whatever its table. */
export type ValueHints = Map<NameKey, ColumnHints>;

const equalities = new Set(['=', '==', '<>', '!=']);
const dates = new Set(['date', 'datetime', 'time', 'julianday', 'unixepoch', 'timediff']);
const arrays = new Set(['json_each', 'json_array_length', 'jsonb_each']);

/** Adds the hints of a SQL text. */
export function collectHints(sql: string, uses: ValueHints): void {
  const tokens = codeTokens(sql);
  for (let i = 0; i < tokens.length; i++) {
    const column = nameAt(tokens, i);
    if (column === undefined) continue;
    const of = hintsOf(uses, column);
    const next = tokens[i + 1];
    const at = word(next) === 'not' ? i + 2 : i + 1;
    if (word(tokens[at]) === 'in' && tokens[at + 1]?.text === '(') of.listed.push(...literalsFrom(tokens, at + 2));
    else if (next?.text === '->' || next?.text === '->>') of.json ??= 'object';
    else if (equalities.has(next?.text ?? '') || word(next) === 'is' || word(next) === 'when') {
      const value = literalAt(tokens, i + 2)?.value;
      if (value !== undefined) of.compared.push(value);
    }
    noteFunction(tokens, i, of);
  }
  if (/\breferences\b/i.test(sql)) for (const statement of splitStatements(sql)) collectReferences(statement, uses);
}

/** Foreign keys, those of later migrations included: the rows must satisfy them too. */
function collectReferences(statement: SqlStatement, uses: ValueHints): void {
  const table = parseTable(statement.sql) ?? parseAddedColumn(statement);
  if (table === undefined) return;
  for (const { constraint, columns } of constraintsOf(table)) {
    if (constraint.references === undefined) continue;
    const { table: parent, columns: to } = constraint.references;
    for (const [i, from] of columns.entries())
      hintsOf(uses, nameKey(from)).references ??= { tables: [parent.name], column: to[i]?.name, copied: false };
  }
}

/** Hints in the table's own text take precedence over those for columns of the same name elsewhere. */
export function hintsForTable(sql: string | undefined, all: ValueHints): ValueHints {
  const own: ValueHints = new Map();
  if (sql !== undefined) collectHints(sql, own);
  const merged: ValueHints = new Map(all);
  for (const [column, mine] of own) {
    const others = all.get(column);
    merged.set(column, {
      listed: mine.listed.length > 0 ? mine.listed : (others?.listed ?? []),
      compared: [...mine.compared, ...(others?.compared ?? [])],
      json: mine.json ?? others?.json,
      date: mine.date || others?.date === true,
      references: mine.references ?? others?.references,
    });
  }
  return merged;
}

/** `json_each(x`, `json_extract(t.x`, `date(x`, `strftime('%Y', x`. */
function noteFunction(tokens: readonly Token[], i: number, of: ColumnHints): void {
  let before = i - 1;
  if (tokens[before]?.text === '.') before -= 2;
  if (tokens[before]?.text === ',' && word(tokens[before - 3]) === 'strftime') of.date = true;
  if (tokens[before]?.text !== '(') return;
  const name = word(tokens[before - 1]) ?? '';
  if (dates.has(name)) of.date = true;
  // json_object(...) and the like produce JSON; their arguments need not be JSON.
  else if (arrays.has(name)) of.json = 'array';
  else if (/^jsonb?(?:_(?:extract|valid|type|set|insert|replace|remove|patch|tree))?$/.test(name)) of.json ??= 'object';
}

/** The hints of a column, created if missing. */
export function hintsOf(uses: ValueHints, column: NameKey): ColumnHints {
  let of = uses.get(column);
  if (of === undefined) {
    of = { listed: [], compared: [], json: undefined, date: false, references: undefined };
    uses.set(column, of);
  }
  return of;
}

/** The key of the name at this position, which may be a column. A keyword does no harm. */
export function nameAt(tokens: readonly Token[], i: number): string | undefined {
  const token = tokens[i];
  return token?.kind === 'word' || token?.kind === 'quoted' ? nameKey(unquote(token.text)) : undefined;
}

function word(token: Token | undefined): string | undefined {
  return token?.kind === 'word' ? nameKey(token.text) : undefined;
}

function literalsFrom(tokens: readonly Token[], from: number): Value[] {
  const values: Value[] = [];
  for (let i = from; ;) {
    const literal = literalAt(tokens, i);
    if (literal === undefined) return values;
    values.push(literal.value);
    if (tokens[literal.end]?.text !== ',') return values;
    i = literal.end + 1;
  }
}

/** The literal at this position, and where it ends. */
export function literalAt(
  tokens: readonly Token[],
  i: number,
): { readonly value: string | number; readonly end: number } | undefined {
  const token = tokens[i];
  if (token?.kind === 'string') return { value: unquote(token.text), end: i + 1 };
  if (token?.kind === 'number') return { value: Number(token.text.replaceAll('_', '')), end: i + 1 };
  if (token?.text !== '-' || tokens[i + 1]?.kind !== 'number') return undefined;
  return { value: -Number(tokens[i + 1]!.text.replaceAll('_', '')), end: i + 2 };
}
