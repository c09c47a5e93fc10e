import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { BatchRunner, isDunlinError } from '../../src/node/index.ts';
import { generateCase, type GeneratedCase } from '../guards/random/generate.ts';
import { runCaseOn, type AppliedCase, type Outcome } from '../guards/random/run-case.ts';
import { storyOf } from '../guards/random/story.ts';
import { seed } from '../support/random.ts';
import { StandIn } from './stand-in.ts';

// The cases of test/guards/random-rebuilds.test.ts, with their oracle, on an engine of batches.

const rounds = process.env['DUNLIN_ROUNDS'] === 'full' ? 1500 : 40;
const only = process.env['DUNLIN_POINT'];

/** What is refused in any case: code, and temporary tables. */
function isRefused({ migrations }: GeneratedCase): boolean {
  return migrations.some(
    ({ code, steps }) => code || steps.some((step) => step.kind === 'sql' && /\btemp(?:orary)?\b/i.test(step.sql)),
  );
}

/** Without the PRAGMA of a rename, which is refused as well. */
function withoutPragmas(generated: GeneratedCase): GeneratedCase {
  const migrations = generated.migrations.map((migration) => {
    const steps = migration.steps.filter((step) => step.kind !== 'sql' || !step.sql.startsWith('PRAGMA'));
    return { ...migration, steps };
  });
  return { ...generated, migrations };
}

async function runBatchCase(generated: GeneratedCase): Promise<Outcome[]> {
  const database = new StandIn(':memory:', { foreignKeys: false });
  const apply = async (schema: readonly string[], texts: readonly string[]): Promise<AppliedCase> => {
    database.database.exec(schema.join(';\n'));
    const names = texts.map((text, i) => [`${String(i + 1).padStart(3, '0')}_m.sql`, text]);
    try {
      await new BatchRunner({ database, migrations: Object.fromEntries(names) }).up();
      return { code: 'ok', failedAt: texts.length };
    } catch (error) {
      if (!isDunlinError(error) || error.migration === undefined) throw error;
      return { code: error.code, failedAt: error.migration.version - 1, error: error.message };
    }
  };
  try {
    return await runCaseOn(
      generated,
      apply,
      (sql) => database.database.prepare(sql).all() as Record<string, unknown>[],
    );
  } finally {
    database.database.close();
  }
}

describe(`random rebuilds on an engine of batches (DUNLIN_SEED=${seed})`, () => {
  it('lose nothing undeclared', { timeout: 600_000 }, async () => {
    const stories: string[] = [];
    const tally: Record<string, number> = {};
    for (let round = 0; round < rounds; round++) {
      if (only !== undefined && only !== String(round)) continue;
      const generated = withoutPragmas(generateCase(seed + round));
      if (isRefused(generated)) continue;
      const outcomes = await runBatchCase(generated);
      for (const { verdict, ended } of outcomes) {
        const key = `${verdict}, ${ended.split(':')[0]}`;
        tally[key] = (tally[key] ?? 0) + 1;
      }
      // More is refused than on a connection, and never less.
      const failed = outcomes.some(({ wrong }) => wrong !== undefined && wrong !== 'false refusal');
      if (failed || only !== undefined) stories.push(storyOf(round, generated, outcomes));
    }
    if (process.env['DUNLIN_REPORT'] !== undefined) console.log(tally);
    expect(stories.slice(0, 3).join('\n\n'), `${stories.length} cases failed`).toBe('');
  });
});
