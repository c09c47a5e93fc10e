import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { tried } from '../../support/fault-points.ts';
import { seed } from '../../support/random.ts';
import { ordinary, type Mutant, type Selection } from './mutant.ts';
import { mutants } from './table.ts';
import { Tree, type TestOutcome } from './tree.ts';

// Each is a process that keeps a core busy.
vi.setConfig({ maxConcurrency: 2 });

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const canSee = ({ needs }: Mutant): boolean => needs === undefined || hasStrace;

// Each takes five seconds of a core, so a normal run tries half of them: which half, DUNLIN_SEED says.
const isFull = process.env['DUNLIN_ROUNDS'] === 'full';
const sample = mutants.filter((_, i) => isFull || (i + seed) % 2 === 0);

it('every broken engine can be made of the sources as they are', () => {
  for (const { name, edits } of mutants)
    for (const { file, from } of edits) {
      const source = readFileSync(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), 'utf8');
      expect(source.split(from), `${name}: the edit no longer fits ${file}: renew it`).toHaveLength(2);
    }
});

describe.concurrent(`a broken engine (DUNLIN_SEED=${seed})`, () => {
  it('that is not broken passes every test that has to catch one', async () => {
    const selections = [ordinary, ...mutants.filter(canSee).flatMap(({ caughtBy }) => caughtBy)];
    const { exitCode, outcomes } = await inTree(async (tree) => {
      await tree.build();
      return await tree.run(selections);
    });
    expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(exitCode).toBe(0);
    for (const selection of selections)
      expect(
        chosen(outcomes, selection).some(({ status }) => status === 'passed'),
        `${selection.file} has no test '${selection.title}': renew the mutant`,
      ).toBe(true);
  });

  for (const mutant of sample) {
    const skipped = canSee(mutant) ? '' : ` (skipped: ${mutant.needs} is not installed)`;
    it.skipIf(skipped !== '')(`is caught: ${mutant.name}${skipped}`, async () => {
      const { exitCode, outcomes } = await inTree(async (tree) => {
        for (const edit of mutant.edits) tree.edit(edit);
        if (mutant.built === true) await tree.build();
        return await tree.run([ordinary, ...mutant.caughtBy]);
      });
      expect(exitCode, `it survives, although ${mutant.breaks}`).not.toBe(0);
      for (const { status } of chosen(outcomes, ordinary))
        expect(status, 'it must work as long as nothing goes wrong').toBe('passed');
      for (const selection of mutant.caughtBy) {
        const thrown = chosen(outcomes, selection).flatMap((outcome) => outcome.thrown);
        // That Dunlin refuses what it should do is as good as an assertion; anything else is a mutant that stumbles.
        expect(
          thrown.filter((text) => /^(?:AssertionError|DunlinError)/.test(text)),
          `it survives '${selection.title}' of ${selection.file}, although ${mutant.breaks}. ${thrown.join('\n')}`,
        ).not.toEqual([]);
      }
      tried('mutants', 1);
    });
  }
});

async function inTree<T>(work: (tree: Tree) => Promise<T>): Promise<T> {
  const tree = new Tree();
  try {
    return await work(tree);
  } finally {
    tree.remove();
  }
}

function chosen(outcomes: readonly TestOutcome[], { file, title }: Selection): readonly TestOutcome[] {
  return outcomes.filter((outcome) => outcome.file === file && outcome.name.includes(title));
}
