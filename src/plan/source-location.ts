import type { SourceLocation } from '../errors/index.ts';
import { asOneLine, type SqlStatement } from '../sql/index.ts';

export function locationOf(statement: SqlStatement, file: string, number: number): SourceLocation {
  return { file, line: statement.line, column: statement.column, offset: statement.offset, statement: number };
}

/** The start of a statement on one line, without comments, for messages. */
export function head(statement: SqlStatement, width = 60): string {
  const start = statement.sql.slice(0, 20 * width);
  const line = asOneLine(start);
  return line.length <= width && start === statement.sql ? line : `${line.slice(0, width - 1)}…`;
}

export function statementSource(
  statement: SqlStatement,
  { file, text }: { readonly file: string; readonly text: string },
  number: number,
): { location: SourceLocation; source: string } {
  return { location: locationOf(statement, file, number), source: text };
}
