import { query, type Op, type Row } from '../../bridge/index.ts';
import type { TableInfo } from '../../schema/index.ts';
import { inMain, literal, quote, quoteIfNeeded } from '../../sql/index.ts';

/** The rows of a table, as SQL. */
export interface TableRows {
  readonly table: string;
  /** The names of the columns, quoted if necessary. A rowid that no column shows is the first. */
  readonly columns: readonly string[];
  /** `1, 'text', x'00'`, in the order of the key. */
  readonly rows: readonly string[];
}

type Readable = Pick<TableInfo, 'columns' | 'primaryKey' | 'rowidAlias' | 'rowidNames' | 'withoutRowid'>;

/** Reads the rows of a table, each value exactly: SQLite writes it, and no driver changes it on the way. */
export function* readTableRows(name: string, table: Readable, where: string = 'true'): Op<TableRows> {
  const [rowid] = table.rowidNames;
  const hidden = table.rowidAlias === undefined && !table.withoutRowid && rowid !== undefined ? [rowid] : [];
  const columns = table.columns.filter(({ generated, hidden }) => generated === null && !hidden);
  const names = [...hidden, ...columns.map((column) => quote(column.name))];
  // Columns may have all the names of the rowid.
  const shown = table.withoutRowid ? table.primaryKey : columns.map((column) => column.name);
  const key = table.withoutRowid || rowid === undefined ? shown.map(quote) : [rowid];
  const parts: (readonly Row[])[] = [];
  for (let at = 0; at < names.length; at += mostColumns) {
    const some = names.slice(at, at + mostColumns);
    parts.push(
      yield* query(
        `SELECT ${some.map((column, i) => `typeof(${column}) AS t${i}, ${written(column)} AS v${i}`).join(', ')} FROM ${inMain(name)} WHERE ${where} ORDER BY ${key.join(', ')}`,
      ),
    );
  }
  return {
    table: name,
    columns: [...hidden, ...columns.map((column) => quoteIfNeeded(column.name))],
    rows: parts[0]!.map((_, row) =>
      names.map((__, i) => valueOf(parts[Math.floor(i / mostColumns)]![row]!, i % mostColumns)).join(', '),
    ),
  };
}

/** A result has at most 2,000 columns, as a table has (sqlite.org/limits.html, section 2), and each takes two here. */
const mostColumns = 1000;

function valueOf(row: Row, i: number): string {
  const value = String(row[`v${i}`]);
  return row[`t${i}`] === 'text' ? textLiteral(value) : value;
}

/** Text in hexadecimal: `quote` ends at a NUL, and a driver replaces what is not UTF-8. */
function written(column: string): string {
  return `CASE typeof(${column}) WHEN 'text' THEN hex(CAST(${column} AS BLOB)) ELSE quote(${column}) END`;
}

/** More of them would be hard to read, and SQLite limits the depth of an expression (sqlite.org/limits.html, section 4). */
const mostParts = 100;

/**
 * Text as SQL that no editor and no checkout changes: control characters, line ends among them, and byte order marks
 * stand outside the quotes.
 */
function textLiteral(hex: string): string {
  const asBytes = `CAST(x'${hex}' AS TEXT)`;
  let text: string;
  try {
    text = decodeURIComponent(hex.replace(/../g, '%$&'));
  } catch {
    return asBytes;
  }
  const parts = text.split(/(\p{Cc}|\uFEFF)/u);
  if (parts.length > mostParts) return asBytes;
  const shown = parts.flatMap((part, i) => {
    if (i % 2 === 1) return `char(${part.codePointAt(0)!})`;
    return part === '' ? [] : literal(part);
  });
  return shown.length === 0 ? "''" : shown.join(' || ');
}

/** Rows of one statement: an error then shows a part of the file, not all of it. */
const mostRows = 500;

/** The statements that insert the rows. */
export function insertStatements({ table, columns, rows }: TableRows): readonly string[] {
  const statements: string[] = [];
  for (let at = 0; at < rows.length; at += mostRows) {
    const some = rows.slice(at, at + mostRows).map((row) => `\n  (${row})`);
    statements.push(`INSERT INTO ${quoteIfNeeded(table)} (${columns.join(', ')}) VALUES${some.join(',')};`);
  }
  return statements;
}
