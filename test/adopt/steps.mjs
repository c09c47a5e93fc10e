// Steps of several suites, each with its name.
import assert from 'node:assert/strict';
import { databaseOf, dunlin, place } from './project.mjs';

/** Runs a command on the tool's database: the expected exit code first. */
export const dunlinOn =
  (tool, folder) =>
  (expected, ...args) =>
    dunlin(folder, [...args, '-d', databaseOf(tool, folder), ...(tool.options ?? [])], expected);

export const toolMigrates = (tool, folder) => [
  'the tool migrates',
  () => {
    place(tool, folder, 2);
    assert.equal(tool.apply(folder), 2);
  },
];

export const inOrder = (call) => [
  'everything is in order',
  () => {
    assert.match(call(0, 'check', '--replay'), /3 migrations, all in order/);
    assert.match(call(0, 'status'), /3 applied, 0 pending/);
  },
];
