import { describe, expect, it } from 'vitest';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import type { RoundTripResults } from '../../src/check/results.ts';
import type { RunOptions } from '../../src/lock/run-options.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { failureOf, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { drivers, pair, rounds, reported } from './support.ts';

const base = `CREATE TABLE team (id INTEGER PRIMARY KEY);
CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, team INTEGER REFERENCES team (id));
CREATE INDEX notes_body ON notes (body);`;

/** A rebuild of `notes` in 2 to 4 that no file of them survives alone, and its way back. */
function files(
  copy = 'SELECT id, body, team FROM notes',
  back = 'SELECT id, body, team FROM notes_new',
): MigrationRecord {
  return {
    '001_base.sql': pair(base, 'DROP TABLE notes; DROP TABLE team;'),
    '002_copy.sql': pair(
      `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, body TEXT, team INTEGER REFERENCES team (id), tag TEXT);
       INSERT INTO notes_new (id, body, team) ${copy};`,
      'DROP TABLE notes_new;',
    ),
    '003_swap.sql': pair(
      'DROP TABLE notes; ALTER TABLE notes_new RENAME TO notes;',
      `ALTER TABLE notes RENAME TO notes_new; DROP INDEX notes_body;
       CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, team INTEGER REFERENCES team (id));
       INSERT INTO notes ${back};`,
    ),
    '004_index.sql': pair('CREATE INDEX notes_body ON notes (body);', 'CREATE INDEX notes_body ON notes (body);'),
    '005_more.sql': pair('CREATE INDEX notes_team ON notes (team);', 'DROP INDEX notes_team;'),
  };
}

/** The index is made on the way there in 4, and on the way back before 3 drops it again: back to what 1 has. */
const reversible: MigrationRecord = {
  ...files(),
  '002_copy.sql': pair(
    `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, body TEXT, team INTEGER REFERENCES team (id), tag TEXT);
     INSERT INTO notes_new (id, body, team) SELECT id, body, team FROM notes;`,
    'DROP TABLE notes_new; CREATE INDEX notes_body ON notes (body);',
  ),
  '004_index.sql': pair('CREATE INDEX notes_body ON notes (body);', 'SELECT 1;'),
};
const together = [[2, 3, 4]];
const destructive = { 2: ['notes.tag'] };

describe.each(drivers)('a set tried with sample rows, %s', (driver) => {
  it('goes there, back and there again as one', async () => {
    expect(reported(await rounds(reversible, { driver })).length).toBeGreaterThan(0);
    const found = await rounds(reversible, { driver, together, destructive });
    expect(reported(found)).toEqual([]);
    expect(found).toMatchObject({ tried: 5, reversed: 5, notes: [] });
  });

  it('that loses rows is found, with its name', async () => {
    const copy = (reversible['002_copy.sql'] as string).replace('FROM notes;', 'FROM notes WHERE id % 2 = 1;');
    const lossy = { ...reversible, '002_copy.sql': copy };
    const found = await rounds(lossy, { driver, together, destructive });
    expect(reported(found)).toEqual([
      expect.stringMatching(/^FAILS_ON_ROWS: .*The set 002_copy to 004_index would lose/),
    ]);
    expect(found.problems[0]).toMatchObject({ migration: { version: 2 }, location: { file: '002_copy.sql' } });
    expect(found.tried).toBe(5);
  });

  it('that does not come back to where it began is found', async () => {
    const found = await rounds(
      {
        ...reversible,
        '002_copy.sql': pair(
          `CREATE TABLE notes_new (id INTEGER PRIMARY KEY, body TEXT, team INTEGER REFERENCES team (id), tag TEXT);
       INSERT INTO notes_new (id, body, team) SELECT id, body, team FROM notes;`,
          'SELECT 1;',
        ),
      },
      { driver, together, destructive: { 2: true } },
    );
    expect(reported(found)).toEqual([expect.stringMatching(/^DOWN_DIFFERS: .*table notes_new is left behind/)]);
    expect(found.problems[0]?.message).toContain('002_copy to 004_index');
  });

  it('is not tried where the sets are wrong', async () => {
    const found = await rounds(reversible, { driver, together: [[2, 4]] });
    expect(found).toMatchObject({ tried: 0, problems: [] });
    expect(found.notes.join()).toContain('the sets have problems of their own');
  });

  it('a set without a way back goes only there', async () => {
    const { '003_swap.sql': swap, ...rest } = reversible;
    const one = { ...rest, '003_swap.sql': (swap as string).replace(/-- === DOWN[^]*/, '-- === DOWN MIGRATION ===\n') };
    expect(await rounds(one, { driver, together, destructive })).toMatchObject({ tried: 5, reversed: 2, problems: [] });
  });
});

describe.each(['better-sqlite3', 'node:sqlite'] as const)('a set on a database with rows (%s)', (driver) => {
  const filled = async (to: number, options: RunOptions = {}): Promise<TestDatabase> => {
    const db = openTestDatabase({ driver, api: 'sync' });
    await db.up(reversible, options, { to: 1 });
    db.exec(`INSERT INTO team VALUES (1); INSERT INTO notes VALUES (1, 'one', 1), (2, 'two', NULL)`);
    if (to > 1) await db.up(reversible, options, { to });
    return db;
  };
  const runner = (
    db: TestDatabase,
    migrations: MigrationRecord = reversible,
    options: RunOptions = {},
  ): MigrationRunner =>
    new MigrationRunner({ backup: 'off', together, destructive, ...options, database: db.bridge, migrations });

  it('is tried as a whole, whichever of it is named', async () => {
    for (const applied of [1, 4]) {
      const db = await filled(applied, { together });
      const before = db.content();
      for (const version of [2, 3, 4]) {
        const result = await runner(db).try(version);
        expect(result).toMatchObject({ migration: { version }, up: { version }, down: { version } });
        const others = ['002_copy', '003_swap', '004_index'].filter((_, i) => i + 2 !== version);
        expect(result.notes).toContain(`it happens together with ${others.join(', ')}`);
      }
      expect(db.content()).toBe(before);
    }
  });

  it('is tried with the rest of it where some is applied', async () => {
    const db = await filled(2, { destructive: { 3: true } });
    expect(await runner(db).try(4)).toMatchObject({ up: { version: 4 }, down: { version: 4 } });
    expect(db.versions()).toEqual([1, 2]);
  });

  it('says what it would lose when it is tried', async () => {
    const db = await filled(1);
    const lossy = files('SELECT id, body, team FROM notes WHERE id = 1');
    expect(await failureOf(() => runner(db, lossy).try(4))).toMatchObject({
      code: 'ROWS_LOST',
      failed: { version: 2 },
    });
  });

  const withData = async (db: TestDatabase): Promise<RoundTripResults> =>
    (await runner(db).check({ withData: true })).data!;

  it('is checked on a copy: pending, partly applied and applied', async () => {
    expect(await withData(await filled(1))).toMatchObject({ tried: 4, reversed: 4, problems: [] });
    expect(await withData(await filled(2))).toMatchObject({ tried: 3, reversed: 1, problems: [] });
    expect(await withData(await filled(4, { together }))).toMatchObject({ tried: 1, reversed: 1, problems: [] });
    const whole = { ...reversible };
    delete (whole as Record<string, unknown>)['005_more.sql'];
    const db = await filled(4, { together });
    const { data } = await runner(db, whole).check({ withData: true });
    expect(data).toMatchObject({ tried: 3, reversed: 3, problems: [] });
  });

  it('is replayed as far as it is applied', async () => {
    for (const [to, options] of [
      [5, { together }],
      [2, {}],
      [1, {}],
    ] as const) {
      const db = await filled(to, options);
      const { problems } = await runner(db).check({ replay: true });
      expect(problems.filter(({ code }) => code.startsWith('REPLAY'))).toEqual([]);
    }
  });

  it('gives the schema of each version, also of those inside it', async () => {
    const db = await filled(1);
    const seeded = {
      ...reversible,
      '001_base.sql': pair(`${base} INSERT INTO notes VALUES (1, 'one', NULL);`, 'DROP TABLE notes; DROP TABLE team;'),
    };
    const tables = async (version: number): Promise<string> =>
      [...(await runner(db, seeded).schemaAt(version)).others.values()].map(({ name }) => name).join();
    expect([await tables(1), await tables(2), await tables(3), await tables(4)]).toEqual([
      'notes_body',
      'notes_body',
      '',
      'notes_body',
    ]);
  });

  it('that is partly there already can be recorded by a baseline, and continues', async () => {
    const db = openTestDatabase({ driver, api: 'sync' });
    db.exec(`${base} CREATE TABLE notes_new (id INTEGER PRIMARY KEY, body TEXT, team INTEGER REFERENCES team (id), tag TEXT);
      INSERT INTO notes VALUES (1, 'one', NULL); INSERT INTO notes_new VALUES (1, 'one', NULL, NULL);`);
    await runner(db).baseline(2);
    expect((await runner(db).up()).applied.map(({ version }) => version)).toEqual([3, 4, 5]);
    expect(db.column('SELECT body FROM notes')).toEqual(['one']);
  });
});
