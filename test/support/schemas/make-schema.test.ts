import { expect, it } from 'vitest';
import { makeSchema } from './make-schema.ts';
import { quoted } from './rows.ts';

it('generated schemas are valid and clean, and hold everything that can hang on a table', () => {
  const seen: Record<string, number> = {};
  const note = (what: string, n: unknown = 1): void => void (seen[what] = (seen[what] ?? 0) + Number(n));
  for (let start = 1; start <= 100; start++) {
    const { database, schema } = makeSchema(start);
    const count = (sql: string): unknown => database.prepare(`SELECT count(*) FROM ${sql}`).pluck().get();
    expect(database.pragma('integrity_check'), `makeSchema(${start})`).toEqual([{ integrity_check: 'ok' }]);
    expect(database.pragma('foreign_key_check'), `makeSchema(${start})`).toEqual([]);
    for (const { type, name } of schema.objects) {
      note(type);
      const table = quoted(name);
      if (type === 'virtual') database.exec(`INSERT INTO ${table} (${table}, rank) VALUES ('integrity-check', 1)`);
      if (type === 'view') database.prepare(`SELECT * FROM ${table}`).all();
    }
    for (const { name, strict, withoutRowid } of schema.tables) {
      note('row', count(quoted(name)));
      if (strict) note('strict');
      if (withoutRowid) note('without rowid');
    }
    note('foreign key', count(`sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`));
    note('self-reference', count(`sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE f."table" = m.name`));
    note(
      'generated column',
      count(`sqlite_schema m, pragma_table_xinfo(m.name) x WHERE m.type = 'table' AND x.hidden > 1`),
    );
    note('partial index', count(`sqlite_schema m, pragma_index_list(m.name) i WHERE i.partial`));
    if (count(`sqlite_schema WHERE name = 'sqlite_sequence'`) !== 0) note('sequence', count('sqlite_sequence'));
    if (count(`sqlite_schema WHERE name = 'sqlite_stat1'`) !== 0) note('statistics', count('sqlite_stat1'));
    database.close();
  }
  for (const [what, least] of Object.entries({
    row: 500,
    index: 200,
    view: 100,
    trigger: 100,
    virtual: 30,
    strict: 20,
    'without rowid': 20,
    'foreign key': 100,
    'self-reference': 20,
    'generated column': 50,
    'partial index': 50,
    sequence: 20,
    statistics: 50,
  }))
    expect(seen[what], what).toBeGreaterThan(least);
});

it('a start makes the same schema again', () => {
  const dump = (): unknown => {
    const { database } = makeSchema(7);
    const rows = database.prepare('SELECT * FROM sqlite_schema').all();
    database.close();
    return rows;
  };
  expect(dump()).toEqual(dump());
});
