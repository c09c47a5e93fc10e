import { engineFacts, query, type Op } from '../bridge/index.ts';
import { nameKey, sameName, codeTokens, unquote, type TableText } from '../sql/index.ts';

/** A name that no object has. */
export function* unusedName(table: string): Op<string> {
  const temporary = (yield* engineFacts()).temporary ? ' UNION ALL SELECT name FROM temp.sqlite_schema' : '';
  const rows = yield* query<{ name: string }>(`SELECT name FROM main.sqlite_schema${temporary}`);
  const names = new Set(rows.map((row) => nameKey(row.name)));
  let name = `dunlin_new_${table}`;
  for (let i = 2; names.has(nameKey(name)); i++) name = `dunlin_new_${table}_${i}`;
  return name;
}

/**
 * The CREATE TABLE with another name. A CHECK or generated column may qualify a column with the old name (`users.age`),
 * which SQLite would not find, so drops the qualifier.
 */
export function createStatement({ sql, name, body }: TableText, table: string, as: string): string {
  const tokens = codeTokens(sql);
  let result = sql;
  for (const [i, token] of [...tokens.entries()].toReversed()) {
    const [dot, column] = [tokens[i + 1], tokens[i + 2]];
    const inside = token.start >= body.start && token.end <= body.end;
    if (!inside || dot?.text !== '.' || column === undefined || !sameName(unquote(token.text), table)) continue;
    // `main.users.age` has the schema too.
    const schema = tokens[i - 1]?.text === '.' ? tokens[i - 2] : undefined;
    result = result.slice(0, (schema ?? token).start) + result.slice(column.start);
  }
  return `${result.slice(0, name.start)}${as}${result.slice(name.end)}`;
}
