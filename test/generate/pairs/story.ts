import process from 'node:process';
import { seed } from '../../support/random.ts';
import type { Pair, Verdict } from './check-pair.ts';

/** A pair with all that is needed to understand it: both schemas, what was generated, and what is wrong with it. */
export function storyOf(round: number, pair: Pair, { end, findings, code, text }: Verdict): string {
  const full = process.env['DUNLIN_ROUNDS'] === 'full' ? ' DUNLIN_ROUNDS=full' : '';
  return [
    `DUNLIN_SEED=${seed} DUNLIN_POINT=${round}${full}: ${end} ${code}`,
    ...findings,
    `--- from\n${pair.from}`,
    `--- to\n${pair.to}`,
    `--- renames ${JSON.stringify(pair.renames)}`,
    `--- generated\n${text}`,
  ].join('\n');
}
