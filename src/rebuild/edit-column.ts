import type { ColumnChange } from '../migration/index.ts';
import {
  parseTable,
  sameName,
  textOf,
  type ColumnText,
  type ConstraintText,
  type TableText,
  quoteIfNeeded,
} from '../sql/index.ts';
import { cutSpan, replaceSpan } from './table-text.ts';

/** One property of a column. Without a text it is removed. */
interface Property {
  readonly kind: ConstraintText['kind'];
  readonly text: string | undefined;
}

/** Changes the given properties of a column and leaves the rest of its text. */
export function changeColumn(table: TableText, column: ColumnText, change: ColumnChange): string {
  let sql = change.type === undefined ? table.sql : withType(table.sql, column, change.type.trim());
  for (const property of propertiesOf(change)) sql = withProperty(sql, column.name.name, property);
  return sql;
}

function propertiesOf(change: ColumnChange): readonly Property[] {
  const { notNull, unique, collate } = change;
  const properties: Property[] = [];
  if (notNull !== undefined) {
    properties.push({ kind: 'null', text: undefined });
    properties.push({ kind: 'not-null', text: notNull ? 'NOT NULL' : undefined });
  }
  if (change.default !== undefined)
    properties.push({
      kind: 'default',
      text: change.default === null ? undefined : `DEFAULT ${value(change.default)}`,
    });
  if (collate !== undefined)
    properties.push({ kind: 'collate', text: collate === null ? undefined : `COLLATE ${quoteIfNeeded(collate)}` });
  if (unique !== undefined) properties.push({ kind: 'unique', text: unique ? 'UNIQUE' : undefined });
  return properties;
}

/** Only literals and single words need no parentheses (sqlite.org/lang_createtable.html, section 3.2). */
function value(given: string | number): string {
  const text = String(given).trim();
  const sql = `CREATE TABLE t (a DEFAULT ${text})`;
  const expression = parseTable(sql)?.columns[0]?.constraints[0]?.expression;
  return expression !== undefined && textOf(sql, expression) === text ? text : `(${text})`;
}

function withType(sql: string, { name, type }: ColumnText, text: string): string {
  if (text === '') return type === undefined ? sql : cutSpan(sql, type);
  if (type !== undefined) return replaceSpan(sql, type, text);
  return replaceSpan(sql, { start: name.end, end: name.end }, ` ${text}`);
}

/** A clause may occur twice, and the last one counts: replace the first and remove the others. */
function withProperty(sql: string, column: string, { kind, text }: Property): string {
  const found = parseTable(sql)?.columns.find(({ name }) => sameName(name.name, column));
  if (found === undefined) return sql;
  const same = found.constraints.filter((constraint) => constraint.kind === kind);
  if (same.length === 0)
    return text === undefined ? sql : replaceSpan(sql, { start: found.end, end: found.end }, ` ${text}`);
  // A present NOT NULL or UNIQUE may have a name and an ON CONFLICT clause: keep it.
  const [first, ...others] = same;
  const keeps = text !== undefined && (kind === 'not-null' || kind === 'unique');
  let result = sql;
  for (const other of keeps ? [] : others.toReversed()) result = cutSpan(result, other);
  if (keeps) return result;
  return text === undefined ? cutSpan(result, first!) : replaceSpan(result, first!, text);
}
