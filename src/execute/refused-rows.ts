import { isSqlError, query, type Op, type SqlError } from '../bridge/index.ts';
import { plural } from '../errors/index.ts';
import type { StepStatement } from '../plan/index.ts';
import { rowText, short } from '../rebuild/index.ts';
import { readTableInfo, type Affinity, type TableInfo } from '../schema/index.ts';
import {
  closingParenthesis,
  inMain,
  isKeyword,
  parseRowCopy,
  parseTable,
  quote,
  sameName,
  splitByComma,
  textOf,
  unquote,
  type Select,
  type SqlStatement,
  type Token,
} from '../sql/index.ts';

/** Rows that a statement gave to a constraint, as a query can read them. */
interface GivenRows {
  /** A WITH clause that defines `from`; empty for a table. */
  readonly with: string;
  readonly from: string;
  readonly where: string;
  /** The columns that name a row; empty if there are none. */
  readonly key: readonly string[];
}

/**
 * The rows that a constraint refused, in words: the values that several rows have, or where a column is NULL or a CHECK
 * false. SQLite names only the constraint, so they are looked for. Undefined for a statement other than CREATE UNIQUE
 * INDEX and INSERT ... SELECT, and if the rows conflict with those of the target.
 */
export function* readRefusedRows({ message }: SqlError, entry: StepStatement): Op<string | undefined> {
  const [, kind, what] = /^(NOT NULL|UNIQUE|CHECK) constraint failed: (.+)$/s.exec(message) ?? [];
  if (kind === undefined || what === undefined) return undefined;
  try {
    if (entry.facts.verb === 'create' && entry.facts.object === 'index')
      return yield* indexedTwice(entry.statement, entry.facts.table);
    if (entry.facts.verb !== 'insert') return undefined;
    return yield* copiedAndRefused(entry.statement, entry.facts.name.name, kind, what);
  } catch (error) {
    // The rows cannot be read this way; SQLite's message has to do.
    if (isSqlError(error)) return undefined;
    throw error;
  }
}

/** The rows of an INSERT of one SELECT that its target refused. */
function* copiedAndRefused(statement: SqlStatement, table: string, kind: string, what: string): Op<string | undefined> {
  const copy = parseRowCopy(statement);
  const [select] = copy.selects;
  if (select === undefined || copy.selects.length > 1) return undefined;
  const info = yield* readTableInfo(table);
  const columns = copy.columns ?? info.columns.filter(({ generated }) => generated === null).map(({ name }) => name);
  const isCopied = (name: string): boolean => columns.some((column) => sameName(column, name));
  const rows = {
    // Under the target's name, because a CHECK may name it.
    with: `WITH ${quote(table)} (${columns.map(quote).join(', ')}) AS (${copy.with} ${select.sql}) `,
    from: quote(table),
    where: 'true',
    key: info.primaryKey.every(isCopied) ? info.primaryKey : [],
  };
  if (kind === 'CHECK') {
    const condition = yield* conditionOf(table, what);
    if (condition === undefined || !(yield* keepsValues(select, columns, info))) return undefined;
    return yield* refused(rows, `NOT (${condition})`, `CHECK ${what} is false for`);
  }
  // The constraint of a table that a trigger writes to is none of these rows.
  const names = what.split(', ').map((name) => (name.startsWith(`${table}.`) ? name.slice(table.length + 1) : ''));
  return kind === 'UNIQUE'
    ? yield* duplicates(rows, names.map(quote), names)
    : yield* refused(rows, `${quote(names[0]!)} IS NULL`, `${names[0]} is NULL in`);
}

/** Whether the columns of a table are copied as they are: another type could convert a value, and CHECK sees the new one. */
function* keepsValues({ table, items }: Select, columns: readonly string[], target: TableInfo): Op<boolean> {
  if (table === undefined) return false;
  const source = yield* readTableInfo(table.name);
  const affinity = (info: TableInfo, name: string): Affinity | undefined =>
    info.columns.find((column) => sameName(column.name, name))?.affinity;
  const isStar = items.length === 1 && plainName(items[0]!) === '*';
  const names = isStar ? source.columns.map(({ name }) => name) : items.map(plainName);
  return columns.every((name, i) => affinity(source, names[i]!) === affinity(target, name));
}

/** The column's name, if the expression is nothing else. */
function plainName(item: readonly Token[]): string {
  return item.length === 1 ? unquote(item[0]!.text) : '';
}

/** The condition of the table's CHECK that SQLite names: by its name, or by its text. */
function* conditionOf(table: string, name: string): Op<string | undefined> {
  const [row] = yield* query<{ sql: string }>(
    "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
    [table],
  );
  const text = row === undefined ? undefined : parseTable(row.sql);
  if (text === undefined) return undefined;
  return [...text.columns.flatMap(({ constraints }) => constraints), ...text.constraints]
    .filter(({ kind }) => kind === 'check')
    .map((check) => ({ name: check.name, condition: textOf(text.sql, check.expression!) }))
    .find((check) => check.name === name || check.condition.trim() === name)?.condition;
}

/** The values of a new unique index that several rows have. */
function* indexedTwice(statement: SqlStatement, table: string): Op<string | undefined> {
  const { tokens } = statement;
  const open = tokens.findIndex((token) => token.text === '(');
  const close = closingParenthesis(tokens, open + 1);
  const items = splitByComma(tokens.slice(open + 1, close)).map((item) =>
    isKeyword(item.at(-1), 'asc') || isKeyword(item.at(-1), 'desc') ? item.slice(0, -1) : item,
  );
  const where = tokens.slice(close + 2);
  const info = yield* readTableInfo(table);
  const rows = {
    with: '',
    from: inMain(table),
    where: where.length === 0 ? 'true' : written(statement, where),
    key: info.primaryKey.length > 0 ? info.primaryKey : info.rowidNames.slice(0, 1),
  };
  const names = items.map((item) => (item.length === 1 ? unquote(item[0]!.text) : written(statement, item)));
  return yield* duplicates(
    rows,
    items.map((item) => written(statement, item)),
    names,
  );
}

function written({ sql, tokens }: SqlStatement, part: readonly Token[]): string {
  const base = tokens[0]!.start;
  return sql.slice(part[0]!.start - base, part.at(-1)!.end - base);
}

/** "'a@example.org' is the email of 2 rows (id 1; id 2)", of up to three values. NULLs are never equal. */
function* duplicates(
  rows: GivenRows,
  expressions: readonly string[],
  names: readonly string[],
): Op<string | undefined> {
  const list = expressions.join(', ');
  const present = expressions.map((one) => `(${one}) IS NOT NULL`).join(' AND ');
  const groups = `FROM ${rows.from} WHERE (${rows.where}) AND ${present} GROUP BY ${list} HAVING count(*) > 1`;
  const found = yield* query(
    `${rows.with}SELECT count(*) AS n, ${expressions.map((one, i) => `quote(${one}) AS v${i}`).join(', ')} ${groups} LIMIT 4`,
  );
  if (found.length === 0) return undefined;
  const lines: string[] = [];
  for (const row of found.slice(0, 3)) {
    const values = expressions.map((_, i) => String(row[`v${i}`]));
    const same = expressions.map((one, i) => `${one} = ${values[i]}`).join(' AND ');
    const which = yield* namedRows(rows, same);
    lines.push(
      `${names.map((name, i) => `${name} ${short(values[i])}`).join(', ')} in ${plural(Number(row['n']), 'row')}${which}`,
    );
  }
  return `Several rows have the same: ${lines.join('; ')}${found.length > 3 ? '; and more' : ''}`;
}

/** The rows that fulfil a condition. */
function* refused(rows: GivenRows, condition: string, line: string): Op<string | undefined> {
  const [row] = yield* query<{ n: number }>(`${rows.with}SELECT count(*) AS n FROM ${rows.from} WHERE ${condition}`);
  const n = Number(row!.n);
  return n === 0 ? undefined : `${line} ${plural(n, 'row')}${yield* namedRows(rows, condition)}`;
}

/** " (id 1; id 2; and more)"; empty if nothing names a row. */
function* namedRows({ with: before, from, where, key }: GivenRows, condition: string): Op<string> {
  if (key.length === 0) return '';
  const columns = key.map((column, i) => `quote(${quote(column)}) AS k${i}`).join(', ');
  const order = key.map(quote).join(', ');
  const found = yield* query(
    `${before}SELECT ${columns} FROM ${from} WHERE (${where}) AND ${condition} ORDER BY ${order} LIMIT 4`,
  );
  const names = found.slice(0, 3).map((row) =>
    rowText(
      key,
      key.map((_, i) => String(row[`k${i}`])),
    ),
  );
  return ` (${[...names, ...(found.length > 3 ? ['and more'] : [])].join('; ')})`;
}
