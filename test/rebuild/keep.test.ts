import { expect, it } from 'vitest';
import { MigrationRunner } from '../../src/node/index.ts';
import { pair, reported, rounds } from '../check/support.ts';
import { apply, column, onBothDrivers, refused, rows, value, type Connection } from '../guards/support.ts';

// What a generator's rebuild leaves out is kept (the option `rebuilds`).

/** A table with what a generator cannot say or does not know. */
const schema = `
  CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL COLLATE NOCASE,
    age INTEGER,
    boss INTEGER REFERENCES users (id) ON DELETE CASCADE
  ) STRICT;
  CREATE TABLE notes (id INTEGER PRIMARY KEY, user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE);
  CREATE TABLE log (what TEXT);
  CREATE UNIQUE INDEX users_email ON users (email);
  CREATE INDEX users_lower ON users (lower(email));
  CREATE INDEX users_adult ON users (age) WHERE age > 17;
  CREATE TRIGGER users_added AFTER INSERT ON users BEGIN INSERT INTO log VALUES ('added ' || new.id); END;
  CREATE TRIGGER notes_first AFTER INSERT ON notes BEGIN UPDATE users SET age = age + 1 WHERE id = new.user; END;
  CREATE TRIGGER notes_second AFTER INSERT ON notes BEGIN INSERT INTO log VALUES ('note'); END;
  CREATE VIEW adults AS SELECT id, email FROM users WHERE age > 17;
  CREATE VIEW adult_names AS SELECT email FROM adults;
  CREATE VIEW user_of_notes AS SELECT user AS users_id FROM notes;
  CREATE TRIGGER adults_added INSTEAD OF INSERT ON adults BEGIN INSERT INTO users (email, age) VALUES (new.email, 18); END;
  INSERT INTO users VALUES (1, 'ada@a', 36, NULL), (2, 'bob@b', 17, 1), (9, 'cid@c', 20, 2);
  DELETE FROM users WHERE id = 9;
  INSERT INTO notes VALUES (1, 1), (2, 2);
  DELETE FROM log;
`;

const create = (name: string): string => `CREATE TABLE ${name} (
	\`id\` integer PRIMARY KEY NOT NULL,
	\`email\` text NOT NULL,
	\`age\` integer DEFAULT 18,
	\`boss\` integer,
	FOREIGN KEY (\`boss\`) REFERENCES \`users\`(\`id\`) ON UPDATE no action ON DELETE cascade
);`;

/** The rebuild of a generator, under a temporary name, with what stands before, between and after. */
const rebuild = ({ name = '`__new_users`', before = '', between = '', after = '' } = {}): string => `${before}
${create(name)}
INSERT INTO ${name}("id", "email", "age", "boss") SELECT "id", "email", "age", "boss" FROM \`users\`;
DROP TABLE \`users\`;
${between}
ALTER TABLE ${name} RENAME TO \`users\`;
${after}`;

const keep = { rebuilds: 'keep' } as const;

const objectsOf = ({ bridge }: Connection): readonly unknown[] =>
  rows(
    bridge,
    `SELECT type, name, sql FROM sqlite_schema WHERE type <> 'table' AND name NOT LIKE 'sqlite%' ORDER BY type, name`,
  );
const tableOf = (db: Connection, name = 'users'): unknown =>
  value(db, `SELECT sql FROM sqlite_schema WHERE name = '${name}'`);

onBothDrivers('with rebuilds: keep', (open) => {
  it.each([
    ['drizzle-kit', rebuild({ before: 'PRAGMA foreign_keys=OFF;', after: 'PRAGMA foreign_keys=ON;' })],
    [
      'Prisma',
      rebuild({
        name: '"new_users"',
        before: 'PRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;',
        after: 'PRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;',
      }),
    ],
    ['any temporary name', rebuild({ name: '_t' })],
    ['a schema before each name', rebuild().replaceAll(/TABLE (?=`)/g, 'TABLE main.')],
    [
      'a transaction that is left for the pragma',
      rebuild({
        before: 'COMMIT TRANSACTION;\nPRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;',
        after: 'COMMIT TRANSACTION;\nPRAGMA foreign_keys=ON;\nBEGIN TRANSACTION;',
      }),
    ],
    [
      'legacy_alter_table',
      rebuild({ between: 'PRAGMA legacy_alter_table = ON;', after: 'PRAGMA legacy_alter_table = OFF;' }),
    ],
    [
      'the old table renamed first',
      `ALTER TABLE users RENAME TO users__old;
       ${create('users')}
       INSERT INTO users SELECT id, email, age, boss FROM users__old;
       DROP TABLE users__old;`,
    ],
    [
      'the old table renamed first, with legacy_alter_table',
      `PRAGMA legacy_alter_table = ON;
       ALTER TABLE users RENAME TO users__old;
       ${create('users')}
       INSERT INTO users SELECT id, email, age, boss FROM users__old;
       DROP TABLE users__old;
       PRAGMA legacy_alter_table = OFF;`,
    ],
    [
      'both renamed, and the old one dropped last',
      `${create('fresh')}
       INSERT INTO fresh SELECT id, email, age, boss FROM users;
       ALTER TABLE users RENAME TO stale;
       ALTER TABLE fresh RENAME TO users;
       DROP TABLE stale;`,
    ],
  ])('keeps everything: %s', (_, migration) => {
    const db = open(schema);
    const before = objectsOf(db);
    const [note, ...others] = apply(db, migration, keep);
    expect(objectsOf(db)).toEqual(before);
    expect(note).toMatch(/^rebuilds users and keeps: AUTOINCREMENT, COLLATE NOCASE of email, STRICT/);
    expect(note).toMatch(/index users_email, index users_lower, index users_adult, trigger users_added$/);
    expect(others).toEqual(['the AUTOINCREMENT sequence of users was set back to 9, as before the rebuild']);
    expect(tableOf(db)).toMatch(/`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL/);
    expect(tableOf(db)).toMatch(/`email` text NOT NULL COLLATE NOCASE/);
    expect(tableOf(db)).toMatch(/STRICT$/);
    expect(tableOf(db, 'notes')).toMatch(/REFERENCES users \(id\)/);
    expect(rows(db.bridge, 'PRAGMA foreign_key_check')).toEqual([]);
    expect(value(db, 'PRAGMA legacy_alter_table')).toBe(0);
    // All of it works: the views, their triggers, and the triggers of both tables in their order.
    void db.bridge.script(
      `INSERT INTO adults (email) VALUES ('dan@d'); INSERT INTO notes VALUES (3, 10); DELETE FROM users WHERE id = 1;`,
    );
    expect(column(db, 'SELECT email FROM adult_names')).toEqual(['dan@d']);
    expect(column(db, 'SELECT what FROM log')).toEqual(['added 10', 'note']);
    expect(column(db, `SELECT name FROM sqlite_schema WHERE tbl_name = 'notes' AND type = 'trigger'`)).toEqual([
      'notes_first',
      'notes_second',
    ]);
    expect(value(db, 'SELECT age FROM users WHERE email = "DAN@D"'.replaceAll('"', "'"))).toBe(19);
    expect(column(db, 'SELECT user FROM notes')).toEqual([10]);
  });
});

onBothDrivers('what the migration says', (open) => {
  it('is not changed without the option', () => {
    const db = open(schema);
    expect(
      refused(db, rebuild({ between: 'DROP VIEW adult_names; DROP VIEW adults; DROP TRIGGER notes_first;' })),
    ).toMatchObject({
      code: 'SEQUENCE_LOST',
    });
    expect(refused(db, rebuild()).message).toMatch(/error in (?:view|trigger) .*no such table: main.users/);
  });

  it('is not changed where the file says so, and is where the file says that', () => {
    const db = open(schema);
    expect(refused(db, rebuild({ before: '-- dunlin: rebuilds as-written' }), keep).message).toMatch(/no such table/);
    expect(apply(db, rebuild({ before: '-- dunlin: rebuilds keep' }))).toHaveLength(2);
  });

  it.each([
    { before: 'DROP INDEX users_adult;' },
    { between: 'DROP INDEX IF EXISTS users_adult;' },
    { after: 'DROP INDEX users_adult;' },
  ])('wins: %j', (drop) => {
    const db = open(schema);
    const before = objectsOf(db);
    expect(apply(db, rebuild(drop), keep).join()).toMatch(/keeps:.* index users_lower/);
    expect(objectsOf(db)).toEqual(before.filter((object) => (object as { name: string }).name !== 'users_adult'));
  });

  it('wins: an index, a trigger and a view with another text', () => {
    const db = open(schema);
    const made = `CREATE INDEX users_adult ON users (age, email);
      CREATE TRIGGER users_added AFTER DELETE ON users BEGIN SELECT 1; END;
      DROP VIEW adult_names;
      CREATE VIEW adult_names AS SELECT email FROM users;`;
    const notes = apply(db, rebuild({ after: made }), keep);
    expect(tableOf(db, 'users_adult')).toBe('CREATE INDEX users_adult ON users (age, email)');
    expect(tableOf(db, 'users_added')).toMatch(/AFTER DELETE/);
    expect(tableOf(db, 'adult_names')).toMatch(/FROM users$/);
    expect(notes).toContain('rebuilds users: index users_adult is made again with another text');
  });

  it('wins: another COLLATE, another type, its own AUTOINCREMENT and STRICT', () => {
    const db = open(schema);
    const migration = rebuild()
      .replace('`email` text NOT NULL', '`email` text COLLATE RTRIM NOT NULL')
      .replace('integer PRIMARY KEY NOT NULL', 'integer PRIMARY KEY AUTOINCREMENT NOT NULL')
      .replace(/\n\);/, '\n) STRICT;');
    expect(apply(db, migration, keep)[0]).toMatch(/^rebuilds users and keeps: trigger adults_added/);
    expect(tableOf(db)).toMatch(/`email` text COLLATE RTRIM NOT NULL,/);
  });

  it('lets an index have the WHERE, COLLATE and DESC that its CREATE INDEX leaves out', () => {
    const db = open(
      `${schema} CREATE INDEX users_both ON users (email COLLATE BINARY, "age" DESC) WHERE boss IS NULL;`,
    );
    const after = 'CREATE INDEX users_adult ON users (`age`); CREATE INDEX users_both ON `users`("email", "age");';
    const before = objectsOf(db);
    const [note] = apply(db, rebuild({ after }), keep);
    expect(objectsOf(db)).toEqual(before);
    expect(note).toMatch(/WHERE of index users_adult, COLLATE, DESC, WHERE of index users_both$/);
  });

  it('is refused if an index or a trigger cannot be put back, with the reason', () => {
    const db = open(`${schema} CREATE INDEX users_by_boss ON users (boss);
      CREATE TRIGGER users_moved AFTER UPDATE ON users BEGIN INSERT INTO log VALUES (new.boss); END;`);
    const migration = `-- dunlin: destructive users.boss\n${rebuild()
      .replace(
        ',\n\t`boss` integer,\n\tFOREIGN KEY (`boss`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade',
        '',
      )
      .replaceAll(', "boss"', '')}`;
    const { code, message } = refused(db, migration, keep);
    expect(code).toBe('TRIGGER_LOST');
    expect(message).toMatch(
      /trigger users_moved of users is gone, and could not be put back \(no such column: new.boss\)/,
    );
    expect(message).toMatch(
      /index users_by_boss of users is gone, and could not be put back \(.*no (?:such column|column named)/,
    );
    apply(db, `-- dunlin: destructive users_moved, users_by_boss\n${migration}`, keep);
  });

  it('is refused if the column of an UPDATE OF is gone, and not if there never was one', () => {
    const never = 'CREATE TRIGGER users_never AFTER UPDATE OF age, nowhere ON users BEGIN SELECT 1; END;';
    const renamed = rebuild()
      .replace('`age` integer', '`years` integer')
      .replace('"age", "boss") SELECT', '"years", "boss") SELECT');
    const trigger = `CREATE TRIGGER users_aged AFTER UPDATE /* x */ OF email, "age" ON users BEGIN INSERT INTO log VALUES ('aged'); END;`;
    const { code, message } = refused(
      open(schema.replace(/CREATE (INDEX users_adult|VIEW ad|TRIGGER (notes_first|adults)).*;/g, '') + trigger),
      renamed,
      keep,
    );
    expect(code).toBe('TRIGGER_LOST');
    expect(message).toMatch(/trigger users_aged of users is gone, and could not be put back \(no such column: age\)/);
    expect(apply(open(schema + never), rebuild(), keep).join()).toMatch(/trigger users_never/);
  });

  const order = `CREATE TABLE u (id INTEGER PRIMARY KEY, email TEXT, name TEXT); CREATE TABLE arch (id, email, name);
    INSERT INTO u VALUES (1, 'a@a', 'ada');`;
  const reordered = `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT);
    INSERT INTO n (id, name, email) SELECT id, name, email FROM u; DROP TABLE u; ALTER TABLE n RENAME TO u;`;

  it.each([
    [
      'a trigger of it with SELECT *',
      'TRIGGER_LOST',
      'CREATE TRIGGER x BEFORE DELETE ON u BEGIN INSERT INTO arch SELECT * FROM u WHERE id = old.id; END',
    ],
    [
      'a trigger of it with SELECT u.*',
      'TRIGGER_LOST',
      'CREATE TRIGGER x BEFORE DELETE ON u BEGIN INSERT INTO arch SELECT u.* FROM u WHERE id = old.id; END',
    ],
    [
      'a trigger elsewhere with an INSERT without names',
      'TRIGGER_LOST',
      'CREATE TRIGGER x AFTER INSERT ON arch BEGIN INSERT INTO u VALUES (NULL, new.email, new.name); END',
    ],
    ['a view with a list of names', 'VIEW_LOST', 'CREATE VIEW x (a, b, c) AS SELECT * FROM u'],
    [
      'a view with a list of names, and its trigger',
      'TRIGGER_LOST',
      'CREATE VIEW x (a, b, c) AS SELECT * FROM u; CREATE TRIGGER y INSTEAD OF INSERT ON x BEGIN SELECT 1; END',
    ],
  ])('is refused if the columns get another order, and by it the values other names: %s', (_, code, made) => {
    const db = open(`${order} ${made};`);
    const before = objectsOf(db);
    const error = refused(db, reordered, keep);
    expect(error.code).toBe(code);
    expect(error.message).toContain('order of the columns');
    expect(objectsOf(db)).toEqual(before);
    expect(apply(db, `-- dunlin: destructive x, y\n${reordered}`, keep).join()).not.toMatch(
      /keeps:.* (?:trigger|view) x/,
    );
  });

  it.each([
    ['a view without a list', 'CREATE VIEW x AS SELECT * FROM u'],
    ['EXISTS', 'CREATE TRIGGER x BEFORE DELETE ON u BEGIN SELECT 1 WHERE EXISTS (SELECT * FROM u); END'],
    ['count(*)', 'CREATE TRIGGER x BEFORE DELETE ON u BEGIN INSERT INTO arch (id) SELECT count(*) FROM u; END'],
    [
      'an INSERT with names',
      'CREATE TRIGGER x AFTER INSERT ON arch BEGIN INSERT INTO u (email) VALUES (new.email); END',
    ],
  ])('may count on the names of columns that get another order: %s', (_, made) => {
    const db = open(`${order} ${made};`);
    const before = objectsOf(db);
    apply(db, reordered, keep);
    expect(objectsOf(db)).toEqual(before);
  });

  it('is refused if its rows violate an index', () => {
    const db = open(`${schema} CREATE UNIQUE INDEX users_age ON users (age);`);
    const migration = rebuild().replace('SELECT "id", "email", "age"', 'SELECT "id", "email", 18');
    expect(refused(db, migration, keep).message).toMatch(
      /index users_age of users is gone, and could not be put back \(UNIQUE constraint failed: users.age\)/,
    );
  });

  it('says what was kept if the rows of the copy violate that', () => {
    const db = open(schema);
    const migration = rebuild()
      .replace('`age` integer DEFAULT', '`age` text DEFAULT')
      .replace('"age", "boss" FROM', '"age", \'x\' FROM');
    const { code, hint } = refused(db, migration, keep);
    expect(code).toBe('STATEMENT_FAILED');
    expect(hint).toMatch(
      /The new table has kept AUTOINCREMENT, COLLATE NOCASE of email, STRICT of the old one\..*rebuilds as-written$/s,
    );
    for (const other of [rebuild().replace('SELECT "id"', 'SELECT nope'), rebuild({ after: 'SELECT nope;' })])
      expect(refused(db, other, keep).hint).not.toMatch(/kept/);
  });

  it('may leave a trigger as broken as it was', () => {
    const db = open(
      `${schema} CREATE TRIGGER users_lost AFTER UPDATE OF age ON users BEGIN INSERT INTO nowhere VALUES (1); END;`,
    );
    expect(apply(db, rebuild(), keep)[0]).toMatch(/trigger users_lost$/);
  });

  it('still has to keep the rows', () => {
    const db = open(schema);
    expect(refused(db, rebuild().replace(/FROM `users`;/, 'FROM `users` WHERE age > 20;'), keep).code).toBe(
      'ROWS_LOST',
    );
  });

  it('is as it is where IF NOT EXISTS finds what an earlier attempt left', () => {
    const db = open(`${schema} CREATE TABLE _t (id INTEGER PRIMARY KEY AUTOINCREMENT, email, age, boss);`);
    const migration = rebuild({ name: '_t' }).replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS');
    expect(apply(db, migration, keep)).toContainEqual(
      expect.stringMatching(/^rebuilds users and keeps: trigger adults_added.*trigger users_added$/),
    );
    expect(tableOf(db)).toBe('CREATE TABLE "users" (id INTEGER PRIMARY KEY AUTOINCREMENT, email, age, boss)');
  });

  it('is what SQLite refuses if there is no such table', () => {
    expect(refused(open(), rebuild(), keep).message).toMatch(/no such table: users/);
  });

  it('wins: an index that is dropped between and created with less', () => {
    const db = open(schema);
    const between = 'DROP INDEX IF EXISTS users_adult;';
    apply(db, rebuild({ between, after: 'CREATE INDEX users_adult ON users (age);' }), keep);
    expect(tableOf(db, 'users_adult')).toBe('CREATE INDEX users_adult ON users (age)');
  });

  it('needs nothing else for a table that nothing names', () => {
    const db = open('CREATE TABLE t (a TEXT COLLATE NOCASE); CREATE INDEX t_a ON t (a);');
    const migration =
      'ALTER TABLE t RENAME TO o; CREATE TABLE t (a TEXT, b); INSERT INTO t (a) SELECT a FROM o; DROP TABLE o;';
    expect(apply(db, migration, keep)).toEqual(['rebuilds t and keeps: COLLATE NOCASE of a, index t_a']);
  });

  it('makes no rebuild of a table that is not copied, nor of a virtual or temporary one', () => {
    const db = open(schema);
    const migration = `CREATE TABLE gone (x); DROP TABLE gone; CREATE TABLE fresh (x); ALTER TABLE fresh RENAME TO gone;
      CREATE TEMP TABLE other (x); INSERT INTO other SELECT 1 FROM log; DROP TABLE other;
      CREATE TABLE one (x); INSERT INTO one SELECT what FROM log; ALTER TABLE one RENAME TO two;`;
    expect(apply(db, migration, keep)).toEqual([]);
  });
});

onBothDrivers('several rebuilds', (open) => {
  const two = `
    CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT COLLATE NOCASE);
    CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id) ON DELETE CASCADE);
    CREATE INDEX a_x ON a (x);
    CREATE INDEX b_a ON b (a) WHERE a > 0;
    CREATE VIEW of_b AS SELECT * FROM b;
    CREATE VIEW of_both AS SELECT x FROM a JOIN b ON b.a = a.id;
    CREATE TRIGGER of_both_added INSTEAD OF INSERT ON of_both BEGIN INSERT INTO a (x) VALUES (new.x); END;
    CREATE TRIGGER a_added AFTER INSERT ON a BEGIN INSERT INTO b (a) VALUES (new.id); END;
    INSERT INTO a VALUES (1, 'x'), (2, 'y');`;
  const parts = [
    'CREATE TABLE new_a (id INTEGER PRIMARY KEY, x TEXT NOT NULL)',
    'INSERT INTO new_a SELECT id, x FROM a',
    'CREATE TABLE new_b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a (id) ON DELETE CASCADE)',
    'INSERT INTO new_b SELECT id, a FROM b',
    'DROP TABLE a',
    'DROP TABLE b',
    'ALTER TABLE new_a RENAME TO a',
    'ALTER TABLE new_b RENAME TO b',
  ];

  it.each([
    ['one after the other', [0, 1, 4, 6, 2, 3, 5, 7]],
    ['both at once', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['the same table twice', [0, 1, 4, 6, 0, 1, 4, 6]],
  ])('keep everything: %s', (_, order) => {
    const db = open(two);
    const before = objectsOf(db);
    apply(db, order.map((i) => parts[i]).join(';\n'), keep);
    expect(objectsOf(db)).toEqual(before);
    expect(tableOf(db, 'a')).toMatch(/COLLATE NOCASE/);
    void db.bridge.script(`INSERT INTO of_both VALUES ('z')`);
    expect(column(db, 'SELECT x FROM of_both')).toEqual(['x', 'y', 'z']);
  });

  it('keep everything over the files of a set', () => {
    const db = open(two);
    const before = objectsOf(db);
    const files = [parts.slice(0, 2), parts.slice(4, 5), ['ALTER TABLE new_a RENAME TO a']].map((one) => one.join(';'));
    apply(db, files, { ...keep, together: [[1, 2, 3]] });
    expect(objectsOf(db)).toEqual(before);
  });

  it('keep nothing over a set that a file has written as it is to be', () => {
    const db = open(two);
    const files = [`-- dunlin: rebuilds as-written\n${parts.slice(0, 2).join(';')}`, `DROP TABLE a`, parts[6]!];
    expect(refused(db, files, { ...keep, together: [[1, 2, 3]] }).message).toMatch(/no such table: main.a/);
  });

  it('keep everything on the way back', () => {
    const db = open(two);
    const before = objectsOf(db);
    const back =
      'CREATE TABLE o (id INTEGER PRIMARY KEY, x TEXT); INSERT INTO o SELECT id, x FROM a; DROP TABLE a; ALTER TABLE o RENAME TO a;';
    const migrations = {
      '001_a.sql': `-- === UP MIGRATION ===\n${[0, 1, 4, 6].map((i) => parts[i]).join(';')};\n-- === DOWN MIGRATION ===\n${back}`,
    };
    const runner = new MigrationRunner({ database: db.handle, migrations, backup: 'off', ...keep });
    runner.upSync();
    const { applied, notes } = runner.downSync();
    expect(notes).toEqual([]);
    expect(applied[0]!.rebuilt).toMatchObject([
      {
        table: 'a',
        kept: ['COLLATE NOCASE of x', 'trigger of_both_added', 'view of_both', 'index a_x', 'trigger a_added'],
      },
    ]);
    expect(objectsOf(db)).toEqual(before);
    expect(tableOf(db, 'a')).toMatch(/x TEXT COLLATE NOCASE/);
  });
});

onBothDrivers('a DOWN part', (open) => {
  const up = `CREATE TABLE n (a TEXT NOT NULL) STRICT; INSERT INTO n SELECT a FROM t; DROP TABLE t;
    ALTER TABLE n RENAME TO t; CREATE INDEX t_new ON t (a, a);`;
  const down = 'CREATE TABLE o (a TEXT); INSERT INTO o SELECT a FROM t; DROP TABLE t; ALTER TABLE o RENAME TO t;';
  const before = 'CREATE TABLE t (a TEXT COLLATE NOCASE); CREATE INDEX t_a ON t (a); INSERT INTO t VALUES (1);';

  it.each([
    ['SQL', { '001_a.sql': `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}` }],
    ['code', { '001_a.js': { up, down } }],
  ])('keeps what was there before its UP part, and asks about what that made: %s', (_, migrations) => {
    const db = open(before);
    const options = { database: db.handle, migrations, backup: 'off', ...keep } as const;
    const runner = new MigrationRunner(options);
    runner.upSync();
    expect(() => runner.downSync()).toThrow(/index t_new of t is gone/);
    new MigrationRunner({ ...options, destructive: { 1: ['t_new'] } }).downSync();
    expect(tableOf(db, 't')).toBe('CREATE TABLE "t" (a TEXT COLLATE NOCASE)');
    expect(objectsOf(db)).toEqual([{ type: 'index', name: 't_a', sql: 'CREATE INDEX t_a ON t (a)' }]);
  });
});

onBothDrivers('other tables', (open) => {
  it('keep WITHOUT ROWID, generated columns and the triggers of a full-text index', () => {
    const db = open(`
      CREATE TABLE pairs (a TEXT, b TEXT COLLATE RTRIM, PRIMARY KEY (a, b)) WITHOUT ROWID;
      CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT, size INTEGER AS (length(body)));
      CREATE VIRTUAL TABLE search USING fts5(body, content = 'docs', content_rowid = 'id');
      CREATE TRIGGER docs_added AFTER INSERT ON docs BEGIN INSERT INTO search (rowid, body) VALUES (new.id, new.body); END;
      CREATE INDEX docs_size ON docs (size);
      INSERT INTO pairs VALUES ('a', 'b'), ('a', 'c');
      INSERT INTO docs (body) VALUES ('some words'), ('other words');`);
    const notes = apply(
      db,
      `CREATE TABLE new_pairs (a TEXT, b TEXT, c TEXT, PRIMARY KEY (a, b));
       INSERT INTO new_pairs (a, b) SELECT a, b FROM pairs;
       DROP TABLE pairs;
       ALTER TABLE new_pairs RENAME TO pairs;
       CREATE TABLE new_docs (id INTEGER PRIMARY KEY, body TEXT NOT NULL, size INTEGER AS (length(body)));
       INSERT INTO new_docs (id, body) SELECT id, body FROM docs;
       DROP TABLE docs;
       ALTER TABLE new_docs RENAME TO docs;
       INSERT INTO docs (body) VALUES ('words of the migration');`,
      keep,
    );
    expect(notes).toEqual([
      'rebuilds pairs and keeps: COLLATE RTRIM of b, WITHOUT ROWID',
      'rebuilds docs and keeps: trigger docs_added, index docs_size',
    ]);
    expect(tableOf(db, 'pairs')).toMatch(/WITHOUT ROWID$/);
    // The trigger was there again for the next statement.
    expect(column(db, `SELECT rowid FROM search WHERE search MATCH 'words'`)).toEqual([1, 2, 3]);
  });
});

onBothDrivers('generated columns that a copy lists', (open) => {
  const typed = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, lo TEXT); INSERT INTO t VALUES (1, 'A', 'typed in');";
  const computed =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, lo TEXT AS (lower(a))); INSERT INTO t VALUES (1, 'A');";
  const copy = (item: string, columns: string = 'id INTEGER PRIMARY KEY, a TEXT, lo TEXT AS (lower("a"))'): string =>
    `CREATE TABLE n (${columns}); INSERT INTO n (id, a, lo) SELECT id, a, ${item} FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;`;

  it.each([
    [
      'another column',
      typed.replace('lo TEXT', 'secret TEXT'),
      copy('secret'),
      'COLUMN_LOST',
      /t\.secret .*'typed in'/,
    ],
    [
      'the same column',
      typed,
      copy('lo'),
      'VALUES_CHANGED',
      /values of t\.lo: 1 of 1 changed \(id 1: 'typed in' to 'a'\)/,
    ],
    ['an expression', typed, copy("lo || 'x'"), 'VALUES_CHANGED', /values of t\.lo: 1 of 1 changed/],
    ['a stored one', typed, copy('lo').replace('))', ')) STORED'), 'VALUES_CHANGED', /values of t\.lo: 1 of 1 changed/],
  ])('do not take the values of a column that had its own: %s', (_, first, migration, code, message) => {
    const error = refused(open(first), migration, keep);
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });

  it.each([
    ['declared', `-- dunlin: destructive t.lo\n${copy('lo')}`, typed],
    ['not there', copy('lo'), typed.replace('typed in', 'a')],
  ])('take the place of an ordinary column if the loss is %s', (_, migration, first) => {
    const db = open(first);
    expect(apply(db, migration, keep)).toEqual([]);
    expect(rows(db.bridge, 'SELECT * FROM t')).toEqual([{ id: 1, a: 'A', lo: 'a' }]);
  });

  it.each([
    ['dropped', copy('lo')],
    [
      'renamed',
      `ALTER TABLE t RENAME TO o; ${copy('lo').replace('TABLE n', 'TABLE t').replace('INTO n', 'INTO t').replace('FROM t', 'FROM o').replace('DROP TABLE t; ALTER TABLE n RENAME TO t', 'DROP TABLE o')}`,
    ],
  ])('are named as kept, the old table being %s first', (_, migration) => {
    expect(apply(open(computed), migration, keep)).toEqual(['rebuilds t and keeps: generated column lo']);
  });

  it('are not named as kept if they are computed from something else', () => {
    const changed = copy('lo', 'id INTEGER PRIMARY KEY, a TEXT, lo TEXT AS (trim(lower(a)))');
    expect(apply(open(computed), changed, keep)).toEqual([]);
  });
});

onBothDrivers('the statistics of ANALYZE', (open) => {
  it('stay, of the table and of the indexes that are put back', () => {
    const db = open(`${schema} ANALYZE;`);
    const statistics = (): unknown =>
      rows(db.bridge, `SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'users' AND idx <> 'users_email' ORDER BY idx`);
    const before = statistics();
    apply(db, rebuild({ after: 'CREATE UNIQUE INDEX users_email ON users (email);' }), keep);
    expect(statistics()).toEqual(before);
    expect(before).toHaveLength(2);
  });

  it('are there once if the old table is renamed first', () => {
    const db = open("CREATE TABLE t (a TEXT); CREATE INDEX t_a ON t (a); INSERT INTO t VALUES ('x'); ANALYZE;");
    const migration =
      'ALTER TABLE t RENAME TO o; CREATE TABLE t (a TEXT NOT NULL); INSERT INTO t SELECT a FROM o; DROP TABLE o;';
    apply(db, migration, keep);
    expect(rows(db.bridge, 'SELECT tbl, idx, stat FROM sqlite_stat1')).toEqual([{ tbl: 't', idx: 't_a', stat: '1 1' }]);
  });
});

onBothDrivers('odd names', (open) => {
  it('are kept as they are', () => {
    const db = open(`
      CREATE TABLE "order items" ("a ""b""" TEXT COLLATE NOCASE, [c d] INTEGER, "group" TEXT DEFAULT ('x;y'));
      CREATE INDEX "the ""index""" ON "order items" ("a ""b""" DESC) WHERE "group" <> ';';
      CREATE VIEW "a view" AS SELECT "a ""b""" AS x FROM "order items";
      CREATE TRIGGER "a trigger" AFTER INSERT ON "order items" WHEN new."c d" > 0
        BEGIN UPDATE "order items" SET "c d" = 0 WHERE "a ""b""" = new."a ""b"""; SELECT 1; END;
      INSERT INTO "order items" VALUES ('A', 1, 'g');`);
    const before = objectsOf(db);
    apply(
      db,
      `CREATE TABLE 'new ''items' ("a ""b""" TEXT, "c d" INTEGER NOT NULL, "group" TEXT);
       INSERT INTO "new 'items" SELECT * FROM [order items];
       DROP TABLE "ORDER items";
       ALTER TABLE "new 'items" RENAME TO "order items";`,
      keep,
    );
    expect(objectsOf(db)).toEqual(before);
    expect(value(db, `SELECT x FROM "a view" WHERE x = 'a'`)).toBe('A');
  });
});

it('checks what a run will do, with sample rows', async () => {
  const first =
    'CREATE TABLE t (a TEXT COLLATE NOCASE); CREATE INDEX t_a ON t (lower(a)); CREATE VIEW v AS SELECT a FROM t;';
  const second = pair(
    '-- dunlin: rebuilds keep\nCREATE TABLE n (a TEXT DEFAULT 1); INSERT INTO n (a) SELECT a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;',
    'CREATE TABLE n (a TEXT); INSERT INTO n (a) SELECT a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;',
  );
  const found = await rounds([first, second]);
  expect([found.problems, found.warnings]).toEqual([[], []]);
  const asWritten = await rounds([first, second.replace('-- dunlin: rebuilds keep', '')]);
  expect(reported(asWritten)).toEqual([expect.stringMatching(/error in view v/)]);
});
