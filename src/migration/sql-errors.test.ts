import { describe, expect, it } from 'vitest';
import { isDunlinError, type DunlinError } from '../errors/index.ts';
import { parseSql } from './sql-migration.ts';
import { problemsOf } from './problems.ts';

function errorOf(text: string): DunlinError {
  try {
    parseSql(text, { file: 'm/002_a.sql', id: '002_a', migration: { version: 2, name: 'a' } });
  } catch (error) {
    if (isDunlinError(error)) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

const tell = (text: string): string =>
  problemsOf(errorOf(text))
    .map(({ code, message, hint }) => `${code}\n  ${message}\n  ${hint}`)
    .join('\n');

const up = '-- === UP MIGRATION ===\n';
const down = '-- === DOWN MIGRATION ===\n';

describe('a malformed SQL file', () => {
  it('has a NUL character', () => {
    expect(tell('SELECT 1;\nSELECT \0 2;')).toMatchInlineSnapshot(`
      "NUL_CHARACTER
        m/002_a.sql:2:8: there is a NUL character; SQLite would ignore all that follows it.
        Nothing was changed. Remove it. If every second character is NUL, the file is UTF-16: save it as UTF-8."
    `);
  });

  it.each(["SELECT '\0'", '-- \0', '/* \0 */'])('has a NUL character in %j', (text) => {
    expect(errorOf(text).code).toBe('NUL_CHARACTER');
  });

  it('has a string that is never closed', () => {
    expect(tell(`${up}INSERT INTO t VALUES ('its);\n${down}`)).toMatchInlineSnapshot(`
      "QUOTE_UNTERMINATED
        m/002_a.sql:2:23: the ' that opens here is never closed.
        Nothing was changed. Close it; a quote inside quotes is written twice: 'it''s'."
    `);
  });

  it.each(['"a', '`a', '[a'])('has a name that is never closed: %s', (name) => {
    expect(errorOf(`DROP TABLE ${name}`)).toMatchObject({
      code: 'QUOTE_UNTERMINATED',
      location: { line: 1, column: 12 },
    });
  });

  it('has a block comment that is never closed', () => {
    expect(tell(`${up}SELECT 1; /* then\n${down}`)).toMatchInlineSnapshot(`
      "COMMENT_UNTERMINATED
        m/002_a.sql:2:11: the /* comment that begins here is never closed.
        Nothing was changed. Close it with */."
    `);
    expect(errorOf('/*/').code).toBe('COMMENT_UNTERMINATED');
  });

  it('has a character that is not SQL', () => {
    expect(tell('SELECT 1;\n  SELECT \\ 2;')).toMatchInlineSnapshot(`
      "CHARACTER_ILLEGAL
        m/002_a.sql:2:10: SQLite does not know \`\\\`.
        Nothing was changed. Remove or correct it. Placeholders have to be replaced before a migration is read."
    `);
    expect(tell(`SELECT x'${'0'.repeat(61)}'`)).toMatchInlineSnapshot(`
      "CHARACTER_ILLEGAL
        m/002_a.sql:1:8: SQLite does not know \`x'00000000000000000000000000000000000000...\`.
        Nothing was changed. Remove or correct it. Placeholders have to be replaced before a migration is read."
    `);
  });

  it('has a marker twice', () => {
    expect(tell(`${up}SELECT 1;\n${down}\n${up}`)).toMatchInlineSnapshot(`
      "MARKER_TWICE
        m/002_a.sql:5:1: the marker \`-- === UP MIGRATION ===\` appears here a second time; the first is on line 1.
        Nothing was changed. Join the two parts under one marker."
    `);
  });

  it('has no UP marker', () => {
    expect(tell(`SELECT 1;\n${down}SELECT 2;`)).toMatchInlineSnapshot(`
      "UP_MARKER_MISSING
        m/002_a.sql:2:1: there is a DOWN marker, but no UP marker.
        Nothing was changed. Put the line \`-- === UP MIGRATION ===\` above the part that applies the migration."
    `);
  });

  it('has no DOWN marker', () => {
    expect(tell(`${up}SELECT 1;`)).toMatchInlineSnapshot(`
      "DOWN_MARKER_MISSING
        m/002_a.sql:1:1: there is an UP marker, but no DOWN marker.
        Nothing was changed. Add the line \`-- === DOWN MIGRATION ===\` at the end; the part under it may be empty if there is no way back. A file without any marker is all UP."
    `);
  });

  it('has DOWN above UP', () => {
    expect(tell(`${down}SELECT 1;\n${up}SELECT 2;`)).toMatchInlineSnapshot(`
      "MARKERS_REVERSED
        m/002_a.sql:1:1: the DOWN marker is above the UP marker.
        Nothing was changed. Put the UP part first; check that the two were not swapped."
    `);
  });

  it('has a misspelt marker', () => {
    expect(tell('SELECT 1;\n-- === VERFIY ===\nSELECT 2;')).toMatchInlineSnapshot(`
      "MARKER_UNKNOWN
        m/002_a.sql:2:1: \`-- === VERFIY ===\` is not a marker.
        Nothing was changed. Did you mean \`-- === VERIFY ===\`?"
    `);
    // It is not missing besides.
    expect(errorOf(`${up}SELECT 1;\n-- === DWON MIGRATION ===\n`).code).toBe('MARKER_UNKNOWN');
    expect(errorOf(`${up}SELECT 1;\n-- === VERFIY ===\n`).problems.map(({ code }) => code)).toEqual([
      'DOWN_MARKER_MISSING',
      'MARKER_UNKNOWN',
    ]);
  });

  it.each([
    ['-- === VERIFY', '-- === VERIFY ==='],
    ['-- VERIFICATION ===', '-- === VERIFY ==='],
    ['-- === Verify =', '-- === VERIFY ==='],
    ['-- == DOWN', '-- === DOWN MIGRATION ==='],
    ['-- UP MIGRATION ==', '-- === UP MIGRATION ==='],
  ])('has %s, a marker with too few `=` on one side', (marker, suggestion) => {
    expect(errorOf(`SELECT 1;\n${marker}\nSELECT 2;`)).toMatchObject({
      code: 'MARKER_UNKNOWN',
      location: { line: 2 },
      hint: expect.stringContaining(`\`${suggestion}\``),
    });
  });

  it.each(['-- === Verify that all users have a role', '-- a == b', '-- verify =', '-- ===', '-- = UP to now = 2 =='])(
    'has %s, a comment',
    (line) => expect(() => errorOf(`SELECT 1;\n${line}\n`)).toThrow('accepted'),
  );

  it('has a marker behind a statement', () => {
    expect(tell(`${up}SELECT 1; ${down}SELECT 2;`)).toMatchInlineSnapshot(`
      "DOWN_MARKER_MISSING
        m/002_a.sql:1:1: there is an UP marker, but no DOWN marker.
        Nothing was changed. Add the line \`-- === DOWN MIGRATION ===\` at the end; the part under it may be empty if there is no way back. A file without any marker is all UP.
      MARKER_NOT_ALONE
        m/002_a.sql:2:11: the marker \`-- === DOWN MIGRATION ===\` is not at the beginning of its line.
        Nothing was changed. Put it on a line of its own."
    `);
  });

  it.each([
    ['goose', '-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;'],
    ['sql-migrate', '-- +migrate Up\nSELECT 1;\n'],
    ['micrate', '-- +micrate Up\nSELECT 1;\n'],
    ['dbmate', '-- migrate:up\nSELECT 1;\n'],
    ['rambler', '-- rambler up\nSELECT 1;\n-- rambler down\nSELECT 2;'],
    ['Liquibase', '--liquibase formatted sql\n--changeset ada:1\nSELECT 1;\n--rollback SELECT 2;'],
    ['MyBatis Migrations', 'SELECT 1;\n-- //@UNDO\nSELECT 2;'],
    ['Play evolutions', '-- !Ups\nSELECT 1;\n-- !Downs\nSELECT 2;'],
    ['Play evolutions', 'SELECT 1;\n--- !Downs\nSELECT 2;'],
    ['tern', 'SELECT 1;\n---- create above / drop below ----\nSELECT 2;'],
    ['node-pg-migrate', '-- Up Migration\nSELECT 1;\n-- Down Migration\nSELECT 2;'],
    ['node-sqlite', '-- Up\nSELECT 1;\n-- Down\nSELECT 2;'],
  ])('is one of %s', (tool, text) => {
    expect(errorOf(text)).toMatchObject({ code: 'MARKER_FOREIGN', message: expect.stringContaining(`of ${tool};`) });
  });

  it.each([
    '--- Up',
    '--- Down ---',
    '-- [down]',
    '-- UNDO:',
    '/* Down */',
    '/* DOWN MIGRATION */',
    '-- *** rollback ***',
    '-- Migration Down',
    '-- @duck down',
    '-- +other Down',
    '-- down script',
    '  --revert',
    '-- Downs',
  ])('is %s, of whatever tool', (marker) => {
    expect(errorOf(`SELECT 1;\n${marker}\nSELECT 2;`)).toMatchObject({
      code: 'MARKER_FOREIGN',
      message: expect.stringContaining('of another tool;'),
      location: { line: 2 },
    });
  });

  it.each([
    '-- scale down',
    '-- up to here nothing has changed',
    '-- down the road this goes',
    '-- rollback DROP TABLE t',
    'SELECT 2 /* down */;',
    'SELECT 2; -- down',
    "SELECT '\n-- Down\n';",
    `/* undo\n${'x'.repeat(80)} */`,
    '/* down */ SELECT 2;',
  ])('is no marker: %s', (line) => {
    expect(() => errorOf(`SELECT 1;\n${line}\n`)).toThrow('accepted');
  });

  it('is one of another tool', () => {
    expect(tell('CREATE TABLE t (x);\n--migrate:down\nDROP TABLE t;')).toMatchInlineSnapshot(`
      "MARKER_FOREIGN
        m/002_a.sql:2:1: \`--migrate:down\` is a marker of dbmate; without its meaning the part under it would run as well.
        Nothing was changed. Write \`-- === UP MIGRATION ===\` and \`-- === DOWN MIGRATION ===\` in place of the markers; if this line is only a comment, word it differently."
    `);
  });

  it('has SQL above the first marker', () => {
    expect(tell(`-- fine\nSELECT 1;\n${up}\n${down}`)).toMatchInlineSnapshot(`
      "SQL_BEFORE_MARKER
        m/002_a.sql:2:1: there is SQL above the first marker.
        Nothing was changed. Move it below \`-- === UP MIGRATION ===\`."
    `);
  });

  it('has an unknown directive', () => {
    expect(tell('-- dunlin: no_transaction\n-- dunlin: whatever\n-- dunlin:\n-- dunlin: foreign-key on'))
      .toMatchInlineSnapshot(`
        "DIRECTIVE_UNKNOWN
          m/002_a.sql:1:1: \`no_transaction\` is not a directive.
          Nothing was changed. Did you mean \`-- dunlin: no-transaction\`?
        DIRECTIVE_UNKNOWN
          m/002_a.sql:2:1: \`whatever\` is not a directive.
          Nothing was changed. Directives are destructive, no-transaction, foreign-keys on, batch, together, rebuilds.
        DIRECTIVE_UNKNOWN
          m/002_a.sql:3:1: the directive is empty.
          Nothing was changed. Directives are destructive, no-transaction, foreign-keys on, batch, together, rebuilds.
        DIRECTIVE_UNKNOWN
          m/002_a.sql:4:1: \`foreign-key\` is not a directive.
          Nothing was changed. Did you mean \`-- dunlin: foreign-keys on\`?"
      `);
  });

  it('has a directive that cannot be understood', () => {
    expect(
      tell(
        [
          '-- dunlin: destructive users.email because it moved',
          '-- dunlin: destructive a,',
          '-- dunlin: destructive (a)',
          '-- dunlin: destructive a; b',
          "-- dunlin: destructive 'a",
          '-- dunlin: no-transaction please',
          '-- dunlin: foreign-keys',
          '-- dunlin: rebuilds kept',
        ].join('\n'),
      ),
    ).toMatchInlineSnapshot(`
      "DIRECTIVE_INVALID
        m/002_a.sql:1:1: the directive \`destructive\` takes names with commas between them.
        Nothing was changed. Write it as \`-- dunlin: destructive users.email, orders\`.
      DIRECTIVE_INVALID
        m/002_a.sql:2:1: the directive \`destructive\` takes names with commas between them.
        Nothing was changed. Write it as \`-- dunlin: destructive users.email, orders\`.
      DIRECTIVE_INVALID
        m/002_a.sql:3:1: the directive \`destructive\` takes names with commas between them.
        Nothing was changed. Write it as \`-- dunlin: destructive users.email, orders\`.
      DIRECTIVE_INVALID
        m/002_a.sql:4:1: the directive \`destructive\` takes names with commas between them.
        Nothing was changed. Write it as \`-- dunlin: destructive users.email, orders\`.
      DIRECTIVE_INVALID
        m/002_a.sql:5:1: the directive \`destructive\` takes names with commas between them.
        Nothing was changed. Write it as \`-- dunlin: destructive users.email, orders\`.
      DIRECTIVE_INVALID
        m/002_a.sql:6:1: the directive \`no-transaction\` stands alone.
        Nothing was changed. Write it as \`-- dunlin: no-transaction\`.
      DIRECTIVE_INVALID
        m/002_a.sql:7:1: the directive \`foreign-keys\` takes \`on\`.
        Nothing was changed. Write it as \`-- dunlin: foreign-keys on\`.
      DIRECTIVE_INVALID
        m/002_a.sql:8:1: the directive \`rebuilds\` takes \`keep\` or \`as-written\`.
        Nothing was changed. Write it as \`-- dunlin: rebuilds keep\`."
    `);
  });

  it('has a directive that is not alone', () => {
    expect(tell('DELETE FROM t; -- dunlin: destructive\n/* dunlin: no-transaction */')).toMatchInlineSnapshot(`
      "DIRECTIVE_NOT_ALONE
        m/002_a.sql:1:16: the directive is not a \`--\` comment on a line of its own.
        Nothing was changed. Put it on a line of its own, best at the top of the file.
      DIRECTIVE_NOT_ALONE
        m/002_a.sql:2:1: the directive is not a \`--\` comment on a line of its own.
        Nothing was changed. Put it on a line of its own, best at the top of the file."
    `);
  });

  it.each([
    'PRAGMA journal_mode = WAL',
    'PRAGMA optimize',
    'DELETE FROM t',
    'WITH a AS (SELECT 1) DELETE FROM t',
    'EXPLAIN SELECT 1',
  ])('verifies with %s', (statement) => {
    expect(errorOf(`-- === VERIFY ===\n${statement}`).code).toBe('VERIFICATION_NOT_A_QUERY');
  });

  it('verifies with something else than a query', () => {
    expect(tell('-- === VERIFY ===\nSELECT 1;\n  UPDATE users SET x = 1;')).toMatchInlineSnapshot(`
      "VERIFICATION_NOT_A_QUERY
        m/002_a.sql:3:3: \`UPDATE users SET\` cannot verify anything, because it is not a query.
        Nothing was changed. Write a query whose first column is true when all is well: \`SELECT count(*) = 0 FROM users WHERE role IS NULL;\`."
    `);
  });

  it('names file, line, column and migration of its error, and carries the text', () => {
    const text = `SELECT 1;\n  -- === VERIFY ===\n   DELETE FROM t;`;
    expect(errorOf(text)).toMatchObject({
      location: { file: 'm/002_a.sql', line: 3, column: 4, offset: text.indexOf('DELETE') },
      source: text,
      migration: { version: 2, name: 'a' },
    });
  });

  it('reports all problems at once', () => {
    const error = errorOf(`-- dunlin: x\nSELECT 1;\n${up}${up}`);
    expect(error).toMatchObject({ code: 'SEVERAL_PROBLEMS', migration: { version: 2, name: 'a' } });
    expect(`${error.message}\n${error.hint}`).toMatchInlineSnapshot(`
      "4 problems in m/002_a.sql:
      - m/002_a.sql:1:1: \`x\` is not a directive.
      - m/002_a.sql:2:1: there is SQL above the first marker.
      - m/002_a.sql:3:1: there is an UP marker, but no DOWN marker.
      - m/002_a.sql:4:1: the marker \`-- === UP MIGRATION ===\` appears here a second time; the first is on line 3.
      Nothing was changed. Correct them all, then run again."
    `);
  });
});
