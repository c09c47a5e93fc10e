import { expect, it } from 'vitest';
import {
  defineMigration,
  type MigrationDatabase,
  type MigrationDefinition,
  type TableChanges,
} from '../../src/migration/index.ts';
import { failureOf, onEveryDriver, openTestDatabase } from '../support/databases.ts';
import { people, rebuild, rebuilding } from './support.ts';

const asked = people.replace(/ANALYZE;\s*$/, '');

onEveryDriver('a rebuild that cannot be is refused, and nothing has changed', (open) => {
  it.each<[string, string, Parameters<typeof rebuild>[3], string, string]>([
    ['an unknown table', 'peple', (t) => t.strict(), 'REBUILD_REFUSED', 'there is no table of that name'],
    ['a view', 'adults', (t) => t.dropColumn('email'), 'REBUILD_REFUSED', 'it is a view'],
    ['a virtual table', 'search', (t) => t.strict(), 'REBUILD_REFUSED', 'it is a virtual table'],
    ['a shadow table', 'search_data', (t) => t.strict(), 'REBUILD_REFUSED', 'it is a shadow table'],
    ["SQLite's own", 'sqlite_sequence', (t) => t.strict(), 'REBUILD_REFUSED', 'it belongs to SQLite'],
    ["Dunlin's own", 'schema_migrations', (t) => t.strict(), 'REBUILD_REFUSED', 'Dunlin records in it'],
    ['an unknown column', 'people', (t) => t.dropColumn('emial'), 'REBUILD_INVALID', 'it has no column emial'],
    [
      'a column that is there',
      'people',
      (t) => t.addColumn('AGE', 'TEXT'),
      'REBUILD_INVALID',
      'it has a column AGE already',
    ],
    [
      'an unknown constraint',
      'people',
      (t) => t.dropConstraint('adlt'),
      'REBUILD_INVALID',
      'it has no constraint adlt',
    ],
    ['an unknown CHECK', 'people', (t) => t.dropCheck('1'), 'REBUILD_INVALID', 'it has no CHECK (1)'],
    [
      'an unknown foreign key',
      'people',
      (t) => t.dropForeignKey('age'),
      'REBUILD_INVALID',
      'it has no FOREIGN KEY (age)',
    ],
    ['no primary key to drop', 'log', (t) => t.dropPrimaryKey(), 'REBUILD_INVALID', 'it has no primary key'],
    ['a column that it has not', 'log', (t) => t.dropColumn('where'), 'REBUILD_INVALID', 'it has no column where'],
    ['the only column', 'log', (t) => t.dropColumn('what'), 'REBUILD_INVALID', 'what is its only column'],
    [
      'two columns in one',
      'people',
      (t) => t.addColumn('a', 'TEXT, b TEXT'),
      'REBUILD_INVALID',
      'is not valid in a CREATE TABLE',
    ],
    [
      'an open comment',
      'people',
      (t) => t.changeColumn('age', 'TEXT /*'),
      'REBUILD_INVALID',
      'is not valid in a CREATE TABLE',
    ],
    ['no name', 'people', (t) => t.dropColumn(''), 'REBUILD_INVALID', 'needs a name as a text'],
    ['no columns', 'people', (t) => t.setPrimaryKey([]), 'REBUILD_INVALID', 'needs at least one column'],
    [
      'an unknown property',
      'people',
      (t) => t.changeColumn('age', { nullable: true } as object),
      'REBUILD_INVALID',
      'not nullable',
    ],
    [
      'a wrong property',
      'people',
      (t) => t.changeColumn('age', { notNull: 'yes' } as object),
      'REBUILD_INVALID',
      'for notNull',
    ],
    [
      'no change',
      'people',
      (t) => t.changeColumn('age', 7 as unknown as string),
      'REBUILD_INVALID',
      'a definition or an object',
    ],
    [
      'no definition',
      'people',
      (t) => t.addColumn('x', undefined as unknown as string),
      'REBUILD_INVALID',
      'needs a definition',
    ],
    [
      'a misspelt option',
      'people',
      (t) => t.addForeignKey('age', { table: 'log', ondelete: 'cascade' } as { table: string }),
      'REBUILD_INVALID',
      'not `ondelete`',
    ],
    [
      'a misspelt option of a key',
      'people',
      (t) => t.setPrimaryKey('id', { autoIncrement: true } as object),
      'REBUILD_INVALID',
      'knows `autoincrement`, `name`, not `autoIncrement`',
    ],
    [
      'an option that is none',
      'people',
      (t) => t.addColumn('x', 'TEXT', "'a'" as unknown as object),
      'REBUILD_INVALID',
      'needs its options as an object',
    ],
    [
      'an option that is neither true nor false',
      'people',
      (t) => t.strict('no' as unknown as boolean),
      'REBUILD_INVALID',
      'needs true or false',
    ],
    [
      'a rename of an unknown column',
      'people',
      (t) => t.renameColumn('emial', 'mail'),
      'REBUILD_INVALID',
      'it has no column emial',
    ],
    [
      'no parent',
      'people',
      (t) => t.addForeignKey('age', 'log' as unknown as { table: string }),
      'REBUILD_INVALID',
      'addForeignKey() needs',
    ],
    [
      'an unknown action',
      'people',
      (t) => t.addForeignKey('age', { table: 'log', onDelete: 'nothing' as 'restrict' }),
      'REBUILD_INVALID',
      'knows the actions',
    ],
    ['an async function', 'people', async (t) => t.strict(), 'REBUILD_INVALID', 'cannot be async'],
    [
      'a text that would become another number',
      'people',
      (t) => t.changeColumn('age', { type: 'INTEGER' }),
      'REBUILD_VALUES_CHANGED',
      "age: 1 value (id 2: '007' to 7)",
    ],
    [
      'a row without a value',
      'people',
      (t) => t.addColumn('x', 'TEXT NOT NULL'),
      'REBUILD_FAILED',
      'NOT NULL constraint failed: people.x',
    ],
    ['a row that does not fit', 'people', (t) => t.addCheck('id <> 2'), 'REBUILD_FAILED', 'CHECK constraint failed'],
    [
      'rows that a clause would drop',
      'notes',
      (t) => t.addColumn('one', 'INTEGER UNIQUE ON CONFLICT IGNORE', { value: '1' }),
      'REBUILD_FAILED',
      'UNIQUE constraint failed: notes.one',
    ],
    [
      'a constraint on what goes',
      'people',
      (t) => t.dropColumn('age'),
      'REBUILD_INVALID',
      'age is dropped, but constraint adult, CHECK (people.age IS NULL OR length(age) < 9), names it',
    ],
    [
      'an index on what goes',
      'people',
      (t) => t.dropConstraint('adult').dropColumn('label').dropColumn('age'),
      'REBUILD_FAILED',
      'creating index people_age again',
    ],
    [
      'NULL as a key',
      'notes',
      (t) => t.setPrimaryKey('person').withoutRowid(),
      'REBUILD_FAILED',
      'NOT NULL constraint failed: notes.person',
    ],
    [
      'a text as rowid',
      'people',
      (t) => t.setPrimaryKey('email').changeColumn('email', 'INTEGER'),
      'REBUILD_FAILED',
      'datatype mismatch',
    ],
    [
      'a name that is taken',
      'people',
      (t) => t.renameColumn('age', 'email'),
      'REBUILD_FAILED',
      'renaming age to email',
    ],
  ])('%s', async (_, table, define, code, message) => {
    const db = open();
    db.exec(`${asked}; CREATE VIRTUAL TABLE search USING fts5 (t); UPDATE people SET age = '007' WHERE id = 2;`);
    await db.up({ '001_none.sql': '-- nothing' });
    const before = db.content();
    const failure = await failureOf(() => rebuild(db, '', table, define));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(db.content()).toBe(before);
    expect(db.value('PRAGMA legacy_alter_table')).toBe(0);
    expect(db.versions()).toEqual([1]);
  });
});

it('a temporary table of the same name is in the way', async () => {
  const db = openTestDatabase();
  db.exec('CREATE TABLE t (a)');
  const hide = (database: MigrationDatabase): void => {
    database.exec('CREATE TEMP TABLE t (b)');
    database.rebuildTable('t', (t) => void t.addCheck('a > 0'));
  };
  const failure = await failureOf(() => db.up({ '001_t.js': { up: hide } }));
  expect(failure.message).toContain('a temporary table or view of that name hides it');
});

it.each([[undefined], [7], ['t']])('rebuildTable(%s) without a function says what it needs', async (table) => {
  const db = openTestDatabase();
  const failure = await failureOf(() =>
    db.up({ '001_t.js': rebuilding(table as string, undefined as unknown as () => void) }),
  );
  expect(failure.code).toBe('REBUILD_INVALID');
});

it('what is asked for too late is refused', async () => {
  const db = openTestDatabase();
  db.exec(people);
  let kept: TableChanges | undefined;
  await rebuild(db, '', 'people', (t) => void (kept = t));
  expect(() => kept!.strict()).toThrow('the function that says what is to change has returned');
});

it('columns can be renamed one after the other', async () => {
  const db = openTestDatabase();
  await rebuild(db, 'CREATE TABLE t (a, b);', 't', (t) => t.renameColumn('a', 'x').renameColumn('x', 'y'));
  expect(db.column(`SELECT name FROM pragma_table_info('t')`)).toEqual(['y', 'b']);
});

onEveryDriver('a function that catches the failure of a rebuild', (open, { api }) => {
  const caught = (table: string): MigrationDefinition =>
    defineMigration({
      up: (db: MigrationDatabase) => {
        const work = (): unknown =>
          db.rebuildTable(table, (t) => t.addCheck('id <> 2').addColumn('more', 'TEXT', { value: "'x'" }));
        if (api === 'async') return (work() as Promise<unknown>).then(undefined, () => undefined) as Promise<void>;
        try {
          work();
        } catch {
          // It continues as if nothing had happened.
        }
        return undefined;
      },
    });

  it('fails nevertheless, if the rebuild had begun', async () => {
    const db = open();
    db.exec(asked);
    const before = db.content();
    const failure = await failureOf(() => db.up({ '001_rebuild.js': caught('people') }));
    expect(failure.code).toBe('REBUILD_FAILED');
    expect(db.content()).toBe(before);
  });

  it('continues, if nothing had been done', async () => {
    const db = open();
    await db.up({ '001_rebuild.js': caught('nobody') });
    expect(db.versions()).toEqual([1]);
  });
});

it('rows that a new collation makes equal are reported as such, and not as a fault of the index', async () => {
  const db = openTestDatabase();
  db.exec(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT); CREATE UNIQUE INDEX t_n ON t (n); INSERT INTO t VALUES (1, 'x'), (2, 'X');
    CREATE TABLE u (n TEXT UNIQUE); INSERT INTO u VALUES ('x'), ('X')`,
  );
  for (const [table, hint] of [
    ['t', 'or drop the index t_n there'],
    ['u', 'make them differ in the same migration, before the rebuild.'],
  ] as const) {
    const up = (database: MigrationDatabase): void => {
      database.rebuildTable(table, (t) => t.changeColumn('n', { collate: 'NOCASE' }));
    };
    const failure = await failureOf(() => db.up({ '001_rebuild.js': { up } }));
    expect(failure.code).toBe('REBUILD_FAILED');
    expect(failure.hint).toContain('by another value or collation');
    expect(failure.hint).toContain(hint);
  }
});
