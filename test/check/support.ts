import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MigrationRunner, type MigrateOptions } from '../../src/node/index.ts';
import type { RoundTripResults } from '../../src/check/results.ts';
import { numbered, type Given } from '../guards/support.ts';

export const drivers = ['better-sqlite3', '@photostructure/sqlite'] as const;

export type Driver = (typeof drivers)[number];

/** A path at which there is no database: all of it happens elsewhere. */
const nowhere = join(tmpdir(), 'dunlin-no-such.db');

/** Runs migrations, numbered from 1, on scratch databases; returns what that showed. */
export async function rounds(
  given: MigrateOptions['migrations'] | readonly Given[],
  options: Partial<MigrateOptions> = {},
): Promise<RoundTripResults> {
  const migrations = Array.isArray(given) ? numbered(given as Given[]) : given;
  const runner = new MigrationRunner({ database: nowhere, migrations: migrations as never, ...options });
  const { rounds: found } = await runner.check({ rounds: true });
  if (found === undefined) throw new Error('they did not run');
  return found;
}

/** Problems and warnings as text: `DOWN_DIFFERS: index i is missing`. */
export function reported({ problems, warnings }: RoundTripResults): string[] {
  const line = ({ code, message }: RoundTripResults['problems'][number]): string =>
    `${code}: ${message.replace(/^.*? (?:does not restore what was there before|applied again|rows|database|back|its DOWN part): /, '')}`;
  return [...problems.map(line), ...warnings.map((one) => `warning ${line(one)}`)];
}

/** A migration with its way back. */
export function pair(up: string, down: string): string {
  return `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;
}
