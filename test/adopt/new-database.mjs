// A new database that Dunlin makes, with the option `mirror` and with an export: it has the tool's tables as the tool itself
// makes them, and the tool has nothing to do.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { databaseOf, dunlin, place, rowsOf, withFolder } from './project.mjs';

const columns = `SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
  FROM sqlite_schema t, pragma_table_xinfo(t.name) c
  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND t.name NOT LIKE '!_cf!_%' ESCAPE '!'
  ORDER BY t.name, c.cid`;
const keys = `SELECT t.name, i."unique", i.origin, i.partial, c.name
  FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND t.name NOT LIKE '!_cf!_%' ESCAPE '!'
  ORDER BY t.name, i.origin, c.name`;

/** The steps by their names, in order. */
export function* newDatabase(tool) {
  for (const [step, config, afterwards] of [
    ['a new database is mirrored', { mirror: tool.to }, []],
    ['a new database is exported', {}, [['export', '--to', tool.to]]],
  ])
    yield [step, () => withFolder((own) => withFolder((folder) => compare(tool, own, folder, config, afterwards)))];
}

function compare(tool, own, folder, config, afterwards) {
  place(tool, own, 3);
  assert.equal(tool.apply(own), 3);
  const database = databaseOf(tool, own);
  mkdirSync(dirname(join(folder, database)), { recursive: true });
  place(tool, folder, 3, { ...tool.dunlin, 'dunlin.config.json': JSON.stringify(config) });
  for (const words of [['up'], ...afterwards]) dunlin(folder, [...words, '-d', database, ...(tool.options ?? [])]);
  for (const query of [columns, keys]) {
    const expected = rowsOf(own, database, query);
    const tables = new Set(expected.map(([table]) => table));
    assert.deepEqual(
      rowsOf(folder, database, query).filter(([table]) => tables.has(table)),
      expected,
    );
  }
  assert.deepEqual(rowsOf(folder, database, tool.rows), rowsOf(own, database, tool.rows));
  assert.equal(tool.apply(folder), 0);
}
