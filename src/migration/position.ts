import type { ErrorDetails, MigrationRef } from '../errors/index.ts';
import type { Position } from '../sql/index.ts';

/** The file that a text comes from, as errors name it. */
export interface Origin {
  /** The path to show: `migrations/002_add_user_roles.sql`. */
  readonly file: string;
  /** The file's name without its ending: `002_add_user_roles`. */
  readonly id?: string;
  readonly migration?: MigrationRef;
}

/** Line and column of an offset; a line ends at `\n`, as in the statements' positions. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let newline = text.indexOf('\n'); newline !== -1 && newline < offset; newline = text.indexOf('\n', lineStart)) {
    line++;
    lineStart = newline + 1;
  }
  return { line, column: offset - lineStart + 1, offset };
}

/** A place for an error's text (`file:line:column`) and for its details. */
export function locateStatement(
  origin: Origin,
  text: string,
  offset: number,
): { readonly at: string; readonly details: ErrorDetails } {
  const { line, column } = positionAt(text, offset);
  const location = { file: origin.file, line, column, offset };
  const migration = origin.migration === undefined ? {} : { migration: origin.migration };
  return { at: `${origin.file}:${line}:${column}`, details: { ...migration, location, source: text } };
}
