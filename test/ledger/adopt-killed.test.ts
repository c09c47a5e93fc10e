import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Operation } from '../../src/lock/index.ts';
import { adopt, exportTo, undoAdopt, type AdoptDatabases } from '../../src/operations/index.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { Death, type Fault } from '../support/third-loop.ts';
import { adoptSamples, plainFiles, texts } from './adopt-samples.ts';
import { perform, restarter } from './with-faults.ts';

const knex = adoptSamples.find(({ to }) => to === 'knex')!.sql;

/** A database that Knex has brought to its second migration. */
function migrated(): TestDatabase {
  const db = openTestDatabase();
  db.exec(`${texts.users}${texts.roles}${knex}`);
  return db;
}

/** What there is of an adoption, and the table of the other tool. */
function stateOf(db: TestDatabase): string {
  const has = db.value("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'") === 1;
  const found = [has ? db.versions() : [], has ? db.attempts() : [], db.column('SELECT name FROM knex_migrations')];
  db.close();
  return JSON.stringify(found);
}

const before = JSON.stringify([[], [], ['001_users.ts', '002_roles.ts']]);
const adopted = JSON.stringify([
  [1, 2],
  ['1 adopt ok', '2 adopt ok', 'run adopt ok'],
  ['001_users.ts', '002_roles.ts'],
]);

/** Adopts, with a fault in what writes. */
async function adoptWith(db: TestDatabase, fault?: Fault): Promise<number> {
  let requests = 0;
  const databases: AdoptDatabases = {
    hasScratch: false,
    read: async <T>(operation: Operation<T>): Promise<T> => {
      let result: T;
      perform(db, function* (context) {
        result = yield* operation(context);
      });
      return result!;
    },
    onScratch: () => expect.fail('there is none'),
    write: async (operation) => {
      requests = perform(db, operation, fault);
      return undefined as never;
    },
  };
  await adopt({ acceptDifferences: true }, databases);
  return requests;
}

it('a process that dies at any request of an adoption leaves all of it or nothing', async () => {
  const points = await adoptWith(migrated());
  expect(points).toBeGreaterThan(20);
  const db = migrated();
  const restart = restarter(db);
  const seen = new Set<string>();
  for (let at = 1; at <= points; at++) {
    restart();
    await expect(adoptWith(db, { kind: 'death', at })).rejects.toThrow(Death);
    expect([before, adopted], `death at ${at}`).toContain(stateOf(db));
    seen.add(stateOf(db));
  }
  // The COMMIT is not the last request.
  expect(seen).toEqual(new Set([before, adopted]));
});

it.each([
  ['an undo', undoAdopt, false],
  ['an export', exportTo({ to: 'knex' }), true],
] as const)('a process that dies at any request of %s leaves all of it or nothing', async (_, operation, applies) => {
  const whole = migrated();
  await adoptWith(whole);
  if (applies) await whole.up(plainFiles);
  const start = stateOf(whole);
  const restart = restarter(whole);
  const points = perform(whole, operation);
  const end = stateOf(whole);
  if (!applies) expect(end).toBe(before);
  for (let at = 1; at <= points; at++) {
    restart();
    expect(() => perform(whole, operation, { kind: 'death', at })).toThrow(Death);
    expect([start, end], `death at ${at}`).toContain(stateOf(whole));
  }
});

const worker = `
import Database from 'better-sqlite3';
import { MigrationRunner } from ${JSON.stringify(resolve(import.meta.dirname, '../../dist/node/index.js'))};
const [path, at, files] = process.argv.slice(1);
const db = new Database(path);
const { prepare } = db;
let writes = 0;
db.prepare = function (sql) {
  if (/^(?:INSERT|UPDATE)/.test(sql) && ++writes === Number(at)) process.kill(process.pid, 'SIGKILL');
  return prepare.call(this, sql);
};
await new MigrationRunner({ database: db, migrations: JSON.parse(files) }).adopt({ acceptDifferences: true });
`;

it.each([1, 2, 3, 4, 5, 6, 7])('a process that is killed at write %i of an adoption leaves nothing, or all', (at) => {
  const db = migrated();
  db.close();
  const args = ['--input-type=module', '-e', worker, '--', db.path, String(at), JSON.stringify(plainFiles)];
  const { signal, status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  // What is interrupted, the rows, the log, its table, and the schema twice.
  expect({ signal, status }, stderr).toEqual(
    at <= 6 ? { signal: 'SIGKILL', status: null } : { signal: null, status: 0 },
  );
  expect(stateOf(db)).toBe(at <= 6 ? before : adopted);
});
