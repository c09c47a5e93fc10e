import { describe, expect, it } from 'vitest';
import type { DatabaseBridge } from '../bridge/index.ts';
import { memory, perform } from '../../test/support/memory.ts';
import {
  canonicalValue,
  changedExamples,
  compareRows,
  lostExamples,
  type Comparison,
  type ColumnPair,
  type ComparedTable,
} from './comparison.ts';

const same = (...names: string[]): ColumnPair[] => names.map((name) => ({ from: name, to: name }));

/** A path whose key, if it has one, is a column of this name with an index. */
function path(table: string, columns: string[], key?: string[], more: Partial<ComparedTable> = {}): ComparedTable {
  const pairs = key === undefined ? undefined : same(...key);
  return { table, columns: same(...columns), key: pairs, indexed: key !== undefined, merges: false, ...more };
}

function compare(bridge: DatabaseBridge, paths: readonly ComparedTable[], ...columns: string[]): Comparison {
  const compared = columns.map((from) => ({
    from,
    to: paths.map((one) => one.columns.find((pair) => pair.from === from)?.to),
  }));
  return perform(compareRows('t', paths, compared), bridge);
}

const t = `CREATE TABLE t (id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 'x', 'u'), (2, 'y', NULL), (3, 'x', '');`;
const newT = 'CREATE TABLE n (id INTEGER PRIMARY KEY, a, b);';

describe('values', () => {
  it.each([
    // A number and its text, a whole REAL and its integer.
    [`1`, `'1'`, true],
    [`42`, `'42.0'`, true],
    [`42`, `42.0`, true],
    [`42.5`, `'42.5'`, true],
    [`-0.5`, `'-0.5'`, true],
    [`9007199254740993`, `'9007199254740993'`, true],
    [`1e3`, `'1000.0'`, true],
    [`'a'`, `'a'`, true],
    [`x'00ff'`, `x'00FF'`, true],
    [`NULL`, `NULL`, true],
    // A blob as a literal of SQL is that blob.
    [`'X''61'''`, `x'61'`, true],
    // What SQLite finds equal under a collation or after a conversion, and what merely looks alike.
    [`123`, `'00123'`, false],
    [`42`, `'42.00'`, false],
    [`42`, `' 42'`, false],
    [`'a'`, `'A'`, false],
    [`'a'`, `'a '`, false],
    [`'a'`, `x'61'`, false],
    [`'x''61'''`, `x'61'`, false],
    [`1`, `2`, false],
    [`0.1`, `0.2`, false],
    [`9007199254740993`, `9007199254740992.0`, false],
    [`'1e3'`, `1000`, false],
    [`''`, `0`, false],
    [`NULL`, `0`, false],
    [`NULL`, `''`, false],
  ])('%s and %s are the same: %s', (one, other, expected) => {
    const bridge = memory();
    const [row] = bridge.query(
      `SELECT ${canonicalValue('a')} IS ${canonicalValue('b')} AS same FROM (SELECT ${one} AS a, ${other} AS b)`,
      [],
    ) as readonly { same: number }[];
    expect(row!.same === 1).toBe(expected);
  });

  it('are compared without the collation of their column', () => {
    const bridge = memory(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE); INSERT INTO t VALUES (1, 'a'), (2, 'b');
       CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE); INSERT INTO n VALUES (1, 'A'), (2, 'b');`,
    );
    expect(compare(bridge, [path('n', ['id', 'a'], ['id'])], 'a').changed).toEqual([1]);
  });

  it('are compared without the affinity of their column', () => {
    const bridge = memory(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, '00123'), (2, '7');
       CREATE TABLE n (id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO n SELECT * FROM t;`,
    );
    expect(compare(bridge, [path('n', ['id', 'a'], ['id'])], 'a').changed).toEqual([1]);
  });
});

describe('one path with an indexed key', () => {
  it('finds nothing where all is there', () => {
    const bridge = memory(`${t} ${newT} INSERT INTO n SELECT * FROM t; INSERT INTO n VALUES (9, 'new', 'row');`);
    expect(compare(bridge, [path('n', ['id', 'a', 'b'], ['id'])], 'id', 'a', 'b')).toEqual({
      rows: 3,
      lost: 0,
      paths: [{ lost: 0, shared: 0 }],
      changed: [0, 0, 0],
      stranded: [0, 0, 0],
      keyed: true,
    });
  });

  it('counts rows that are missing, whatever came in their place', () => {
    const bridge = memory(
      `${t} ${newT} INSERT INTO n SELECT * FROM t WHERE id > 1; INSERT INTO n VALUES (9, 'x', 'u');`,
    );
    const found = compare(bridge, [path('n', ['id', 'a', 'b'], ['id'])], 'a', 'b');
    expect(found).toMatchObject({ rows: 3, lost: 1, changed: [0, 0] });
  });

  it('counts values that changed, and no NULL that became a value', () => {
    const bridge = memory(`${t} ${newT} INSERT INTO n SELECT id, upper(a), 'new' FROM t;`);
    expect(compare(bridge, [path('n', ['id', 'a', 'b'], ['id'])], 'a', 'b').changed).toEqual([3, 2]);
  });

  it('counts a value that became NULL', () => {
    const bridge = memory(`${t} ${newT} INSERT INTO n SELECT id, a, NULL FROM t;`);
    expect(compare(bridge, [path('n', ['id', 'a', 'b'], ['id'])], 'a', 'b').changed).toEqual([0, 2]);
  });

  it('takes no row for a partner that only a collation finds', () => {
    const bridge = memory(
      `CREATE TABLE t (k TEXT PRIMARY KEY, a); INSERT INTO t VALUES ('a', 1), ('B', 2);
       CREATE TABLE n (k TEXT COLLATE NOCASE PRIMARY KEY, a); INSERT INTO n VALUES ('A', 1), ('B', 2);`,
    );
    const key = [{ from: 'k', to: 'k', collation: 'NOCASE' }];
    expect(compare(bridge, [path('n', ['k', 'a'], ['k'], { key })], 'a')).toMatchObject({ rows: 2, lost: 1 });
  });

  it('takes no row for a partner that only a conversion finds', () => {
    const bridge = memory(
      `CREATE TABLE t (k TEXT PRIMARY KEY, a); INSERT INTO t VALUES ('01', 1), ('2', 2);
       CREATE TABLE n (k INTEGER PRIMARY KEY, a); INSERT INTO n VALUES (1, 1), (2, 2);`,
    );
    expect(compare(bridge, [path('n', ['k', 'a'], ['k'])], 'a')).toMatchObject({ rows: 2, lost: 1 });
  });

  it('needs all columns of the key', () => {
    const bridge = memory(
      `CREATE TABLE t (h, p, g, PRIMARY KEY (h, p)) WITHOUT ROWID; INSERT INTO t VALUES ('r', 1, 'a'), ('r', 2, 'b'), ('b', 1, 'c');
       CREATE TABLE n (p, h, g, PRIMARY KEY (p, h)); INSERT INTO n VALUES (1, 'r', 'a'), (1, 'b', 'x');`,
    );
    expect(compare(bridge, [path('n', ['h', 'p', 'g'], ['h', 'p'])], 'g')).toMatchObject({ lost: 1, changed: [1] });
  });

  it('compares more columns than fit into one result', () => {
    const names = Array.from({ length: 230 }, (_, i) => `c${i}`);
    const list = names.join(', ');
    const bridge = memory(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, ${list}); CREATE TABLE n (id INTEGER PRIMARY KEY, ${list});`,
    );
    const values = (changed: readonly number[]): string =>
      names.map((_, i) => (changed.includes(i) ? 2 : 1)).join(', ');
    void bridge.script(
      `INSERT INTO t VALUES (1, ${values([])}); INSERT INTO n VALUES (1, ${values([0, 99, 100, 229])});`,
    );
    const { changed, rows, lost } = compare(bridge, [path('n', ['id', ...names], ['id'])], ...names);
    expect([rows, lost]).toEqual([1, 0]);
    expect(changed.flatMap((n, i) => (n === 0 ? [] : [i]))).toEqual([0, 99, 100, 229]);
  });

  it('counts rows where no column is to be compared, and leaves out one that went nowhere', () => {
    const bridge = memory(`${t} ${newT} INSERT INTO n SELECT id, a, 'z' FROM t WHERE id < 3;`);
    const key = path('n', ['id', 'a'], ['id']);
    expect(compare(bridge, [key])).toMatchObject({ rows: 3, lost: 1, changed: [] });
    expect(compare(bridge, [key], 'b', 'a')).toMatchObject({ lost: 1, changed: [0, 0] });
  });

  it('of an empty table finds nothing', () => {
    const bridge = memory(`CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE TABLE n (id INTEGER PRIMARY KEY, a);`);
    expect(compare(bridge, [path('n', ['id', 'a'], ['id'])], 'a')).toMatchObject({ rows: 0, lost: 0, changed: [0] });
  });
});

describe('one path with a key that has no index', () => {
  it('looks the rows up in a set', () => {
    const bridge = memory(`${t} CREATE TABLE n (id, a, b); INSERT INTO n SELECT id, upper(a), b FROM t WHERE id > 1;`);
    const found = compare(bridge, [path('n', ['id', 'a', 'b'], ['id'], { indexed: false })], 'a', 'b');
    expect(found).toEqual({
      rows: 3,
      lost: 1,
      paths: [{ lost: 1, shared: 0 }],
      changed: [2, 0],
      stranded: [0, 0],
      keyed: true,
    });
  });
});

describe('one path without a key', () => {
  const x = `CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'u'), (2, 'v'), (2, 'v'), (NULL, NULL);`;

  it('counts equal rows one by one', () => {
    const bridge = memory(`${x} CREATE TABLE n (a, b); INSERT INTO n SELECT DISTINCT * FROM t;`);
    expect(compare(bridge, [path('n', ['a', 'b'])], 'a', 'b')).toEqual({
      rows: 4,
      lost: 1,
      paths: [{ lost: 1, shared: 0 }],
      changed: [0, 0],
      stranded: [0, 0],
      keyed: false,
    });
  });

  it('takes a row with another value for a missing one', () => {
    const bridge = memory(
      `${x} CREATE TABLE n (a, b); INSERT INTO n SELECT a, b FROM t; UPDATE n SET b = 'w' WHERE a = 1;`,
    );
    expect(compare(bridge, [path('n', ['a', 'b'])], 'a', 'b').lost).toBe(1);
    expect(compare(bridge, [path('n', ['a', 'b'])], 'a').lost).toBe(0);
  });

  it('needs a column to compare', () => {
    const bridge = memory(`${x} CREATE TABLE n (a, b);`);
    expect(compare(bridge, [path('n', ['a', 'b'])])).toMatchObject({ rows: 4, lost: 0 });
  });

  it('finds equal rows that were merged into one as values, and misses them as rows', () => {
    const bridge = memory(`${x} CREATE TABLE n (a, b); INSERT INTO n SELECT DISTINCT * FROM t;`);
    expect(compare(bridge, [path('n', ['a', 'b'], undefined, { merges: true })], 'a', 'b')).toMatchObject({
      lost: 0,
      paths: [{ lost: 1, shared: 3 }],
    });
  });

  it('misses a row that no row of the merged ones is equal to', () => {
    const bridge = memory(`${x} CREATE TABLE n (a, b); INSERT INTO n SELECT DISTINCT * FROM t WHERE a > 1;`);
    expect(compare(bridge, [path('n', ['a', 'b'], undefined, { merges: true })], 'a', 'b').lost).toBe(2);
  });
});

describe('several paths', () => {
  const parts = `${t} CREATE TABLE m (id INTEGER PRIMARY KEY, a, b); ${newT}`;
  const both = [path('m', ['id', 'a', 'b'], ['id']), path('n', ['id', 'a', 'b'], ['id'])];

  it('hold a row together', () => {
    const bridge = memory(
      `${parts} INSERT INTO m SELECT * FROM t WHERE id = 1; INSERT INTO n SELECT * FROM t WHERE id > 1;`,
    );
    expect(compare(bridge, both, 'a', 'b')).toEqual({
      rows: 3,
      lost: 0,
      paths: [
        { lost: 2, shared: 0 },
        { lost: 1, shared: 0 },
      ],
      changed: [0, 0],
      stranded: [0, 0],
      keyed: true,
    });
  });

  it('miss what none has, and share what both have', () => {
    const bridge = memory(
      `${parts} INSERT INTO m SELECT * FROM t WHERE id < 3; INSERT INTO n SELECT * FROM t WHERE id = 2;`,
    );
    expect(compare(bridge, both, 'a')).toMatchObject({
      lost: 1,
      paths: [
        { lost: 1, shared: 1 },
        { lost: 2, shared: 1 },
      ],
    });
  });

  it('keep a value that one of them has', () => {
    const bridge = memory(
      `${parts} INSERT INTO m SELECT id, 'z', b FROM t; INSERT INTO n SELECT id, a, b FROM t WHERE id > 1;`,
    );
    expect(compare(bridge, both, 'a').changed).toEqual([1]);
  });

  it('strand the values of a column that only one of them has', () => {
    const bridge = memory(
      `${parts} INSERT INTO m (id, a) SELECT id, a FROM t; INSERT INTO n SELECT * FROM t WHERE id = 2;`,
    );
    const paths = [path('m', ['id', 'a'], ['id']), path('n', ['id', 'a', 'b'], ['id'])];
    // Row 1 has a value in b, row 2 NULL, row 3 an empty text.
    expect(compare(bridge, paths, 'a', 'b')).toMatchObject({ lost: 0, changed: [0, 0], stranded: [0, 1] });
  });

  it('without keys are counted together', () => {
    const bridge = memory(
      `CREATE TABLE t (a); INSERT INTO t VALUES (1), (1), (2), (3); CREATE TABLE m (a); CREATE TABLE n (a);
       INSERT INTO m VALUES (1); INSERT INTO n VALUES (1), (2);`,
    );
    expect(compare(bridge, [path('m', ['a']), path('n', ['a'])], 'a')).toMatchObject({
      lost: 1,
      keyed: false,
      paths: [
        { lost: 3, shared: 0 },
        { lost: 2, shared: 0 },
      ],
    });
  });

  it('without keys that have the same rows share them', () => {
    const bridge = memory(
      `CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); CREATE TABLE m AS SELECT a FROM t; CREATE TABLE n AS SELECT a FROM t WHERE a = 1;`,
    );
    expect(compare(bridge, [path('m', ['a']), path('n', ['a'])], 'a')).toMatchObject({
      lost: 0,
      paths: [
        { lost: 0, shared: 1 },
        { lost: 1, shared: 1 },
      ],
    });
  });

  it('without keys and with other columns are looked for in each', () => {
    const bridge = memory(
      `CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'u'), (2, 'v'), (3, 'w'); CREATE TABLE m (a); CREATE TABLE n (a, b);
       INSERT INTO m VALUES (1); INSERT INTO n VALUES (2, 'v');`,
    );
    expect(compare(bridge, [path('m', ['a']), path('n', ['a', 'b'])], 'a')).toMatchObject({ lost: 1, keyed: false });
  });

  it('that carry nothing hold nothing', () => {
    const bridge = memory(`${parts} INSERT INTO m SELECT * FROM t;`);
    expect(compare(bridge, [path('m', []), path('n', ['id'], ['id'])])).toMatchObject({ rows: 3, lost: 3 });
  });

  it('none hold nothing', () => {
    expect(compare(memory(t), [], 'a')).toMatchObject({ rows: 3, lost: 3, paths: [] });
  });
});

describe('examples of lost rows', () => {
  const many = `CREATE TABLE t (k TEXT PRIMARY KEY, a); INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5);
    CREATE TABLE n (k TEXT PRIMARY KEY, a); INSERT INTO n VALUES ('a', 1);`;

  it.each([
    ['of a path with an indexed key', [path('n', ['k', 'a'], ['k'])]],
    ['of a path whose key has no index', [path('n', ['k', 'a'], ['k'], { indexed: false })]],
    ['of several paths', [path('n', ['k', 'a'], ['k']), path('n', ['k'], ['k'])]],
  ])('%s are three, as literals', (_, paths) => {
    expect(perform(lostExamples('t', paths, ['k']), memory(many))).toEqual([
      { key: [`'b'`], before: undefined, after: undefined },
      { key: [`'c'`], before: undefined, after: undefined },
      { key: [`'d'`], before: undefined, after: undefined },
    ]);
  });

  it('are none where nothing can be shown', () => {
    expect(perform(lostExamples('t', [path('n', ['k', 'a'])], []), memory(many))).toEqual([]);
  });
});

describe('examples of changed values', () => {
  const changed = `${t} ${newT} INSERT INTO n SELECT id, a || id, b FROM t;`;

  it.each([
    ['of a path with an indexed key', {}],
    ['of a path whose key has no index', { indexed: false }],
  ])('%s show the key, the value before and after', (_, more) => {
    const paths = [path('n', ['id', 'a', 'b'], ['id'], more)];
    expect(perform(changedExamples('t', paths, { from: 'a', to: ['a'] }), memory(changed))).toEqual([
      { key: ['1'], before: `'x'`, after: `'x1'` },
      { key: ['2'], before: `'y'`, after: `'y2'` },
      { key: ['3'], before: `'x'`, after: `'x3'` },
    ]);
    expect(perform(changedExamples('t', paths, { from: 'b', to: ['b'] }), memory(changed))).toEqual([]);
  });

  it('without a key show the values that are gone', () => {
    const paths = [path('n', ['a'])];
    expect(perform(changedExamples('t', paths, { from: 'a', to: ['a'] }), memory(changed))).toEqual([
      { key: [], before: `'x'`, after: undefined },
      { key: [], before: `'y'`, after: undefined },
    ]);
  });

  it('come from the first path that has a key and the column', () => {
    const paths = [path('n', ['id', 'b'], ['id']), path('n', ['id', 'a'], ['id'])];
    expect(
      perform(changedExamples('t', paths, { from: 'a', to: [undefined, 'a'] }), memory(changed)).map(
        ({ after }) => after,
      ),
    ).toEqual([`'x1'`, `'y2'`, `'x3'`]);
  });
});
