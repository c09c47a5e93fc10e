// The built package and node:sqlite under Deno: `deno run -A deno.mjs node:sqlite`. The contract of a bridge, and what
// Deno does with functions that throw: its all() would never end. Prints what failed, and "N passed, N failed" as
// its last line.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bridgeFor, migrateSync } from 'dunlin';
import { bridgeConformanceChecks, migratedDatabase } from 'dunlin/testing';

const folder = mkdtempSync(join(tmpdir(), 'dunlin-deno-'));
let files = 0;
const open = () => new DatabaseSync(join(folder, `${++files}.db`));

const boom = () => {
  throw new TypeError('boom');
};

const statements = [
  'SELECT boom()',
  'SELECT boom(a) FROM t',
  'SELECT CASE a WHEN 2 THEN boom() ELSE a END FROM t',
  'INSERT INTO t VALUES (boom()) RETURNING a',
  'UPDATE t SET a = boom(a) RETURNING a',
  'INSERT INTO t VALUES (boom())',
  'SELECT late(a) FROM t',
  'SELECT huge(a) FROM t',
];

const checks = {
  ...Object.fromEntries(
    bridgeConformanceChecks.map((check) => [check.name, async () => void (await check.run(() => bridgeFor(open())))]),
  ),
  ...Object.fromEntries(
    statements.map((sql) => [
      `a function that throws ends its statement: ${sql}`,
      () => {
        const bridge = bridgeFor(open());
        bridge.script('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3); BEGIN');
        bridge.registerFunction('boom', boom);
        bridge.registerFunction('late', async () => 1);
        bridge.registerFunction('huge', () => 2n ** 80n);
        const expected = sql.includes('boom') ? new TypeError('boom') : { code: 'VALUE_NOT_BINDABLE' };
        assert.throws(() => bridge.query(sql, []), expected);
        // Deno's exec() asks a SELECT for its first row only.
        if (!sql.startsWith('SELECT CASE')) assert.throws(() => bridge.script(sql), expected);
        assert.equal(bridge.inTransaction(), true);
        assert.deepEqual(
          bridge.query('SELECT a FROM t', []).map(({ a }) => a),
          [1, 2, 3],
        );
        bridge.close();
      },
    ]),
  ),
  'a migration whose function throws fails, and nothing of it is kept': () => {
    const database = open();
    const migrations = {
      '001_t.sql': 'CREATE TABLE t (a);\nINSERT INTO t VALUES (1);',
      '002_boom.js': {
        up(db) {
          db.exec('CREATE TABLE half (x)');
          db.all('SELECT boom(a) FROM t');
        },
      },
    };
    assert.throws(
      () => migrateSync({ database, migrations, functions: { boom }, backup: 'off' }),
      ({ code, message, applied }) => code === 'FUNCTION_FAILED' && message.includes('boom') && applied.length === 1,
    );
    assert.equal(database.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'`).get().n, 0);
    database.close();
  },
  'a database for each test': async () => {
    const options = { migrations: { '001_t.sql': 'CREATE TABLE t (a)' }, cache: join(folder, 'cache') };
    for (const file of [undefined, true]) {
      const database = await migratedDatabase(DatabaseSync, { ...options, file });
      assert.equal(database.prepare('SELECT count(*) AS n FROM t').get().n, 0);
      database.exec('INSERT INTO t VALUES (1)');
      database.close();
    }
  },
};

let passed = 0;
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.error(`deno ${Deno.version.deno}: ${name}\n`, error);
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
