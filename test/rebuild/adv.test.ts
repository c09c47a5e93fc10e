import { it } from 'vitest';
import { apply, open, rows, column } from '../guards/support.ts';
const fam = `CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO p VALUES (1,'a'),(2,'b'); CREATE TABLE c (p_id REFERENCES p (id) ON DELETE CASCADE); INSERT INTO c VALUES (1),(2);`;
const cases: [string, string, object, string[], object?][] = [
  ['fk on', fam, { foreignKeys: true, up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('note', { default: 1 })) }, ['SELECT count(*) FROM c', 'SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['no tx', fam, { transaction: false, up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('note', { default: 1 })) }, ['SELECT count(*) FROM c', 'SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['add column comment', `CREATE TABLE t (a, b,\n PRIMARY KEY (a)\n, CHECK (b > 0)\n); INSERT INTO t VALUES (1, 2);`, { up: (db: any) => db.rebuildTable('t', (t: any) => t.addColumn('c', 'INT -- the c')) }, [`SELECT sql FROM sqlite_schema WHERE name = 't'`, `PRAGMA integrity_check`]],
  ['add column comment newline', `CREATE TABLE t (a, b,\n PRIMARY KEY (a)\n, CHECK (b > 0)\n); INSERT INTO t VALUES (1, 2);`, { up: (db: any) => db.rebuildTable('t', (t: any) => t.addColumn('c', 'INT -- the c\n')) }, [`SELECT sql FROM sqlite_schema WHERE name = 't'`, `PRAGMA integrity_check`]],
  ['plain alter comment', `CREATE TABLE t (a, b, PRIMARY KEY (a)\n, CHECK (b > 0)\n); INSERT INTO t VALUES (1, 2);`, { up: (db: any) => db.exec('ALTER TABLE t ADD COLUMN c INT -- the c\n;') }, [`SELECT sql FROM sqlite_schema WHERE name = 't'`, `PRAGMA integrity_check`]],
  ['tight', `CREATE TABLE t ([a]"my type"UNIQUE,b); INSERT INTO t VALUES (1, 2);`, { up: (db: any) => db.rebuildTable('t', (t: any) => t.changeColumn('a', { type: 'INT' })) }, [`SELECT sql FROM sqlite_schema WHERE name = 't'`]],
  ['tight2', `CREATE TABLE t ([a]"my type"UNIQUE,b); INSERT INTO t VALUES (1, 2);`, { up: (db: any) => db.rebuildTable('t', (t: any) => t.changeColumn('a', { type: '' })) }, [`SELECT sql FROM sqlite_schema WHERE name = 't'`]],
  ['tight3', `CREATE TABLE t (b, a INT DEFAULT'x'NOT NULL UNIQUE); INSERT INTO t VALUES (1, 2);`, { up: (db: any) => db.rebuildTable('t', (t: any) => t.changeColumn('a', { default: 5 })) }, [`SELECT sql FROM sqlite_schema WHERE name = 't'`]],
  ['default parens', `CREATE TABLE t (b, a INT); INSERT INTO t VALUES (1, 2);`, { up: (db: any) => db.rebuildTable('t', (t: any) => t.changeColumn('a', { default: '(1) + (2)' })) }, [`SELECT sql FROM sqlite_schema WHERE name = 't'`]],
  ['default dash', `CREATE TABLE t (b, a INT); INSERT INTO t VALUES (1, 2);`, { up: (db: any) => db.rebuildTable('t', (t: any) => t.changeColumn('a', { default: '1--x' })) }, [`SELECT sql FROM sqlite_schema WHERE name = 't'`]],
  ['broken view elsewhere', fam + `CREATE TABLE z (q); CREATE VIEW bad AS SELECT q FROM z; PRAGMA legacy_alter_table=ON; DROP TABLE z; PRAGMA legacy_alter_table=OFF;`, { up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('note', { default: 1 })) }, ['SELECT count(*) FROM c', 'SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['broken view on p', fam + `CREATE VIEW bad AS SELECT nope FROM p;`, { up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('note', { default: 1 })) }, ['SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['temp trigger', fam + `CREATE TEMP TRIGGER tt AFTER INSERT ON main.p BEGIN SELECT 1; END;`, { up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('note', { default: 1 })) }, ['SELECT name FROM temp.sqlite_schema', 'SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['twice', fam, { up: (db: any) => { db.rebuildTable('p', (t: any) => t.changeColumn('note', { default: 1 })); db.exec('INSERT INTO p (id) VALUES (9)'); db.rebuildTable('p', (t: any) => t.changeColumn('note', { notNull: true })); db.rebuildTable('c', (t: any) => t.addColumn('k', 'INT UNIQUE')) } }, ['SELECT group_concat(id||note) FROM p', 'SELECT count(*) FROM c', 'SELECT group_concat(sql) FROM sqlite_schema WHERE name in (\'p\',\'c\')']],
  ['rename case', fam, { up: (db: any) => db.rebuildTable('p', (t: any) => t.renameColumn('note', 'NOTE').changeColumn('NOTE', { default: 1 })) }, ['SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['plain to generated', fam, { up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('note', 'TEXT AS (id) STORED')) }, ['SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['check w comment', fam, { up: (db: any) => db.rebuildTable('p', (t: any) => t.addCheck('id > 0 -- positive')) }, ['SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['attached', fam + `ATTACH ':memory:' AS other; CREATE TABLE other.p (x);`, { up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('note', { default: 1 })) }, ['SELECT sql FROM main.sqlite_schema WHERE name = \'p\'']],
  ['check injection', fam, { up: (db: any) => db.rebuildTable('p', (t: any) => t.addCheck('id > 0), CHECK (id < 10')) }, ['SELECT sql FROM sqlite_schema WHERE name = \'p\'']],
  ['implicit pk desc', `CREATE TABLE p (id INTEGER PRIMARY KEY DESC, note TEXT); INSERT INTO p VALUES (5,'a'),(2,'b'),(NULL,'c');`, { up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('note', { default: 1 })) }, ['SELECT group_concat(rowid||\':\'||coalesce(id,\'N\')) FROM p']],
  ['fts4', `CREATE TABLE p (note TEXT, n INT); INSERT INTO p VALUES ('a',1),('b two',2),('c',3); DELETE FROM p WHERE n=1; CREATE VIRTUAL TABLE f USING fts4(content="p", note); INSERT INTO f(f) VALUES('rebuild')`, { up: (db: any) => db.rebuildTable('p', (t: any) => t.changeColumn('n', { default: 1 })) }, [`SELECT group_concat(docid || note) FROM f WHERE f MATCH 'two'`]],
];
it.each(cases)('%s', (name, schema, migration, probes, options) => {
  const c = open('better-sqlite3', schema);
  let error: unknown;
  try { apply(c, migration, options as never); } catch (e) { error = e; }
  console.log(name, error ? String((error as any).code) + ': ' + String((error as Error).message).slice(0, 300) : 'ok', JSON.stringify(probes.map((p) => column(c, p))), JSON.stringify(rows(c.bridge, 'PRAGMA foreign_keys')));
});
