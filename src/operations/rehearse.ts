import { rehearseOn, type Rehearsal, type RehearsalCopies } from '../check/index.ts';
import type { Op } from '../bridge/index.ts';
import { checkOptions, text, type ChecksOf } from '../errors/index.ts';
import { throwProblems } from '../execute/index.ts';
import type { Operation, RunContext } from '../lock/index.ts';
import { plan } from './plan.ts';
import { upChecks, upGoal, type UpOptions } from './up.ts';

/** Which migrations are rehearsed, as for `up`, and where. */
export interface RehearseOptions extends UpOptions {
  /**
   * The folder for the two copies, which needs room for twice the database. Default: the one for temporary files. What is
   * in it is removed at the end.
   */
  readonly folder?: string;
  /** A path where nothing is, to which the migrated copy is moved at the end. Default: it is removed. */
  readonly keep?: string;
}

const rehearseChecks: ChecksOf<RehearseOptions> = { ...upChecks, folder: text, keep: text };

/** Where a rehearsal reads and runs. */
export interface RehearsalDatabases {
  read<T>(operation: Operation<T>): Promise<T>;
  withRehearsal<T>(
    place: Pick<RehearseOptions, 'folder' | 'keep'>,
    operation: (context: RunContext, copies: RehearsalCopies) => Op<T>,
  ): Promise<T>;
}

/** Runs what is pending on a copy, and compares. With nothing pending there is no copy, and the result is undefined. */
export async function rehearse(
  options: RehearseOptions,
  databases: RehearsalDatabases,
): Promise<Rehearsal | undefined> {
  checkOptions(options, rehearseChecks);
  const { folder, keep, ...selection } = options;
  // What `up` refuses before it begins needs no copy to be refused.
  const { steps, problems } = await databases.read(plan({ direction: 'up', ...selection }));
  throwProblems(problems);
  if (steps.length === 0) return undefined;
  const request = { goal: upGoal(selection), steps };
  return await databases.withRehearsal({ folder, keep }, (context, copies) => rehearseOn(context, copies, request));
}
