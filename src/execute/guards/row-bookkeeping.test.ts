import { describe, expect, it } from 'vitest';
import { memory, perform } from '../../../test/support/memory.ts';
import type { DatabaseBridge } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { readInventory } from '../../schema/index.ts';
import { classify, splitStatements } from '../../sql/index.ts';
import { driverError, recordBridge } from '../../testing/index.ts';
import { RunBaseline } from './run-baseline.ts';
import { RowBookkeeping, type ChangeCounts } from './row-bookkeeping.ts';
import { TableTracker, type Table } from './table-tracker.ts';

const schema = `CREATE TABLE t (id INTEGER PRIMARY KEY, k UNIQUE, v); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3);
  CREATE TABLE log (what); INSERT INTO log VALUES ('begin');`;

function entryOf(sql: string): StepStatement {
  const statement = splitStatements(sql)[0]!;
  return { statement, facts: classify(statement), number: 1, skip: undefined, batch: undefined };
}

/** Books of a database, and what the loss detector does around a statement. */
class Kept {
  readonly bridge: DatabaseBridge;
  readonly tables: TableTracker;
  readonly counts = new Map<Table, number>();
  readonly books: RowBookkeeping;

  constructor(more = '', bridge = memory(schema + more)) {
    this.bridge = bridge;
    const inventory = perform(
      readInventory(() => false),
      bridge,
    );
    this.tables = new TableTracker(new RunBaseline(inventory).tables, []);
    this.books = new RowBookkeeping(this.tables, this.counts);
  }

  table(name: string): Table {
    return this.tables.find({ schema: undefined, name })!;
  }

  /** Counts a table, as before a statement that may remove its rows. */
  risk(name: string, sql = 'SELECT 1'): void {
    perform(this.books.countBefore(this.table(name), entryOf(sql)), this.bridge);
  }

  run(sql: string, batch?: StepStatement['batch']): ChangeCounts {
    const entry = { ...entryOf(sql), batch };
    const { facts } = entry;
    if (facts.verb !== 'insert' && facts.verb !== 'update' && facts.verb !== 'delete') throw new TypeError(sql);
    perform(this.books.beginStatement(), this.bridge);
    void this.bridge.query(sql, []);
    const figures = perform(this.books.endStatement(entry), this.bridge);
    const table = this.tables.find(facts.name)!;
    perform(this.books.record(table, entry, facts, figures.changes), this.bridge);
    return figures;
  }

  /** Table: rows before, after, lost. */
  shortages(): string[] {
    return perform(this.books.shortages(), this.bridge).map(
      ({ table, before, after, lost, deleted }) =>
        `${this.tables.nameOf(table)}: ${before} before, ${after} after, ${lost} lost, ${deleted} deleted`,
    );
  }
}

describe('a table at risk', () => {
  it.each([
    ['an INSERT', `INSERT INTO t VALUES (4, 'd', 4)`],
    ['an INSERT OR IGNORE that adds none', `INSERT OR IGNORE INTO t VALUES (1, 'x', 1)`],
    ['an UPDATE', `UPDATE t SET v = 9`],
    ['a DELETE', `DELETE FROM t WHERE id > 1`],
    ['a DELETE of every row', `DELETE FROM t`],
    ['a REPLACE of one row', `REPLACE INTO t VALUES (1, 'z', 1)`],
    ['a REPLACE of two rows by one', `REPLACE INTO t VALUES (1, 'b', 1)`],
    ['an UPDATE OR REPLACE', `UPDATE OR REPLACE t SET k = 'a' WHERE id = 3`],
    ['an upsert that updates', `INSERT INTO t VALUES (1, 'a', 5) ON CONFLICT (id) DO UPDATE SET v = 5`],
    ['an upsert that adds', `INSERT INTO t VALUES (7, 'g', 5) ON CONFLICT (id) DO UPDATE SET v = 5`],
  ])('that its own statement changes has lost nothing: %s', (_, sql) => {
    const kept = new Kept();
    kept.risk('t');
    kept.run(sql);
    expect(kept.shortages()).toEqual([]);
  });

  it('has lost rows that no statement deleted', () => {
    const kept = new Kept();
    kept.risk('t', 'UPDATE log SET what = 1');
    void kept.bridge.script('DELETE FROM t WHERE id < 3');
    expect(kept.shortages()).toEqual(['t: 3 before, 1 after, 2 lost, 0 deleted']);
    expect(perform(kept.books.shortages(), kept.bridge)[0]!.entry?.statement.sql).toBe('UPDATE log SET what = 1');
  });

  it('has lost the rows beyond those that its statements deleted', () => {
    const kept = new Kept();
    kept.risk('t');
    kept.run('DELETE FROM t WHERE id = 1');
    void kept.bridge.script('DELETE FROM t WHERE id = 2');
    expect(kept.shortages()).toEqual(['t: 3 before, 1 after, 1 lost, 1 deleted']);
  });

  it('has lost rows that others replaced', () => {
    const kept = new Kept();
    kept.risk('t');
    kept.run(`INSERT INTO t (k) VALUES ('d'), ('e')`);
    void kept.bridge.script('DELETE FROM t WHERE id = 1');
    expect(kept.shortages()).toEqual(['t: 3 before, 4 after, 1 lost, 0 deleted']);
  });

  it('is not excused by a DELETE or an UPDATE of no row', () => {
    const kept = new Kept();
    kept.risk('t');
    kept.run('DELETE FROM t WHERE id = 99');
    kept.run('UPDATE OR REPLACE t SET v = 1 WHERE id = 99');
    void kept.bridge.script('DELETE FROM t WHERE id = 1');
    expect(kept.shortages()).toEqual(['t: 3 before, 2 after, 1 lost, 0 deleted']);
  });

  it('has the rows that it had before its statements, when it is at risk only after them', () => {
    const kept = new Kept();
    kept.books.track(kept.table('t'));
    kept.run('DELETE FROM t WHERE id = 1');
    kept.run(`INSERT INTO t (k) VALUES ('d'), ('e')`);
    kept.risk('t');
    expect(kept.shortages()).toEqual([]);
    void kept.bridge.script('DELETE FROM t WHERE id = 2');
    expect(kept.shortages()).toEqual(['t: 3 before, 3 after, 1 lost, 1 deleted']);
  });

  it('is counted once', () => {
    const kept = new Kept('', recordBridge(memory(schema)));
    kept.risk('t');
    kept.risk('t');
    expect(
      (kept.bridge as ReturnType<typeof recordBridge>).requests.filter(({ sql }) => sql.includes('count(*)')),
    ).toHaveLength(1);
  });

  it('may lose as many rows as foreign key actions deleted', () => {
    const kept = new Kept();
    kept.risk('t');
    void kept.bridge.script('DELETE FROM t WHERE id < 3');
    kept.books.recordSideDeletes(kept.table('t'), 1);
    kept.books.recordSideDeletes(kept.table('log'), 1);
    expect(kept.shortages()).toEqual(['t: 3 before, 1 after, 1 lost, 0 deleted']);
  });

  it('keeps its account when it is renamed', () => {
    const kept = new Kept();
    kept.risk('t');
    kept.tables.rename(kept.table('t'), 'people');
    void kept.bridge.script('ALTER TABLE t RENAME TO people; DELETE FROM people WHERE id = 1');
    expect(kept.shortages()).toEqual(['people: 3 before, 2 after, 1 lost, 0 deleted']);
  });

  it('that is dropped is not compared at the end', () => {
    const kept = new Kept();
    kept.risk('t');
    kept.tables.drop(kept.table('t'), false);
    void kept.bridge.script('DROP TABLE t');
    expect(kept.shortages()).toEqual([]);
  });

  it('is counted in the temp schema if it is temporary', () => {
    const kept = new Kept('CREATE TEMP TABLE t AS SELECT 1 AS a UNION SELECT 2;');
    kept.tables.create('t', true, false);
    kept.risk('t');
    void kept.bridge.script('DELETE FROM temp.t WHERE a = 1');
    expect(kept.shortages()).toEqual(['t: 2 before, 1 after, 1 lost, 0 deleted']);
  });
});

describe('what a statement changed', () => {
  const trigger = `CREATE TRIGGER made AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('x'), ('y'); END;`;

  it('excludes what its triggers changed', () => {
    const kept = new Kept(trigger);
    expect(kept.run(`INSERT INTO t (k) VALUES ('d'), ('e')`)).toEqual({ changes: 2, sideEffects: 4 });
    expect(kept.run(`UPDATE t SET v = 1 WHERE id < 3`)).toEqual({ changes: 2, sideEffects: 0 });
    expect(kept.run(`DELETE FROM t WHERE id = 99`)).toEqual({ changes: 0, sideEffects: 0 });
  });

  it('is correct after statements whose figures were not needed', () => {
    const kept = new Kept(trigger);
    kept.run(`UPDATE t SET v = 1`);
    void kept.bridge.script(`INSERT INTO t (k) VALUES ('d')`);
    kept.books.skipStatement(kept.table('t'));
    kept.books.skipStatement(undefined);
    expect(kept.run(`DELETE FROM t WHERE id = 1`)).toEqual({ changes: 1, sideEffects: 0 });
  });

  it('is the sum of all batches', () => {
    const kept = new Kept();
    const entry = { ...entryOf('UPDATE t SET v = 0'), batch: { rows: 2 } as never };
    perform(kept.books.beginStatement(), kept.bridge);
    void kept.bridge.script('UPDATE t SET v = 0 WHERE id < 3; UPDATE t SET v = 0 WHERE id = 3');
    expect(perform(kept.books.endStatement(entry), kept.bridge)).toEqual({ changes: 3, sideEffects: 0 });
  });
});

describe('a mark', () => {
  it('has what the statements since then inserted, deleted and updated', () => {
    const kept = new Kept();
    const table = kept.table('t');
    expect(kept.books.isTracked(table)).toBe(false);
    kept.books.track(table);
    expect([kept.books.isTracked(table), kept.books.isTracked(undefined)]).toEqual([true, false]);
    const before = kept.books.mark(table);
    kept.run(`INSERT INTO t (k) VALUES ('d')`);
    expect(kept.books.mark(table)).toEqual({ ...before, inserted: 1 });
    kept.run(`UPDATE t SET v = 1, K = k || 1 WHERE id < 3`);
    kept.run(`UPDATE t SET v = 1 WHERE id = 1`);
    kept.run(`DELETE FROM t WHERE id > 2`);
    expect(kept.books.mark(table)).toEqual({
      inserted: 1,
      deleted: 2,
      updated: new Map([
        ['v', 3],
        ['k', 2],
      ]),
      otherStatements: 3,
      sideEffects: 0,
    });
    expect(before).toMatchObject({ inserted: 0, updated: new Map(), otherStatements: 0 });
  });

  it('counts an upsert as an UPDATE', () => {
    const kept = new Kept();
    kept.books.track(kept.table('t'));
    kept.run(`INSERT INTO t VALUES (1, 'a', 5), (2, 'b', 5) ON CONFLICT (id) DO UPDATE SET v = 5`);
    expect(kept.books.mark(kept.table('t'))).toMatchObject({
      inserted: 0,
      updated: new Map([['v', 2]]),
      otherStatements: 1,
    });
  });

  it('has what triggers changed anywhere', () => {
    const kept = new Kept(`CREATE TRIGGER made AFTER INSERT ON log BEGIN UPDATE t SET v = 0; END;`);
    kept.run(`INSERT INTO log VALUES ('x')`);
    expect(kept.books.mark(kept.table('t')).sideEffects).toBe(3);
  });

  it('follows a renamed column', () => {
    const kept = new Kept();
    const table = kept.table('t');
    kept.books.renameColumn(table, 'v', 'w');
    kept.books.track(table);
    kept.run(`UPDATE t SET v = 1`);
    kept.books.renameColumn(table, 'v', 'w');
    kept.books.renameColumn(table, 'k', 'l');
    expect(kept.books.mark(table).updated).toEqual(new Map([['w', 3]]));
  });
});

describe('a count', () => {
  it('is kept until a statement changes the table', () => {
    const kept = new Kept();
    const table = kept.table('t');
    const count = (): number => perform(kept.books.count(table), kept.bridge);
    expect(count()).toBe(3);
    void kept.bridge.script('DELETE FROM t WHERE id = 1');
    expect(count()).toBe(3);
    kept.books.invalidate(table);
    expect(count()).toBe(2);
    kept.run('DELETE FROM t WHERE id = 2');
    expect(count()).toBe(1);
  });

  it('at the end is the count before the next migration', () => {
    const kept = new Kept();
    kept.risk('t');
    kept.run('DELETE FROM t WHERE id = 1');
    kept.shortages();
    expect(kept.counts.get(kept.table('t'))).toBe(2);
  });

  it('of a virtual table is never kept, and one that cannot be counted has no rows', () => {
    const kept = new Kept(
      `CREATE VIRTUAL TABLE f USING fts5 (v); INSERT INTO f VALUES ('a'); CREATE VIRTUAL TABLE g USING fts5 (v, content = 'missing');`,
    );
    const count = (name: string): number => perform(kept.books.count(kept.table(name)), kept.bridge);
    expect(count('f')).toBe(1);
    void kept.bridge.script(`INSERT INTO f VALUES ('b')`);
    expect([count('f'), count('g')]).toEqual([2, 0]);
    kept.risk('f');
    void kept.bridge.script('DELETE FROM f');
    expect(kept.shortages()).toEqual([]);
  });

  it('that fails for another reason than the table fails', () => {
    const bridge = recordBridge(memory(schema));
    const kept = new Kept('', bridge);
    bridge.failWhen('count(*)', driverError('SQLITE_IOERR_READ', 'disk I/O error'));
    expect(() => perform(kept.books.count(kept.table('t')), bridge)).toThrow(/disk I\/O error/);
  });
});
