import { describe, expect, it } from 'vitest';
import { nodeHost } from '../node/node-host.ts';
import { objectsMadeBy, parseRepeatableName } from './repeatable.ts';
import { SqlFile } from './sql-migration.ts';

const madeBy = (sql: string): readonly string[] =>
  objectsMadeBy(new SqlFile({ version: 0, name: 'r', id: 'R__r', file: 'R__r.sql' }, sql, nodeHost)).map(
    ({ key }) => key,
  );

describe('objectsMadeBy', () => {
  it.each([
    ['DROP VIEW IF EXISTS V; CREATE VIEW V AS SELECT 1;', ['view:v']],
    ['CREATE VIEW main.v AS SELECT 1; CREATE TEMP VIEW t AS SELECT 1; CREATE VIEW temp.u AS SELECT 1;', ['view:v']],
    ['CREATE TABLE t (x); CREATE INDEX i ON t (x); DROP TABLE t;', []],
    ['CREATE TABLE t (x); CREATE INDEX i ON other (x); DROP TABLE t;', ['index:i']],
    ['CREATE TABLE new (x); DROP TABLE t; ALTER TABLE new RENAME TO t;', ['table:t']],
    ['ALTER TABLE other RENAME TO t; ALTER TABLE t ADD COLUMN y;', []],
    ['CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END; DROP TRIGGER tr;', []],
    [
      'CREATE VIEW v AS SELECT 1; CREATE TRIGGER tr INSTEAD OF INSERT ON v BEGIN SELECT 1; END;',
      ['view:v', 'trigger:tr'],
    ],
    ['INSERT INTO t VALUES (1);', []],
  ])('of %s are %j', (sql, keys) => {
    expect(madeBy(sql)).toEqual(keys);
  });
});

describe('parseRepeatableName', () => {
  it('leaves everything else to others', () => {
    for (const name of ['001_a.sql', 'README.md', 'repeatable', 'repeatable/', 'reports.sql', 'R_a.sql'])
      expect(parseRepeatableName(name)).toBeUndefined();
  });

  it('makes a name for one that has no letter', () => {
    const name = parseRepeatableName('R__!.sql');
    expect(name?.kind === 'invalid' && name.error.hint).toContain('Rename it to R__active_users.sql.');
  });
});
