import { describe, expect, it } from 'vitest';
import { mentions, selection, splitStatements } from './index.ts';

const statement = (sql: string) => splitStatements(sql)[0]!;
const star = (sql: string): boolean | undefined => selection(statement(sql))?.star;

describe('mentions', () => {
  it('has every identifier as a name key, without strings and variables', () => {
    const found = mentions(
      statement(`SELECT Email, "Full ""Name", [x], \`Y\` FROM main.Users WHERE a = 'no' AND b = :no2`),
    );
    for (const name of ['email', 'full "name', 'x', 'y', 'main', 'users', 'a', 'b']) expect(found).toContain(name);
    for (const name of ['no', ':no2', 'no2']) expect(found).not.toContain(name);
  });
});

describe('selection', () => {
  it('is undefined without a SELECT', () => {
    expect(selection(statement('INSERT INTO t VALUES (\'SELECT\', "select")'))).toBeUndefined();
  });

  it('mentions what stands behind the first SELECT', () => {
    const found = selection(
      statement('INSERT INTO new_users (id, email) SELECT id, lower("Mail") FROM users'),
    )?.mentions;
    expect([...found!].sort()).toEqual(['from', 'id', 'lower', 'mail', 'select', 'users']);
  });

  it.each([
    'CREATE TABLE n AS SELECT a FROM t',
    'WITH c AS (SELECT a FROM t) INSERT INTO n SELECT * FROM c',
    'SELECT a',
  ])('knows %s', (sql) => {
    expect(selection(statement(sql))?.mentions).toContain('a');
  });

  it('ends at RETURNING', () => {
    const found = selection(statement('INSERT INTO n SELECT a FROM t RETURNING b, *'));
    expect(found?.mentions).not.toContain('b');
    expect(found?.star).toBe(false);
  });

  it.each([
    'SELECT * FROM t',
    'SELECT a, * FROM t',
    'SELECT DISTINCT * FROM t',
    'SELECT ALL * FROM t',
    'SELECT t.* FROM t',
    'SELECT "t".*, 1 FROM t',
    'INSERT INTO n SELECT * FROM t',
    'CREATE TABLE n AS SELECT main.t . * FROM t',
    'SELECT a FROM (SELECT * FROM t)',
  ])('sees the star of %s', (sql) => {
    expect(star(sql)).toBe(true);
  });

  it.each([
    'SELECT count(*) FROM t',
    'SELECT a * b FROM t',
    'SELECT (a) * 2, 3 * b FROM t',
    'SELECT a FROM t WHERE EXISTS (SELECT * FROM u)',
    'SELECT a /* * */ FROM t',
    'SELECT \'*\', "*" FROM t',
  ])('sees no star in %s', (sql) => {
    expect(star(sql)).toBe(false);
  });
});
