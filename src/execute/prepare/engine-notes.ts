import type { Step } from '../../plan/index.ts';
import type { RunContext } from '../../lock/index.ts';

/** What a migration cannot rely on, because the engine lacks it. */
export function engineNotes({ driver, engine }: RunContext, steps: readonly Step[]): readonly string[] {
  if (engine.integers === 'exact') return [];
  return steps
    .filter(({ run, verifyFunction }) => run !== undefined || verifyFunction !== undefined)
    .map(({ id }) => `${id} is code, which reads integers above 2^53 rounded with ${driver}: read them as text`);
}
