// Takes over the database of a tool whose records are in another database: what it has applied is recorded as the
// baseline, and the tool then records what Dunlin has applied.
import assert from 'node:assert/strict';
import { databaseOf, dunlin, place } from './project.mjs';

/** The steps by their names, in order. */
export function* baseline(tool, folder) {
  const call = (expected, ...args) =>
    dunlin(folder, [...args, '-d', databaseOf(tool, folder), ...tool.options], expected);

  yield [
    'the tool migrates',
    () => {
      place(tool, folder, 2);
      assert.equal(tool.apply(folder), 2);
    },
  ];
  yield [
    'Dunlin finds no records, and names the way',
    () => {
      place(tool, folder, 3);
      assert.match(call(1, 'adopt').replaceAll(/\s+/g, ' '), /ADOPT_NOTHING.*`dunlin baseline 3/);
    },
  ];
  yield ['what it has applied is recorded', () => assert.match(call(0, 'baseline', '2', '--yes'), /2 migrations/)];
  yield ['one migration more', () => assert.match(call(0, 'up'), /is at version 3/)];
  yield [
    'everything is in order',
    () => {
      assert.match(call(0, 'check', '--replay'), /3 migrations, all in order/);
      assert.match(call(0, 'status'), /3 applied, 0 pending/);
    },
  ];
  yield [
    'the tool records it, and has nothing to do',
    () => {
      assert.equal(tool.recordOnly(folder), 1);
      assert.equal(tool.apply(folder), 0);
    },
  ];
}
