import { describe, expect, it } from 'vitest';
import { formatVersion, parseFileName, slug } from './file-name.ts';

describe('parseFileName', () => {
  it.each([
    ['001_initial.sql', 'sql', 1, 'initial', '001_initial'],
    ['7_a.SQL', 'sql', 7, 'a', '7_a'],
    [
      '20261121093000_add-user.roles_2.ts',
      'code',
      20261121093000,
      'add-user.roles_2',
      '20261121093000_add-user.roles_2',
    ],
    ['999999999999999_last.mjs', 'code', 999999999999999, 'last', '999999999999999_last'],
    ['010_x.mts', 'code', 10, 'x', '010_x'],
    ['2_x.js', 'code', 2, 'x', '2_x'],
    ['1_größe.sql', 'sql', 1, 'größe', '1_größe'],
    ['1_größe.sql'.normalize('NFD'), 'sql', 1, 'größe', '1_größe'],
  ])('reads %s', (file, kind, version, name, id) => {
    expect(parseFileName(file)).toEqual({ kind, version, name, id });
  });

  const half = 'one half of a pair, as golang-migrate and sqlx have them; here both parts are in one file';
  const flyway = 'named as Flyway does; here V1__name.sql is 001_name.sql';
  const ofItsOwn = 'in a directory of its own, as Prisma, Drizzle and Diesel keep each migration';

  it.each([
    ['20240101_init/', 'a directory; Prisma keeps each migration in one'],
    ['meta/', 'a directory; migrations are looked for in the directory itself only'],
    ['.gitkeep', 'a hidden file'],
    ['._001_a.sql', 'a hidden file'],
    ['001_a.sql~', 'a copy that an editor or a merge left behind'],
    ['001_a.sql.orig', 'a copy that an editor or a merge left behind'],
    ['001_a.js.map', 'a source map'],
    ['001_a.d.ts', 'type declarations, without code'],
    ['001_a.d.mts', 'type declarations, without code'],
    ['001_a.test.ts', 'a test'],
    ['001_a.spec.js', 'a test'],
    ['README.md', 'does not end in .sql, .ts, .mts, .js or .mjs'],
    ['001_notes.txt', 'does not end in .sql, .ts, .mts, .js or .mjs'],
    ['0000_snapshot.json', 'does not end in .sql, .ts, .mts, .js or .mjs'],
    ['Makefile', 'does not end in .sql, .ts, .mts, .js or .mjs'],
    ['schema.sql', 'has no version in front of its name'],
    ['index.ts', 'has no version in front of its name'],
    ['helper2.ts', 'has no version in front of its name'],
  ])('ignores %s', (file, reason) => {
    expect(parseFileName(file)).toEqual({ kind: 'ignored', reason, mayBeMigration: false });
  });

  it.each([
    ['001_a.up.sql', half],
    ['0157.down.sql', half],
    ['1_x.down..sql', half],
    ['1_x.up..sql', half],
    ['1_x.DOWN.SQL', half],
    ['1_x.down.sqlite.sql', half],
    ['1_x.sqlite3.down.sql', half],
    ['001.undo.users.sql', half],
    ['1_x.rollback.sql', half],
    ['1_x.up.ts', half],
    ['V1__create.sql', flyway],
    ['V1_2__create.sql', flyway],
    ['V0001.Name.sql', flyway],
    ['U5__create.sql', flyway],
    ['20240101_init/migration.sql', ofItsOwn],
    ['2018-01-14-171611_name/up.sql', ofItsOwn],
    ['sqlite/001_a.sql', 'in a directory; migrations are looked for in the directory itself only'],
    ['001_a.cjs', 'a CommonJS module; only .ts, .mts, .js and .mjs are loaded'],
    ['001_a.cts', 'a CommonJS module; only .ts, .mts, .js and .mjs are loaded'],
    ['001_a.go', 'does not end in .sql, .ts, .mts, .js or .mjs'],
    ['001_a.Sql', 'does not end in .sql, .ts, .mts, .js or .mjs'],
    ['001_a', 'does not end in .sql, .ts, .mts, .js or .mjs'],
    ['_001_a.sql', 'has no version in front of its name'],
    ['patch10.sql', 'has no version in front of its name'],
    ['setup_010_x.sql', 'has no version in front of its name'],
    ['v5_x.sql', 'has no version in front of its name'],
    ['Migration20240101120000.ts', 'has no version in front of its name'],
  ])('ignores %s, which may be a migration', (file, reason) => {
    expect(parseFileName(file)).toEqual({ kind: 'ignored', reason, mayBeMigration: true });
  });

  const tell = (file: string): string => {
    const name = parseFileName(file, `m/${file}`);
    return name.kind === 'invalid' ? `${name.error.code}: ${name.error.message} ${name.error.hint}` : name.kind;
  };

  it('refuses a name that begins like a migration and is malformed', () => {
    const files = [
      '001.sql',
      '001_.ts',
      '0_a.sql',
      '000_a.sql',
      '2026112109300012_a.sql',
      '001-add user.sql',
      '001 add.sql',
      '001_add users!.sql',
      '2024-03-13_a.sql',
      '1.2.0_a.sql',
      '001a.js',
      '001_☃.sql',
    ];
    expect(files.map(tell).join('\n')).toMatchInlineSnapshot(`
      "FILE_NAME_EMPTY: m/001.sql has a version, but no name. Nothing was changed. Add what it does to the name: 001_create_users.sql.
      FILE_NAME_EMPTY: m/001_.ts has a version, but no name. Nothing was changed. Add what it does to the name: 001_create_users.ts.
      VERSION_ZERO: m/0_a.sql has version 0, which means "nothing applied". Nothing was changed. Begin with 1: rename the file.
      VERSION_ZERO: m/000_a.sql has version 0, which means "nothing applied". Nothing was changed. Begin with 1: rename the file.
      VERSION_TOO_LONG: m/2026112109300012_a.sql has a version of 16 digits; at most 15 are allowed. Nothing was changed. Use a number such as 001, or the time to the second: 20261121093000. For a longer time stamp drop the last digits.
      FILE_NAME_INVALID: m/001-add user.sql is not named <version>_<name>: "-" follows the version, not "_". Nothing was changed. Rename it to 001_add_user.sql, or move it out of the directory.
      FILE_NAME_INVALID: m/001 add.sql is not named <version>_<name>: a space follows the version, not "_". Nothing was changed. Rename it to 001_add.sql, or move it out of the directory.
      FILE_NAME_INVALID: m/001_add users!.sql is not named <version>_<name>: a space is neither a letter nor a digit nor one of "_", "-", ".". Nothing was changed. Rename it to 001_add_users.sql, or move it out of the directory.
      FILE_NAME_INVALID: m/2024-03-13_a.sql is not named <version>_<name>: "-" follows the version, not "_". Nothing was changed. Rename it, such as 001_create_users.sql, or move it out of the directory.
      FILE_NAME_INVALID: m/1.2.0_a.sql is not named <version>_<name>: "." follows the version, not "_". Nothing was changed. Rename it, such as 001_create_users.sql, or move it out of the directory.
      FILE_NAME_INVALID: m/001a.js is not named <version>_<name>: "a" follows the version, not "_". Nothing was changed. Rename it to 001_a.js, or move it out of the directory.
      FILE_NAME_INVALID: m/001_☃.sql is not named <version>_<name>: "☃" is neither a letter nor a digit nor one of "_", "-", ".". Nothing was changed. Rename it, such as 001_create_users.sql, or move it out of the directory."
    `);
  });
});

describe('slug', () => {
  it.each([
    ['Add user roles!', 'add_user_roles'],
    ['  -- drop *old* tables; ', 'drop_old_tables'],
    ['Größe ändern'.normalize('NFD'), 'größe_ändern'],
    ['!?', ''],
    [`${'word '.repeat(40)}`, 'word_word_word_word_word_word_word_word_word_word_word_word'],
    ['x'.repeat(300), 'x'.repeat(60)],
  ])('makes %j a name', (title, name) => {
    expect(slug(title)).toBe(name);
  });
});

describe('formatVersion', () => {
  it('keeps the digits of the file, and pads a number', () => {
    expect(formatVersion({ id: '0002_a' })).toBe('0002');
    expect(formatVersion({ id: 'a' })).toBe('a');
    expect(formatVersion(7)).toBe('007');
    expect(formatVersion(20261121093000)).toBe('20261121093000');
  });
});
