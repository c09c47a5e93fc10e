import { classify } from '../classify.ts';
import { sameName, unquote } from '../names.ts';
import type { SqlStatement } from '../types.ts';
import { parseTable } from './table.ts';
import type { TableText } from './types.ts';

/** The column of an ALTER TABLE ... ADD COLUMN, as the only one of a table; undefined for any other statement. */
export function parseAddedColumn(statement: SqlStatement): TableText | undefined {
  const facts = classify(statement);
  if (facts.verb !== 'alter' || facts.change.kind !== 'add-column') return undefined;
  const { column } = facts.change;
  const { tokens } = statement;
  // Behind ALTER TABLE, the table's name and ADD.
  const at = tokens.findIndex((token, i) => i > 3 && sameName(unquote(token.text), column));
  return parseTable(`CREATE TABLE t (${statement.sql.slice((tokens[at]?.start ?? 0) - tokens[0]!.start)})`);
}
