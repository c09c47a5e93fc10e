import type { Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { isDiskError, readState, readSets, run, throwProblems } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { readContent } from '../ledger/index.ts';
import type { Migration, Registry, SqlMigration } from '../migration/index.ts';
import { readable, unknownVersion } from '../plan/index.ts';
import { compareSchemas, driftLine, type Inventory } from '../schema/index.ts';
import { classify, nameKey } from '../sql/index.ts';

/** What a replay has to give, and of which migrations. */
export interface ReplayRequest {
  readonly actual: Inventory;
  readonly versions: ReadonlySet<number>;
  /** Applied, and their file is gone. */
  readonly missing: readonly string[];
  /** Only differences in these objects, by `type:name` with the key of the name; undefined: all. */
  readonly only?: ReadonlySet<string>;
}

export function* readReplayRequest(context: RunContext): Op<ReplayRequest> {
  const { state, comparison } = yield* readState(context);
  throwProblems(state.problems);
  return {
    actual: yield* readContent(context.ledger),
    versions: new Set(comparison.applied.keys()),
    missing: [...comparison.missing, ...comparison.ahead].map(({ version, name }) => `${version} ${name}`),
  };
}

/**
 * What a replay has to give to tell whether CREATE ... IF NOT EXISTS of an applied migration has found what it would have
 * made; undefined where there is no such statement. Code is not asked.
 */
export function* readIdempotentRequest(context: RunContext): Op<ReplayRequest | undefined> {
  const { state, comparison } = yield* readState(context);
  const only = new Set<string>();
  if (state.problems.length > 0) return undefined;
  for (const migration of context.registry.migrations)
    if (migration.kind === 'sql' && comparison.applied.has(migration.version))
      for (const key of readable(() => idempotent(migration)) ?? []) only.add(key);
  return only.size === 0 ? undefined : { ...(yield* readReplayRequest(context)), only };
}

/** The objects that a migration makes if there is none of the name. */
function idempotent({ content }: SqlMigration): readonly string[] {
  return content.up.statements.flatMap((statement) => {
    const facts = classify(statement);
    return facts.verb === 'create' && facts.ifNotExists ? [`${facts.object}:${nameKey(facts.name.name)}`] : [];
  });
}

/**
 * Runs the applied migrations in an empty database, whose context this is, and says where the schema that they make is
 * not that of the real one.
 */
export function* replay(context: RunContext, order: ReplayRequest): Op<readonly DunlinError[]> {
  const { database } = context;
  const { only } = order;
  if (order.missing.length > 0) {
    if (only !== undefined) return [];
    const reason = `there is no file for ${order.missing.join(', ')}`;
    return [dunlinError('REPLAY_FAILED', { database, reason })];
  }
  try {
    const made = yield* runSome(context, ({ version }) => order.versions.has(version));
    const version = Math.max(...order.versions);
    return compareSchemas(made, order.actual)
      .filter(({ type, name }) => only?.has(`${type}:${nameKey(name)}`) !== false)
      .map((change) => dunlinError('REPLAY_DIFFERS', { database, version, difference: driftLine(change) }));
  } catch (error) {
    if (!isDunlinError(error) || isDiskError(error)) throw error;
    // Nobody asked for a replay, and `check` says itself which migrations cannot be applied to a new database.
    if (only !== undefined) return [];
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
    throw isDunlinError(error) && !isDiskError(error) ? replayFailed(context.database, error) : error;
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
  return yield* readContent(context.ledger);
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
