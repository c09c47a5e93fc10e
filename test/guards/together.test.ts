import { expect, it } from 'vitest';
import type { DunlinError } from '../../src/errors/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import { MigrationRunner } from '../../src/node/index.ts';
import { apply, column, numbered, onBothDrivers, refused, type Connection, type Given } from './support.ts';

const schema = `
  CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT);
  INSERT INTO team VALUES (1, 'red'), (2, 'blue');
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, team_id INTEGER REFERENCES team (id));
  CREATE UNIQUE INDEX users_email ON users (email);
  CREATE TRIGGER users_touch AFTER UPDATE ON users BEGIN SELECT 1; END;
  INSERT INTO users VALUES (1, 'ada', 'a@x', 1), (2, 'bob', 'b@x', 2), (3, 'cy', 'c@x', 1);
`;

/** A rebuild of `users`, parted among three files. */
interface Parts {
  readonly create?: string;
  readonly copy?: string;
  readonly drop?: string;
  readonly rename?: string;
  readonly objects?: string;
}

const columns = 'id INTEGER PRIMARY KEY, name TEXT, email TEXT, team_id INTEGER REFERENCES team (id)';
const made: Required<Parts> = {
  create: `CREATE TABLE users_new (${columns}, age INTEGER);`,
  copy: 'INSERT INTO users_new (id, name, email, team_id) SELECT id, name, email, team_id FROM users;',
  drop: 'DROP TABLE users;',
  rename: 'ALTER TABLE users_new RENAME TO users;',
  objects: `CREATE UNIQUE INDEX users_email ON users (email);
CREATE TRIGGER users_touch AFTER UPDATE ON users BEGIN SELECT 1; END;`,
};

function spread(parts: Parts = {}): [string, string, string] {
  const { create, copy, drop, rename, objects } = { ...made, ...parts };
  return [`${create}\n${copy}`, drop, `${rename}\n${objects}`];
}

const together = [[1, 2, 3]];

/** What a refusal of a set says in every case. */
function ofSet(error: DunlinError, migration: number): DunlinError {
  expect(error.problems.length === 0 ? [error.message] : error.problems.map(({ message }) => message)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^The set 001_step to 003_step /)]),
  );
  expect(error.hint).toContain('001_step to 003_step were rolled back');
  expect(error.migration?.version).toBe(migration);
  expect(error.failed?.version).toBe(migration);
  expect(error.applied).toEqual([]);
  return error;
}

onBothDrivers('a rebuild spread over a set', (open) => {
  const users = (connection: Connection): unknown[] => column(connection, 'SELECT email FROM users ORDER BY id');

  it.each([
    ['create and copy, drop, rename', spread()],
    ['create, copy and drop, rename', [made.create, `${made.copy}\n${made.drop}`, `${made.rename}\n${made.objects}`]],
    [
      'the old table renamed out of the way first',
      [
        'ALTER TABLE users RENAME TO users_old; DROP INDEX users_email; DROP TRIGGER users_touch;',
        `CREATE TABLE users (${columns}, age INTEGER); ${made.objects}`,
        'INSERT INTO users (id, name, email, team_id) SELECT id, name, email, team_id FROM users_old; DROP TABLE users_old;',
      ],
    ],
    [
      'the index and the trigger made again one file later',
      [
        `${made.create}\n${made.copy}\n${made.drop}\n${made.rename}`,
        'CREATE UNIQUE INDEX users_email ON users (email);',
        'CREATE TRIGGER users_touch AFTER UPDATE ON users BEGIN SELECT 1; END;',
      ],
    ],
    [
      'a column left out and brought back from a copy',
      [
        'CREATE TABLE emails AS SELECT id, email FROM users;',
        `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT, team_id INTEGER REFERENCES team (id));
       INSERT INTO n SELECT id, name, team_id FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;`,
        `ALTER TABLE users ADD COLUMN email TEXT;
       UPDATE users SET email = (SELECT email FROM emails WHERE emails.id = users.id); DROP TABLE emails;
       ${made.objects}`,
      ],
    ],
    [
      'code in the middle',
      [
        `${made.create}\n${made.copy}`,
        defineMigration({ up: (db) => db.exec(made.drop) }),
        `${made.rename}\n${made.objects}`,
      ],
    ],
    [
      'db.rebuildTable before and after what a file does by hand',
      [
        {
          up: (db: MigrationDatabase) =>
            void db.rebuildTable('users', (table) => {
              table.addColumn('age', 'INTEGER');
              table.addCheck('age > 0');
            }),
        },
        `${made.create}\n${made.copy}\n${made.drop}`,
        {
          up: (db: MigrationDatabase) => {
            db.exec(`${made.rename}\n${made.objects}`);
            db.rebuildTable('users', (table) => table.changeColumn('name', { notNull: true }));
          },
        },
      ],
    ],
    [
      'rows that come back one file later',
      [
        'CREATE TABLE kept AS SELECT * FROM users;',
        `${made.create}\n${made.copy} DELETE FROM users_new WHERE id = 2; ${made.drop}`,
        `INSERT INTO users_new (id, name, email, team_id) SELECT id, name, email, team_id FROM kept WHERE id = 2;
       DROP TABLE kept; ${made.rename}\n${made.objects}`,
      ],
    ],
  ] as [string, Given[]][])('passes: %s', (_name, files) => {
    const connection = open(schema);
    apply(connection, files, { together });
    expect(users(connection)).toEqual(['a@x', 'b@x', 'c@x']);
    expect(column(connection, 'SELECT version FROM schema_migrations ORDER BY version')).toEqual([1, 2, 3]);
  });

  it.each([
    [
      'a copy with a WHERE',
      spread({ copy: made.copy.replace(';', ' WHERE id <> 2;') }),
      'ROWS_LOST',
      1,
      /users: 3 rows before, 2 after \(without id 2\)/,
      'INSERT INTO users_new (id',
    ],
    ['a copy of no row', spread({ copy: '' }), 'ROWS_LOST', undefined, /users: 3 rows before, 0 after/, undefined],
    [
      'a column forgotten in the copy',
      spread({ copy: made.copy.replaceAll(', email', '') }),
      'COLUMN_LOST',
      1,
      /column users\.email is not carried over \(3 values: id 1: 'a@x'/,
      'INSERT INTO',
    ],
    [
      'a column forgotten in the table',
      spread({
        create: 'CREATE TABLE users_new (id INTEGER PRIMARY KEY, name TEXT, team_id INTEGER REFERENCES team (id));',
        copy: made.copy.replaceAll(', email', ''),
        objects: made.objects.replace('(email)', '(name)'),
      }),
      'COLUMN_LOST',
      1,
      /column users\.email is not carried over/,
      'INSERT INTO',
    ],
    [
      'values swapped in the copy',
      spread({ copy: 'INSERT INTO users_new (id, name, email, team_id) SELECT id, email, name, team_id FROM users;' }),
      'VALUES_CHANGED',
      1,
      /values of users\.name, which were given those of another column: 3 of 3 changed/,
      'INSERT INTO',
    ],
    [
      'values put by position',
      spread({
        create:
          'CREATE TABLE users_new (id INTEGER PRIMARY KEY, email TEXT, name TEXT, team_id INTEGER REFERENCES team (id));',
        copy: 'INSERT INTO users_new SELECT * FROM users;',
      }),
      'VALUES_CHANGED',
      1,
      /values of users\.name/,
      'INSERT INTO',
    ],
    [
      'a column that took the name of one that an earlier file dropped',
      [
        'ALTER TABLE users DROP COLUMN team_id;',
        'ALTER TABLE users RENAME COLUMN name TO team_id;',
        `CREATE TABLE n (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO n SELECT id, email FROM users; DROP TABLE users;
       ALTER TABLE n RENAME TO users; ${made.objects}`,
      ],
      'COLUMN_LOST',
      3,
      /column users\.name is not carried over \(3 values/,
      'INSERT INTO n',
    ],
    [
      'an index that is never made again',
      spread({ objects: made.objects.replace(/CREATE UNIQUE INDEX.*/, '') }),
      'INDEX_LOST',
      undefined,
      /index users_email of users is gone/,
      undefined,
    ],
    [
      'a trigger that is never made again',
      spread({ objects: 'CREATE UNIQUE INDEX users_email ON users (email);' }),
      'TRIGGER_LOST',
      undefined,
      /trigger users_touch of users is gone/,
      undefined,
    ],
    [
      'an INTEGER PRIMARY KEY that becomes BIGINT',
      spread({
        create: `CREATE TABLE users_new (${columns.replace('INTEGER PRIMARY KEY', 'BIGINT PRIMARY KEY')}, age INTEGER);`,
      }),
      'ROWID_ALIAS_LOST',
      2,
      /users\.id is no longer the INTEGER PRIMARY KEY/,
      'DROP TABLE users',
    ],
    [
      'a row of the copy that the last file deletes by a trigger',
      [
        `${made.create}\n${made.copy}`,
        'CREATE TRIGGER thin AFTER INSERT ON team BEGIN DELETE FROM users_new WHERE id = 3; END; DROP TABLE users;',
        `INSERT INTO team VALUES (3, 'green'); DROP TRIGGER thin; ${made.rename}\n${made.objects}`,
      ],
      'ROWS_LOST',
      undefined,
      /users: 3 rows before, 2 after/,
      undefined,
    ],
  ] as [string, Given[], string, number | undefined, RegExp, string | undefined][])(
    'is refused after its last file: %s',
    (_name, files, code, migration, message, statement) => {
      const error = refused(open(schema), files, { together });
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      ofSet(error, migration ?? error.migration!.version);
      if (statement !== undefined) {
        expect(error.location?.file).toBe(`00${migration}_step.sql`);
        expect(error.source!.slice(error.location!.offset).startsWith(statement)).toBe(true);
      }
    },
  );

  it('names the statement of code that lost something', () => {
    const { copy, drop, rename } = made;
    const files = [`${made.create}\n${copy}`, { up: (db: MigrationDatabase) => db.exec(drop) }, rename];
    const { message } = refused(open(schema), files, { together });
    expect(message).toContain('index users_email of users is gone, in "DROP TABLE users"');
  });

  const half = [`${made.create}\n${made.copy}`, `${made.drop}\n${made.rename}`, made.objects] as const;

  it.each([
    [
      'an index and a trigger that the next file makes',
      [half[0], half[1], made.objects],
      'TRIGGER_LOST',
      '002_step',
      '003_step',
      '2, 3',
    ],
    [
      'a table that the next file makes again',
      [`${made.create}\n${made.copy}`, 'DROP TABLE team;', 'CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT);'],
      'FOREIGN_KEYS_VIOLATED',
      '002_step',
      '003_step',
      '2, 3',
    ],
  ] as [string, Given[], string, string, string, string][])(
    'is what the error of a single file speaks of, for %s',
    (_name, files, code, failed, next, versions) => {
      const error = refused(open(schema), files);
      expect(error.problems[0]?.code ?? error.code).toBe(code);
      expect(error.message).toContain(failed);
      expect(error.hint).toContain(
        `\n${next} continues with the same tables. If it corrects that, say at the top of the first of these files that they happen together:\n    -- dunlin: together ${versions.split(', ').at(-1)}\nFor files that cannot be edited the option is \`together: [[${versions}]]\`, in`,
      );
    },
  );

  it.each([
    ['the next file has to do with other tables', [`${half[0]}\n${half[1]}`, 'CREATE TABLE other (x);']],
    ['there is no next file', [`${half[0]}\n${half[1]}`]],
    ['the next file cannot be in a set', [`${half[0]}\n${half[1]}`, `-- dunlin: foreign-keys on\n${made.objects}`]],
    ['nothing is lost', [`${half[0]}\n${half[1]}\n${made.objects}\nnonsense;`, 'CREATE INDEX more ON users (name);']],
  ] as [string, Given[]][])('is not spoken of where %s', (_name, files) => {
    const connection = open(schema);
    let failure: unknown;
    try {
      apply(connection, files);
    } catch (error) {
      failure = error;
    }
    expect((failure as DunlinError).code).toMatch(/_LOST$|STATEMENT_FAILED/);
    expect((failure as DunlinError).hint).not.toContain('together');
  });

  const swapped = 'INSERT INTO users_new (id, email, name, team_id) SELECT id, name, email, team_id FROM users;';
  const swap = `${made.drop} ${made.rename}`;

  /** The error of later files, where the first one was applied by an earlier run. */
  function failureBehind(files: readonly Given[]): DunlinError {
    const connection = open(schema);
    apply(connection, files.slice(0, 1));
    let failure: unknown;
    try {
      apply(connection, files);
    } catch (error) {
      failure = error;
    }
    return failure as DunlinError;
  }

  it('is not spoken of where an earlier file left rows out: the hint copies them', () => {
    const first = `${made.create} ${made.copy.replace(';', ' WHERE id < 2;')}`;
    const error = failureBehind([first, swap, made.objects]);
    expect(error.code).toBe('ROWS_LOST');
    expect(error.hint).not.toContain('together');
    const [, sql = ''] = /Correct it before users is dropped:\n {4}(.*)\n/.exec(error.hint) ?? [];
    // With it only the index and the trigger are missing, which the next file makes.
    const next = failureBehind([first, `${sql}\n${swap}`, made.objects]);
    expect(next.code).toBe('TRIGGER_LOST');
    expect(next.hint).toContain('together: [[2, 3]]`');
  });

  it('is not spoken of where an earlier file mixed values up', () => {
    const error = failureBehind([`${made.create} ${swapped}`, swap, made.objects]);
    expect(error.code).toBe('VALUES_CHANGED');
    expect(error.hint).toContain('users_new was filled by an earlier migration. Correct it before users is dropped.');
    expect(error.hint).not.toContain('together');
  });

  it('is spoken of where a later file may bring the rows', () => {
    const first = `${made.create} ${made.copy.replace(';', ' WHERE id < 2;')}`;
    const error = failureBehind([first, swap, `${made.objects} INSERT INTO users (id) VALUES (2), (3);`]);
    expect(error.code).toBe('ROWS_LOST');
    expect(error.hint).toContain('together: [[2, 3]]`');
  });

  it('grows by the next file where that puts it right', () => {
    const connection = open(schema);
    const files = [half[0], half[1], made.objects];
    const error = refused(connection, files, { together: [[1, 2]] });
    expect(error.hint).toContain('together: [[1, 2, 3]]`');
    apply(connection, files, { together: [[1, 2, 3]] });
  });

  it('is foreseen by the plan as one', () => {
    const { handle } = open(schema);
    const files = spread({ create: `CREATE TABLE users_new (${columns.replace(' REFERENCES team (id)', '')});` });
    const options = { database: handle, migrations: numbered(files) as never };
    expect(new MigrationRunner({ ...options, together }).planSync().notes).toEqual([
      'rebuilds users without: a foreign key to team',
    ]);
    expect(new MigrationRunner(options).planSync().notes).toEqual([]);
    const notes = apply(open(schema), files, { together });
    expect(notes).toEqual(['rebuilds users without: a foreign key to team']);
  });

  it('with a full-text index that did not fit before either is run once more, and recorded once', () => {
    const connection = open(`
      CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT);
      CREATE VIRTUAL TABLE docs_fts USING fts5(body, content='docs', content_rowid='id');
      INSERT INTO docs VALUES (1, 'one'), (2, 'two');
    `);
    let calls = 0;
    const up = (db: MigrationDatabase): void => {
      calls += 1;
      db.exec('INSERT INTO docs_new SELECT * FROM docs');
    };
    const notes = apply(
      connection,
      [
        'CREATE TABLE docs_new (id INTEGER PRIMARY KEY, body TEXT);',
        { up },
        'DROP TABLE docs; ALTER TABLE docs_new RENAME TO docs;',
      ],
      { together },
    );
    expect(calls).toBe(2);
    expect(notes.join()).toContain('docs_fts does not fit the text of docs');
    expect(column(connection, 'SELECT version FROM schema_migrations ORDER BY version')).toEqual([1, 2, 3]);
  });

  it('that breaks a full-text index names the set', () => {
    const connection = open(`
      CREATE TABLE docs (slug TEXT PRIMARY KEY, body TEXT);
      CREATE VIRTUAL TABLE docs_fts USING fts5(body, content='docs');
      INSERT INTO docs VALUES ('b', 'one'), ('a', 'two'), ('c', 'three'); DELETE FROM docs WHERE slug = 'b';
      INSERT INTO docs_fts (docs_fts) VALUES ('rebuild');
    `);
    const error = refused(
      connection,
      [
        'CREATE TABLE docs_new (slug TEXT PRIMARY KEY, body TEXT); INSERT INTO docs_new SELECT * FROM docs ORDER BY slug DESC;',
        'DROP TABLE docs;',
        'ALTER TABLE docs_new RENAME TO docs;',
      ],
      { together },
    );
    expect(error.code).toBe('FULL_TEXT_BROKEN');
    expect(error.message).toContain('The set 001_step to 003_step leaves full-text indexes');
    expect(error.hint).toContain('at the end of the set');
  });
});
