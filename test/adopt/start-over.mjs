// Takes over the database of a tool whose records name no files: one file of SQL has its schema, and the tool still finds
// everything as it was.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from './migrations.mjs';
import { databaseOf, place, rowsOf, write } from './project.mjs';
import { dunlinOn } from './steps.mjs';

const start = 'from/001_start.sql';

/** The steps by their names, in order. */
export function* startOver(tool, folder) {
  const call = dunlinOn(tool, folder);
  const from = ['--migrations', 'from'];
  const table = () => rowsOf(folder, databaseOf(tool, folder), tool.rows);
  let before;

  yield [
    'the tool migrates',
    () => {
      place(tool, folder, 2);
      assert.equal(tool.apply(folder), 2);
      before = table();
    },
  ];
  yield [
    'its schema is written to a file',
    () => {
      write(folder, { 'from/README.md': 'The first file is the schema that the tool has made.\n' });
      call(0, 'dump', '--output', start);
      write(folder, { [start]: withoutTables(readFileSync(join(folder, start), 'utf8'), tool.ownTables) });
    },
  ];
  yield [
    'Dunlin refuses, and names the way',
    () => assert.match(call(1, 'up', ...from).replaceAll(/\s+/g, ' '), /LEDGER_FOREIGN.*`dunlin adopt/),
  ];
  yield [
    'the database is adopted',
    () => {
      call(0, 'adopt', '1', ...from);
      call(0, 'adopt', '--undo', ...from);
      assert.match(call(0, 'adopt', '1', ...from), /1 migration recorded as applied/);
    },
  ];
  yield [
    'one migration more',
    () => {
      write(folder, { 'from/002_tags.sql': sql.tags });
      assert.match(call(0, 'up', ...from), /is at version 2/);
    },
  ];
  yield [
    'everything is in order',
    () => {
      assert.match(call(0, 'check', '--replay', ...from), /2 migrations, all in order/);
      assert.match(call(0, 'status', ...from), /2 applied, 0 pending/);
    },
  ];
  yield [
    'the tool has nothing to do, and its table is as it was',
    () => {
      assert.equal(tool.apply(folder), 0);
      assert.deepEqual(table(), before);
    },
  ];
}

/** The dump without the CREATE TABLE of these tables. */
function withoutTables(text, tables) {
  return tables.reduce((rest, table) => {
    const create = new RegExp(`^CREATE TABLE "?${table}"? ?\\([^;]*\\);\n+`, 'm');
    assert.match(rest, create);
    return rest.replace(create, '');
  }, text);
}
