import { expect, it } from 'vitest';
import { failureOf, onEveryDriver } from '../support/databases.ts';
import { others, people } from './support.ts';

const schema = people.replace(/ANALYZE;\s*$/, '');

onEveryDriver('the SQL of a rebuild', (open, { api }) => {
  it('changes nothing as it stands, on a database with rows and on an empty one', async () => {
    const db = open();
    db.exec(schema);
    const runner = db.runner({});
    const sql = api === 'sync' ? runner.rebuildScriptSync('PEOPLE') : await runner.rebuildScript('people');
    const before = [others(db, 'people'), db.rows('SELECT * FROM people'), db.rows('SELECT * FROM sqlite_sequence')];
    await db.up({ '001_rebuild.sql': sql });
    expect([others(db, 'people'), db.rows('SELECT * FROM people'), db.rows('SELECT * FROM sqlite_sequence')]).toEqual(
      before,
    );
    // In one run with the migration that makes the table nothing is guarded: the text alone has to be right.
    const fresh = open();
    await fresh.up({ '001_people.sql': schema, '002_rebuild.sql': sql });
    expect(fresh.rows('SELECT * FROM people')).toEqual(before[1]);
    expect(fresh.value(`SELECT seq FROM sqlite_sequence WHERE name = 'people'`)).toBe(9);
    expect(others(fresh, 'people')).toEqual(before[0]);
  });

  it('keeps rowids and odd names, and asks for what ANALYZE had found out', async () => {
    const db = open();
    db.exec(`CREATE TABLE "a b" ("select", [x y] TEXT -- last
    ); INSERT INTO "a b" VALUES (1, 'x'), (2, 'y'); DELETE FROM "a b" WHERE "select" = 1; CREATE INDEX i ON "a b" ("x y") -- found by it
    ; ANALYZE;`);
    const sql = await db.runner({}).rebuildScript('a b');
    const text = db.value(`SELECT sql FROM sqlite_schema WHERE name = 'a b'`);
    await db.up({ '001_rebuild.sql': sql });
    expect(db.column('SELECT rowid FROM "a b"')).toEqual([2]);
    expect(db.value(`SELECT sql FROM sqlite_schema WHERE name = 'a b'`)).toBe(text);
    expect(db.value(`SELECT count(*) FROM sqlite_stat1`)).toBe(1);
  });

  it('is refused for what is no table, and without a name', async () => {
    const runner = open().runner({});
    const missing = await failureOf(() => runner.rebuildScript('people'));
    expect(missing.message).toBe('people cannot be rebuilt: there is no table of that name.');
    expect((await failureOf(() => runner.rebuildScript(''))).code).toBe('OPTION_INVALID');
  });
});
