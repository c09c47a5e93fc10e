import type { Op } from '../bridge/index.ts';
import { findDifferences, readHistory, readHistoryAgain, squashFile, type History } from '../check/index.ts';
import { checkOptions, dunlinError, refOf, versionCheck, type ChecksOf, type MigrationRef } from '../errors/index.ts';
import { readSets, readState, throwProblems } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { formatVersion, migrationAt, type Identity, type SqlMigration } from '../migration/index.ts';
import { unknownVersion } from '../plan/index.ts';
import type { CheckDatabases } from './check.ts';

/** Up to where the migrations are squashed. */
export interface SquashOptions {
  /** The version of the last migration that the squash replaces. */
  readonly to: number;
}

/** A squash, not yet written. */
export interface SquashResult {
  readonly version: number;
  /** `012_squash.sql`. */
  readonly fileName: string;
  readonly text: string;
  readonly replaces: readonly MigrationRef[];
  /** The tables with rows that the migrations themselves insert. */
  readonly rows: readonly { readonly table: string; readonly rows: number }[];
}

const squashChecks: ChecksOf<SquashOptions> = { to: versionCheck };

/**
 * Makes one migration of all up to a version. They run in an empty database, and where they leave rows a second time, later;
 * the squash runs in another one; all must be equal.
 */
export async function squash(options: SquashOptions, databases: CheckDatabases): Promise<SquashResult> {
  checkOptions(options, squashChecks, ['to']);
  const { to } = options;
  const identity = await databases.read((context) => readIdentity(context, to));
  const history = await databases.onScratch((context) => readHistory(context, to));
  refuseUnwritable(to, history);
  if (history.hasCode || history.content.rows.some(({ rows }) => rows.length > 0))
    refuseChance(to, await databases.onScratch((context) => readHistoryAgain(context, to, history)));
  refuseChance(to, history.moments);
  const { file, differences } = await databases.onScratch((context) => prove(context, identity, history));
  if (differences.length > 0)
    throw refused(
      to,
      `one file of statements does not make the same: ${differences.join('; ')}`,
      'Squash up to a version before what differs.',
    );
  const { content, replaces } = history;
  return {
    version: to,
    fileName: `${identity.id}.sql`,
    text: file.text,
    replaces: replaces.map(refOf),
    rows: content.rows.flatMap(({ table, rows }) => (rows.length === 0 ? [] : [{ table, rows: rows.length }])),
  };
}

function refused(to: number, reason: string, way: string): Error {
  return dunlinError('SQUASH_REFUSED', { to, reason, way });
}

/** The name of the squash. Errors: why there can be none. */
function* readIdentity(context: RunContext, to: number): Op<Identity> {
  const { registry } = context;
  const { format, source, squashes = [] } = registry;
  if (format !== undefined)
    throw refused(
      to,
      `${source} is a folder of ${format.title}, which would run the file in every database`,
      `Squash with ${format.title}'s own means, or bring the files into Dunlin's format first.`,
    );
  const last = migrationAt(registry, to);
  if (last === undefined || to === 0) throw unknownVersion(to, registry);
  const newer = squashes.findLast(({ version }) => version >= to);
  if (newer !== undefined)
    throw refused(
      to,
      `${newer.file} is a squash up to ${newer.version} already`,
      newer.version === to ? `To make it again, delete it first.` : `Squash up to a version above ${newer.version}.`,
    );
  const { state, comparison } = yield* readState(context);
  throwProblems([...state.problems, ...comparison.problems.filter(({ code }) => !harmless.has(code))]);
  const { sets, problems } = yield* readSets(context);
  throwProblems(problems);
  const set = sets.find(({ first, last: end }) => first <= to && to < end);
  if (set !== undefined)
    throw refused(
      to,
      `that is inside a set that happens together, ${set.first} to ${set.last}`,
      `Squash up to ${set.last}: \`dunlin squash --to ${set.last}\`.`,
    );
  const id = `${formatVersion(last)}_squash`;
  return { version: to, name: 'squash', id, file: last.file.replace(/[^\\/]*$/, `${id}.sql`) };
}

/** Problems of the database that say nothing about the files. */
const harmless: ReadonlySet<string> = new Set(['LEDGER_FOREIGN', 'ADOPT_BEHIND', 'DATABASE_AHEAD', 'OUT_OF_ORDER']);

function refuseUnwritable(to: number, { content, storage, dated }: History): void {
  const [lacking] = content.lacking;
  if (lacking !== undefined) throw refused(to, lacking, 'Squash up to a version before it has them.');
  if (storage.length > 0)
    throw refused(
      to,
      `they set how the file is stored, which a squash cannot do in its transaction (${storage.join(', ')})`,
      'Say the same in a new migration above, which every database can run: `dunlin create storage`; squash up to a version before the old one.',
    );
  refuseChance(to, dated);
}

function refuseChance(to: number, [difference]: readonly string[]): void {
  if (difference === undefined) return;
  throw refused(
    to,
    `what they insert depends on the time, or on chance: ${difference}`,
    'A squash would give all new databases the values of today. Squash up to a version before the migration that inserts it.',
  );
}

/** Runs the squash in an empty database, whose context this is, and compares. */
function* prove(
  context: RunContext,
  identity: Identity,
  history: History,
): Op<{ readonly file: SqlMigration; readonly differences: readonly string[] }> {
  const file = squashFile(context, identity, history);
  return { file, differences: yield* findDifferences(context, file, history.content) };
}
