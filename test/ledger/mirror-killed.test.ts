import { expect, it } from 'vitest';
import { up, down, redo } from '../../src/operations/index.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { Death, type Fault } from '../support/third-loop.ts';
import { adoptSamples, plainFiles, texts } from './adopt-samples.ts';
import { perform, restarter } from './with-faults.ts';

const knex = adoptSamples.find(({ to }) => to === 'knex')!.sql;
const mirrored = { mirror: true } as const;

/** Which migrations the two tables record; a process that died has left its journal. */
function recorded(db: TestDatabase): string {
  const inKnex = db.column('SELECT CAST(substr(name, 1, 3) AS INTEGER) FROM knex_migrations ORDER BY id');
  const found = { dunlin: db.versions(), knex: inKnex };
  db.close();
  return JSON.stringify(found);
}

const both = (versions: readonly number[]): string => JSON.stringify({ dunlin: versions, knex: versions });

/** A database that Knex has brought to its second migration, adopted; with `whole` with the third of Dunlin as well. */
async function adopted(whole: boolean): Promise<TestDatabase> {
  const db = openTestDatabase();
  db.exec(`${texts.users}${texts.roles}${knex}`);
  const runner = db.runner(plainFiles, mirrored);
  await runner.adopt({ acceptDifferences: true });
  if (whole) await runner.up();
  return db;
}

const runs = {
  up: { operation: up({}), whole: false, from: [1, 2], to: [1, 2, 3] },
  down: { operation: down({}), whole: true, from: [1, 2, 3], to: [1, 2] },
  redo: { operation: redo({}), whole: true, from: [1, 2, 3], to: [1, 2, 3] },
} as const;

it.each<[keyof typeof runs, string, (at: number) => Fault]>([
  ['up', 'dies', (at) => ({ kind: 'death', at })],
  ['redo', 'dies', (at) => ({ kind: 'death', at })],
  ['up', 'fails', (at) => ({ kind: 'before', at, code: 'SQLITE_CONSTRAINT' })],
  ['down', 'loses its transaction', (at) => ({ kind: 'rollback', at, code: 'SQLITE_FULL' })],
])('%s leaves both tables in step when it %s at any request', async (name, what, faultAt) => {
  const { operation, whole, from, to } = runs[name];
  const db = await adopted(whole);
  expect(recorded(db)).toBe(both(from));
  const restart = restarter(db);
  const points = perform(db, operation, undefined, mirrored);
  expect(recorded(db)).toBe(both(to));
  const seen = new Set<string>();
  for (let at = 1; at <= points; at++) {
    restart();
    try {
      perform(db, operation, faultAt(at), mirrored);
    } catch (error) {
      if (what === 'dies') expect(error).toBeInstanceOf(Death);
    }
    const found = recorded(db);
    expect([both(from), both(to)], `${what} at ${at}`).toContain(found);
    seen.add(found);
  }
  expect(seen).toEqual(new Set([both(from), both(to)]));
});
