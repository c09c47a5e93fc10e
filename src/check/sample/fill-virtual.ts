import { isSqlError, query, type Op, type Value } from '../../bridge/index.ts';
import type { SchemaObject } from '../../schema/index.ts';
import { quote, tokenize } from '../../sql/index.ts';
import { readSampleTable } from './sample-table.ts';

/**
 * Adds a row to an empty full-text or R-tree table. Triggers of other tables fill full-text tables with external content.
 * Returns the reason if another table stays empty.
 */
export function* fillVirtual({ name, sql = '' }: SchemaObject): Op<string | undefined> {
  const module = /\busing\s+(\w+)/i.exec(sql)?.[1]?.toLowerCase() ?? '';
  const text = /^fts[345]$/.test(module);
  if (text && hasContentElsewhere(sql)) return undefined;
  if (!text && !/^rtree(?:_i32)?$/.test(module)) return `nothing is known of the module ${module}`;
  try {
    if ((yield* query(`SELECT 1 FROM main.${quote(name)} LIMIT 1`)).length > 0) return undefined;
    const { columns } = yield* readSampleTable(name);
    // Of an R-tree each pair is a least and a greatest value, which may be the same.
    const values = columns.map((column): Value => (text ? `sample ${column.name}` : 1));
    yield* query(
      `INSERT INTO main.${quote(name)} (${columns.map((column) => quote(column.name)).join(', ')}) VALUES (${values.map(() => '?').join(', ')})`,
      values,
    );
    return undefined;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return error.message;
  }
}

/** `content=''` and `content='notes'`. */
function hasContentElsewhere(sql: string): boolean {
  const tokens = tokenize(sql);
  return tokens.some((token, i) => /^content$/i.test(token.text) && tokens[i + 1]?.text === '=');
}
