import type { Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { look, readSets, run, throwProblems, type RunContext } from '../execute/index.ts';
import { readContent } from '../ledger/index.ts';
import type { Migration, Registry } from '../migration/index.ts';
import { unknownVersion } from '../plan/index.ts';
import { compareSchemas, describeDrift, type Inventory } from '../schema/index.ts';

/** What a replay has to give, and of which migrations. */
export interface ReplayOrder {
  readonly actual: Inventory;
  readonly versions: ReadonlySet<number>;
  /** Applied, and their file is gone. */
  readonly missing: readonly string[];
}

/** The schema of the database, without Dunlin's own tables. Writes nothing. */
export function* readSchema({ ledger }: RunContext): Op<Inventory> {
  return yield* readContent(ledger);
}

export function* readReplayOrder(context: RunContext): Op<ReplayOrder> {
  const { state, comparison } = yield* look(context);
  throwProblems(state.problems);
  return {
    actual: yield* readSchema(context),
    versions: new Set(comparison.applied.keys()),
    missing: [...comparison.missing, ...comparison.ahead].map(({ version, name }) => `${version} ${name}`),
  };
}

/**
 * Runs the applied migrations in an empty database, whose context this is, and says where the schema that they make is
 * not that of the real one.
 */
export function* replay(context: RunContext, order: ReplayOrder): Op<readonly DunlinError[]> {
  const { database } = context;
  if (order.missing.length > 0) {
    const reason = `there is no file for ${order.missing.join(', ')}`;
    return [dunlinError('REPLAY_FAILED', { database, reason })];
  }
  try {
    const made = yield* runSome(context, ({ version }) => order.versions.has(version));
    return compareSchemas(made, order.actual).map((change) =>
      dunlinError('REPLAY_DIFFERS', { database, difference: describeDrift(change) }),
    );
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return [replayFailed(database, error)];
  }
}

/**
 * The schema that the migrations up to a version make, in an empty database, whose context this is. Errors:
 * `VERSION_UNKNOWN`, `REPLAY_FAILED`.
 */
export function* replayTo(context: RunContext, version: number): Op<Inventory> {
  if (version !== 0 && context.registry.get(version) === undefined) throw unknownVersion(version, context.registry);
  try {
    return yield* runSome(context, (migration) => migration.version <= version);
  } catch (error) {
    throw isDunlinError(error) ? replayFailed(context.database, error) : error;
  }
}

function* runSome(context: RunContext, wanted: (migration: Migration) => boolean): Op<Inventory> {
  const { backups: _, drift: __, ...options } = context.options;
  const registry = subset(context.registry, wanted);
  const { sets, problems } = yield* readSets(context);
  throwProblems(problems);
  const isHere = (version: number): boolean => registry.get(version) !== undefined;
  // What a set loses is judged after its last migration. Where some are left out, there is nothing to judge.
  const cut = sets.filter(({ versions }) => !versions.every(isHere)).flatMap(({ versions }) => versions);
  const destructive = { ...options.destructive, ...Object.fromEntries(cut.map((version) => [version, true as const])) };
  yield* run(
    {
      ...context,
      registry,
      sets: sets.map((set) => ({ ...set, versions: set.versions.filter(isHere) })),
      options: {
        ...options,
        destructive,
        backup: 'off',
        outOfOrder: 'allow',
        otherTool: 'allow',
        emptyMigrations: 'allow',
      },
    },
    { kind: 'up' },
  );
  return yield* readSchema(context);
}

function subset(registry: Registry, wanted: (migration: Migration) => boolean): Registry {
  const migrations = registry.migrations.filter(wanted);
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]));
  return { ...registry, migrations, get: (version) => byVersion.get(version) };
}

/** Says of a failure that it happened elsewhere: what it tells of "the database" would be read as the real one. */
function replayFailed(database: string, error: DunlinError): DunlinError {
  const { migration, location, source } = error;
  const facts = { database, reason: error.message.replace(/\.$/, '') };
  return dunlinError('REPLAY_FAILED', facts, {
    cause: error,
    ...(migration === undefined ? {} : { migration }),
    ...(location === undefined ? {} : { location }),
    ...(source === undefined ? {} : { source }),
  });
}
