import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { fails, lost, names, passes, type Case, type Subject } from './case.ts';

/** Two tables without keys whose rows look alike: a row of one passes for a missing row of the other. */
const alike = `CREATE TABLE p (k, v); INSERT INTO p VALUES (1, 'x'), (2, 'y'), (3, 'z');
  CREATE TABLE c (k, v); INSERT INTO c VALUES (1, 'x'), (2, 'y'), (3, 'z');`;
const both = 'DROP TABLE p; DROP TABLE c;';
const made = 'CREATE TABLE m (k, v);';

function loses(what: string, table: string, before: number, rows: number, copy: string): Case {
  return fails(what, alike, `${made} ${copy} ${both}`, 'ROWS_LOST', lost(table, before, rows));
}

const arms: Subject = {
  name: 'each SELECT of a UNION ALL has to copy all rows of its table',
  cases: [
    loses(
      'a LIMIT in a part',
      'c',
      3,
      1,
      'INSERT INTO m SELECT * FROM p UNION ALL SELECT * FROM (SELECT * FROM c LIMIT 2);',
    ),
    loses(
      'a LIMIT in the first part',
      'p',
      3,
      2,
      'INSERT INTO m SELECT * FROM (SELECT k, v FROM p LIMIT 1) UNION ALL SELECT k, v FROM c;',
    ),
    loses(
      'an OFFSET',
      'c',
      3,
      1,
      'INSERT INTO m SELECT * FROM p UNION ALL SELECT * FROM (SELECT * FROM c LIMIT -1 OFFSET 1);',
    ),
    loses('a WHERE', 'c', 3, 1, 'INSERT INTO m SELECT * FROM p UNION ALL SELECT * FROM c WHERE k < 3;'),
    loses(
      'a WHERE in the first part',
      'p',
      3,
      1,
      'INSERT INTO m SELECT * FROM p WHERE k < 3 UNION ALL SELECT * FROM c;',
    ),
    loses('a LIMIT of the whole', 'c', 3, 2, 'INSERT INTO m SELECT * FROM p UNION ALL SELECT * FROM c LIMIT 4;'),
    loses(
      'ORDER BY and LIMIT of the whole',
      'p',
      3,
      2,
      'INSERT INTO m SELECT k, v FROM p UNION ALL SELECT k + 10, v FROM c ORDER BY 1 DESC LIMIT 4;',
    ),
    loses(
      'in a subquery',
      'c',
      3,
      1,
      'INSERT INTO m SELECT * FROM (SELECT * FROM p UNION ALL SELECT * FROM c WHERE k < 3) AS a;',
    ),
    loses(
      'in a subquery whose columns are named in another order',
      'c',
      3,
      1,
      'INSERT INTO m (v, k) SELECT a.v, k FROM (SELECT k, v FROM p UNION ALL SELECT k, v FROM c WHERE k < 3) a;',
    ),
    loses(
      'in a WITH clause',
      'c',
      3,
      1,
      'WITH a AS (SELECT * FROM p UNION ALL SELECT * FROM c WHERE k < 3) INSERT INTO m SELECT * FROM a;',
    ),
    loses(
      'with a WITH clause',
      'p',
      3,
      1,
      'INSERT INTO m WITH a AS (SELECT * FROM p LIMIT 2) SELECT * FROM a UNION ALL SELECT * FROM c;',
    ),
    fails(
      'in CREATE TABLE AS',
      alike,
      `CREATE TABLE m AS SELECT * FROM p UNION ALL SELECT * FROM c WHERE k < 3; ${both}`,
      'ROWS_LOST',
      lost('c', 3, 1),
    ),
    fails(
      'in a function',
      alike,
      {
        up: (db: MigrationDatabase) =>
          void db.exec(`${made} INSERT INTO m SELECT * FROM p UNION ALL SELECT * FROM c WHERE k < 3; ${both}`),
      },
      'ROWS_LOST',
      lost('c', 3, 1),
    ),
    passes('all rows', alike, `${made} INSERT INTO m SELECT * FROM p UNION ALL SELECT * FROM c; ${both}`, 'none'),
    passes(
      'both halves of each, in four parts',
      alike,
      `${made} INSERT INTO m SELECT * FROM p WHERE k < 2 UNION ALL SELECT * FROM c WHERE k < 2
      UNION ALL SELECT * FROM p WHERE k >= 2 UNION ALL SELECT * FROM c WHERE k >= 2; ${both}`,
    ),
    passes(
      'one half of a table here, the other in another statement',
      alike,
      `${made} INSERT INTO m SELECT * FROM p UNION ALL SELECT * FROM c WHERE k < 2; INSERT INTO m SELECT * FROM c WHERE k >= 2; ${both}`,
    ),
    passes(
      'one half of a table here, the other in another table',
      alike,
      `${made} CREATE TABLE o (k, v); INSERT INTO m SELECT * FROM p UNION ALL SELECT * FROM c WHERE k < 2; INSERT INTO o SELECT * FROM c WHERE k >= 2; ${both}`,
    ),
    passes(
      'equal rows become one by UNION',
      alike,
      `${made} INSERT INTO m SELECT * FROM p UNION SELECT * FROM c; ${both}`,
    ),
    passes(
      'equal rows become one in a subquery',
      alike,
      `${made} INSERT INTO m SELECT DISTINCT * FROM (SELECT * FROM p UNION ALL SELECT * FROM c); ${both}`,
    ),
    passes(
      'a JOIN repeats rows',
      alike,
      `${made} INSERT INTO m SELECT p.* FROM p JOIN (SELECT 1 UNION ALL SELECT 2) UNION ALL SELECT * FROM c; ${both}`,
    ),
    passes(
      'parts that are recursive',
      alike,
      `${made} WITH RECURSIVE a AS (SELECT k, v FROM c WHERE k = 1 UNION ALL SELECT c.k, c.v FROM c JOIN a ON c.k = a.k + 1)
      INSERT INTO m SELECT * FROM a; DROP TABLE c;`,
    ),
  ],
};

const here = `${alike} CREATE TABLE old AS SELECT * FROM c;`;

const existing: Subject = {
  name: 'rows that a table had before do not replace rows that a merge leaves out',
  cases: [
    fails('a LIMIT', here, 'INSERT INTO c SELECT * FROM old LIMIT 2; DROP TABLE old;', 'ROWS_LOST', lost('old', 3, 1)),
    fails(
      'a WHERE',
      here,
      'INSERT INTO c SELECT * FROM old WHERE k > 1; DROP TABLE old;',
      'ROWS_LOST',
      lost('old', 3, 1),
    ),
    fails(
      'the key is computed',
      here,
      'INSERT INTO c SELECT k + (SELECT max(k) FROM c), v FROM old WHERE k > 2; DROP TABLE old;',
      'ROWS_LOST',
      lost('old', 3, 2),
    ),
    fails(
      'from several tables',
      here,
      'INSERT INTO c SELECT * FROM old UNION ALL SELECT * FROM p WHERE k > 1; DROP TABLE old; DROP TABLE p;',
      'ROWS_LOST',
      names('p'),
    ),
    passes('all rows', here, 'INSERT INTO c SELECT * FROM old; DROP TABLE old;', 'none'),
    passes(
      'what is there is left out by NOT IN',
      here,
      'INSERT INTO c SELECT * FROM old WHERE k NOT IN (SELECT k FROM c); DROP TABLE old;',
    ),
    passes(
      'by NOT EXISTS, through a name in quotes',
      here,
      'INSERT INTO c SELECT * FROM old WHERE NOT EXISTS (SELECT 1 FROM "C" AS x WHERE x.k = old.k); DROP TABLE old;',
    ),
    passes(
      'by a LEFT JOIN',
      here,
      'INSERT INTO c SELECT old.* FROM old LEFT JOIN c ON c.k = old.k WHERE c.k IS NULL; DROP TABLE old;',
    ),
    passes(
      'by OR IGNORE',
      `${alike} CREATE UNIQUE INDEX c_k ON c (k); CREATE TABLE old AS SELECT * FROM c;`,
      'INSERT OR IGNORE INTO c SELECT * FROM old; DROP TABLE old;',
    ),
    passes(
      'by ON CONFLICT DO NOTHING',
      `${alike} CREATE UNIQUE INDEX c_k ON c (k); CREATE TABLE old AS SELECT * FROM c;`,
      'INSERT INTO c SELECT * FROM old WHERE true ON CONFLICT (k) DO NOTHING; DROP TABLE old;',
    ),
    passes(
      'by a key that is unique there',
      `CREATE TABLE n (k PRIMARY KEY, v); INSERT INTO n VALUES (1, 'x'); CREATE TABLE old (k PRIMARY KEY, v); INSERT INTO old VALUES (1, 'x'), (2, 'y');`,
      'INSERT INTO n SELECT * FROM old WHERE k > 1; DROP TABLE old;',
    ),
  ],
};

export const mergeSubjects: readonly Subject[] = [arms, existing];
