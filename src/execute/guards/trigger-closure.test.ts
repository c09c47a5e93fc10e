import { describe, expect, it } from 'vitest';
import type { SchemaObject } from '../../schema/index.ts';
import { splitStatements } from '../../sql/index.ts';
import { TriggerClosure } from './trigger-closure.ts';

const trigger = (table: string, sql: string | undefined): SchemaObject => ({ type: 'trigger', name: 'x', table, sql });
const on = (table: string, body: string, event = 'INSERT'): SchemaObject =>
  trigger(table, `CREATE TRIGGER x AFTER ${event} ON ${table} BEGIN ${body} END`);

describe('TriggerClosure', () => {
  it('without triggers reaches the table itself', () => {
    const closure = new TriggerClosure([]);
    expect([...closure.reachableFrom('t')]).toEqual(['t']);
    expect([closure.hasTriggers, closure.anyRemovesRows]).toEqual([false, false]);
    closure.rename('t', 'u');
    expect([...closure.reachableFrom('u')]).toEqual(['u']);
  });

  it('follows triggers that fire triggers', () => {
    const closure = new TriggerClosure([
      on('A', 'INSERT INTO B VALUES (1);'),
      on('b', `UPDATE 'C' SET x = 1;`),
      on('a', 'SELECT * FROM d;'),
    ]);
    expect([...closure.reachableFrom('a')]).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']));
    expect([...closure.reachableFrom('b')]).not.toContain('a');
    expect([...closure.reachableFrom('c')]).toEqual(['c']);
  });

  it('ends where triggers fire each other', () => {
    const closure = new TriggerClosure([on('a', 'INSERT INTO b VALUES (1);'), on('b', 'INSERT INTO a VALUES (1);')]);
    expect(closure.reachableFrom('b').has('a')).toBe(true);
  });

  it('follows renames of the trigger’s table and of what its body names', () => {
    const closure = new TriggerClosure([on('a', 'INSERT INTO b VALUES (1);'), on('b', 'INSERT INTO c VALUES (1);')]);
    closure.rename('A', 'a2');
    closure.rename('b', 'b2');
    expect([...closure.reachableFrom('a2')]).toEqual(expect.arrayContaining(['b2', 'c']));
  });

  it('includes new triggers', () => {
    const closure = new TriggerClosure([]);
    const [statement] = splitStatements('CREATE TRIGGER x AFTER INSERT ON a BEGIN DELETE FROM b; END');
    closure.add('a', statement!, true);
    expect([closure.anyRemovesRows, closure.hasTriggers, closure.reachableFrom('a').has('b')]).toEqual([
      true,
      true,
      true,
    ]);
    closure.add('a', splitStatements('CREATE TRIGGER y AFTER INSERT ON a BEGIN SELECT c FROM d; END')[0]!, false);
    expect([closure.anyRemovesRows, closure.reachableFrom('a').has('d')]).toEqual([true, true]);
  });

  it('ignores a trigger without a text', () => {
    const closure = new TriggerClosure([trigger('a', undefined)]);
    expect([closure.anyRemovesRows, [...closure.reachableFrom('a')]]).toEqual([false, ['a']]);
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
    expect(new TriggerClosure([on('a', body, 'DELETE')]).anyRemovesRows).toBe(removes);
  });

  it('assumes that a text it cannot parse removes rows', () => {
    expect(new TriggerClosure([trigger('a', 'some module’s own delete')]).anyRemovesRows).toBe(true);
  });
});
