import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MigrationRunner } from '../../src/node/index.ts';
import { drivers, pair, rounds, reported } from './support.ts';

const parent = 'CREATE TABLE a (id INTEGER PRIMARY KEY);';
const child = 'CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (id));';
const last = pair('CREATE TABLE z (x);', 'DROP TABLE z;');

interface Database {
  exec(sql: string): void;
  get(sql: string): { n: number };
}

describe.each(drivers)('whatever a migration does, the ones after it are tried, %s', (driver) => {
  it.each([
    [
      'a DOWN that drops another table than UP made, so that UP cannot run again',
      pair('CREATE TABLE c (x);', 'DROP TABLE a;'),
      [
        expect.stringMatching(/^DOWN_FAILS: .*3 rows of b refer to rows of a that do not exist/),
        'DOWN_DIFFERS: table a is missing; table c is left behind.',
      ],
    ],
    [
      'a DOWN that fails after UP renamed a table',
      pair('ALTER TABLE b RENAME TO bb;', 'DROP TABLE nix;'),
      [expect.stringMatching(/^DOWN_FAILS: .*no such table: nix/)],
    ],
    [
      'a DOWN that fails after UP dropped a table',
      pair('-- dunlin: destructive b\nDROP TABLE b;', 'DROP TABLE nix;'),
      [expect.stringMatching(/^DOWN_FAILS: .*no such table: nix/)],
    ],
    [
      'a DOWN that fails after UP gave a column another name',
      pair('ALTER TABLE b RENAME a_id TO c_id;', 'ALTER TABLE b RENAME nix TO a_id;'),
      [expect.stringMatching(/^DOWN_FAILS: .*no such column: "?nix/)],
    ],
    [
      'a DOWN that fails with rows, and without rows leaves what UP made',
      {
        version: 3,
        up: (db: Database) => db.exec('CREATE TABLE c (x)'),
        down: (db: Database) => {
          if (db.get('SELECT count(*) AS n FROM a').n > 0) throw new Error('there are rows');
          db.exec('DROP TABLE b');
        },
      },
      [
        'DOWN_DIFFERS: table b is missing; table c is left behind.',
        expect.stringMatching(/^warning DOWN_FAILS: .*there are rows/),
      ],
    ],
    [
      'a DOWN that throws something that is no error',
      {
        version: 3,
        up: (db: Database) => db.exec('CREATE TABLE c (x)'),
        down: () => {
          throw undefined;
        },
      },
      [expect.stringMatching(/^DOWN_FAILS: .*it threw undefined/)],
    ],
    [
      'an UP that fails with rows and has a wrong DOWN',
      pair('ALTER TABLE a ADD COLUMN x NOT NULL;', 'DROP TABLE b;'),
      [
        expect.stringMatching(/^FAILS_ON_ROWS: .*Cannot add a NOT NULL column/),
        'DOWN_DIFFERS: column a.x is left behind; table b is missing.',
      ],
    ],
    [
      'a trigger that rolls back the transaction of an INSERT',
      `CREATE TABLE q (x); CREATE TRIGGER t BEFORE INSERT ON q BEGIN SELECT raise(ROLLBACK, 'not yet'); END;`,
      [],
    ],
    ['no way back in the middle', pair('CREATE TABLE c (x);', ''), []],
  ])('%s', async (_, migration, expected) => {
    const found = await rounds([parent, child, migration, last], { driver });
    expect(reported(found)).toEqual(expected);
    expect(found.tried).toBe(4);
  });

  it.each([
    ['what cannot be asked anything', () => new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse })],
    ['a promise', () => Promise.resolve()],
    ['null', () => null],
  ])('an up() that throws %s is a finding', async (_, thrown) => {
    const up = (): void => {
      throw thrown();
    };
    const found = await rounds([parent, { version: 2, up }, last], { driver });
    expect(reported(found)).toEqual([expect.stringMatching(/^FAILS_ON_EMPTY: .*failed in up\(\): it threw/)]);
    expect(found.notes).toEqual([
      '003_step was not tried with sample rows: 002_step cannot be applied to a new database',
    ]);
  });

  it('tables that a trigger keeps empty are named, and the others have their rows', async () => {
    const raise = `CREATE TRIGGER t BEFORE INSERT ON a BEGIN SELECT raise(ROLLBACK, 'not yet'); END;`;
    const seen: unknown[] = [];
    const look = (db: Database): void => {
      for (const table of ['a', 'b', 'c']) seen.push(db.get(`SELECT count(*) AS n FROM ${table}`).n);
    };
    const found = await rounds([`${parent}${child}${raise}CREATE TABLE c (x);`, { version: 2, up: look }], { driver });
    expect(seen).toEqual([0, 3, 3]);
    expect(found).toMatchObject({ problems: [], notes: ['no sample row could be inserted into a: not yet'] });
  });

  it('rows that SQLite cannot read are not compared', async () => {
    const least = 'CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (-9223372036854775807 - 1);';
    const column = 'ALTER TABLE t ADD COLUMN b AS (abs(a));';
    const touch = pair('INSERT INTO t (a) VALUES (1);', 'DELETE FROM t WHERE a = 1;');
    const found = await rounds([least, column, touch, last], { driver });
    expect(found.tried).toBe(4);
    expect(reported(found)).toEqual([]);
  });

  it('what the machine refuses in between is a finding, and what was found before is kept', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-test-'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true, force: true });
    });
    mkdirSync(join(folder, 'scratch'));
    vi.stubEnv('TMPDIR', join(folder, 'scratch'));
    const up = (db: Database): void => {
      vi.stubEnv('TMPDIR', join(folder, 'nowhere'));
      if (db.get('SELECT count(*) AS n FROM a').n > 0) throw new Error('there are rows');
    };
    const wrong = pair('CREATE INDEX i ON a (id);', 'SELECT 1;');
    const found = await rounds([parent, wrong, { version: 3, up }, last], { driver });
    expect(reported(found)[0]).toBe('DOWN_DIFFERS: index i is left behind.');
    expect(found.problems[1]?.message).toMatch(
      /^003_step to 004_step were not tried with sample rows: No copy of .* could be made: .*nowhere/,
    );
    expect(found.tried).toBe(2);
  });

  it('neither does a long list of failures', async () => {
    const doubtful = (i: number): string =>
      `CREATE TABLE c${i} (x CHECK (x = 'right')); INSERT INTO c${i} SELECT text FROM t;`;
    const table = 'CREATE TABLE t (text TEXT);';
    const found = await rounds([table, ...Array.from({ length: 25 }, (_, i) => doubtful(i)), last], { driver });
    expect(found.warnings.map(({ migration }) => migration?.version)).toEqual(
      Array.from({ length: 25 }, (_, i) => i + 2),
    );
    expect(found).toMatchObject({ tried: 27, reversed: 1, problems: [], notes: [] });
  });
});

it('on a copy with real rows too, what the machine refuses in between is a finding', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-test-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  mkdirSync(join(folder, 'copies'));
  vi.stubEnv('TMPDIR', join(folder, 'copies'));
  const up = (): void => rmSync(join(folder, 'copies'), { recursive: true });
  const runner = new MigrationRunner({
    database: join(folder, 'app.db'),
    migrations: { '001_a.sql': parent, '002_b.js': { version: 2, up } as never },
    driver: 'better-sqlite3',
  });
  const { data } = await runner.check({ withData: true });
  expect(data!.tried).toBeGreaterThan(0);
  expect(data!.problems.at(-1)).toMatchObject({
    code: 'NOT_TRIED',
    message: expect.stringContaining('not tried on a copy of'),
  });
});

function refuse(): never {
  throw new Error('it cannot be asked anything');
}
