import { describe, expect, it } from 'vitest';
import type { SchemaObject } from '../../schema/index.ts';
import { splitStatements } from '../../sql/index.ts';
import { Reach } from './reach.ts';

const trigger = (table: string, sql: string | undefined): SchemaObject => ({ type: 'trigger', name: 'x', table, sql });
const on = (table: string, body: string, event = 'INSERT'): SchemaObject =>
  trigger(table, `CREATE TRIGGER x AFTER ${event} ON ${table} BEGIN ${body} END`);

describe('Reach', () => {
  it('without triggers reaches the table itself', () => {
    const reach = new Reach([]);
    expect([...reach.from('t')]).toEqual(['t']);
    expect([reach.hasTriggers, reach.removes]).toEqual([false, false]);
    reach.rename('t', 'u');
    expect([...reach.from('u')]).toEqual(['u']);
  });

  it('follows triggers that fire triggers', () => {
    const reach = new Reach([
      on('A', 'INSERT INTO B VALUES (1);'),
      on('b', `UPDATE 'C' SET x = 1;`),
      on('a', 'SELECT * FROM d;'),
    ]);
    expect([...reach.from('a')]).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']));
    expect([...reach.from('b')]).not.toContain('a');
    expect([...reach.from('c')]).toEqual(['c']);
  });

  it('ends where triggers fire each other', () => {
    const reach = new Reach([on('a', 'INSERT INTO b VALUES (1);'), on('b', 'INSERT INTO a VALUES (1);')]);
    expect(reach.from('b').has('a')).toBe(true);
  });

  it('follows renames of the trigger’s table and of what its body names', () => {
    const reach = new Reach([on('a', 'INSERT INTO b VALUES (1);'), on('b', 'INSERT INTO c VALUES (1);')]);
    reach.rename('A', 'a2');
    reach.rename('b', 'b2');
    expect([...reach.from('a2')]).toEqual(expect.arrayContaining(['b2', 'c']));
  });

  it('learns of new triggers', () => {
    const reach = new Reach([]);
    const [statement] = splitStatements('CREATE TRIGGER x AFTER INSERT ON a BEGIN DELETE FROM b; END');
    reach.add('a', statement!, true);
    expect([reach.removes, reach.hasTriggers, reach.from('a').has('b')]).toEqual([true, true, true]);
    reach.add('a', splitStatements('CREATE TRIGGER y AFTER INSERT ON a BEGIN SELECT c FROM d; END')[0]!, false);
    expect([reach.removes, reach.from('a').has('d')]).toEqual([true, true]);
  });

  it('does not stumble over a trigger without a text', () => {
    const reach = new Reach([trigger('a', undefined)]);
    expect([reach.removes, [...reach.from('a')]]).toEqual([false, ['a']]);
  });

  it.each([
    ['DELETE FROM b;', true],
    ['REPLACE INTO b VALUES (1);', true],
    ['INSERT OR REPLACE INTO b VALUES (1);', true],
    ['SELECT 1; UPDATE OR REPLACE b SET x = 1;', true],
    [`UPDATE b SET x = replace(x, 'a', 'delete');`, false],
    [`INSERT INTO fts (fts, rowid) VALUES ('delete', old.id);`, false],
    ['INSERT OR IGNORE INTO b VALUES (1);', false],
  ])('%s removes: %s', (body, removes) => {
    expect(new Reach([on('a', body, 'DELETE')]).removes).toBe(removes);
  });

  it('fears a text that it does not understand', () => {
    expect(new Reach([trigger('a', 'some module’s own delete')]).removes).toBe(true);
  });
});
