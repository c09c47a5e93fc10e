import { describe, expect, it } from 'vitest';
import type { MigrationDatabase } from '../../src/migration/index.ts';
import { apply, onBothDrivers, refused, value, type Given } from './support.ts';

// Rows that a rebuild takes from its table by another way than a SELECT that names it.

const schema = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
  INSERT INTO t VALUES (1, 'ada', 'a@x'), (2, 'bea', 'b@x'), (3, 'eva', 'e@x');
  CREATE VIEW all_of_t AS SELECT * FROM t;
  CREATE VIEW names AS SELECT id, name FROM all_of_t;
`;
const made = 'CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT, email TEXT);';
const views = 'CREATE VIEW all_of_t AS SELECT * FROM t; CREATE VIEW names AS SELECT id, name FROM all_of_t;';
const swapped = `DROP VIEW names; DROP VIEW all_of_t; DROP TABLE t; ALTER TABLE n RENAME TO t; ${views}`;
const again = `DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, email TEXT);`;

/** Puts what it reads into `n`, in code. */
const carried = (read: (db: MigrationDatabase, put: (rows: readonly object[]) => void) => void): Given => ({
  up: (db: MigrationDatabase) => {
    db.exec(made);
    read(db, (rows) => {
      for (const row of rows as { id: number; name: string; email?: string }[])
        db.run('INSERT INTO n VALUES (?, ?, ?)', row.id, row.name, row.email ?? null);
    });
    db.exec(swapped);
  },
});

const lost: readonly (readonly [what: string, given: Given, code: string])[] = [
  [
    'a batch of a query that leaves a column out',
    carried((db, put) => db.batch({ query: 'SELECT id, name FROM t', key: 'id', each: put })),
    'COLUMN_LOST',
  ],
  [
    'a batch of a table, of which some rows are put back',
    {
      up: (db: MigrationDatabase) => {
        const kept: object[] = [];
        db.batch({ table: 't', each: (rows) => void kept.push(...rows) });
        db.exec(again);
        for (const row of kept.slice(1) as { id: number }[]) db.run('INSERT INTO t (id) VALUES (?)', row.id);
      },
    },
    'ROWS_LOST',
  ],
  [
    'a view, of which some rows are put back',
    `CREATE TEMP TABLE k AS SELECT * FROM all_of_t; ${again} INSERT INTO t SELECT * FROM k WHERE id > 1;`,
    'ROWS_LOST',
  ],
  [
    'a view that the migration makes',
    `CREATE TEMP VIEW v AS SELECT * FROM t; CREATE TEMP TABLE k AS SELECT * FROM v; ${again} INSERT INTO t SELECT * FROM k WHERE id > 1;`,
    'ROWS_LOST',
  ],
  ['a view on a view, and nothing is put back', `CREATE TEMP TABLE k AS SELECT id FROM names; ${again}`, 'ROWS_LOST'],
  [
    'a view that leaves a column out',
    `${made} INSERT INTO n (id, name) SELECT * FROM names; ${swapped}`,
    'COLUMN_LOST',
  ],
  [
    'RETURNING',
    {
      up: (db: MigrationDatabase) => {
        const kept = db.all<{ id: number }>('UPDATE t SET name = upper(name) RETURNING id, name, email');
        db.exec(again);
        for (const row of kept.slice(1)) db.run('INSERT INTO t (id) VALUES (?)', row.id);
      },
    },
    'ROWS_LOST',
  ],
];

const kept: readonly (readonly [what: string, given: Given])[] = [
  ['a batch of a table', carried((db, put) => db.batch({ table: 't', each: put }))],
  ['a batch of a query', carried((db, put) => db.batch({ query: 'SELECT * FROM t', key: 'id', each: put }))],
  ['a view', `${made} INSERT INTO n SELECT * FROM all_of_t; ${swapped}`],
  ['a column of a view by its name', `${made} INSERT INTO n SELECT id, name, email FROM all_of_t; ${swapped}`],
  ['RETURNING *', carried((db, put) => put(db.all('UPDATE t SET name = name RETURNING *')))],
  ['a view beside the table', `${made} INSERT INTO n SELECT t.* FROM t JOIN names USING (id); ${swapped}`],
];

onBothDrivers('a rebuild that reads by', (open) => {
  describe('a loss is found', () => {
    it.each(lost)('%s', (_, given, code) => {
      expect(refused(open(schema), given).code).toBe(code);
    });
  });

  describe('a migration without a loss passes', () => {
    it.each(kept)('%s', (_, given) => {
      const connection = open(schema);
      apply(connection, given);
      expect(value(connection, 'SELECT count(email) FROM t')).toBe(3);
    });
  });
});
