import { moveBack, type WayBack } from './formats.ts';

/** Texts about what is in an SQL migration: characters, markers, directives, verification queries. */
export const migrationSqlTexts = {
  NUL_CHARACTER: {
    meaning: 'An SQL file holds a NUL character. SQLite stops reading there and would silently ignore the rest.',
    message: (f: { at: string }): string =>
      `${f.at}: there is a NUL character; SQLite would ignore all that follows it.`,
    hint: (): string =>
      'Nothing was changed. Remove it. If every second character is NUL, the file is UTF-16: save it as UTF-8.',
  },
  QUOTE_UNTERMINATED: {
    meaning: 'A string or a quoted name begins and never ends, so the rest of the file is a part of it.',
    message: (f: { at: string; quote: string }): string => `${f.at}: the ${f.quote} that opens here is never closed.`,
    hint: (): string => "Nothing was changed. Close it; a quote inside quotes is written twice: 'it''s'.",
  },
  COMMENT_UNTERMINATED: {
    meaning:
      'A `/*` comment is never closed. SQLite allows that, but then the rest of the file, with any marker in it, is a comment.',
    message: (f: { at: string }): string => `${f.at}: the /* comment that begins here is never closed.`,
    hint: (): string => 'Nothing was changed. Close it with */.',
  },
  CHARACTER_ILLEGAL: {
    meaning: 'The file holds a character, or a literal, that is not SQL.',
    message: (f: { at: string; text: string }): string => `${f.at}: SQLite does not know \`${f.text}\`.`,
    hint: (): string =>
      'Nothing was changed. Remove or correct it. Placeholders have to be replaced before a migration is read.',
  },
  MARKER_TWICE: {
    meaning: 'A section of a migration begins twice. Each marker may appear in a file once.',
    message: (f: { at: string; marker: string; firstLine: number }): string =>
      `${f.at}: the marker \`${f.marker}\` appears here a second time; the first is on line ${f.firstLine}.`,
    hint: (): string => 'Nothing was changed. Join the two parts under one marker.',
  },
  UP_MARKER_MISSING: {
    meaning: 'A file has a DOWN marker and no UP marker, so it is not clear which part applies it.',
    message: (f: { at: string }): string => `${f.at}: there is a DOWN marker, but no UP marker.`,
    hint: (): string =>
      'Nothing was changed. Put the line `-- === UP MIGRATION ===` above the part that applies the migration.',
  },
  DOWN_MARKER_MISSING: {
    meaning:
      'A file has an UP marker and no DOWN marker. Each of them requires the other, so that a misspelt marker cannot make the DOWN part run as UP.',
    message: (f: { at: string }): string => `${f.at}: there is an UP marker, but no DOWN marker.`,
    hint: (): string =>
      'Nothing was changed. Add the line `-- === DOWN MIGRATION ===` at the end; the part under it may be empty if there is no way back. A file without any marker is all UP.',
  },
  MARKERS_REVERSED: {
    meaning:
      'The DOWN part is above the UP part. Often the two markers were swapped, and then applying the migration would undo it.',
    message: (f: { at: string }): string => `${f.at}: the DOWN marker is above the UP marker.`,
    hint: (): string => 'Nothing was changed. Put the UP part first; check that the two were not swapped.',
  },
  MARKER_UNKNOWN: {
    meaning:
      'A comment looks like a marker, but is misspelt. Taken as a comment, its part would belong to the one above.',
    message: (f: { at: string; marker: string }): string => `${f.at}: \`${f.marker}\` is not a marker.`,
    hint: (f: { suggestion: string }): string => `Nothing was changed. Did you mean \`${f.suggestion}\`?`,
  },
  MARKER_NOT_ALONE: {
    meaning: 'A marker follows something else on its line, where it is only a comment.',
    message: (f: { at: string; marker: string }): string =>
      `${f.at}: the marker \`${f.marker}\` is not at the beginning of its line.`,
    hint: (): string => 'Nothing was changed. Put it on a line of its own.',
  },
  MARKER_FOREIGN: {
    meaning:
      'A file without Dunlin’s markers has those of another tool, a file in the format of a tool has those of another one, or the SQL of a migration in code has markers at all. For SQLite they are comments, so the DOWN part would run as a part of UP.',
    message: (f: { at: string; marker: string; tool: string }): string =>
      `${f.at}: \`${f.marker}\` is a marker of ${f.tool}; without its meaning the part under it would run as well.`,
    hint: (f: { key: string | undefined; back?: WayBack | undefined }): string => {
      if (f.back !== undefined)
        return `Nothing was changed. ${moveBack(f.back)} If this line is only a comment, word it differently.`;
      return f.key === undefined
        ? 'Nothing was changed. Write `-- === UP MIGRATION ===` and `-- === DOWN MIGRATION ===` in place of the markers; if this line is only a comment, word it differently.'
        : 'Nothing was changed. Give the two parts as `up` and `down` of the definition, without the markers, or make it an SQL file; if this line is only a comment, word it differently.';
    },
  },
  MARKER_UNPAIRED: {
    meaning:
      'A line that begins or ends a statement in the format of another tool has no counterpart. The tool refuses such a file, and the end of the part is uncertain.',
    message: (f: { at: string; marker: string; other: string; where: string }): string =>
      `${f.at}: \`${f.marker}\` has no \`${f.other}\` ${f.where} it.`,
    hint: (f: { other: string; where: string }): string =>
      `Nothing was changed. Write \`${f.other}\` ${f.where} the statement.`,
  },
  SQL_BEFORE_MARKER: {
    meaning: 'A statement is above the first marker, so it belongs to no part.',
    message: (f: { at: string }): string => `${f.at}: there is SQL above the first marker.`,
    hint: (): string => 'Nothing was changed. Move it below `-- === UP MIGRATION ===`.',
  },
  DIRECTIVE_UNKNOWN: {
    meaning:
      'A `-- dunlin:` line has a directive that Dunlin does not know. It could be important, so it is not ignored.',
    message: (f: { at: string; directive: string }): string =>
      f.directive === '' ? `${f.at}: the directive is empty.` : `${f.at}: \`${f.directive}\` is not a directive.`,
    hint: (f: { suggestion: string | undefined; known: readonly string[] }): string =>
      `Nothing was changed. ${f.suggestion === undefined ? `Directives are ${f.known.join(', ')}.` : `Did you mean \`-- dunlin: ${f.suggestion}\`?`}`,
  },
  DIRECTIVE_INVALID: {
    meaning: 'A `-- dunlin:` line names a directive, but what follows it cannot be understood.',
    message: (f: { at: string; directive: string; fact: string }): string =>
      `${f.at}: the directive \`${f.directive}\` ${f.fact}.`,
    hint: (f: { example: string }): string => `Nothing was changed. Write it as \`${f.example}\`.`,
  },
  DIRECTIVE_NOT_ALONE: {
    meaning: 'A directive follows SQL or is in a block comment, where it is only a comment.',
    message: (f: { at: string }): string => `${f.at}: the directive is not a \`--\` comment on a line of its own.`,
    hint: (): string => 'Nothing was changed. Put it on a line of its own, best at the top of the file.',
  },
  VERIFICATION_NOT_A_QUERY: {
    meaning:
      'The VERIFY part may only read: SELECT, VALUES, WITH ... SELECT, or a PRAGMA that reads. Anything else would change what it checks.',
    message: (f: { at: string; statement: string }): string =>
      `${f.at}: \`${f.statement}\` cannot verify anything, because it is not a query.`,
    hint: (): string =>
      'Nothing was changed. Write a query whose first column is true when all is well: `SELECT count(*) = 0 FROM users WHERE role IS NULL;`.',
  },
};
