// Takes over the database of a tool whose records are in another database: what it has applied is recorded as the
// baseline, and the tool then records what Dunlin has applied.
import assert from 'node:assert/strict';
import { place } from './project.mjs';
import { dunlinOn, inOrder, toolMigrates } from './steps.mjs';

/** The steps by their names, in order. */
export function* baseline(tool, folder) {
  const call = dunlinOn(tool, folder);

  yield toolMigrates(tool, folder);
  yield [
    'Dunlin finds no records, and names the way',
    () => {
      place(tool, folder, 3);
      assert.match(call(1, 'adopt').replaceAll(/\s+/g, ' '), /ADOPT_NOTHING.*`dunlin baseline 3/);
    },
  ];
  yield ['what it has applied is recorded', () => assert.match(call(0, 'baseline', '2', '--yes'), /2 migrations/)];
  yield ['one migration more', () => assert.match(call(0, 'up'), /is at version 3/)];
  yield inOrder(call);
  yield [
    'the tool records it, and has nothing to do',
    () => {
      assert.equal(tool.recordOnly(folder), 1);
      assert.equal(tool.apply(folder), 0);
    },
  ];
}
