import { describe, expect, it } from 'vitest';
import { apply, onBothDrivers, open, refused, value, type Connection, type Given } from './support.ts';
import { tried } from '../support/fault-points.ts';

const schema = `
  CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, email TEXT);
  INSERT INTO t VALUES (1, 'ada', 'a@x'), (2, 'bea', 'b@x'), (5, 'eva', 'e@x');
  CREATE INDEX t_name ON t (name);
  CREATE TABLE log (what TEXT);
  CREATE TRIGGER t_made AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.name); END;
  CREATE TABLE spare (id INTEGER);
  CREATE VIEW names AS SELECT name FROM t;
`;

const remake = `CREATE INDEX t_name ON t (name); CREATE TRIGGER t_made AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.name); END;`;

/** A rebuild of t: its columns, what the copy leaves out, and what is made again afterwards. */
function rebuild({
  columns = 'name TEXT, email TEXT',
  id = 'INTEGER PRIMARY KEY AUTOINCREMENT',
  take = 'id, name, email',
  where = '',
  after = remake,
}): string {
  return `DROP VIEW names; CREATE TABLE t_new (id ${id}, ${columns}); INSERT INTO t_new SELECT ${take} FROM t ${where};
    DROP TABLE t; ALTER TABLE t_new RENAME TO t; CREATE VIEW names AS SELECT name FROM t; ${after}`;
}

interface Loss {
  readonly kind: string;
  readonly sql: string;
  readonly code: string;
  /** What the message says, with the figures. */
  readonly line: string;
  /** What the hint says to declare, and what else would do. */
  readonly names: readonly [suggested: string, ...others: string[]];
  /** True once the loss has happened. */
  readonly happened: string;
}

const losses: readonly Loss[] = [
  {
    kind: 'rows',
    sql: rebuild({ where: 'WHERE id > 1' }),
    code: 'ROWS_LOST',
    line: 't: 3 rows before, 2 after (without id 1)',
    names: ['t', 'T', '"t"'],
    happened: `SELECT count(*) = 2 FROM t`,
  },
  {
    kind: 'column',
    sql: rebuild({ columns: 'name TEXT', take: 'id, name' }),
    code: 'COLUMN_LOST',
    line: "column t.email is not carried over (3 values: id 1: 'a@x'; id 2: 'b@x'; id 5: 'e@x')",
    names: ['t.email', 't', 'T.EMAIL'],
    happened: `SELECT count(*) = 2 FROM pragma_table_info('t')`,
  },
  {
    kind: 'index',
    sql: rebuild({ after: remake.slice(remake.indexOf(';') + 1) }),
    code: 'INDEX_LOST',
    line: 'index t_name of t is gone',
    names: ['t_name', 't'],
    happened: `SELECT count(*) = 0 FROM sqlite_schema WHERE name = 't_name'`,
  },
  {
    kind: 'trigger',
    sql: rebuild({ after: remake.slice(0, remake.indexOf(';') + 1) }),
    code: 'TRIGGER_LOST',
    line: 'trigger t_made of t is gone',
    names: ['t_made', 't'],
    happened: `SELECT count(*) = 0 FROM sqlite_schema WHERE name = 't_made'`,
  },
  {
    kind: 'sequence, by hand',
    sql: `UPDATE sqlite_sequence SET seq = 2 WHERE name = 't';`,
    code: 'SEQUENCE_LOST',
    line: 'the AUTOINCREMENT sequence of t: 5 before, 2 after',
    names: ['t'],
    happened: `SELECT seq = 2 FROM sqlite_sequence WHERE name = 't'`,
  },
  {
    kind: 'sequence, without AUTOINCREMENT',
    sql: rebuild({ id: 'INTEGER PRIMARY KEY' }),
    code: 'SEQUENCE_LOST',
    line: 'the AUTOINCREMENT sequence of t: 5 before, none after',
    names: ['t'],
    happened: `SELECT count(*) = 0 FROM sqlite_sequence WHERE name = 't'`,
  },
];

onBothDrivers('an undeclared loss', (open) => {
  describe.each(losses)('of $kind', ({ sql, code, line, names, happened }) => {
    it('is rolled back, and named with its figures', () => {
      const error = refused(open(schema), sql);
      tried('guards', 1);
      expect(error.code).toBe(code);
      expect(error.message).toContain(`Migration 001_step would lose data that it does not declare: ${line}`);
      expect(error.hint).toBe(
        `001_step was rolled back: nothing is lost. If the loss is intended, say so at the top of the file:\n    -- dunlin: destructive ${names[0]}`,
      );
    });

    it.each([...names, ''])('passes with `destructive %s` in the file', (name) => {
      const connection = open(schema);
      apply(connection, `-- dunlin: destructive ${name}\n${sql}`);
      expect(value(connection, happened)).toBe(1);
    });

    it('passes when the options declare it, by name or altogether', () => {
      for (const declared of [[names[0]], true] as const) {
        const connection = open(schema);
        apply(connection, sql, { destructive: { 1: declared } });
        expect(value(connection, happened)).toBe(1);
      }
    });

    it('fails when something else is declared', () => {
      expect(refused(open(schema), `-- dunlin: destructive t.name, log, spare, names\n${sql}`).code).toBe(code);
      expect(refused(open(schema), sql, { destructive: { 1: ['log', 'spare', 'names'] } }).code).toBe(code);
    });
  });
});

onBothDrivers('a loss that no statement of the migration shows', (open) => {
  /** A function that uses the application's own connection instead of what it is given. */
  const behind = (connection: Connection, sql: string, seen = 'DROP INDEX t_name'): Given => ({
    up: (db: { exec(sql: string): void }) => {
      db.exec(seen);
      connection.handle.exec(sql);
    },
  });

  it('a table, in a migration that drops something else', () => {
    const connection = open(schema);
    const error = refused(connection, behind(connection, 'DROP TABLE spare'));
    expect(error.code).toBe('TABLE_LOST');
    expect(error.message).toContain('table spare is gone');
    expect(error.hint).toContain(`say so in the migration:\n    destructive: ['spare'],`);
  });

  it('a view, in a migration that drops something else', () => {
    const connection = open(schema);
    const error = refused(connection, behind(connection, 'DROP VIEW names'));
    expect(error.code).toBe('VIEW_LOST');
    expect(error.message).toContain('view names is gone');
  });

  it('declared in the definition it passes', () => {
    const connection = open(schema);
    const sql = 'DROP TABLE spare; DROP VIEW names';
    apply(connection, { ...(behind(connection, sql) as object), destructive: ['spare', 'names'] });
    expect(value(connection, `SELECT count(*) = 0 FROM sqlite_schema WHERE name IN ('spare', 'names')`)).toBe(1);
  });

  it('in a migration that only adds, the comparison before COMMIT finds it', () => {
    const connection = open(schema);
    const error = refused(
      connection,
      behind(connection, 'DROP TABLE spare; DROP VIEW names; DROP INDEX t_name', 'CREATE TABLE more (id)'),
    );
    expect(error.code).toBe('SCHEMA_CHANGED_UNSEEN');
    expect(error.message).toContain('table spare; index t_name; view names');
  });
});

onBothDrivers('what no declaration allows', (open) => {
  const family = `
    CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE);
    CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id));
    CREATE TABLE Orders (p_k TEXT REFERENCES p (k));
    CREATE VIEW both_ids AS SELECT p.id, c.id AS c_id FROM p JOIN c ON c.p_id = p.id;
    INSERT INTO p VALUES (1, 'a'), (2, 'b');
    INSERT INTO c VALUES (1, 1), (2, 2), (3, 2);
    INSERT INTO Orders VALUES ('b');
    CREATE TRIGGER c_made AFTER INSERT ON c BEGIN UPDATE p SET k = k || 'x' WHERE id = new.p_id; END;
  `;

  it.each([
    [
      'violated',
      `DELETE FROM p WHERE id = 2;`,
      'FOREIGN_KEYS_VIOLATED',
      '2 rows of c refer to rows of p that do not exist (0 before)',
    ],
    [
      'violated by an UPDATE of the parent',
      `UPDATE p SET id = 9 WHERE id = 1;`,
      'FOREIGN_KEYS_VIOLATED',
      '1 row of c refers to a row of p that does not exist (0 before)',
    ],
    [
      'violated by an INSERT',
      `INSERT INTO c VALUES (4, 77);`,
      'FOREIGN_KEYS_VIOLATED',
      '1 row of c refers to a row of p that does not exist (0 before)',
    ],
    [
      'named as it is spelt',
      `INSERT INTO orders VALUES ('x');`,
      'FOREIGN_KEYS_VIOLATED',
      '1 row of Orders refers to a row of p that does not exist (0 before)',
    ],
    [
      'made impossible: the parent’s columns are not unique any more',
      `CREATE TABLE q (id INTEGER PRIMARY KEY, k TEXT); INSERT INTO q SELECT * FROM p; DROP TABLE p;
       PRAGMA legacy_alter_table = ON; ALTER TABLE q RENAME TO p;`,
      'FOREIGN_KEYS_VIOLATED',
      'the foreign keys of Orders no longer work (foreign key mismatch - "Orders" referencing "p")',
    ],
    ['a broken view', `DROP TABLE c; `, 'OBJECT_BROKEN', 'view both_ids no longer compiles (no such table: main.c)'],
    [
      'a broken trigger',
      `DROP VIEW both_ids; PRAGMA legacy_alter_table = ON; DELETE FROM c; DELETE FROM Orders; DROP TABLE p;`,
      'OBJECT_BROKEN',
      'trigger c_made no longer compiles (no such table: main.p)',
    ],
  ])('%s', (_, sql, code, line) => {
    for (const declared of ['', 'p, c, orders, both_ids, c_made'].map((names) => `-- dunlin: destructive ${names}\n`)) {
      const error = refused(open(family), declared + sql);
      expect(error.code, error.message).toBe(code);
      expect(error.message).toContain(line);
    }
  });

  it('violated because there never was such a table', () => {
    const made = `CREATE TABLE d (q_id REFERENCES quarks); INSERT INTO d VALUES (1), (2);`;
    const error = refused(open(family), made);
    expect(error.code).toBe('FOREIGN_KEYS_VIOLATED');
    expect(error.message).toContain('2 rows of d refer to the table quarks, which does not exist');
    expect(error.hint).toContain('Create the table quarks in the same migration');
    const two = refused(open(family), `${made} INSERT INTO c VALUES (4, 77);`);
    expect(two.message).toContain('the table quarks, which does not exist');
    expect(two.hint).toContain('Correct the rows');
    const already = refused(open(`CREATE TABLE d (q_id REFERENCES quarks);`), `INSERT INTO d VALUES (1);`);
    expect(already.message).toContain('1 row of d refers to the table quarks, which does not exist');
    const dropped = refused(open(family), `-- dunlin: destructive\nDROP VIEW both_ids; DROP TABLE p;`);
    expect(dropped.message).toContain('3 rows of c refer to rows of p that do not exist');
  });

  it('a reference that a rename leads to nowhere, although no row shows it yet', () => {
    const sql = `ALTER TABLE p RENAME TO p_old; CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE); DROP TABLE p_old;`;
    const error = refused(
      open(`CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE); CREATE TABLE c (p_id REFERENCES p);`),
      `-- dunlin: destructive\n${sql}`,
    );
    expect(error.code).toBe('FOREIGN_KEYS_VIOLATED');
    expect(error.message).toContain('c now refers to p_old, which does not exist');
  });

  it('a plain rename with legacy_alter_table leaves the reference behind', () => {
    const error = refused(
      open(`CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id REFERENCES p);`),
      `PRAGMA legacy_alter_table = ON; ALTER TABLE p RENAME TO q;`,
    );
    expect(error.message).toContain('c now refers to p, which does not exist');
  });
});

describe('several losses at once', () => {
  it('are one error: the worst gives the code, all are named, and each kind is a problem of its own', () => {
    const error = refused(
      open('better-sqlite3', `${schema} CREATE TABLE c (t_id REFERENCES t (id)); INSERT INTO c VALUES (1);`),
      `PRAGMA legacy_alter_table = ON; CREATE TABLE t_new (id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT); INSERT INTO t_new SELECT id, name FROM t WHERE id > 1; DROP TABLE t; ALTER TABLE t_new RENAME TO t;`,
    );
    expect(error.code).toBe('ROWS_LOST');
    expect(error.problems.map((problem) => problem.code)).toEqual([
      'ROWS_LOST',
      'FOREIGN_KEYS_VIOLATED',
      'OBJECT_BROKEN',
    ]);
    const lines = [
      't: 3 rows before, 2 after (without id 1)',
      "column t.email is not carried over (3 values: id 1: 'a@x'; id 2: 'b@x'; id 5: 'e@x')",
      'trigger t_made of t is gone',
      'index t_name of t is gone',
    ];
    expect(error.message).toContain(lines.join('; '));
    expect(error.hint).toMatch(/destructive t$/);
  });
});
