// db.rebuildTable on a table of 1,000,000 rows with three indexes, a trigger and a child, against the necessary work: INSERT ... SELECT into a new table and the same indexes, in a transaction. Then with every value
// compared, and the whole run around it, with its guards, the check of the database and COMMIT.
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrateSync } from 'dunlin';
import { median } from '../support.mjs';

export const title = 'Rebuilt tables';
export const about =
  '`db.rebuildTable` on a table of 1,000,000 rows with three indexes, a trigger and a child, against the necessary work: INSERT ... SELECT into a new table and the same indexes.';

const rows = 1_000_000;
const pairs = 3;
const indexes = [
  'CREATE INDEX people_email ON people (email)',
  'CREATE INDEX people_age ON people (age) WHERE age > 30',
  'CREATE INDEX people_lower ON people (lower(note))',
];
const definition = 'id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INTEGER, note TEXT';

let base;
let path;

function make() {
  const db = new Database(base);
  db.exec(`CREATE TABLE people (${definition});
    CREATE TABLE orders (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people (id) ON DELETE CASCADE);
    CREATE INDEX orders_person ON orders (person);`);
  const counted = `WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${rows})`;
  db.exec(`${counted} INSERT INTO people SELECT i, hex(randomblob(10)) || '@example.org', i % 90, hex(randomblob(20)) FROM c;
    INSERT INTO orders SELECT id, id FROM people WHERE id % 4 = 0;`);
  for (const index of indexes) db.exec(index);
  db.exec(
    'CREATE TRIGGER people_new AFTER INSERT ON people BEGIN UPDATE orders SET person = person WHERE person = new.id; END',
  );
  db.close();
}

function bare() {
  copyFileSync(base, path);
  const db = new Database(path);
  db.pragma('foreign_keys = OFF');
  db.pragma('synchronous = EXTRA');
  const started = performance.now();
  db.exec(`BEGIN IMMEDIATE; CREATE TABLE people_new (${definition} CHECK (length(note) < 50));
    INSERT INTO people_new (id, email, age, note) SELECT id, email, age, note FROM people;`);
  for (const index of indexes)
    db.exec(index.replace('INDEX people', 'INDEX new').replace('ON people', 'ON people_new'));
  const took = performance.now() - started;
  db.exec('COMMIT');
  db.close();
  rmSync(path);
  return took;
}

function ours(verify) {
  copyFileSync(base, path);
  const db = new Database(path);
  let rebuild;
  const started = performance.now();
  migrateSync({
    database: db,
    backup: 'off',
    verify,
    migrations: [
      {
        version: 1,
        name: 'check',
        up(database) {
          const begun = performance.now();
          // A definition as a whole: addCheck() alone would be a plain ALTER TABLE from SQLite 3.53 on.
          const { method } = database.rebuildTable('people', (table) =>
            table.changeColumn('note', 'TEXT CHECK (length(note) < 50)'),
          );
          if (method !== 'rebuild') throw new Error(method);
          rebuild = performance.now() - begun;
        },
      },
    ],
  });
  const whole = performance.now() - started;
  db.close();
  rmSync(path);
  return { rebuild, whole };
}

export function measure(bench) {
  const folder = mkdtempSync(join(bench.folder, 'rebuild-'));
  base = join(folder, 'base.db');
  path = join(folder, 'app.db');
  make();
  const found = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const first = pair % 2 === 0 ? undefined : bare();
    const plain = ours('auto');
    const row = { plain, full: ours('full'), bare: first ?? bare() };
    if (pair > 0) found.push(row);
  }
  const size = `${(statSync(base).size / 1e6).toFixed(0)} MB`;
  rmSync(folder, { recursive: true });
  const line = (name, of) =>
    `${name}: ${median(found.map((row) => of(row) / row.bare)).toFixed(2)} ×, ${median(found.map(of)).toFixed(0)} ms against ${median(found.map((row) => row.bare)).toFixed(0)} ms`;
  return {
    lines: [
      line(`the rebuild (${size})`, ({ plain }) => plain.rebuild),
      line('with every value compared', ({ full }) => full.rebuild),
      line('the whole run, with its guards, the check of the database and COMMIT', ({ plain }) => plain.whole),
    ],
  };
}
