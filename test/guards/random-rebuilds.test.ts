import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { tried } from '../support/fault-points.ts';
import { seed } from '../support/random.ts';
import { combinationsOf, generateCase } from './random/generate.ts';
import { runCase, type Outcome } from './random/run-case.ts';
import { storyOf } from './random/story.ts';
import { Tally } from './random/tally.ts';

// Each case is a schema with rows and a run of migrations, most of them rebuilds by hand, with or without one defect.
// What is lost is measured outside Dunlin: the same statements run bare on a copy, and SQL compares what came out with
// what the generator knows the migration to declare.

const full = process.env['DUNLIN_ROUNDS'] === 'full';
const rounds = full ? 15_000 : 300;
const only = process.env['DUNLIN_POINT'];
const perBatch = full ? 250 : 50;

describe(`random rebuilds (DUNLIN_SEED=${seed})`, () => {
  const tally = new Tally();

  it.each(Array.from({ length: rounds / perBatch }, (_, batch) => batch))(
    'lose nothing undeclared and are not refused without a loss, batch %d',
    { timeout: 600_000 },
    (batch) => {
      const stories: string[] = [];
      for (let round = batch * perBatch; round < (batch + 1) * perBatch; round++) {
        if (only !== undefined && only !== String(round)) continue;
        const generated = generateCase(seed + round);
        const outcomes = runCase(generated);
        tally.add(round, outcomes);
        tried('guards', 1);
        const failed = outcomes.some(isFailure);
        if (failed) stories.push(storyOf(round, generated, outcomes));
        else if (only !== undefined) process.stdout.write(`${storyOf(round, generated, outcomes)}\n`);
      }
      expect(stories.slice(0, 3).join('\n\n'), `${stories.length} of ${perBatch} cases failed`).toBe('');
    },
  );

  it.skipIf(only !== undefined)('refuse at most 3 harmless migrations in 1,000', () => {
    expect(tally.falseRefusals.length / tally.harmless, tally.falseRefusals.join('\n')).toBeLessThanOrEqual(0.003);
  });

  it.skipIf(only !== undefined)('try every form with every defect that it can have', () => {
    const report = tally.report();
    if (process.env['DUNLIN_REPORT'] !== undefined) writeFileSync(process.env['DUNLIN_REPORT'], report);
    // The normal run comes to half of the combinations, once each; another DUNLIN_SEED to others.
    const combinations = combinationsOf(seed, rounds);
    expect(combinations.length, report).toBeGreaterThan(full ? 300 : 150);
    // A migration before it may have ended the case.
    const rare = tally.rarer(combinations, full ? 15 : 1);
    expect(rare.length, `${rare.join('\n')}\n${report}`).toBeLessThanOrEqual(full ? 0 : combinations.length * 0.05);
    // Rows that come twice are no loss, and what is missing in a part of a table is only noted.
    if (full)
      expect(
        ['halves overlap', 'JOIN repeats rows', 'WHERE in the part', 'UNION instead of UNION ALL'],
        report,
      ).toEqual(expect.arrayContaining(tally.withoutLoss()));
    expect(tally.of('loss'), report).toBeGreaterThan(rounds * 0.25);
    expect(tally.of('harmless'), report).toBeGreaterThan(rounds * 0.5);
    expect(tally.of('fails'), report).toBeLessThan(rounds * 0.05);
  });
});

/** A false refusal alone is counted, not failed: their share is limited. */
function isFailure({ wrong }: Outcome): boolean {
  return wrong !== undefined && wrong !== 'false refusal';
}
