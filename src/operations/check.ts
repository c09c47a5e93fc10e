import type { Op } from '../bridge/index.ts';
import {
  checkOnScratch,
  checkRepeatables,
  canProve,
  checkOnTemporaryCopy,
  findDifferences,
  tryHistory,
  readIdempotentRequest,
  readPendingRequest,
  readReplayRequest,
  compareWithWanted,
  replay,
  replayPending,
  type PendingChanges,
  type CheckTools,
  type PresentObjects,
  type ScratchDatabases,
  type TemporaryDatabase,
  type WantedSchema,
} from '../check/index.ts';
import {
  checkOptions,
  dunlinError,
  isBoolean,
  isRecord,
  isText,
  must,
  type ChecksOf,
  type DunlinError,
} from '../errors/index.ts';
import {
  driftError,
  findAllInvalid,
  findDrift,
  linesOf,
  prepareMove,
  prepareRepeatable,
  readSets,
  readState,
} from '../execute/index.ts';
import type { Operation, RunContext } from '../lock/index.ts';
import { isSquashed, type SqlMigration } from '../migration/index.ts';
import { readable } from '../plan/index.ts';
import { readInventory } from '../schema/index.ts';
import { nameKey } from '../sql/index.ts';
import { destructiveProblems, pendingRefs } from '../plan/index.ts';
import { toStatus, type Status } from './status.ts';

/** What else `check` looks at. */
export interface CheckOptions {
  /**
   * Runs the applied migrations anew in an empty database, and has a problem for each difference between the schema that
   * they make and the real one. Functions of migrations written in code really run. Default false.
   */
  readonly replay?: boolean;
  /**
   * Runs every migration up, down and up again on a scratch database with sample rows in all tables, and compares.
   * Functions of migrations written in code really run. Default false.
   */
  readonly rounds?: boolean;
  /** The same on a copy of the database with its real rows, for what is pending, or for the newest. Default false. */
  readonly withData?: boolean;
  /**
   * Runs all migrations in an empty database, and has a problem for each difference, in effect, from this schema: that of an
   * ORM, a file (`readSchemaFile`), another database (`runner.schema()`). Functions of migrations written in code really
   * run.
   */
  readonly against?: WantedSchema;
  /**
   * Says what the pending migrations change in the schema: the applied ones run in an empty database, then these. Functions
   * of migrations written in code really run. Default false.
   */
  readonly changes?: boolean;
}

const isWanted = must(
  'a schema and its name',
  (value) => isRecord(value) && isRecord(value['schema']) && isText(value['name']),
);
const checkChecks: ChecksOf<CheckOptions> = {
  replay: isBoolean,
  rounds: isBoolean,
  withData: isBoolean,
  against: isWanted,
  changes: isBoolean,
};

/** Where a check runs: on the database, on a copy of it, and on empty ones. */
export interface CheckDatabases {
  read<T>(operation: Operation<T>): Promise<T>;
  onScratch<T>(operation: Operation<T>): Promise<T>;
  withCopy<T>(work: (copy: TemporaryDatabase, tools: CheckTools) => Promise<T>): Promise<T>;
  withScratches<T>(work: (scratches: ScratchDatabases, tools: CheckTools) => Promise<T>): Promise<T>;
}

/** `status` with every migration parsed, loaded and checked, and what the options ask for. */
export async function check(options: CheckOptions, databases: CheckDatabases, database: string): Promise<Status> {
  checkOptions(options, checkChecks);
  const status = await databases.read(checkAll);
  // Changes made by hand are reported as drift already.
  const looksBack = options.rounds === true && status.drift.length === 0;
  const request =
    options.replay === true
      ? await databases.read(readReplayRequest)
      : looksBack
        ? await databases.read(readIdempotentRequest)
        : undefined;
  const squashed = options.rounds === true || options.replay === true ? await checkSquashes(databases) : [];
  const { against } = options;
  const differing =
    against === undefined ? [] : await databases.onScratch((context) => compareWithWanted(context, against));
  const twice = options.rounds === true ? await databases.onScratch(checkRepeatables) : [];
  const replayed = request === undefined ? [] : await databases.onScratch((context) => replay(context, request));
  const rounds = async (): Promise<Status['rounds']> => {
    const present = await databases.read(readPresentObjects);
    return await databases.withScratches((scratches, tools) => checkOnScratch(scratches, present, tools));
  };
  return {
    ...status,
    problems: [...status.problems, ...replayed, ...squashed, ...twice, ...differing],
    ...(options.rounds === true ? { rounds: await rounds() } : {}),
    ...(options.withData === true
      ? { data: await databases.withCopy((copy, tools) => checkOnTemporaryCopy(copy, database, tools)) }
      : {}),
    ...(options.changes === true ? { changes: await readChanges(databases, status) } : {}),
  };
}

/** Undefined where nothing is pending, or the migrations cannot run in an empty database. */
async function readChanges(databases: CheckDatabases, { pending }: Status): Promise<PendingChanges | undefined> {
  if (pending.length === 0) return undefined;
  const versions = new Set(pending.map(({ version }) => version));
  const request = await databases.read(readPendingRequest);
  if (request === undefined) return undefined;
  return await databases.onScratch((context) => replayPending(context, request, versions));
}

/** Proves again that squashes make what the files make that they replace. */
async function checkSquashes(databases: CheckDatabases): Promise<readonly DunlinError[]> {
  const squashes = await databases.read(readProvable);
  const problems: DunlinError[] = [];
  for (const squash of squashes) {
    const { file, version } = squash;
    // `check` itself reports migrations that cannot be applied to a new database.
    const history = await databases.onScratch((context) => tryHistory(context, version));
    if (history === undefined) continue;
    const differences = await databases.onScratch((context) => findDifferences(context, squash, history.content));
    if (differences.length > 0) problems.push(dunlinError('SQUASH_DIFFERS', { squash: file, version, differences }));
  }
  return problems;
}

/** The squashes that can be proven: unchanged, and their files are there. */
// oxlint-disable-next-line require-yield -- there is nothing to ask
function* readProvable({ registry }: RunContext): Op<readonly SqlMigration[]> {
  return (registry.squashes ?? []).filter(
    (squash) => readable(() => squash.checksum) !== undefined && canProve(registry, squash),
  );
}

function* readPresentObjects(context: RunContext): Op<PresentObjects> {
  const { tables, others } = yield* readInventory(() => false);
  const views = [...others.values()].filter(({ type }) => type === 'view').map(({ name }) => nameKey(name));
  const { comparison } = yield* readState(context);
  const invalid = pendingRefs(comparison).length > 0 ? [] : yield* findAllInvalid(context);
  return {
    tables: new Set([...tables.keys(), ...views]),
    applied: new Set(comparison.applied.keys()),
    invalid: new Set(invalid.map(({ line }) => line)),
  };
}

/** `readStatus`, and every migration parsed or loaded and checked, applied ones too. Writes nothing. */
export function* checkAll(context: RunContext): Op<Status> {
  const { state, comparison } = yield* readState(context);
  const { sets, problems } = yield* readSets(context);
  const found: DunlinError[] = [...problems, ...destructiveProblems(context.registry, context.options.destructive)];
  // Another tool has run them; only a new database would need them here.
  const unneeded: DunlinError[] = [];
  const { migrations, squashes = [] } = context.registry;
  for (const migration of [...migrations, ...squashes]) {
    const move = { version: migration.version, direction: 'up', squash: isSquashed(migration) } as const;
    const up = yield* prepareMove(context, move, comparison, sets);
    const isUnneeded = comparison.applied.has(migration.version);
    for (const problem of up.problems) (isUnneeded && problem.code === 'FORMAT_FILE' ? unneeded : found).push(problem);
    if (up.step?.reversible !== true) continue;
    found.push(
      ...(yield* prepareMove(context, { version: migration.version, direction: 'down' }, comparison)).problems,
    );
  }
  for (const migration of context.registry.repeatables ?? [])
    found.push(...prepareRepeatable(context, migration).problems);
  const drift = yield* findDrift(context, state);
  if (drift.length > 0) found.push(driftError(context, drift));
  const invalid = linesOf(yield* findAllInvalid(context));
  // Pending migrations may create what is missing.
  const isFinal = pendingRefs(comparison).length === 0;
  if (invalid.length > 0 && isFinal)
    found.push(dunlinError('OBJECTS_INVALID', { where: context.database, lines: invalid }));
  const status = yield* toStatus(context, state, comparison, found, drift);
  return { ...status, notes: [...status.notes, ...unneededNotes(unneeded), ...(isFinal ? [] : invalid)] };
}

function unneededNotes([first, ...others]: readonly DunlinError[]): readonly string[] {
  if (first === undefined) return [];
  const them = others.length === 0 ? 'It is applied' : `It and ${others.length} more are applied`;
  return [`${first.message} ${them}; a new database cannot be made from these files`];
}
