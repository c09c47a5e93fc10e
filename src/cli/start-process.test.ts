import { expect, it } from 'vitest';
import { runShell } from './start-process.ts';

it.each([
  ['exit 0', 0],
  ['exit 3', 3],
  ['kill -INT $$', 130],
  ['kill -TERM $$', 143],
  ['kill -KILL $$', 1],
])('runs a command of the shell: %s ends with %d', async (command, code) => {
  expect(await runShell(command, { stdio: 'inherit' }).ended).toBe(code);
});
