import { describe, expect, it } from 'vitest';
import type { SchemaObject } from '../../schema/index.ts';
import { Guard, type GuardedTable } from './guard.ts';
import { TableNames } from './names.ts';

const table = (name: string): [string, SchemaObject] => [
  name,
  { type: 'table', name, table: name, sql: `CREATE TABLE ${name} (a)` },
];
const inventory = (...names: string[]): ConstructorParameters<typeof Guard>[0] => ({
  tables: new Map(names.map(table)),
  others: new Map(),
  hasSequences: false,
});

const temporary = ['table', 'view', 'index'].map((type): SchemaObject => ({
  type: type as 'table',
  name: `Tmp_${type}`,
  table: 'x',
  sql: '',
}));

function setUp(): { names: TableNames; t: GuardedTable; u: GuardedTable; succeeded: string[] } {
  const guard = new Guard(inventory('t', 'u'), temporary);
  const succeeded: string[] = [];
  const names = new TableNames(guard, ({ name }) => succeeded.push(name));
  return { names, t: guard.tables.get('t')!, u: guard.tables.get('u')!, succeeded };
}

describe('TableNames', () => {
  it('knows which names mean the database', () => {
    const { names } = setUp();
    const main = (name: string, schema?: string): boolean => names.isMain({ name, schema });
    expect([main('t'), main('T', 'Main'), main('t', 'temp'), main('t', 'other')]).toEqual([true, true, false, false]);
    expect([main('tmp_table'), main('tmp_view'), main('tmp_index'), main('tmp_table', 'main')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    names.hide('T');
    expect([main('t'), names.find({ schema: undefined, name: 't' }), main('t', 'main')]).toEqual([
      false,
      undefined,
      true,
    ]);
    names.reveal('t');
    expect(main('t')).toBe(true);
  });

  it('follows a chain and a swap', () => {
    const { names, t, u } = setUp();
    for (const [from, to] of [
      ['t', 'X'],
      ['u', 't'],
      ['x', 'u'],
    ] as const)
      names.rename(from, to);
    expect([names.at('t'), names.at('u'), names.at('x')]).toEqual([u, t, undefined]);
    expect([...names.living()].map(([name]) => name)).toEqual(['u', 't']);
    expect(names.fateOf(t, inventory('t', 'u'))).toMatchObject({ kind: 'lives', name: 'u' });
  });

  it('tells a rebuild from a replacement by whether the table was read', () => {
    const rebuild = setUp();
    rebuild.names.drop('t', true);
    rebuild.names.create('T');
    expect(rebuild.names.fateOf(rebuild.t, inventory('t', 'u'))).toMatchObject({ kind: 'rebuilt', older: false });
    expect(rebuild.succeeded).toEqual(['t']);
    const replacement = setUp();
    replacement.names.drop('t', false);
    replacement.names.create('t');
    replacement.names.create('n');
    replacement.names.rename('n', 't');
    expect(replacement.names.fateOf(replacement.t, inventory('t', 'u')).kind).toBe('replaced');
    expect([replacement.succeeded, replacement.names.hasEnded(replacement.t)]).toEqual([[], true]);
  });

  it('sees a new table take the place, whichever comes first', () => {
    const after = setUp();
    after.names.create('n');
    after.names.drop('t', true);
    after.names.rename('n', 't');
    const before = setUp();
    before.names.rename('t', 'old');
    before.names.create('t');
    before.names.drop('old', true);
    for (const { names, t, succeeded } of [after, before]) {
      expect(succeeded).toEqual(['t']);
      expect(names.at('t')).toBe(t);
      expect(names.fateOf(t, inventory('t', 'u'))).toMatchObject({ kind: 'rebuilt', older: false });
      names.rename('t', 'final');
      expect(names.fateOf(t, inventory('final', 'u'))).toMatchObject({ kind: 'rebuilt', name: 'final' });
    }
  });

  it('takes a table of an earlier migration as one that was there before', () => {
    const { names, t } = setUp();
    names.drop('t', false);
    names.rename('prepared', 't');
    expect(names.fateOf(t, inventory('t', 'u'))).toMatchObject({ kind: 'rebuilt', older: true });
  });

  it('holds a dropped table against an old one that takes its name, wherever that goes', () => {
    const { names, t, u, succeeded } = setUp();
    names.drop('t', false);
    names.rename('u', 't');
    names.rename('t', 'v');
    expect(succeeded).toEqual([]);
    expect(names.fateOf(t, inventory('v'))).toMatchObject({ kind: 'rebuilt', older: true, name: 'v' });
    expect(names.fateOf(u, inventory('v'))).toMatchObject({ kind: 'lives', name: 'v' });
  });

  it('does not give a table away that has taken another’s place already', () => {
    const { names, t, u } = setUp();
    names.rename('u', 'w');
    names.drop('t', true);
    names.create('t');
    names.rename('t', 'u');
    names.drop('w', true);
    expect([names.at('u'), names.fateOf(u, inventory('u')).kind]).toEqual([t, 'dropped']);
  });

  it('knows what is gone with a word, and what without', () => {
    const { names, t, u } = setUp();
    names.drop('t', false);
    expect(names.fateOf(t, inventory()).kind).toBe('dropped');
    expect(names.fateOf(u, inventory())).toEqual({ kind: 'lost', older: false, name: 'u', table: undefined });
    expect(names.fateOf(u, undefined).kind).toBe('lives');
  });
});
