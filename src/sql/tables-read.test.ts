import { describe, expect, it } from 'vitest';
import { tablesRead } from './tables-read.ts';
import { splitStatements } from './split.ts';

const found = (sql: string): string[] => [...tablesRead(splitStatements(sql)[0]!)].sort();

describe('tablesRead', () => {
  it.each([
    ['SELECT 1', []],
    ['SELECT a, b FROM Users', ['users']],
    ['SELECT * FROM main."Users" AS u, [t 2] v, \'t3\'', ['t 2', 't3', 'users']],
    ['SELECT * FROM a JOIN b ON a.x = max(b.x, c.x), d USING (e, f)', ['a', 'b', 'd']],
    ['SELECT * FROM (a, b), (SELECT x, y FROM c)', ['a', 'b', 'c']],
    ['SELECT * FROM ((a) LEFT JOIN (b, c))', ['a', 'b', 'c']],
    ['SELECT x IN a, y IN main.b, z IN (1, c), w NOT IN (SELECT 1 FROM d) FROM e', ['a', 'b', 'd', 'e']],
    ['SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM c FROM d', ['d']],
    ['SELECT 1 FROM a GROUP BY b, c HAVING d ORDER BY e, f LIMIT g, h', ['a']],
    ['SELECT 1 FROM a UNION SELECT b, c FROM d', ['a', 'd']],
    ['SELECT 1 FROM a AS window, b WINDOW c AS (ORDER BY d, e)', ['a', 'b']],
    ["SELECT j.value FROM a, json_each(a.x, '$') AS j", ['a', 'json_each']],
    ['SELECT * FROM (WITH c AS (SELECT 1 FROM a) SELECT 1 FROM c, b)', ['a', 'b', 'c']],
    ['INSERT INTO a (b, c) SELECT b, c FROM d', ['d']],
    ['INSERT INTO a VALUES (1, (SELECT b FROM c))', ['c']],
    ['UPDATE a SET b = 1, c = 2', []],
    ['UPDATE a SET b = d.e FROM d, f WHERE a.g', ['d', 'f']],
    ['DELETE FROM a WHERE b IN (SELECT c FROM d)', ['d']],
    ['DELETE FROM a WHERE b IN a', ['a']],
    ['CREATE TABLE a AS SELECT * FROM b', ['b']],
    ['CREATE VIEW a AS SELECT * FROM b', ['b']],
    ['CREATE TABLE a (b REFERENCES c, d)', []],
    ['CREATE TRIGGER a DELETE ON b BEGIN DELETE FROM c; INSERT INTO d SELECT 1 FROM e; END', ['e']],
    ['DROP TABLE a', []],
    ['SELECT 1 FROM a)', ['a']],
    ['SELECT 1 FROM', []],
  ])('%s reads %j', (sql, expected) => {
    expect(found(sql)).toEqual(expected);
  });
});
