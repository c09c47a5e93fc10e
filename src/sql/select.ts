import { isFrom, isKeyword, isName, isOperator, TokenReader } from './reader.ts';
import { nameKey, unquote } from './names.ts';
import type { ObjectName, SqlStatement, Token } from './types.ts';

/** One SELECT of a compound SELECT. */
export interface Select {
  /** From SELECT to its last word. */
  readonly sql: string;
  readonly tokens: readonly Token[];
  /** The tokens of each result expression, without its alias. */
  readonly items: readonly (readonly Token[])[];
  /** The name key of each result column, if it has a name: its alias, or its column's name. */
  readonly names: readonly (string | undefined)[];
  /** The FROM clause; empty without one. */
  readonly from: string;
  readonly fromTokens: readonly Token[];
  /** WHERE and what follows it. */
  readonly rest: readonly Token[];
  /** DISTINCT or GROUP BY: several rows may become one. */
  readonly merges: boolean;
  /** The table, if the FROM clause is only one table. */
  readonly table: ObjectName | undefined;
}

/** What a SET clause assigns to a column. */
export interface Assignment {
  /** The key of its name. */
  readonly column: string;
  readonly value: readonly Token[];
  /** Which result column of `value` it gets, if that is a SELECT. */
  readonly index: number;
}

/** The rows that a statement inserts into a table by SELECT. */
export interface RowCopy {
  /** `WITH ...`; empty without one. */
  readonly with: string;
  readonly withTokens: readonly Token[];
  /** The target columns; undefined for all, in table order. */
  readonly columns: readonly string[] | undefined;
  /** The SELECTs of the compound. Empty for VALUES, or if the statement is not understood. */
  readonly selects: readonly Select[];
  /** UNION, INTERSECT or EXCEPT: equal rows become one. */
  readonly merges: boolean;
}

const COMPOUND = new Set(['union', 'intersect', 'except']);
const AFTER_FROM = new Set(['where', 'group', 'having', 'window', 'order', 'limit']);

/** Parses the SELECTs of an INSERT, a REPLACE, a CREATE TABLE ... AS or a SELECT. */
export function parseRowCopy(statement: SqlStatement): RowCopy {
  const { tokens } = statement;
  const head = insertHead(statement);
  const end = endOfSelects(tokens, head.behind);
  const { selects, merges } = splitCompound(statement, head.behind, end);
  const withTokens = tokens.slice(head.with[0], head.with[1]);
  return { with: text(statement, ...head.with), withTokens, columns: head.columns, selects, merges };
}

/** The SELECTs of a compound SELECT between two tokens. */
export function splitCompound(
  statement: SqlStatement,
  first: number,
  end: number,
): Pick<RowCopy, 'selects' | 'merges'> {
  const { tokens } = statement;
  const selects: Select[] = [];
  let merges = false;
  let start = first;
  for (const i of [...depthZero(tokens, start, end), end]) {
    const compound = i < end && COMPOUND.has(keyOf(tokens[i]!));
    if (i < end && !compound) continue;
    const select = parseSelect(statement, start, i);
    if (select !== undefined) selects.push(select);
    if (!compound) break;
    const all = isKeyword(tokens[i + 1], 'all');
    merges ||= !all;
    start = all ? i + 2 : i + 1;
  }
  return { selects, merges };
}

/** The SELECTs in parentheses among these tokens of a statement, at any depth. */
export function innerSelects(statement: SqlStatement, within: readonly Token[]): readonly Select[] {
  const { tokens } = statement;
  const found: Select[] = [];
  for (const token of within) {
    if (!isKeyword(token, 'select')) continue;
    const start = tokens.indexOf(token);
    const select = parseSelect(statement, start, closingParenthesis(tokens, start, true));
    if (select !== undefined) found.push(select);
  }
  return found;
}

/** A SELECT that counts the rows of a DELETE (`n`). Undefined for another statement, and for a DELETE with LIMIT. */
export function countOfDelete(statement: SqlStatement): string | undefined {
  const { tokens } = statement;
  const verb = verbIndex(tokens);
  if (!isKeyword(tokens[verb], 'delete')) return undefined;
  const outer = [...depthZero(tokens, verb, tokens.length)];
  if (outer.some((i) => isKeyword(tokens[i], 'limit'))) return undefined;
  const end = outer.find((i) => isKeyword(tokens[i], 'returning')) ?? tokens.length;
  return `${text(statement, 0, verb)} SELECT count(*) AS n ${text(statement, verb + 1, end)}`.trim();
}

/** The parts of an UPDATE, or of an upsert's DO UPDATE. */
interface UpdateParts {
  readonly set: readonly Token[];
  /** The text of the FROM clause. */
  readonly from: string;
  /** Everything after SET. */
  readonly rest: readonly Token[];
}

export function updateParts(statement: SqlStatement): UpdateParts {
  const { tokens } = statement;
  const set = [...depthZero(tokens, 0, tokens.length)].find((i) => isKeyword(tokens[i], 'set'));
  if (set === undefined) return { set: [], from: '', rest: [] };
  const behind = [...depthZero(tokens, set + 1, tokens.length)];
  const from = behind.find((i) => isFrom(tokens, i));
  const end = behind.find((i) => isKeyword(tokens[i], 'where') || isKeyword(tokens[i], 'returning')) ?? tokens.length;
  const setEnd = Math.min(from ?? end, end);
  return {
    set: tokens.slice(set + 1, setEnd),
    rest: tokens.slice(setEnd),
    from: from === undefined || from > end ? '' : text(statement, from, end),
  };
}

/** Whether an INSERT has DO UPDATE. The text is searched before its tokens. */
export function isUpsert(statement: SqlStatement): boolean {
  return /\bupdate\b/i.test(statement.sql) && updateParts(statement).set.length > 0;
}

/** What a SET clause assigns to each column: `(a, b) = (1, 2)` is two assignments. */
export function assignmentsOf(set: readonly Token[]): readonly Assignment[] {
  return splitByComma(set).flatMap((one) => {
    const equals = one.findIndex((token) => isOperator(token, '=') || isOperator(token, '=='));
    const columns = one.slice(0, equals).filter(isName);
    const value = one.slice(equals + 1);
    const isRow = columns.length > 1 && !isKeyword(value[1], 'select') && !isKeyword(value[1], 'with');
    const values = isRow ? splitByComma(value.slice(1, -1)) : columns.map(() => value);
    return columns.map((column, index) => ({
      column: nameKey(unquote(column.text)),
      value: values[index] ?? [],
      index,
    }));
  });
}

/** The parts between the commas that are outside of all parentheses. */
export function splitByComma(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const commas = [...depthZero(tokens, 0, tokens.length)].filter((i) => isOperator(tokens[i], ','));
  return [...commas, tokens.length].map((end, i) => tokens.slice(i === 0 ? 0 : commas[i - 1]! + 1, end));
}

function insertHead(statement: SqlStatement): {
  readonly with: readonly [number, number];
  readonly columns: readonly string[] | undefined;
  readonly behind: number;
} {
  const { tokens } = statement;
  const verb = verbIndex(tokens);
  const head = { with: [0, verb] as const, columns: undefined, behind: verb };
  if (isKeyword(tokens[0], 'create')) {
    const as = tokens.findIndex((token) => isKeyword(token, 'as'));
    return as === -1 ? { ...head, with: [0, 0], behind: tokens.length } : behindAs(tokens, as + 1);
  }
  const reader = new TokenReader(tokens, verb);
  if (!reader.keyword('insert') && !reader.keyword('replace')) return head;
  while (reader.next !== undefined && !reader.keyword('into')) reader.index++;
  reader.objectName();
  if (reader.keyword('as')) reader.name();
  let columns: string[] | undefined;
  if (reader.operator('(')) {
    columns = [];
    while (reader.next !== undefined && !reader.operator(')')) {
      const name = reader.name();
      if (name === undefined) reader.index++;
      else columns.push(name);
    }
  }
  // WITH may also precede the SELECT.
  const select = behindAs(tokens, reader.index);
  return { ...select, with: select.with[0] === select.with[1] ? head.with : select.with, columns };
}

/** A SELECT with its own WITH clause, if it has one. */
function behindAs(
  tokens: readonly Token[],
  start: number,
): { readonly with: readonly [number, number]; readonly columns: undefined; readonly behind: number } {
  if (!isKeyword(tokens[start], 'with')) return { with: [start, start], columns: undefined, behind: start };
  const behind = [...depthZero(tokens, start + 1, tokens.length)].find(
    (i) => isOperator(tokens[i - 1], ')') && (isKeyword(tokens[i], 'select') || isKeyword(tokens[i], 'values')),
  );
  return { with: [start, behind ?? start], columns: undefined, behind: behind ?? tokens.length };
}

/** The index of a statement's verb, after its WITH clause. */
function verbIndex(tokens: readonly Token[]): number {
  if (!isKeyword(tokens[0], 'with')) return 0;
  const verbs = new Set(['select', 'values', 'insert', 'replace', 'update', 'delete']);
  const found = [...depthZero(tokens, 1, tokens.length)].find(
    (i) => isOperator(tokens[i - 1], ')') && verbs.has(keyOf(tokens[i]!)),
  );
  return found ?? tokens.length;
}

/** Where the SELECTs end: before ON CONFLICT and RETURNING. */
function endOfSelects(tokens: readonly Token[], start: number): number {
  for (const i of depthZero(tokens, start, tokens.length)) {
    if (isKeyword(tokens[i], 'returning')) return i;
    const next = tokens[i + 2];
    if (
      isKeyword(tokens[i], 'on') &&
      isKeyword(tokens[i + 1], 'conflict') &&
      (isOperator(next, '(') || isKeyword(next, 'do'))
    )
      return i;
  }
  return tokens.length;
}

function parseSelect(statement: SqlStatement, start: number, end: number): Select | undefined {
  const { tokens } = statement;
  if (!isKeyword(tokens[start], 'select')) return undefined;
  const outer = [...depthZero(tokens, start + 1, end)];
  const distinct = isKeyword(tokens[start + 1], 'distinct');
  const first = distinct || isKeyword(tokens[start + 1], 'all') ? start + 2 : start + 1;
  const fromAt = outer.find((i) => isFrom(tokens, i));
  const restAt =
    outer.find((i) => i > (fromAt ?? start) && tokens[i]!.kind === 'word' && AFTER_FROM.has(keyOf(tokens[i]!))) ?? end;
  const itemsEnd = Math.min(fromAt ?? end, restAt);
  const items = splitByComma(tokens.slice(first, itemsEnd));
  const rest = tokens.slice(restAt, end);
  return {
    sql: text(statement, start, end),
    tokens: tokens.slice(start, end),
    items: items.map(withoutAlias),
    names: items.map(resultName),
    from: fromAt === undefined ? '' : text(statement, fromAt, restAt),
    fromTokens: fromAt === undefined ? [] : tokens.slice(fromAt + 1, restAt),
    rest,
    merges: distinct || rest.some((token, i) => isKeyword(token, 'group') && isKeyword(rest[i + 1], 'by')),
    table: fromAt === undefined ? undefined : onlyTable(tokens.slice(fromAt + 1, restAt)),
  };
}

/** Words after which a name is part of the expression, not an alias. */
const BEFORE_OPERAND = new Set(
  'and or not like glob match regexp in is between collate when then else case escape from distinct'.split(' '),
);

/** Removes the alias, which would look like a column. */
function withoutAlias(item: readonly Token[]): readonly Token[] {
  const [last, before] = [item.at(-1), item.at(-2)];
  if (!isName(last) || before === undefined) return item;
  if (isKeyword(before, 'as')) return item.slice(0, -2);
  const isOperand =
    before.kind === 'word' ? BEFORE_OPERAND.has(keyOf(before)) : before.kind === 'operator' && before.text !== ')';
  return isOperand || keyOf(last) === 'end' ? item : item.slice(0, -1);
}

function resultName(item: readonly Token[]): string | undefined {
  const last = item.at(-1);
  const isBare = item.length === 1 || isOperator(item.at(-2), '.');
  const hasName = isName(last) && (withoutAlias(item).length < item.length || (isBare && last.kind !== 'string'));
  return hasName ? nameKey(unquote(last.text)) : undefined;
}

/** Accepts only `t`, `main.t`, `t AS x` and `t x`. */
function onlyTable(tokens: readonly Token[]): ObjectName | undefined {
  const reader = new TokenReader(tokens, 0);
  const name = reader.objectName();
  if (name === undefined) return undefined;
  if (reader.keyword('as') || isName(reader.next)) reader.name();
  return reader.next === undefined ? name : undefined;
}

/** The indexes from `start` at the same depth of parentheses, up to `end` or to the closing parenthesis. */
export function* depthZero(tokens: readonly Token[], start: number, end: number): Iterable<number> {
  let depth = 0;
  for (let i = start; i < end; i++) {
    if (isOperator(tokens[i], ')')) depth--;
    if (depth < 0) return;
    if (depth === 0) yield i;
    if (isOperator(tokens[i], '(')) depth++;
  }
}

/** The index of the parenthesis that closes around this token, or of a UNION before that. */
export function closingParenthesis(tokens: readonly Token[], start: number, atUnion = false): number {
  let end = start;
  for (const i of depthZero(tokens, start, tokens.length)) {
    if (atUnion && i > start && tokens[i]!.kind === 'word' && COMPOUND.has(keyOf(tokens[i]!))) return i;
    end = i + 1;
  }
  return end;
}

function keyOf(token: Token): string {
  return token.kind === 'word' ? nameKey(token.text) : '';
}

/** The statement's text between two tokens. */
function text(statement: SqlStatement, start: number, end: number): string {
  if (start >= end) return '';
  const base = statement.tokens[0]!.start;
  return statement.sql.slice(statement.tokens[start]!.start - base, statement.tokens[end - 1]!.end - base);
}
