import type { Context } from '../../context.ts';
import { formatIntegrityErrors } from '../../../schema/index.ts';

/** Says what was wrong with the database that a backup is of, and what puts it right. */
export async function noteFlaws(context: Context, flaws: readonly string[] = [], words: string): Promise<void> {
  if (flaws.length === 0 || context.mode !== 'text') return;
  for (const flaw of formatIntegrityErrors(flaws)) context.note(`${words}: ${flaw}`);
}
