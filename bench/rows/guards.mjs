// A table of 1,000,000 rows rebuilt by hand, as a migration and as the bare statements: what the loss guards add. If
// nothing else wrote the tables, one count proves the copy; the same copy through WITH is compared value by value; `guards: 'count'`
// counts. The figures are multiples of the bare statements in a transaction, without COMMIT.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrateSync } from 'dunlin';
import { median } from '../support.mjs';

export const title = 'Guards';
export const about =
  'A table rebuilt by hand, as a migration and as the bare statements in a transaction, without COMMIT: how many times longer the migration takes.';

const pairs = 3;
const counted = (rows) =>
  `WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows}) INSERT INTO t SELECT`;
const text = (length) => `hex(randomblob(${length}))`;

const tables = [
  {
    name: 'narrow, INTEGER PRIMARY KEY',
    columns: 'id INTEGER PRIMARY KEY, a INTEGER, b TEXT',
    fill: `${counted(1_000_000)} i, i % 90, ${text(8)} FROM c`,
  },
  {
    name: 'with three indexes',
    columns: 'id INTEGER PRIMARY KEY, a INTEGER, b TEXT',
    fill: `${counted(1_000_000)} i, i % 90, ${text(8)} FROM c`,
    indexes: ['a', 'b', 'lower(b)'],
  },
  {
    name: 'text key, 500,000 rows',
    columns: 'id TEXT PRIMARY KEY, a INTEGER, b TEXT',
    fill: `${counted(500_000)} ${text(12)}, i % 90, ${text(8)} FROM c`,
  },
  {
    name: 'rows of 1 KB, 200,000',
    columns: 'id INTEGER PRIMARY KEY, a INTEGER, b TEXT',
    fill: `${counted(200_000)} i, i % 90, ${text(500)} FROM c`,
  },
  {
    name: 'no key',
    columns: 'a INTEGER, b TEXT',
    fill: `${counted(1_000_000)} i % 90, ${text(8)} FROM c`,
  },
  {
    name: 'no key, after a DELETE',
    columns: 'a INTEGER, b TEXT',
    fill: `${counted(1_000_000)} i % 90, ${text(8)} FROM c; DELETE FROM t WHERE rowid % 10 = 0`,
  },
];

let base;
let path;

function make({ columns, fill, indexes = [] }) {
  rmSync(base, { force: true });
  const db = new Database(base);
  db.exec(
    `CREATE TABLE t (${columns}); ${fill}; ${indexes.map((on, i) => `CREATE INDEX t_${i} ON t (${on});`).join(' ')}`,
  );
  db.close();
}

/** The statements of a rebuild; through WITH nothing can be proven. */
function rebuild({ columns, indexes = [] }, isPlain) {
  const names = columns.split(', ').map((column) => column.split(' ')[0]);
  const list = names.join(', ');
  const copy = isPlain
    ? `INSERT INTO n (${list}) SELECT ${list} FROM t`
    : `WITH o AS (SELECT * FROM t) INSERT INTO n (${list}) SELECT ${list} FROM o`;
  return [
    ...indexes.map((_, i) => `DROP INDEX t_${i}`),
    `CREATE TABLE n (${columns}, CHECK (1))`,
    ...indexes.map((on, i) => `CREATE INDEX t_${i} ON n (${on})`),
    copy,
    'DROP TABLE t',
    'ALTER TABLE n RENAME TO t',
    '',
  ].join(';\n');
}

function bare(sql) {
  copyFileSync(base, path);
  const db = new Database(path);
  db.pragma('foreign_keys = OFF');
  db.pragma('synchronous = EXTRA');
  const started = performance.now();
  db.exec(`BEGIN IMMEDIATE; ${sql}`);
  const took = performance.now() - started;
  db.exec('ROLLBACK');
  db.close();
  return took;
}

function migration(sql, guards) {
  copyFileSync(base, path);
  const db = new Database(path);
  const { applied } = migrateSync({
    database: db,
    backup: 'off',
    verify: 'off',
    guards,
    migrations: { '1_rebuild.sql': sql },
  });
  db.close();
  return applied[0].executionTimeMs;
}

export function measure(bench) {
  const folder = mkdtempSync(join(bench.folder, 'guards-'));
  base = join(folder, 'base.db');
  path = join(folder, 'app.db');
  const lines = tables.map((table) => {
    make(table);
    const [plain, compared] = [rebuild(table, true), rebuild(table, false)];
    const found = { proven: [], compared: [], counted: [] };
    for (let pair = 0; pair <= pairs; pair++) {
      const floor = bare(plain);
      const row = {
        proven: migration(plain, 'values') / floor,
        compared: migration(compared, 'values') / floor,
        counted: migration(compared, 'count') / floor,
      };
      if (pair > 0) for (const key of Object.keys(found)) found[key].push(row[key]);
    }
    const ratio = (key) => `${median(found[key]).toFixed(2)} ×`;
    return `${table.name}: by one count ${ratio('proven')}, every value compared ${ratio('compared')}, \`guards: 'count'\` ${ratio('counted')}`;
  });
  rmSync(folder, { recursive: true });
  return { lines };
}
