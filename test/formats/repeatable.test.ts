import { crc32 } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { failureOf, registryOf } from '../support/databases.ts';
import { Project } from './support.ts';

const users = { '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, active INTEGER);' };
const view = 'DROP VIEW IF EXISTS active_users;\nCREATE VIEW active_users AS SELECT id FROM users WHERE active = 1;\n';

describe('the files of repeatable migrations', () => {
  it('are R__name.sql, and those in the folder `repeatable`, in one order by name', async () => {
    const project = new Project({
      ...users,
      'R__b.sql':
        'DROP VIEW IF EXISTS b; CREATE VIEW IF NOT EXISTS b AS SELECT 1 AS one; CREATE TRIGGER IF NOT EXISTS b_in INSTEAD OF INSERT ON b BEGIN SELECT 1; END;',
      'repeatable/a.sql': 'DROP VIEW IF EXISTS a; CREATE VIEW a AS SELECT 1 AS one;',
      'repeatable/c.sql': 'DROP VIEW IF EXISTS c; CREATE VIEW c AS SELECT * FROM b;',
      'repeatable/README.md': '# Views',
      'repeatable/.gitkeep': '',
      'repeatable/a.sql~': 'x',
    });
    expect(await project.up()).toEqual(['1 users', '0 a', '0 b', '0 c']);
    expect(await project.up()).toEqual([]);
    const { notes } = await project.with((runner) => runner.status());
    expect(notes.join('\n')).toContain('repeatable/README.md is ignored');
  });

  it('alone are Dunlin’s own', async () => {
    const project = new Project({ 'R__one.sql': 'DROP VIEW IF EXISTS one; CREATE VIEW one AS SELECT 1 AS one;' });
    expect(await project.up()).toEqual(['0 one']);
    expect((await project.with((runner) => runner.up())).to).toBe(0);
  });

  it.each([
    ['r__views.sql', view, 'begins with r__, not R__', 'Rename it to R__views.sql.'],
    ['R__.sql', view, 'has no name', 'R__active_users.sql'],
    ['R__my views.sql', view, 'has a name in which a space is neither', 'Rename it to R__my_views.sql.'],
    ['R__views.ts', 'export {}', 'is code', 'Write it in SQL'],
    ['repeatable/views.mjs', 'export {}', 'is code', 'Write it in SQL'],
    ['repeatable/sub/views.sql', view, 'is in a folder within repeatable', 'Move it into repeatable itself.'],
    ['Repeatable/views.sql', view, 'is in a folder called Repeatable', 'Rename the folder to repeatable.'],
  ])('%s is refused', async (name, text, fact, way) => {
    const project = new Project({ ...users, [name]: text });
    const error = await failureOf(() => project.up());
    expect(error).toMatchObject({ code: 'REPEATABLE_INVALID' });
    expect(error.message).toContain(fact);
    expect(error.hint).toContain(way);
  });

  it.each([
    ['a DOWN part', `-- === UP MIGRATION ===\n${view}-- === DOWN MIGRATION ===\nDROP VIEW active_users;`],
    ['a Schema-Version', `-- Schema-Version: 1.1.0\n${view}`],
    ['-- dunlin: together', `-- dunlin: together 2\n${view}`],
    ['-- dunlin: foreign-keys on', `-- dunlin: foreign-keys on\n${view}`],
    ['-- dunlin: no-transaction', `-- dunlin: no-transaction\nREINDEX;`],
    [
      '`CREATE VIEW IF NOT EXISTS v`',
      'CREATE VIEW IF NOT EXISTS v AS SELECT 1; CREATE TEMP VIEW IF NOT EXISTS w AS SELECT 1;',
    ],
    [
      '`CREATE TRIGGER IF NOT EXISTS r`',
      'CREATE INDEX IF NOT EXISTS i ON users (active); CREATE TRIGGER IF NOT EXISTS r AFTER DELETE ON users BEGIN SELECT 1; END;',
    ],
  ])('%s is refused, by `check` too, and changes nothing', async (fact, text) => {
    const project = new Project({ ...users, 'R__active_users.sql': text });
    const error = await failureOf(() => project.up());
    expect(error).toMatchObject({ code: 'REPEATABLE_INVALID', migration: { version: 0, name: 'active_users' } });
    expect(error.message).toContain(fact);
    const { problems } = await project.with((runner) => runner.check());
    expect(problems.map(({ code }) => code)).toEqual(['REPEATABLE_INVALID']);
    expect((await project.with((runner) => runner.status())).version).toBe(0);
  });

  it('are refused with one name, also in two places or with other letters', () => {
    expect(() => registryOf({ 'R__a.sql': view, 'm/repeatable/A.sql': view })).toThrow(
      /R__a\.sql has the name of m\/repeatable\/A\.sql/,
    );
  });

  it('are refused without a statement, unless a comment says why', async () => {
    const project = new Project({ ...users, 'R__active_users.sql': '-- Description: active users\n' });
    expect(await failureOf(() => project.up())).toMatchObject({ code: 'EMPTY_MIGRATION' });
    project.write({ 'R__active_users.sql': '-- Gone since 2.0.\n' });
    expect(await project.up()).toEqual(['1 users', '0 active_users']);
  });

  it('in a list of definitions have `repeatable: true`', async () => {
    const table = { version: 1, name: 'users', up: users['001_users.sql'] };
    const { migrations, repeatables } = registryOf([table, { repeatable: true, name: 'active_users', up: view }]);
    expect([migrations.length, repeatables?.map(({ id, version }) => `${id} ${version}`)]).toEqual([
      1,
      ['R__active_users 0'],
    ]);
    const wrong = (more: object): (() => unknown) => {
      return () => registryOf([table, { repeatable: true, name: 'active_users', up: view, ...more }]);
    };
    expect(wrong({ up: () => undefined })).toThrow(/has an `up` that is not text/);
    expect(wrong({ down: 'DROP VIEW active_users' })).toThrow(/has `down`/);
    expect(wrong({ repeatable: false })).toThrow(/has a `repeatable` that is not true/);
  });
});

describe('Flyway’s repeatable migrations', () => {
  const files = {
    'V1__users.sql': users['001_users.sql'],
    'R__active_users.sql':
      'DROP VIEW IF EXISTS ${view};\nCREATE VIEW ${view} AS SELECT id FROM users WHERE active = 1;\n',
    'R__other.sql': 'DROP VIEW IF EXISTS other;\nCREATE VIEW other AS SELECT 1 AS one;\n',
  };
  const options = { placeholders: { view: 'active_users' } };
  const replaced = files['R__active_users.sql'].replaceAll('${view}', 'active_users');
  const checksum = (text: string): number => crc32(text.split('\n').join('')) | 0;

  it('run as Dunlin’s own do, with their placeholders', async () => {
    const project = new Project(files, options);
    expect(await project.up()).toEqual(['1 users', '0 active_users', '0 other']);
    expect(await project.up()).toEqual([]);
    project.write({ 'R__other.sql': 'DROP VIEW IF EXISTS other;\nCREATE VIEW other AS SELECT 2 AS two;\n' });
    expect(await project.up()).toEqual(['0 other']);
  });

  it('are adopted where Flyway has run them as they are, and run where they have changed since', async () => {
    const project = new Project(files, options);
    const db = new Database(project.database);
    db.exec(`${files['V1__users.sql']}${replaced}${files['R__other.sql']}
      CREATE TABLE flyway_schema_history (installed_rank INT NOT NULL PRIMARY KEY, version VARCHAR(50), description VARCHAR(200) NOT NULL, type VARCHAR(20) NOT NULL, script VARCHAR(1000) NOT NULL, checksum INT, installed_by VARCHAR(100) NOT NULL, installed_on TEXT NOT NULL, execution_time INT NOT NULL, success BOOLEAN NOT NULL);
      INSERT INTO flyway_schema_history VALUES
        (1, '1', 'users', 'SQL', 'V1__users.sql', ${checksum(files['V1__users.sql'])}, 'ada', '2026-01-01 00:00:00.000', 1, 1),
        (2, NULL, 'active users', 'SQL', 'R__active_users.sql', 7, 'ada', '2026-01-01 00:00:00.000', 1, 1),
        (3, NULL, 'active users', 'SQL', 'R__active_users.sql', ${checksum(replaced)}, 'ada', '2026-01-02 00:00:00.000', 1, 1),
        (4, NULL, 'other', 'SQL', 'R__other.sql', 8, 'ada', '2026-01-02 00:00:00.000', 1, 1);`);
    db.close();
    const adopted = await project.with((runner) => runner.adopt());
    expect(adopted).toMatchObject({
      migrations: [{ version: 1, checksum: 'right' }],
      differences: [],
      repeatables: [{ version: 0, name: 'active_users' }],
      pending: [{ version: 0, name: 'other' }],
    });
    expect(
      (await project.with((runner) => runner.status())).repeatables.map(({ name, state }) => `${name} ${state}`),
    ).toEqual(['active_users applied', 'other pending']);
    await project.with((runner) => runner.undoAdopt());
    await project.with((runner) => runner.adopt());
    expect(await project.up()).toEqual(['0 other']);
    // Keeping Flyway's table in step leaves its repeatable rows alone.
    project.write({ 'V2__more.sql': 'CREATE TABLE more (id);', 'R__other.sql': 'SELECT 1;\n' });
    expect(await project.up({ mirror: true })).toEqual(['2 more', '0 other']);
    const after = new Database(project.database);
    expect(after.prepare('SELECT count(*) FROM flyway_schema_history WHERE version IS NULL').pluck().get()).toBe(3);
    expect(after.prepare('SELECT max(version) FROM flyway_schema_history').pluck().get()).toBe('2');
    after.close();
  });
});
