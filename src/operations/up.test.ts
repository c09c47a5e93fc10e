import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeHost } from '../node/index.ts';
import { bridgeFor } from '../drivers/index.ts';
import { createRegistry } from '../migration/index.ts';
import { Session } from '../runner/session.ts';
import { toSource } from '../source/index.ts';
import type { RunOptions } from '../lock/index.ts';
import { readUpToDate, up } from './up.ts';

const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'CREATE TABLE b (x);' };

describe('readUpToDate', () => {
  let db: Database.Database;
  beforeEach(() => {
    db = new Database(':memory:');
  });
  afterEach(() => void db.close());

  const session = (migrations: Record<string, string>, options: RunOptions = {}): Session =>
    new Session(
      {
        bridge: () => bridgeFor(db),
        registry: () => createRegistry(toSource(migrations), nodeHost),
        host: nodeHost,
        database: 'app.db',
        owned: false,
      },
      options,
    );

  it('says where a database is that has nothing to do', async () => {
    await session(files).write(up({}));
    expect(await session(files).read(readUpToDate)).toMatchObject({ to: 2, applied: [], pending: [] });
  });

  it.each<[string, Record<string, string>, RunOptions, string]>([
    ['something is pending', { ...files, '003_c.sql': 'CREATE TABLE c (x);' }, {}, ''],
    ['a file was edited', { ...files, '002_b.sql': 'CREATE TABLE b (y);' }, {}, ''],
    ['a file was renamed', { '001_a.sql': files['001_a.sql'], '002_other.sql': files['002_b.sql'] }, {}, ''],
    ['the schema was changed by hand', files, {}, 'CREATE INDEX by_hand ON a (x)'],
    ['a repeatable migration is new', { ...files, 'R__v.sql': 'DROP VIEW IF EXISTS v;' }, {}, ''],
    ['there are sets', files, { together: [[1, 2]] }, ''],
  ])('is undefined where %s', async (_, migrations, options, change) => {
    await session(files).write(up({}));
    db.exec(change);
    expect(await session(migrations, options).read(readUpToDate)).toBeUndefined();
  });
});
