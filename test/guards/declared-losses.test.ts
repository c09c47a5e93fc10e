import { describe, expect, it } from 'vitest';
import { failureOf, openTestDatabase } from '../support/databases.ts';

const migrations = {
  '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);',
  '002_nick.sql':
    '-- === UP ===\nALTER TABLE users ADD COLUMN nick TEXT;\nUPDATE users SET nick = name;\n-- === DOWN ===\nCREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO u SELECT id, name FROM users;\nDROP TABLE users;\nALTER TABLE u RENAME TO users;',
};

describe('a declared loss of no migration', () => {
  it.each([
    [
      { 3: true as const },
      'no migration of the given record has the version 3',
      "Name one that exists; the newest: '001_users', '002_nick'.",
    ],
    [{ nick: true as const }, 'no migration of the given record is called nick', 'Name one that exists'],
    [{ '002_nik': ['users'] }, 'no migration of the given record is called 002_nik', "Did you mean '002_nick'?"],
  ])('is refused before anything runs: %j', async (destructive, fact, way) => {
    const db = openTestDatabase();
    const failure = await failureOf(() => db.up(migrations, { destructive }));
    expect(failure).toMatchObject({ code: 'DESTRUCTIVE_INVALID', message: `The option \`destructive\`: ${fact}.` });
    expect(failure.hint).toContain(way);
    expect(db.column('SELECT name FROM sqlite_schema')).toEqual([]);
    const checked = await db.runner(migrations, { destructive }).check();
    expect(checked.problems).toMatchObject([{ code: 'DESTRUCTIVE_INVALID' }]);
    expect((await failureOf(() => db.up({}, { destructive }))).hint).toContain('There are no migrations.');
  });

  it('passes with the version, or the name of the file', async () => {
    for (const key of ['2', '002_nick'] as const) {
      const db = openTestDatabase();
      await db.up(migrations, { destructive: { [key]: ['users'] } });
      expect(db.versions()).toEqual([1, 2]);
    }
  });

  it('counts for the rollback of a migration whose file is gone, by version or recorded name', async () => {
    const { '002_nick.sql': _, ...left } = migrations;
    for (const key of ['2', 'nick'] as const) {
      const db = openTestDatabase();
      await db.up(migrations);
      db.exec("INSERT INTO users VALUES (1, 'Ada', 'ada')");
      expect((await failureOf(() => db.down(left))).code).toBe('COLUMN_LOST');
      expect((await failureOf(() => db.down(left, { destructive: { 5: true } }))).code).toBe('DESTRUCTIVE_INVALID');
      await db.down(left, { destructive: { [key]: ['users'] } });
      expect(db.versions()).toEqual([1]);
    }
  });
});
