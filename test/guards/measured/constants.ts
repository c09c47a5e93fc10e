import { changed, fails, lost, passes, type Subject } from './case.ts';
import { replace } from './schemas.ts';

/** Two tables whose rows look alike: a row of one passes for a missing row of the other. */
const ab = `CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO a VALUES (1, 'x'), (2, 'y');
  CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO b VALUES (1, 'p'), (2, 'y'), (3, 'z');`;
const merged = 'CREATE TABLE m (src, id, v TEXT, PRIMARY KEY (src, id));';
const both = 'DROP TABLE a; DROP TABLE b;';

const sources: Subject = {
  name: 'a constant in a key identifies the table of a row',
  cases: [
    passes(
      'two constants',
      ab,
      `${merged} INSERT INTO m SELECT 1, id, v FROM a; INSERT INTO m SELECT 2, id, v FROM b; ${both}`,
    ),
    passes(
      'two SELECTs',
      ab,
      `${merged} INSERT INTO m SELECT 'a', id, v FROM a UNION ALL SELECT 'b', id, v FROM b; ${both}`,
    ),
    passes(
      'that a column converts',
      ab,
      `${merged.replace('src', 'src INTEGER')} INSERT INTO m SELECT '1', id, v FROM a UNION ALL SELECT '2', id, v FROM b; ${both}`,
    ),
    passes(
      'that an UPDATE changes',
      ab,
      `${merged} INSERT INTO m SELECT 1, id, v FROM a; INSERT INTO m SELECT 2, id, v FROM b; UPDATE m SET src = src + 10; ${both}`,
    ),
    passes(
      'one for each half of a table',
      ab,
      `${merged} INSERT INTO m SELECT 1, id, v FROM b WHERE id < 2; INSERT INTO m SELECT 2, id, v FROM b WHERE id >= 2; DROP TABLE b;`,
    ),
    fails(
      'a WHERE, and OR IGNORE',
      ab,
      `${merged} INSERT OR IGNORE INTO m SELECT 1, id, v FROM a; INSERT OR IGNORE INTO m SELECT 2, id, v FROM b WHERE id <> 2; ${both}`,
      'ROWS_LOST',
      lost('b', 3, 1),
      /without id 2/,
    ),
    fails(
      'a WHERE in one of two SELECTs',
      ab,
      `${merged} INSERT OR IGNORE INTO m SELECT 1, id, v FROM a UNION ALL SELECT 2, id, v FROM b WHERE id <> 2; ${both}`,
      'ROWS_LOST',
      lost('b', 3, 1),
    ),
    fails(
      'a WHERE, through a temporary table',
      ab,
      `${merged} CREATE TEMP TABLE k AS SELECT 2 AS src, id, v FROM b WHERE id <> 2;
      INSERT OR IGNORE INTO m SELECT 1, id, v FROM a; INSERT OR IGNORE INTO m SELECT * FROM k; ${both}`,
      'ROWS_LOST',
      lost('b', 3, 1),
    ),
    fails(
      'the same for both tables',
      ab,
      `${merged} INSERT OR IGNORE INTO m SELECT 1, id, v FROM a; INSERT OR IGNORE INTO m SELECT 1, id, v FROM b; ${both}`,
      'VALUES_CHANGED',
      changed('b', 'v', 1),
    ),
    fails(
      'the same for both tables, and OR REPLACE',
      ab,
      `${merged} INSERT OR REPLACE INTO m SELECT 1, id, v FROM a; INSERT OR REPLACE INTO m SELECT 1, id, v FROM b; ${both}`,
      'VALUES_CHANGED',
      changed('a', 'v', 1),
    ),
  ],
};

const s = `CREATE TABLE s (id INTEGER NOT NULL UNIQUE, theme TEXT, font TEXT);
  INSERT INTO s VALUES (1, 'dark', 'mono'), (2, 'light', 'serif');`;
const pivot = 'CREATE TABLE n (id INTEGER NOT NULL, k TEXT, value TEXT, PRIMARY KEY (id, k));';
const theme = `INSERT INTO n SELECT id, 'theme', theme FROM s;`;

const pivots: Subject = {
  name: 'a constant in a key identifies the column of a value',
  cases: [
    passes('a name for each', s, `${pivot} ${theme} INSERT INTO n SELECT id, 'font', font FROM s; ${replace('s')}`),
    passes(
      'without empty values',
      `${s} INSERT INTO s VALUES (3, 'dim', NULL);`,
      `${pivot} ${theme} INSERT INTO n SELECT id, 'font', font FROM s WHERE font IS NOT NULL; ${replace('s')}`,
    ),
    passes(
      'another name, a name for each',
      s,
      `${pivot} INSERT INTO n SELECT id, 'theme', theme FROM s UNION ALL SELECT id, 'font', font FROM s; DROP TABLE s;`,
    ),
    fails(
      'the same constant twice',
      s,
      `${pivot} INSERT OR IGNORE INTO n SELECT id, 'theme', theme FROM s UNION ALL SELECT id, 'theme', font FROM s; ${replace('s')}`,
      'VALUES_CHANGED',
      changed('s', 'font', 2),
    ),
    fails(
      'the same constant twice, and OR REPLACE',
      s,
      `${pivot} INSERT OR REPLACE INTO n SELECT id, 'theme', theme FROM s UNION ALL SELECT id, 'theme', font FROM s; ${replace('s')}`,
      'VALUES_CHANGED',
      changed('s', 'theme', 2),
    ),
    fails(
      'another name, the same constant twice',
      s,
      `${pivot} INSERT OR IGNORE INTO n SELECT id, 'theme', theme FROM s UNION ALL SELECT id, 'theme', font FROM s; DROP TABLE s;`,
      'VALUES_CHANGED',
      changed('s', 'font', 2),
    ),
    fails(
      'another name, the same constant in two statements',
      s,
      `${pivot} ${theme} INSERT INTO n SELECT id, 'theme', font FROM s WHERE true ON CONFLICT DO NOTHING; DROP TABLE s;`,
      'VALUES_CHANGED',
      changed('s', 'font', 2),
    ),
    fails(
      'another name, and DO UPDATE that keeps what is there',
      s,
      `${pivot} ${theme} INSERT INTO n SELECT id, 'theme', font FROM s WHERE true ON CONFLICT DO UPDATE SET value = value; DROP TABLE s;`,
      'VALUES_CHANGED',
      changed('s', 'font', 2),
    ),
  ],
};

const long = `CREATE TABLE s (id INTEGER, k TEXT, value TEXT, PRIMARY KEY (id, k));
  INSERT INTO s VALUES (1, 'theme', 'dark'), (1, 'font', 'mono'), (2, 'theme', 'light');`;
const wide = `CREATE TABLE n (id INTEGER PRIMARY KEY, theme TEXT, font TEXT);
  INSERT INTO n (id, theme) SELECT id, value FROM s WHERE k = 'theme';`;
const font = `INSERT INTO n (id, font) SELECT id, value FROM s WHERE k = 'font' ON CONFLICT DO`;

const rows: Subject = {
  name: 'several rows that become one keep their values in separate columns',
  cases: [
    passes('by DO UPDATE', long, `${wide} ${font} UPDATE SET font = excluded.font; DROP TABLE s;`),
    passes(
      'by DO UPDATE, without the column that had their names',
      long,
      `-- dunlin: destructive s.k\n${wide} ${font} UPDATE SET font = excluded.font; ${replace('s')}`,
    ),
    fails(
      'by DO UPDATE that sets nothing',
      long,
      `${wide} ${font} UPDATE SET font = font; DROP TABLE s;`,
      'ROWS_LOST',
      lost('s', 3, 1),
    ),
    fails('by DO NOTHING', long, `${wide} ${font} NOTHING; DROP TABLE s;`, 'ROWS_LOST', lost('s', 3, 1)),
    fails(
      'all in one column',
      long,
      `-- dunlin: destructive s.k\nCREATE TABLE n (id INTEGER PRIMARY KEY, value TEXT); INSERT OR REPLACE INTO n SELECT id, value FROM s; ${replace('s')}`,
      'ROWS_LOST',
      lost('s', 3, 1),
    ),
  ],
};

export const constantSubjects: readonly Subject[] = [sources, pivots, rows];
