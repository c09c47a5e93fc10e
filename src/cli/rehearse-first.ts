import { statSync } from 'node:fs';
import type { UpOptions } from '../operations/up.ts';
import type { Arguments } from './arguments.ts';
import type { CliRunner, Context } from './context.ts';
import { errorOnCopy } from '../node/copy-error.ts';
import { bytes } from './output/format.ts';
import type { Json } from './output/json.ts';
import { rehearsalDocument, renderRehearsal } from './output/rehearsal.ts';
import type { Target } from './targets.ts';

const defaultBytes = 1_000_000_000;
const units: Readonly<Record<string, number>> = { kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** Up to which size `--rehearse` rehearses; undefined without it. */
export function rehearsedBytes(args: Arguments): number | undefined {
  if (args.flag('rehearse')) return defaultBytes;
  const size = args.text('rehearse');
  if (size === undefined) return undefined;
  const [, number, unit] = /^([0-9]+(?:\.[0-9]+)?)\s*(kb|mb|gb|tb)$/i.exec(size) ?? [];
  if (number === undefined || unit === undefined)
    throw args.wrong(`--rehearse takes the size of the largest database that is rehearsed, such as 5GB, not "${size}"`);
  return Number(number) * units[unit.toLowerCase()]!;
}

/**
 * Rehearses a run before it begins, and returns what the document says of it. Errors: those of `up`; `REHEARSAL_LOSES`. A
 * database that is too large, or that is not there yet, is not rehearsed, which a note says.
 */
export async function rehearseFirst(
  context: Context,
  runner: CliRunner,
  { database: { path } }: Target,
  selection: UpOptions,
  most: number,
): Promise<Json> {
  const size = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.size;
  const leftOut = (reason: string): Json => {
    context.note(`${runner.database} is not rehearsed: ${reason}`);
    return { rehearsed: false, reason };
  };
  if (size === undefined || size === 0) return leftOut('it has no rows yet');
  if (size > most)
    return leftOut(`it has ${bytes(size)}, more than ${bytes(most)}; \`--rehearse <size>\` sets the limit`);
  const rehearsal = await runner.rehearse(selection).catch((error: unknown) => {
    throw errorOnCopy(error, runner.database);
  });
  context.live('');
  if (rehearsal === undefined) return { rehearsed: false, reason: 'nothing is pending' };
  context.print(...renderRehearsal(rehearsal, runner.database, context), '');
  const [problem] = rehearsal.problems;
  if (problem !== undefined) throw problem;
  return { rehearsed: true, ...rehearsalDocument(rehearsal) };
}
