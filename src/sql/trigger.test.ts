import { describe, expect, it } from 'vitest';
import { triggerBody } from './trigger.ts';

function bodyOf(sql: string): readonly string[] | undefined {
  return triggerBody(sql, 'insert')?.statements.map(({ tokens }) => tokens.map(({ text }) => text).join(' '));
}

describe('the body of a trigger', () => {
  it('has a SELECT for each row of VALUES', () => {
    expect(
      bodyOf(
        `CREATE TRIGGER a INSTEAD OF INSERT ON v BEGIN INSERT INTO n (a) VALUES (max(new.a, 1)), (CASE 1 WHEN 1 THEN 2 END); END`,
      ),
    ).toEqual(['INSERT INTO n ( a ) SELECT max ( new . a , 1 ) UNION ALL SELECT CASE 1 WHEN 1 THEN 2 END']);
  });

  it('is split into statements', () => {
    const body = `UPDATE n SET a = 1; -- END\n INSERT INTO n SELECT * FROM (VALUES (1)); DELETE FROM n;`;
    expect(bodyOf(`CREATE TEMP TRIGGER "on" AFTER INSERT ON t FOR EACH ROW BEGIN ${body} END;`)).toEqual([
      'UPDATE n SET a = 1',
      'INSERT INTO n SELECT * FROM ( VALUES ( 1 ) )',
      'DELETE FROM n',
    ]);
  });

  it('stands behind its condition', () => {
    const found = triggerBody('CREATE TRIGGER a AFTER INSERT ON t WHEN new.a > 1 BEGIN SELECT 1; END', 'insert');
    expect(found?.when.map(({ text }) => text)).toEqual(['WHEN', 'new', '.', 'a', '>', '1']);
  });

  it.each(['UPDATE OF a', 'DELETE'])('is not that of %s', (event) => {
    expect(triggerBody(`CREATE TRIGGER a AFTER ${event} ON t BEGIN SELECT 1; END`, 'insert')).toBeUndefined();
  });

  it.each(['AFTER UPDATE', 'INSTEAD OF UPDATE', 'INSTEAD OF UPDATE OF a, "b"'])('is that of %s', (event) => {
    const found = triggerBody(`CREATE TRIGGER a ${event} ON t BEGIN SELECT 1; END`, 'update');
    expect(found?.statements).toHaveLength(1);
  });
});
