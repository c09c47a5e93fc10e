import { describe, expect, it } from 'vitest';
import { nameKey } from '../../sql/index.ts';
import { qualified, TableTracker, type Dropped, type Table } from './table-tracker.ts';

/** A tracker of tables that existed before the run. */
function track(...names: string[]): TableTracker {
  return new TableTracker(before(...names), []);
}

function before(...names: string[]): Map<string, Table> {
  return new Map(
    names.map((name) => [nameKey(name), { name, temporary: false, virtual: false, existedBeforeRun: true }]),
  );
}

const make = (tables: TableTracker, name: string): Table => tables.create(name, false, false);

describe('names', () => {
  it('are found in any case, with or without the schema', () => {
    const tables = track('Users');
    const users = tables.at('users')!;
    expect(users.name).toBe('Users');
    expect(tables.find({ schema: undefined, name: 'USERS' })).toBe(users);
    expect(tables.find({ schema: 'MAIN', name: 'users' })).toBe(users);
    expect(tables.find({ schema: 'other', name: 'users' })).toBeUndefined();
    expect(tables.find({ schema: 'temp', name: 'users' })).toBeUndefined();
    expect(tables.find({ schema: undefined, name: 'none' })).toBeUndefined();
  });

  it('mean a temporary table first', () => {
    const tables = track('t');
    const old = tables.at('t')!;
    const temporary = tables.create('T', true, false);
    expect(tables.find({ schema: undefined, name: 't' })).toBe(temporary);
    expect(tables.find({ schema: 'temp', name: 't' })).toBe(temporary);
    expect(tables.find({ schema: 'main', name: 't' })).toBe(old);
    expect(tables.isMain({ schema: undefined, name: 't' })).toBe(false);
    expect(tables.isMain({ schema: 'main', name: 't' })).toBe(true);
    tables.drop(temporary, false);
    expect(tables.find({ schema: undefined, name: 't' })).toBe(old);
    expect(tables.isMain({ schema: undefined, name: 't' })).toBe(true);
  });

  it('mean a temporary view before a table of the database', () => {
    const tables = new TableTracker(before('t', 'u'), ['U']);
    expect(tables.isMain({ schema: undefined, name: 'u' })).toBe(false);
    expect(tables.find({ schema: undefined, name: 'u' })).toBeUndefined();
    tables.createTemporaryView('T');
    expect(tables.isMain({ schema: undefined, name: 't' })).toBe(false);
    tables.dropTemporaryView('t');
    expect(tables.isMain({ schema: undefined, name: 't' })).toBe(true);
  });

  it('of an origin are looked up in the schema that SQLite reports', () => {
    const tables = track('t');
    const temporary = tables.create('t', true, false);
    expect(tables.origin('main', 'T')).toBe(tables.at('t'));
    expect(tables.origin('temp', 'T')).toBe(temporary);
    expect(tables.origin(undefined, undefined)).toBeUndefined();
  });

  it('are written with the schema and in quotes', () => {
    const tables = track('a "b"');
    expect(qualified(tables.at('a "b"')!, tables)).toBe('main."a ""b"""');
    expect(qualified(tables.create('k', true, false), tables)).toBe('temp."k"');
  });
});

describe('a rename', () => {
  it('moves the table, and keeps its first name until it is accepted', () => {
    const tables = track('t', 'u');
    const t = tables.at('t')!;
    tables.rename(t, 'People');
    expect([t.name, tables.nameOf(t)]).toEqual(['t', 'People']);
    expect(tables.at('people')).toBe(t);
    expect(tables.at('t')).toBeUndefined();
    expect(tables.isLiving(t)).toBe(true);
    expect(tables.present(t)).toBe(t);
    expect([...tables.accept()].map(([key, table]) => [key, table.name])).toEqual([
      ['u', 'u'],
      ['people', 'People'],
    ]);
    expect(t.name).toBe('People');
  });

  it('that is rolled back leaves the tables as they were', () => {
    const old = before('t');
    new TableTracker(old, []).rename(old.get('t')!, 'people');
    expect(new TableTracker(old, []).at('t')).toBe(old.get('t'));
    expect(old.get('t')!.name).toBe('t');
  });

  it('swaps two tables through a third name', () => {
    const tables = track('t', 'u');
    const [t, u] = [tables.at('t')!, tables.at('u')!];
    tables.rename(t, 'x');
    tables.rename(u, 't');
    tables.rename(t, 'u');
    expect([tables.at('t'), tables.at('u'), tables.at('x')]).toEqual([u, t, undefined]);
    expect([...tables.living()]).toEqual([u, t]);
    expect(tables.present(t)).toBe(t);
  });

  it('moves a temporary table within its own schema', () => {
    const tables = track('t');
    const temporary = tables.create('k', true, false);
    tables.rename(temporary, 't');
    expect(tables.find({ schema: undefined, name: 't' })).toBe(temporary);
    expect(tables.find({ schema: undefined, name: 'k' })).toBeUndefined();
    expect(tables.at('t')).not.toBe(temporary);
    expect(tables.temporaryTables()).toEqual([temporary]);
    expect(tables.isLiving(temporary)).toBe(true);
  });
});

describe('a dropped table', () => {
  it('is gone, and has no successor', () => {
    const tables = track('t', 'u');
    const t = tables.at('t')!;
    tables.drop(t, true);
    expect(tables.at('t')).toBeUndefined();
    expect(tables.isLiving(t)).toBe(false);
    expect(tables.present(t)).toBeUndefined();
    expect([...tables.living()].map(({ name }) => name)).toEqual(['u']);
    expect([...tables.accept().keys()]).toEqual(['u']);
  });

  it('is succeeded by the table that is renamed to its name, read or not', () => {
    for (const wasRead of [true, false]) {
      const tables = track('t');
      const t = tables.at('t')!;
      const n = make(tables, 'n');
      const dropped = tables.drop(t, wasRead);
      tables.rename(n, 'T');
      expect(dropped).toMatchObject({ successor: n, replaced: false });
      expect(tables.present(t)).toBe(n);
    }
  });

  it('is succeeded by the table that is created with its name, if it was read', () => {
    const tables = track('t');
    const t = tables.at('t')!;
    const dropped = tables.drop(t, true);
    const n = make(tables, 't');
    expect(dropped).toMatchObject({ successor: n, replaced: false });
    expect(tables.present(t)).toBe(n);
  });

  it('is replaced by the table that is created with its name, if it was not read', () => {
    const tables = track('t');
    const t = tables.at('t')!;
    const dropped = tables.drop(t, false);
    make(tables, 't');
    expect(dropped).toMatchObject({ successor: undefined, replaced: true });
    expect(tables.present(t)).toBeUndefined();
  });

  it('that was replaced is not succeeded by a later table of its name', () => {
    const tables = track('t');
    const dropped = tables.drop(tables.at('t')!, false);
    const second = make(tables, 't');
    tables.drop(second, true);
    const third = make(tables, 't');
    expect(dropped).toMatchObject({ successor: undefined, replaced: true });
    expect(tables.present(second)).toBe(third);
  });

  it('that was renamed first is succeeded by the new table of its old name', () => {
    const tables = track('t');
    const t = tables.at('t')!;
    tables.rename(t, 't_old');
    const n = make(tables, 't');
    expect(tables.present(t)).toBe(t);
    const dropped = tables.drop(t, true);
    expect([...dropped.names]).toEqual(['t', 't_old']);
    expect(dropped.successor).toBe(n);
  });

  it('that was renamed is not succeeded by an older table with its old name', () => {
    const tables = track('t', 'u');
    const [t, u] = [tables.at('t')!, tables.at('u')!];
    tables.rename(t, 'x');
    tables.rename(u, 't');
    tables.rename(t, 'u');
    expect(tables.drop(t, false).successor).toBeUndefined();
    expect(tables.present(t)).toBeUndefined();
  });

  it('that was renamed is succeeded by a table that takes its old name later', () => {
    const tables = track('t');
    const t = tables.at('t')!;
    tables.rename(t, 't_old');
    const dropped = tables.drop(t, true);
    const n = make(tables, 't');
    expect(dropped.successor).toBe(n);
  });

  it('has one successor: the first that took its name', () => {
    const tables = track('t');
    const t = tables.at('t')!;
    const [n, m] = [make(tables, 'n'), make(tables, 'm')];
    tables.drop(t, true);
    tables.rename(n, 't');
    tables.rename(n, 'other');
    tables.rename(m, 't');
    expect(tables.present(t)).toBe(n);
  });

  it('rebuilt twice is succeeded by the last', () => {
    const tables = track('t');
    const t = tables.at('t')!;
    const n = make(tables, 'n');
    tables.drop(t, true);
    tables.rename(n, 't');
    const m = make(tables, 'm');
    tables.drop(n, true);
    tables.rename(m, 't');
    expect([tables.present(t), tables.present(n), tables.present(m)]).toEqual([m, m, m]);
    expect(tables.existedBeforeRun(m)).toBe(true);
  });

  it('has no successor if it is temporary', () => {
    const tables = track();
    const k = tables.create('k', true, false);
    const dropped: Dropped = tables.drop(k, true);
    make(tables, 'k');
    expect(dropped.successor).toBeUndefined();
  });
});

describe('what existed before the run', () => {
  it('contains the old tables and their successors', () => {
    const tables = track('t');
    const t = tables.at('t')!;
    const n = make(tables, 'n');
    expect([tables.isNew(t), tables.isNew(n)]).toEqual([false, true]);
    expect([tables.existedBeforeRun(t), tables.existedBeforeRun(n)]).toEqual([true, false]);
    tables.drop(t, true);
    tables.rename(n, 't');
    expect(tables.existedBeforeRun(n)).toBe(true);
    expect(n.existedBeforeRun).toBe(false);
    expect(tables.accept().get('t')).toBe(n);
    expect(n.existedBeforeRun).toBe(true);
  });

  it('is passed on through two rebuilds in one migration', () => {
    const tables = track('t');
    const t = tables.at('t')!;
    const n = make(tables, 'n');
    tables.drop(t, true);
    tables.rename(n, 't');
    const m = make(tables, 'm');
    tables.drop(n, true);
    tables.rename(m, 't');
    expect(tables.accept().get('t')).toMatchObject({ name: 't', existedBeforeRun: true });
  });

  it('is not passed on to a table that replaced it', () => {
    const tables = track('t');
    tables.drop(tables.at('t')!, false);
    make(tables, 't');
    expect(tables.accept().get('t')).toMatchObject({ name: 't', existedBeforeRun: false });
  });

  it('is what the next migration finds', () => {
    const first = track('t');
    make(first, 'n');
    const second = new TableTracker(first.accept(), []);
    const n = second.at('n')!;
    expect([second.isNew(n), second.existedBeforeRun(n)]).toEqual([false, false]);
  });
});
