import { expect, it } from 'vitest';
import { nameRuntime } from './runtime.ts';

it.each([
  [{ node: '24.21.0' }, 'Node 24.21.0'],
  [{ node: '26.3.0', bun: '1.4.4' }, 'Bun 1.4.4'],
  [{ node: '26.3.0', deno: '2.9.6', v8: '14' }, 'Deno 2.9.6'],
])('%j is %s', (versions, name) => {
  expect(nameRuntime(versions)).toBe(name);
});
