import type { SourceLocation } from '../errors/index.ts';
import type { SqlStatement } from '../sql/index.ts';

export function locationOf(statement: SqlStatement, file: string, number: number): SourceLocation {
  return { file, line: statement.line, column: statement.column, offset: statement.offset, statement: number };
}

/** The start of a statement on one line, for messages. */
export function head(statement: SqlStatement, width = 60): string {
  const line = statement.sql.replaceAll(/\s+/g, ' ').trim();
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

export function statementSource(
  statement: SqlStatement,
  { file, text }: { readonly file: string; readonly text: string },
  number: number,
): { location: SourceLocation; source: string } {
  return { location: locationOf(statement, file, number), source: text };
}
