import { expect, it } from 'vitest';
import type { Snapshot } from './snapshot.ts';
import { untilChanged } from './until-changed.ts';

const at = (...files: string[]): Snapshot => new Map(files.map((file) => [file.slice(0, 1), file]));

/** Looks at the states one after the other, and then at the last again and again. */
async function follow(
  states: readonly Snapshot[],
  looks = 20,
): Promise<{ found: Snapshot | undefined; waits: number[] }> {
  let next = 0;
  const waits: number[] = [];
  const found = await untilChanged(
    () => states[Math.min(next++, states.length - 1)]!,
    at('a1'),
    async (ms) => waits.push(ms) < looks,
  );
  return { found, waits };
}

it('waits as long as nothing changes, until it is to stop', async () => {
  expect(await follow([at('a1')], 3)).toEqual({ found: undefined, waits: [250, 250, 250] });
});

it('waits until a changed file has been the same for two looks', async () => {
  const { found, waits } = await follow([at('a1'), at('a2'), at('a3'), at('a3'), at('a4'), at('a4'), at('a4')]);
  expect(found).toEqual(at('a4'));
  expect(waits).toEqual([250, 100, 100, 100, 100, 100]);
});

it('takes many files together, also while some are still to come', async () => {
  const { found } = await follow([at('a1', 'b1'), at('a1', 'b1', 'c1'), at('b1', 'c1'), at('b1', 'c1', 'd1')]);
  expect(found).toEqual(at('b1', 'c1', 'd1'));
});

it('takes what is as it was before for no change', async () => {
  expect((await follow([at('a2'), at('a2'), at('a1')])).found).toBeUndefined();
});
