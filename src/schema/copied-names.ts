import type { Op } from '../bridge/index.ts';
import {
  classify,
  parseRowCopy,
  sameName,
  splitStatements,
  unquote,
  type ObjectName,
  type ParsedStatement,
  type SqlStatement,
  type Token,
} from '../sql/index.ts';
import { readColumns } from './table-info.ts';

/** A name in double quotes that an INSERT ... SELECT copies into the column of that name. */
export interface CopiedName {
  readonly name: string;
  readonly token: Token;
  /** The table after FROM, or all that follows it, on one line. */
  readonly from: string;
}

/**
 * Whether a statement has what `copiedNames` finds: an INSERT ... SELECT with a result expression that is only a name in
 * double quotes. Without FROM no column is in scope, so it is a text.
 */
export function mayCopyNames(statement: SqlStatement): boolean {
  return quotedItems(statement).length > 0;
}

/**
 * The names that an INSERT ... SELECT copies into the columns of the same names. Each names a column: drizzle-kit
 * also writes one that the old table does not have yet. Where text in double quotes may be a string
 * (sqlite.org/quirks.html, section 8), each row would get the name as its value.
 */
export function* copiedNames(statement: SqlStatement): Op<readonly CopiedName[]> {
  const items = quotedItems(statement);
  if (items.length === 0) return [];
  const parsed = classify(statement) as ParsedStatement & { name: ObjectName };
  const columns =
    parseRowCopy(statement).columns ??
    (yield* readColumns(parsed.name.name)).filter(({ generated }) => generated === null).map(({ name }) => name);
  return items.filter(({ name, index }) =>
    columns.some((column, i) => (i === index || i === columns.length + index) && sameName(column, name)),
  );
}

/** The statement with these names in backquotes, in which SQLite never reads a string. */
export function asNames(statement: SqlStatement, names: readonly CopiedName[]): SqlStatement {
  const base = statement.tokens[0]!.start;
  const sql = names
    .toReversed()
    .reduce(
      (text, { name, token: { start, end } }) =>
        `${text.slice(0, start - base)}\`${name.replaceAll('`', '``')}\`${text.slice(end - base)}`,
      statement.sql,
    );
  return splitStatements(sql, statement)[0]!;
}

/** `index` is the position of its column, from the end where `*` is before it. */
function quotedItems(statement: SqlStatement): readonly (CopiedName & { readonly index: number })[] {
  if (!statement.sql.includes('"') || !/\bselect\b/i.test(statement.sql)) return [];
  if (classify(statement).verb !== 'insert') return [];
  return parseRowCopy(statement).selects.flatMap(({ items, from, table }) =>
    items.flatMap((item, i) => {
      const [token] = item;
      if (from === '' || item.length !== 1 || !token!.text.startsWith('"')) return [];
      const star = items.findIndex((one) => one.at(-1)?.text === '*');
      const index = star === -1 || i < star ? i : i - items.length;
      return [
        {
          name: unquote(token!.text),
          token: token!,
          from: table?.name ?? from.replace(/^from\s*/i, '').replaceAll(/\s+/g, ' '),
          index,
        },
      ];
    }),
  );
}
