import { describe, expect, it } from 'vitest';
import { memory, perform } from '../../../test/support/memory.ts';
import type { DatabaseBridge } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import type { ComparedTable } from '../../rebuild/index.ts';
import { readInventory, readTableInfo } from '../../schema/index.ts';
import { classify, splitStatements } from '../../sql/index.ts';
import { RunBaseline } from './run-baseline.ts';
import { type ColumnRef, type ColumnSource, OriginReader } from './column-origins.ts';
import { CopyTracker, type Copy } from './copy-tracker.ts';
import {
  copiedTo,
  columnOf,
  copiedRows,
  deletedSince,
  groupPaths,
  hasNulls,
  isWholeCopy,
  mainPaths,
  pathByNames,
  toComparedTable,
  updatedSince,
  type Path,
} from './copy-paths.ts';
import { RowBookkeeping } from './row-bookkeeping.ts';
import { TableTracker, type Table } from './table-tracker.ts';

function entryOf(sql: string): StepStatement {
  const statement = splitStatements(sql)[0]!;
  return { statement, facts: classify(statement), number: 1, skip: undefined, batch: undefined };
}

/** A database whose statements are followed as the loss detector follows them. */
class Followed {
  readonly bridge: DatabaseBridge;
  readonly tables: TableTracker;
  readonly bookkeeping: RowBookkeeping;
  readonly copies: CopyTracker;

  constructor(schema: string) {
    this.bridge = memory(schema);
    const inventory = perform(
      readInventory(() => false),
      this.bridge,
    );
    const baseline = new RunBaseline(inventory);
    this.tables = new TableTracker(baseline.tables, []);
    this.bookkeeping = new RowBookkeeping(this.tables, new Map());
    this.copies = new CopyTracker(this.tables, new OriginReader(this.tables, baseline.views), this.bookkeeping);
  }

  table(name: string): Table {
    return this.tables.find({ schema: undefined, name })!;
  }

  run(sql: string): this {
    for (const { sql: text } of splitStatements(sql)) {
      const entry = entryOf(text);
      const { facts } = entry;
      if (facts.verb !== 'insert' && facts.verb !== 'update' && facts.verb !== 'delete') throw new TypeError(text);
      const table = this.table(facts.name.name);
      this.bookkeeping.track(table);
      perform(this.bookkeeping.beginStatement(), this.bridge);
      void this.bridge.query(text, []);
      const figures = perform(this.bookkeeping.endStatement(entry), this.bridge);
      perform(this.bookkeeping.record(table, entry, facts, figures.changes), this.bridge);
      if (/\bselect\b/i.test(text)) perform(this.copies.record(entry, table, figures), this.bridge);
    }
    return this;
  }

  paths(name = 't'): Path[] {
    return groupPaths(this.table(name), this.copies.from(this.table(name)));
  }

  comparedTable(path: Path): ComparedTable {
    const [info, target] = [path.source, path.target].map((table) =>
      perform(readTableInfo(this.tables.nameOf(table)), this.bridge),
    );
    const name = `main."${this.tables.nameOf(path.source)}"`;
    return perform(toComparedTable(path, info!, name, target!, this.tables, this.bookkeeping), this.bridge);
  }
}

const t = `CREATE TABLE t (id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 'x', 'u'), (2, 'y', 'v'), (3, 'z', NULL);`;
const n = 'CREATE TABLE n (id INTEGER PRIMARY KEY, a, b);';
const pairsOf = ({ pairs }: Path): string => pairs.map(({ column, to }) => `${column}>${to}`).join(' ');

describe('the paths away from a table', () => {
  it.each([
    ['INSERT INTO n SELECT * FROM t', ['id>id a>a b>b']],
    ['INSERT INTO n (b, a) SELECT a, b FROM t', ['a>b b>a']],
    ['INSERT INTO n (id, a) SELECT id, upper(a) FROM t', ['id>id']],
    ['INSERT INTO n (a) SELECT upper(b) FROM t', ['']],
    // Alike copies are one path; others are paths of their own.
    ['INSERT INTO n SELECT * FROM t WHERE id = 1; INSERT INTO n SELECT * FROM t WHERE id > 1', ['id>id a>a b>b']],
    ['INSERT INTO n (a) SELECT a FROM t UNION ALL SELECT b FROM t', ['a>a', 'b>a']],
    ['INSERT INTO n (a) SELECT 1 FROM t', []],
    ['INSERT INTO n (a) SELECT id FROM u', []],
    ['UPDATE n SET a = (SELECT a FROM t)', []],
  ])('%s', (sql, expected) => {
    const followed = new Followed(`${t} ${n} CREATE TABLE u (id); INSERT INTO u VALUES (7);`).run(sql);
    expect(followed.paths().map(pairsOf)).toEqual(expected);
  });

  it('into two tables are two', () => {
    const followed = new Followed(`${t} ${n} CREATE TABLE m (id, a, b);`).run(
      'INSERT INTO n SELECT * FROM t; INSERT INTO m SELECT * FROM t',
    );
    expect(followed.paths().map(({ target }) => target.name)).toEqual(['n', 'm']);
  });

  it('without a copy lead to columns of the same name', () => {
    const followed = new Followed(`${t} CREATE TABLE m (B, c, Id);`);
    const info = perform(readTableInfo('t'), followed.bridge);
    const path = perform(pathByNames(followed.table('t'), info, followed.table('m'), followed.tables), followed.bridge);
    expect(pairsOf(path)).toBe('id>id b>b');
    expect(path.copies).toEqual([]);
  });

  it.each([
    ['a log of ids beside a whole copy', ['id a b', 'id'], ['id a b']],
    ['two halves of the columns', ['id a', 'id b'], ['id a', 'id b']],
    ['two of the same columns', ['id a', 'id a'], ['id a', 'id a']],
    ['one', ['id'], ['id']],
    ['a generated column does not count', ['id g', 'id a'], ['id a']],
  ])('main ones: %s', (_, lists, expected) => {
    const followed = new Followed('CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, g AS (a + 1));');
    const info = perform(readTableInfo('t'), followed.bridge);
    const source = followed.table('t');
    const paths = lists.map((list): Path => {
      return { source, target: source, copies: [], pairs: list.split(' ').map((column) => ({ column, to: column })) };
    });
    expect(mainPaths(paths, info).map(({ pairs }) => pairs.map(({ column }) => column).join(' '))).toEqual(expected);
  });
});

describe('a whole copy', () => {
  const isWhole = (sql: string, more = ''): boolean => {
    const followed = new Followed(t + n + more).run(sql);
    const [path] = followed.paths();
    const [row] = followed.bridge.query('SELECT count(*) AS rows FROM t', []) as readonly { rows: number }[];
    return isWholeCopy(path!, row!.rows, followed.bookkeeping);
  };

  it.each([
    'INSERT INTO n SELECT * FROM t',
    'INSERT INTO n (id, a) SELECT id, upper(a) FROM t WHERE 1',
    `INSERT INTO n SELECT * FROM t; INSERT INTO n VALUES (9, 'new', 'row')`,
  ])('is proven: %s', (sql) => {
    expect(isWhole(sql)).toBe(true);
  });

  it.each([
    ['with fewer rows', 'INSERT INTO n SELECT * FROM t WHERE id > 1'],
    ['in two parts', 'INSERT INTO n SELECT * FROM t WHERE id = 1; INSERT INTO n SELECT * FROM t WHERE id > 1'],
    ['of two tables', 'INSERT INTO n (a, b) SELECT t.a, u.k FROM t LEFT JOIN u ON 1'],
    ['through a view', 'INSERT INTO n SELECT * FROM v'],
    ['of a subselect', 'INSERT INTO n SELECT * FROM (SELECT * FROM t)'],
    ['with REPLACE', 'INSERT OR REPLACE INTO n SELECT * FROM t'],
    ['whose source is written afterwards', `INSERT INTO n SELECT * FROM t; INSERT INTO t VALUES (4, 'w', 'w')`],
    ['whose source changes afterwards', `INSERT INTO n SELECT * FROM t; UPDATE t SET a = 'w'`],
    ['that is changed afterwards', `INSERT INTO n SELECT * FROM t; UPDATE n SET a = 'w'`],
    ['of which is deleted afterwards', 'INSERT INTO n SELECT * FROM t; DELETE FROM n WHERE id = 1'],
    ['beside which a trigger works', 'INSERT INTO w (a, b) SELECT a, b FROM t'],
    ['after which a trigger works', `INSERT INTO n SELECT * FROM t; INSERT INTO w VALUES (1, 2)`],
  ])('is not proven %s', (_, sql) => {
    const more = `CREATE TABLE u (k); CREATE VIEW v AS SELECT * FROM t; CREATE TABLE w (a, b);
      CREATE TRIGGER made AFTER INSERT ON w BEGIN INSERT INTO u VALUES (new.a); END;`;
    expect(isWhole(sql, more)).toBe(false);
  });

  it('is not proven of a path without a copy', () => {
    const followed = new Followed(t + n);
    const path: Path = { source: followed.table('t'), target: followed.table('n'), copies: [], pairs: [] };
    expect(isWholeCopy(path, 3, followed.bookkeeping)).toBe(false);
    expect([copiedRows(path), deletedSince(path, followed.bookkeeping)]).toEqual([0, 0]);
    expect(updatedSince(['a'], [path], followed.bookkeeping)).toBe(0);
  });
});

describe('figures since a copy', () => {
  it('count the rows of a statement with several SELECTs once', () => {
    const [first] = new Followed(t + n).run('INSERT INTO n (a) SELECT a FROM t UNION ALL SELECT b FROM t').paths();
    expect(copiedRows(first!)).toBe(6);
  });

  it('add up the statements of a path', () => {
    const [path] = new Followed(t + n)
      .run('INSERT INTO n SELECT * FROM t WHERE id = 1; INSERT INTO n SELECT * FROM t WHERE id > 1')
      .paths();
    expect(copiedRows(path!)).toBe(3);
  });

  it('count what was deleted from the new table after its first copy', () => {
    const followed = new Followed(`${t} ${n} INSERT INTO n VALUES (8, 1, 1), (9, 1, 1);`).run(
      'DELETE FROM n WHERE id = 8; INSERT INTO n SELECT * FROM t; DELETE FROM n WHERE id IN (1, 9)',
    );
    expect(deletedSince(followed.paths()[0]!, followed.bookkeeping)).toBe(2);
  });

  it('count what UPDATE set after the copy, in the columns asked for', () => {
    const followed = new Followed(t + n).run(
      `INSERT INTO n SELECT * FROM t; UPDATE n SET a = 1 WHERE id < 3; UPDATE n SET b = 1`,
    );
    const paths = followed.paths();
    const set = (...to: (string | undefined)[]): number => updatedSince(to, paths, followed.bookkeeping);
    expect([set('a'), set('b'), set('id'), set(undefined)]).toEqual([2, 3, 0, 0]);
  });
});

describe('a column', () => {
  it('copied twice is the one with its own name', () => {
    const pairs = [
      { column: 'a', to: 'old_a' },
      { column: 'a', to: 'a' },
      { column: 'b', to: 'c' },
    ];
    const path = { pairs } as unknown as Path;
    expect([copiedTo(path, 'a'), copiedTo(path, 'b'), copiedTo(path, 'x')]).toEqual(['a', 'c', undefined]);
  });

  it('is found in any case', () => {
    const info = perform(readTableInfo('t'), memory('CREATE TABLE t (Id, b)'));
    expect(columnOf(info, 'iD')?.name).toBe('Id');
    expect(columnOf(info, 'c')).toBeUndefined();
  });

  it('has NULLs or has none', () => {
    const bridge = memory(t);
    const ask = (...columns: string[]): boolean => perform(hasNulls('t', columns), bridge);
    expect([ask('a'), ask('b'), ask('a', 'b')]).toEqual([false, true, true]);
  });
});

describe('the key of a path', () => {
  const keyOf = (before: string, after: string, copy: string): string => {
    const followed = new Followed(`${before} ${after}`).run(copy);
    const { key, indexed } = followed.comparedTable(followed.paths()[0]!);
    const shown = key?.map(({ from, to, collation, isExact }) =>
      [`${from}=${to}`, ...(collation === undefined ? [] : [collation]), ...(isExact === true ? ['exact'] : [])].join(
        ' ',
      ),
    );
    return `${shown?.join(', ') ?? 'none'}${indexed ? '; indexed' : ''}`.replaceAll('"', '');
  };
  const all = 'INSERT INTO n SELECT * FROM t';
  const key = (column: string, values: string): string => `CREATE TABLE t (${column}); INSERT INTO t VALUES ${values};`;

  it.each([
    ['the rowid alias', t, n, all, 'id=id exact; indexed'],
    ['renamed', t, 'CREATE TABLE n (k INTEGER PRIMARY KEY, a, b);', all, 'id=k exact; indexed'],
    ['without an index', t, 'CREATE TABLE n (id INTEGER, a, b);', all, 'id=id exact'],
    ['of another type', t, 'CREATE TABLE n (id TEXT PRIMARY KEY, a, b);', all, 'id=id BINARY'],
    [
      'a text that becomes the rowid',
      key('k TEXT PRIMARY KEY', `('1')`),
      'CREATE TABLE n (k INTEGER PRIMARY KEY);',
      all,
      'k=k; indexed',
    ],
    [
      'any value that becomes a text',
      key('k BLOB PRIMARY KEY', `('1')`),
      'CREATE TABLE n (k TEXT PRIMARY KEY);',
      all,
      'k=k BINARY; indexed',
    ],
    [
      'a number that becomes any value',
      key('k INT PRIMARY KEY', `(1)`),
      'CREATE TABLE n (k BLOB PRIMARY KEY);',
      all,
      'k=k BINARY',
    ],
    [
      'under another collation',
      key('k TEXT PRIMARY KEY', `('a')`),
      'CREATE TABLE n (k TEXT COLLATE NOCASE PRIMARY KEY);',
      all,
      'k=k NOCASE; indexed',
    ],
    [
      'of two columns, in another order',
      'CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO t VALUES (1, 2);',
      'CREATE TABLE n (a INT, b INT, UNIQUE (b, a));',
      all,
      'a=a BINARY exact, b=b BINARY exact; indexed',
    ],
    [
      'a UNIQUE column where the primary key is not carried',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT NOT NULL UNIQUE); INSERT INTO t VALUES (1, 1);',
      'CREATE TABLE n (id INTEGER PRIMARY KEY, k TEXT UNIQUE);',
      'INSERT INTO n (k) SELECT k FROM t',
      'k=k BINARY exact; indexed',
    ],
    [
      'a primary key that holds no NULL now',
      key('k TEXT PRIMARY KEY', `('a')`),
      'CREATE TABLE n (k TEXT PRIMARY KEY);',
      all,
      'k=k BINARY exact; indexed',
    ],
    [
      'a primary key that holds NULLs',
      key('k TEXT PRIMARY KEY', `('a'), (NULL)`),
      'CREATE TABLE n (k TEXT PRIMARY KEY);',
      all,
      'none',
    ],
    ['an expression of the key', t, n, 'INSERT INTO n SELECT id + 1, a, b FROM t', 'none'],
    ['no key', 'CREATE TABLE t (a); INSERT INTO t VALUES (1);', 'CREATE TABLE n (a);', all, 'none'],
    [
      'the rowid, selected by name',
      'CREATE TABLE t (a); INSERT INTO t VALUES (1);',
      'CREATE TABLE n (id INTEGER PRIMARY KEY, a);',
      'INSERT INTO n SELECT rowid, a FROM t',
      'rowid=id; indexed',
    ],
    [
      'the rowid into the rowid',
      'CREATE TABLE t (a); INSERT INTO t VALUES (1);',
      'CREATE TABLE n (a);',
      'INSERT INTO n (rowid, a) SELECT rowid, a FROM t',
      'rowid=rowid exact; indexed',
    ],
  ])('%s', (_, before, after, copy, expected) => {
    expect(keyOf(before, after, copy)).toBe(expected);
  });

  it('comes with the columns and the table as SQL', () => {
    const followed = new Followed(`${t} CREATE TABLE "n n" (id INTEGER PRIMARY KEY, "a b");`).run(
      'INSERT INTO "n n" SELECT DISTINCT id, a FROM t',
    );
    expect(followed.comparedTable(followed.paths()[0]!)).toMatchObject({
      table: 'main."n n"',
      columns: [
        { from: '"id"', to: '"id"' },
        { from: '"a"', to: '"a b"' },
      ],
      merges: true,
    });
  });
});

describe('a copy that only computes from a table', () => {
  it('is a path without columns', () => {
    const source: Table = { name: 't', temporary: false, virtual: false, existedBeforeRun: true };
    const ref: ColumnRef = { table: source, column: 'a' };
    const computed: ColumnSource = { kind: 'expression', reads: [ref] };
    const copy = (columns: ReadonlyMap<string, ColumnSource>, unassignedReads: readonly ColumnRef[] = []): Copy =>
      ({ target: { ...source, name: 'n' }, adds: true, columns, unassignedReads }) as unknown as Copy;
    const count = (...copies: readonly Copy[]): number => groupPaths(source, copies).length;
    expect(count(copy(new Map([['x', computed]])))).toBe(1);
    expect(count(copy(new Map(), [ref]))).toBe(1);
    expect(count(copy(new Map()))).toBe(0);
  });
});
