// Whole runs on an engine of batches, for any test framework: the stand-in of test/batch, D1 and rqlite. Each case gets
// an empty database. `dunlin` is the package, or its source.
import assert from 'node:assert/strict';

const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, nickname TEXT)';
const notes = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), title TEXT NOT NULL)';
const children =
  'CREATE TABLE tags (id INTEGER PRIMARY KEY, note_id INTEGER NOT NULL REFERENCES notes (id) ON DELETE CASCADE, tag TEXT)';

/** Three users, three notes, two tags. */
const rows = [
  `INSERT INTO users VALUES (1, 'a@x', 'A'), (2, 'b@x', NULL), (3, 'c@x', 'C')`,
  `INSERT INTO notes VALUES (1, 1, 'one'), (2, 1, ''), (3, 2, 'three')`,
];
const tagRows = [`INSERT INTO tags VALUES (1, 1, 'red'), (2, 3, 'blue')`];

/** What a case works with: the engine, and short ways to it. */
export class Subject {
  constructor(dunlin, bridge) {
    this.dunlin = dunlin;
    this.bridge = bridge;
  }

  async run(...statements) {
    await this.bridge.batch(statements.map((sql) => ({ sql, params: [] })));
  }

  /** Rows as text, because engines differ in what they make of a number. */
  async text(query) {
    const [row] = await this.bridge.read(`SELECT coalesce((${query}), 'NULL') AS r`);
    return String(row.r);
  }

  runner(migrations, options = {}, bridge = this.bridge) {
    const runner = new this.dunlin.BatchRunner({ database: bridge, migrations, ...options });
    return Object.assign(runner, { given: migrations });
  }

  /** Everything that somebody has stored, but for the attempt log. */
  async content() {
    const tables = await this.bridge.read(
      `SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name`,
    );
    const found = [];
    for (const { name, sql } of tables) {
      if (String(name).startsWith('schema_migration_attempts')) continue;
      found.push(String(sql));
      if (!/^CREATE TABLE/i.test(String(sql))) continue;
      const columns = await this.bridge.read(`SELECT name FROM pragma_table_info('${name}')`);
      const list = columns.map((column) => `quote("${column.name}")`).join(` || ',' || `);
      const lines = await this.bridge.read(`SELECT ${list} AS r FROM "${name}" ORDER BY 1`);
      found.push(...lines.map((line) => String(line.r)));
    }
    return found.join('\n');
  }

  async fails(work, code) {
    let error;
    try {
      await work;
    } catch (thrown) {
      error = thrown;
    }
    assert.ok(error !== undefined, `expected ${code}, got no error`);
    assert.ok(this.dunlin.isDunlinError(error), `expected ${code}, got ${error?.stack}`);
    assert.equal(error.code, code, `${error.code}: ${error.message}\n${error.hint}`);
    return error;
  }
}

/** A table of notes with rows, tags included if wanted, and one migration of each applied. */
async function notesWithRows(subject, { tags = false } = {}) {
  const migrations = { '001_users.sql': users, '002_notes.sql': notes };
  if (tags) migrations['003_tags.sql'] = children;
  await subject.runner(migrations).up();
  await subject.run(...rows, ...(tags ? tagRows : []));
  return migrations;
}

const rebuild = (
  select,
  columns = 'id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), title TEXT NOT NULL',
) => `
CREATE TABLE notes_new (${columns});
INSERT INTO notes_new ${select};
DROP TABLE notes;
ALTER TABLE notes_new RENAME TO notes;`;

/** Each is refused, with this code, and leaves nothing. The SQL is a fourth migration, after `extra` was run. */
export const losses = {
  'a rebuild with a WHERE': ['ROWS_LOST', rebuild(`SELECT id, user_id, title FROM notes WHERE title <> ''`)],
  'a rebuild that copies nothing': [
    'ROWS_LOST',
    `CREATE TABLE n (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT); DROP TABLE notes; ALTER TABLE n RENAME TO notes;`,
  ],
  'a copy by position into another order': [
    'VALUES_CHANGED',
    rebuild('SELECT id, title, user_id FROM notes', 'id INTEGER PRIMARY KEY, title TEXT, user_id INTEGER').replace(
      'INSERT INTO notes_new SELECT id, title, user_id',
      'INSERT INTO notes_new SELECT id, user_id, title',
    ),
  ],
  'a type that converts values': [
    'VALUES_CHANGED',
    rebuild('SELECT id, user_id, title FROM notes', 'id INTEGER PRIMARY KEY, user_id INTEGER, title INTEGER'),
    [`UPDATE notes SET title = '007' WHERE id = 1`],
  ],
  'a row that is lost and another that is gained': [
    'VALUES_CHANGED',
    rebuild(`SELECT id, user_id, title FROM notes WHERE id < 3 UNION ALL SELECT 9, 1, 'new'`),
  ],
  'a rebuild through a second table, with a WHERE on the way back': [
    'ROWS_LOST',
    `CREATE TABLE aside AS SELECT * FROM notes; DROP TABLE notes;
     CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
     INSERT INTO notes SELECT * FROM aside WHERE title <> ''; DROP TABLE aside;`,
  ],
  'a rebuild from a copy that is kept, with a WHERE': [
    'ROWS_LOST',
    `CREATE TABLE aside AS SELECT * FROM notes; DROP TABLE notes;
     CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
     INSERT INTO notes SELECT * FROM aside WHERE title <> '';`,
  ],
  'a safety copy beside a rebuild with a WHERE': [
    'ROWS_LOST',
    `CREATE TABLE aside AS SELECT * FROM notes; ${rebuild(`SELECT id, user_id, title FROM notes WHERE title <> ''`)}`,
  ],
  'a split with a gap': [
    'ROWS_LOST',
    `CREATE TABLE first (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
     CREATE TABLE rest (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
     INSERT INTO first SELECT * FROM notes WHERE id = 1; INSERT INTO rest SELECT * FROM notes WHERE id > 2;
     DROP TABLE notes;`,
  ],
  'a copy that computes every column, with a WHERE': [
    'ROWS_LOST',
    rebuild(`SELECT id + 0, user_id + 0, upper(title) FROM notes WHERE id < 3`),
  ],
  'DELETE of no row beside a rebuild with a WHERE': [
    'ROWS_LOST',
    `DELETE FROM notes WHERE id = 99; ${rebuild(`SELECT id, user_id, title FROM notes WHERE title <> ''`)}`,
  ],
  'a DELETE whose trigger deletes more': [
    'ROWS_LOST',
    'DELETE FROM users WHERE id = 3;',
    ['CREATE TRIGGER users_gone AFTER DELETE ON users BEGIN DELETE FROM notes; END'],
  ],
  'a sequence that is lowered': [
    'SEQUENCE_LOST',
    `CREATE TABLE jobs_new (id INTEGER PRIMARY KEY, name TEXT);
     INSERT INTO jobs_new SELECT id, name FROM jobs; DROP TABLE jobs; ALTER TABLE jobs_new RENAME TO jobs;`,
    ['CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)', `INSERT INTO jobs VALUES (7, 'a')`],
  ],
  'a column that is not carried over': [
    'COLUMN_LOST',
    rebuild('SELECT id, user_id FROM notes', 'id INTEGER PRIMARY KEY, user_id INTEGER'),
  ],
  'an index that a rebuild leaves out': [
    'INDEX_LOST',
    rebuild('SELECT id, user_id, title FROM notes'),
    ['CREATE INDEX notes_title ON notes (title)'],
    { rebuilds: 'as-written' },
  ],
  'a trigger that a rebuild leaves out': [
    'TRIGGER_LOST',
    rebuild('SELECT id, user_id, title FROM notes'),
    [`CREATE TRIGGER notes_keep BEFORE DELETE ON notes BEGIN SELECT RAISE(ABORT, 'kept'); END`],
    { rebuilds: 'as-written' },
  ],
  'INTEGER PRIMARY KEY that becomes another type': [
    'ROWID_ALIAS_LOST',
    rebuild('SELECT id, user_id, title FROM notes', 'id BIGINT PRIMARY KEY, user_id INTEGER, title TEXT'),
  ],
  'a trigger that deletes': [
    'ROWS_LOST',
    `INSERT INTO log VALUES ('x');`,
    [
      'CREATE TABLE log (line TEXT)',
      'CREATE TRIGGER log_in AFTER INSERT ON log BEGIN DELETE FROM notes WHERE id = 2; END',
    ],
  ],
  'ON CONFLICT REPLACE of the table': [
    'ROWS_LOST',
    `INSERT INTO codes VALUES ('a', 2);`,
    ['CREATE TABLE codes (code TEXT PRIMARY KEY ON CONFLICT REPLACE, n INTEGER)', `INSERT INTO codes VALUES ('a', 1)`],
  ],
  'OR IGNORE in a copy': [
    'ROWS_LOST',
    rebuild('SELECT 1, user_id, title FROM notes').replace('INSERT INTO', 'INSERT OR IGNORE INTO'),
  ],
  'a verification query that is false': [
    'VERIFICATION_FAILED',
    `UPDATE notes SET title = upper(title);\n-- === VERIFY ===\n-- no empty titles\nSELECT count(*) = 0 FROM notes WHERE title = '';`,
  ],
  'a failing statement in the middle': [
    'STATEMENT_FAILED',
    `DELETE FROM users; CREATE TABLE a (x); CREATE TABLE a (x);`,
  ],
  'a statement that fails on the rows only': [
    'STATEMENT_FAILED',
    `CREATE TABLE more (x); CREATE UNIQUE INDEX notes_one ON notes (user_id); CREATE TABLE most (x);`,
  ],
  'values that an UPDATE takes from a table that is dropped': [
    'ENGINE_REFUSED',
    `ALTER TABLE users ADD COLUMN title TEXT;
     UPDATE users SET title = (SELECT title FROM notes WHERE notes.user_id = users.id AND title <> 'c');
     DROP TABLE notes;`,
  ],
  'a temporary table': ['ENGINE_REFUSED', `CREATE TEMP TABLE kept AS SELECT * FROM notes; DROP TABLE temp.kept;`],
};

/** Each is applied. `[sql, query, answer, extra]` */
export const harmless = {
  'a rebuild with every row': [rebuild('SELECT id, user_id, title FROM notes'), 'SELECT count(*) FROM notes', '3'],
  'a rebuild that renames and computes': [
    rebuild(`SELECT id, user_id, upper(title) FROM notes`, 'id INTEGER PRIMARY KEY, user_id INTEGER, heading TEXT'),
    `SELECT heading FROM notes WHERE id = 1`,
    'ONE',
  ],
  'a DELETE of what a copy leaves out, after it': [
    rebuild(`SELECT id, user_id, title FROM notes WHERE title <> ''`).replace(
      'DROP',
      `DELETE FROM notes WHERE title = ''; DROP`,
    ),
    'SELECT count(*) FROM notes',
    '2',
  ],
  'CREATE TABLE IF NOT EXISTS': [
    'CREATE TABLE IF NOT EXISTS notes (x); DELETE FROM notes;',
    'SELECT count(*) FROM notes',
    '0',
  ],
  'DELETE by name': [`DELETE FROM notes WHERE title = '';`, 'SELECT count(*) FROM notes', '2'],
  'DELETE of the rows that a rebuild leaves out': [
    `DELETE FROM notes WHERE title = ''; ${rebuild(`SELECT id, user_id, title FROM notes WHERE title <> ''`)}`,
    'SELECT count(*) FROM notes',
    '2',
  ],
  'a rebuild that declares its loss': [
    `-- dunlin: destructive notes\n${rebuild(`SELECT id, user_id, title FROM notes WHERE title <> ''`)}`,
    'SELECT count(*) FROM notes',
    '2',
  ],
  'DROP TABLE': ['DROP TABLE notes;', `SELECT count(*) FROM sqlite_schema WHERE name = 'notes'`, '0'],
  'DROP COLUMN': ['ALTER TABLE users DROP COLUMN nickname;', 'SELECT count(*) FROM users', '3'],
  'a split into two tables': [
    `CREATE TABLE titles (note_id INTEGER PRIMARY KEY, title TEXT);
     INSERT INTO titles SELECT id, title FROM notes;
     CREATE TABLE notes_new (id INTEGER PRIMARY KEY, user_id INTEGER);
     INSERT INTO notes_new SELECT id, user_id FROM notes;
     DROP TABLE notes;
     ALTER TABLE notes_new RENAME TO notes;`,
    'SELECT count(*) FROM titles',
    '3',
  ],
  'INSERT OR REPLACE': [
    `INSERT OR REPLACE INTO users VALUES (3, 'd@x', 'D'), (4, 'e@x', 'E');`,
    'SELECT count(*) FROM users',
    '4',
  ],
  'an upsert': [
    `INSERT INTO users VALUES (1, 'z@x', 'Z'), (5, 'f@x', 'F') ON CONFLICT (id) DO UPDATE SET email = excluded.email;`,
    `SELECT email FROM users WHERE id = 1`,
    'z@x',
  ],
  'a verification query that is true': [
    `UPDATE notes SET title = 'two' WHERE title = '';\n-- === VERIFY ===\nSELECT count(*) = 0 FROM notes WHERE title = '';`,
    'SELECT title FROM notes WHERE id = 2',
    'two',
  ],
  'a row that refers to one that is there': [
    `INSERT INTO notes VALUES (9, 3, 'nine');`,
    'SELECT count(*) FROM notes',
    '4',
  ],
  'a split by a condition': [
    `CREATE TABLE first (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
     CREATE TABLE rest (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
     INSERT INTO first SELECT * FROM notes WHERE id = 1; INSERT INTO rest SELECT * FROM notes WHERE id > 1;
     DROP TABLE notes;`,
    'SELECT count(*) FROM rest',
    '2',
  ],
  'a rebuild through a second table': [
    `CREATE TABLE aside AS SELECT * FROM notes; DROP TABLE notes;
     CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
     INSERT INTO notes SELECT * FROM aside; DROP TABLE aside;`,
    'SELECT count(*) FROM notes',
    '3',
  ],
  'a copy in two parts, and an UPDATE of it': [
    `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT NOT NULL);
     INSERT INTO notes_new SELECT * FROM notes WHERE id < 2;
     INSERT INTO notes_new SELECT * FROM notes WHERE id >= 2;
     UPDATE notes_new SET title = 'none' WHERE title = '';
     DROP TABLE notes; ALTER TABLE notes_new RENAME TO notes;`,
    'SELECT title FROM notes WHERE id = 2',
    'none',
  ],
  'a table that an earlier version of the file emptied': [
    `DELETE FROM notes; DROP TABLE notes; CREATE TABLE notes (id TEXT PRIMARY KEY);`,
    'SELECT count(*) FROM notes',
    '0',
  ],
  'rows that go from one table to another': [
    `CREATE TABLE kept (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO kept SELECT id, title FROM notes WHERE id > 1;
     DELETE FROM notes WHERE id > 1;`,
    'SELECT count(*) FROM kept',
    '2',
  ],
  'full-text search': [
    `INSERT INTO words VALUES ('three'); DELETE FROM words WHERE words MATCH 'one'; INSERT INTO words (words) VALUES ('optimize');`,
    'SELECT count(*) FROM words',
    '2',
    ['CREATE VIRTUAL TABLE words USING fts5(word)', `INSERT INTO words VALUES ('one'), ('two')`],
  ],
  'a view and a trigger': [
    `CREATE VIEW titles AS SELECT title FROM notes;
     CREATE TRIGGER users_in AFTER INSERT ON users BEGIN UPDATE notes SET title = 'seen; ok' WHERE id = 1; END;
     INSERT INTO users VALUES (9, 'x', NULL);`,
    'SELECT title FROM notes WHERE id = 1',
    'seen; ok',
  ],
  'a rebuild with an AUTOINCREMENT sequence': [
    `CREATE TABLE jobs_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT '');
     INSERT INTO jobs_new SELECT id, name FROM jobs;
     DROP TABLE jobs;
     ALTER TABLE jobs_new RENAME TO jobs;`,
    `SELECT seq FROM sqlite_sequence WHERE name = 'jobs'`,
    '7',
    [
      'CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)',
      `INSERT INTO jobs VALUES (1, 'a'), (7, 'b')`,
      'DELETE FROM jobs WHERE id = 7',
    ],
  ],
};

const upTo = async (subject, sql, { extra = [], options, tags } = {}) => {
  const migrations = await notesWithRows(subject, { tags });
  if (extra.length > 0) await subject.run(...extra);
  return subject.runner({ ...migrations, '004_change.sql': sql }, { drift: 'note', ...options });
};

/** Applies the migrations before the one of a loss, and gives all. */
export async function prepareLoss(subject, [, sql, extra = []]) {
  const migrations = await notesWithRows(subject);
  if (extra.length > 0) await subject.run(...extra);
  return { ...migrations, '004_change.sql': sql };
}

/** The cases, by name. Each gets a Subject. */
export const cases = {
  async 'applies each migration once, and writes nothing without one'(subject) {
    const migrations = { '001_users.sql': users, '002_notes.sql': notes };
    const { applied, to } = await subject.runner(migrations).up();
    assert.deepEqual([applied.map(({ version }) => version), to], [[1, 2], 2]);
    const before = await subject.content();
    const again = await subject.runner(migrations).up();
    assert.deepEqual([again.applied, again.to], [[], 2]);
    assert.equal(await subject.content(), before);
    const { pending } = await subject.runner({ ...migrations, '003_tags.sql': children }).status();
    assert.deepEqual(
      pending.map(({ version }) => version),
      [3],
    );
    const history = await subject.runner(migrations).history();
    assert.ok(history.length >= 2);
    assert.match(await subject.runner(migrations).dump(), /CREATE TABLE notes/);
  },

  async 'applies up to a version, or a number of steps'(subject) {
    const migrations = {
      '001_a.sql': 'CREATE TABLE a (x)',
      '002_b.sql': 'CREATE TABLE b (x)',
      '003_c.sql': 'CREATE TABLE c (x)',
    };
    assert.equal((await subject.runner(migrations).up({ steps: 1 })).to, 1);
    assert.equal((await subject.runner(migrations).up({ to: 2 })).to, 2);
    const plan = await subject.runner(migrations).plan();
    assert.deepEqual(
      plan.steps.map(({ version }) => version),
      [3],
    );
  },

  async 'keeps what succeeded before a failing migration, or nothing with `atomic: run`'(subject) {
    const migrations = {
      '001_a.sql': 'CREATE TABLE a (x)',
      '002_b.sql': 'CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)',
    };
    const error = await subject.fails(subject.runner(migrations, { atomic: 'run' }).up(), 'STATEMENT_FAILED');
    assert.equal(error.location?.line, 1);
    assert.equal(await subject.text(`SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')`), '0');
    const second = await subject.fails(subject.runner(migrations).up(), 'STATEMENT_FAILED');
    assert.deepEqual(
      second.applied?.map(({ version }) => version),
      [1],
    );
    assert.equal(await subject.text(`SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')`), '1');
    const history = await subject.runner(migrations).history();
    assert.ok(
      history.some(({ status }) => status === 'failed'),
      JSON.stringify(history),
    );
  },

  async 'reports an edited migration'(subject) {
    await subject.runner({ '001_users.sql': users }).up();
    const edited = subject.runner({ '001_users.sql': `${users.replace('nickname', 'nick')}`, '002_notes.sql': notes });
    const error = await subject.fails(edited.up(), 'MIGRATION_EDITED');
    assert.match(error.message, /001_users/);
  },

  async 'refuses code'(subject) {
    const { defineMigration } = subject.dunlin;
    const code = defineMigration({ version: 1, name: 'code', up: (db) => void db.run('CREATE TABLE a (x)') });
    await subject.fails(subject.runner([code]).up(), 'CODE_NEEDS_TRANSACTION');
  },

  async 'two runners apply each migration once'(subject) {
    await race(subject, 2);
  },

  async 'eight runners apply each migration once'(subject) {
    await race(subject, 8);
  },

  async 'a row that is written between the look and the batch stays'(subject) {
    const runner = await upTo(subject, rebuild('SELECT id, user_id, title FROM notes'));
    await whenFirstSent(subject, runner, `INSERT INTO notes VALUES (9, 1, 'late')`);
    assert.equal(await subject.text('SELECT count(*) FROM notes'), '4');
  },

  async 'a table that is created between the look and the batch stays, and the run looks again'(subject) {
    const runner = await upTo(subject, rebuild('SELECT id, user_id, title FROM notes'));
    const sent = await whenFirstSent(subject, runner, 'CREATE TABLE late (x)');
    assert.ok(sent >= 2, `${sent}`);
    assert.equal(await subject.text(`SELECT count(*) FROM late`), '0');
  },

  async 'an index that is created between the look and the batch is not lost'(subject) {
    const runner = await upTo(subject, rebuild('SELECT id, user_id, title FROM notes'), {
      options: { rebuilds: 'as-written' },
    });
    await subject.fails(
      whenFirstSent(subject, runner, 'CREATE INDEX late ON notes (title)', { rebuilds: 'as-written' }),
      'INDEX_LOST',
    );
    assert.equal(await subject.text(`SELECT count(*) FROM sqlite_schema WHERE name = 'late'`), '1');
  },

  async 'an answer that is lost after the commit is found in the history'(subject) {
    const { BatchError } = subject.dunlin;
    const bridge = { ...wrapped(subject.bridge) };
    bridge.batch = async (statements) => {
      await subject.bridge.batch(statements);
      throw new BatchError({ message: 'socket hang up', outcome: 'unknown' });
    };
    const { applied, notes: said } = await subject.runner({ '001_users.sql': users }, {}, bridge).up();
    assert.deepEqual(
      applied.map(({ version }) => version),
      [1],
    );
    assert.ok(
      said.some((note) => note.includes('socket hang up')),
      said.join(),
    );
    assert.deepEqual((await subject.runner({ '001_users.sql': users }).up()).applied, []);
  },

  async 'a batch that never arrived is not sent again by itself'(subject) {
    const { BatchError } = subject.dunlin;
    let sent = 0;
    const bridge = wrapped(subject.bridge);
    bridge.engine = { ...bridge.engine, limits: { ...bridge.engine.limits, transactionMs: 200 } };
    bridge.batch = async (statements) => {
      if (statements.length === 1) return await subject.bridge.batch(statements);
      sent++;
      throw new BatchError({ message: 'connection reset', outcome: 'unknown' });
    };
    await subject.fails(subject.runner({ '001_users.sql': users }, {}, bridge).up(), 'OUTCOME_UNKNOWN');
    assert.equal(sent, 1);
    assert.equal((await subject.runner({ '001_users.sql': users }).up()).applied.length, 1);
  },

  async 'an engine that does not report what a guard raises is not migrated'(subject) {
    const { BatchError } = subject.dunlin;
    const bridge = wrapped(subject.bridge);
    bridge.batch = () => Promise.reject(new BatchError({ message: 'something failed', outcome: 'failed' }));
    await subject.fails(subject.runner({ '001_users.sql': users }, {}, bridge).up(), 'GUARDS_UNAVAILABLE');
    bridge.batch = () => Promise.resolve();
    await subject.fails(subject.runner({ '001_users.sql': users }, {}, bridge).up(), 'GUARDS_UNAVAILABLE');
  },

  async 'children of a dropped parent are never lost'(subject) {
    const runner = await upTo(subject, rebuild('SELECT id, user_id, title FROM notes'), { tags: true });
    if (await hasForeignKeys(subject)) await subject.fails(runner.up(), 'PARENT_DROP_REFUSED');
    else await runner.up();
    assert.equal(await subject.text('SELECT count(*) FROM tags'), '2');
    assert.equal(await subject.text('SELECT count(*) FROM notes'), '3');
  },

  async 'children that are moved aside and back survive the rebuild of their parent'(subject) {
    const sql = `CREATE TABLE tags_kept AS SELECT * FROM tags; DELETE FROM tags;
      ${rebuild('SELECT id, user_id, title FROM notes')}
      INSERT INTO tags SELECT * FROM tags_kept; DROP TABLE tags_kept;`;
    await (await upTo(subject, sql, { tags: true })).up();
    assert.equal(await subject.text('SELECT count(*) FROM tags'), '2');
    assert.equal(await subject.text('SELECT count(*) FROM notes'), '3');
  },

  async 'DELETE of parents does not take children along unsaid'(subject) {
    const runner = await upTo(subject, 'DELETE FROM notes WHERE id = 1;', { tags: true });
    await subject.fails(runner.up(), (await hasForeignKeys(subject)) ? 'ROWS_LOST' : 'FOREIGN_KEYS_VIOLATED');
    assert.equal(await subject.text('SELECT count(*) FROM tags'), '2');
  },

  async 'SET NULL does not empty a column unsaid'(subject) {
    if (!(await hasForeignKeys(subject))) return;
    const sql = 'CREATE TABLE marks (id INTEGER PRIMARY KEY, note_id INTEGER REFERENCES notes (id) ON DELETE SET NULL)';
    const runner = await upTo(subject, 'DELETE FROM notes WHERE id = 1;', {
      extra: [sql, 'INSERT INTO marks VALUES (1, 1)'],
    });
    await subject.fails(runner.up(), 'VALUES_CHANGED');
    assert.equal(await subject.text('SELECT note_id FROM marks'), '1');
  },

  async '64-bit integers keep their value'(subject) {
    const sql = 'CREATE TABLE big (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO big VALUES (1, 9007199254740993);';
    await subject.runner({ '001_big.sql': sql }).up();
    const change = `CREATE TABLE big_new (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
      INSERT INTO big_new SELECT id, n FROM big; DROP TABLE big; ALTER TABLE big_new RENAME TO big;`;
    await subject.runner({ '001_big.sql': sql, '002_big.sql': change }).up();
    assert.equal(await subject.text(`SELECT CAST(n AS TEXT) FROM big`), '9007199254740993');
  },
};

for (const [name, [code, sql, extra = [], options]] of Object.entries(losses))
  cases[`refused: ${name}`] = async (subject) => {
    const runner = await upTo(subject, sql, { extra, options });
    const before = await subject.content();
    await subject.fails(runner.up(), code);
    assert.equal(await subject.content(), before);
  };

for (const [name, [sql, query, answer, extra = []]] of Object.entries(harmless))
  cases[`applied: ${name}`] = async (subject) => {
    const runner = await upTo(subject, sql, { extra });
    const { applied } = await runner.up();
    assert.deepEqual(
      applied.map(({ version }) => version),
      [4],
    );
    assert.equal(await subject.text(query), answer);
  };

function wrapped(bridge) {
  return {
    driver: bridge.driver,
    engine: bridge.engine,
    read: (sql) => bridge.read(sql),
    batch: (statements) => bridge.batch(statements),
  };
}

async function hasForeignKeys(subject) {
  if (subject.bridge.engine.foreignKeys === 'always-on') return true;
  return (await subject.text('SELECT foreign_keys FROM pragma_foreign_keys')) === '1';
}

async function race(subject, runners) {
  const migrations = Object.fromEntries(
    [1, 2, 3].map((n) => [`00${n}_t${n}.sql`, `CREATE TABLE t${n} (x); INSERT INTO t${n} VALUES (${n});`]),
  );
  const results = await Promise.all(Array.from({ length: runners }, () => subject.runner(migrations).up()));
  const applied = results.flatMap((result) => result.applied.map(({ version }) => version));
  assert.deepEqual(applied.toSorted(), [1, 2, 3]);
  assert.ok(results.every(({ to }) => to === 3));
  for (const n of [1, 2, 3]) assert.equal(await subject.text(`SELECT count(*) FROM t${n}`), '1');
}

/** Runs a statement of somebody else right before the first batch; returns how many batches were sent. */
async function whenFirstSent(subject, runner, sql, options) {
  let sent = 0;
  const bridge = wrapped(subject.bridge);
  bridge.batch = async (statements) => {
    if (statements.length > 1 && sent++ === 0) await subject.run(sql);
    await subject.bridge.batch(statements);
  };
  await subject.runner(runner.given, { drift: 'note', ...options }, bridge).up();
  return sent;
}
