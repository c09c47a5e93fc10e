// Adopts the database of one tool: the tool migrates, Dunlin adopts and applies one more, and after the export the tool
// has nothing to do and its table is as if it had done everything itself.
import assert from 'node:assert/strict';
import { newDatabase } from './new-database.mjs';
import { databaseOf, place, rowsOf, withFolder } from './project.mjs';
import { dunlinOn, inOrder, toolMigrates } from './steps.mjs';

/** The steps by their names, in order. */
export function* adopt(tool, folder) {
  const call = dunlinOn(tool, folder);
  const table = (where = folder) => rowsOf(where, databaseOf(tool, where), tool.rows);

  yield toolMigrates(tool, folder);
  yield [
    'Dunlin refuses, and names the way',
    () => {
      place(tool, folder, 3, tool.dunlin);
      assert.match(call(1, 'up').replaceAll(/\s+/g, ' '), /LEDGER_FOREIGN.*`dunlin adopt/);
    },
  ];
  yield [
    'the database is adopted',
    () => {
      const before = table();
      call(0, 'adopt', '--dry-run');
      call(0, 'adopt');
      call(0, 'adopt', '--undo');
      assert.match(call(0, 'adopt'), /2 migrations recorded as applied/);
      assert.deepEqual(table(), before);
    },
  ];
  yield ['one migration more', () => assert.match(call(0, 'up'), /is at version/)];
  yield inOrder(call);
  yield [
    'the tool has nothing to do after the export',
    () => {
      assert.match(call(0, 'export', '--to', tool.to), /1 migration written/);
      place(tool, folder, 3);
      assert.equal(tool.apply(folder), 0);
    },
  ];
  yield [
    'its table is as if it had done everything itself',
    () => {
      const rows = table();
      withFolder((own) => {
        place(tool, own, 3);
        assert.equal(tool.apply(own), 3);
        assert.deepEqual(rows, table(own));
      });
    },
  ];
  if (tool.isMade !== false) yield* newDatabase(tool);
}
