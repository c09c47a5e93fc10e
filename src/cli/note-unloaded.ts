import type { Context } from './context.ts';
import type { CliRunner } from './runner.ts';
import { unloadedNotes } from '../schema/index.ts';

/** Says which virtual tables of a database are not known here: a dump can be loaded only where their modules are. */
export async function noteUnloaded(context: Context, runner: Pick<CliRunner, 'schema'>): Promise<void> {
  const { unloaded } = await runner.schema();
  if (unloaded === undefined) return;
  for (const note of unloadedNotes(unloaded)) context.note(note);
}
