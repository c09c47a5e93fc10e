import type { Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { look, readSets, run, throwProblems, type RunContext } from '../execute/index.ts';
import { readContent } from '../ledger/index.ts';
import type { Migration, Registry, SqlMigration } from '../migration/index.ts';
import { readable, unknownVersion } from '../plan/index.ts';
import { compareSchemas, describeDrift, type Inventory } from '../schema/index.ts';
import { classify, nameKey } from '../sql/index.ts';

/** What a replay has to give, and of which migrations. */
export interface ReplayOrder {
  readonly actual: Inventory;
  readonly versions: ReadonlySet<number>;
  /** Applied, and their file is gone. */
  readonly missing: readonly string[];
  /** Only differences in these objects, by `type:name` with the key of the name; undefined: all. */
  readonly only?: ReadonlySet<string>;
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
 * What a replay has to give to tell whether CREATE ... IF NOT EXISTS of an applied migration has found what it would have
 * made; undefined where there is no such statement. Code is not asked.
 */
export function* readFoundOrder(context: RunContext): Op<ReplayOrder | undefined> {
  const { state, comparison } = yield* look(context);
  const only = new Set<string>();
  if (state.problems.length > 0) return undefined;
  for (const migration of context.registry.migrations)
    if (migration.kind === 'sql' && comparison.applied.has(migration.version))
      for (const key of readable(() => idempotent(migration)) ?? []) only.add(key);
  return only.size === 0 ? undefined : { ...(yield* readReplayOrder(context)), only };
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
export function* replay(context: RunContext, order: ReplayOrder): Op<readonly DunlinError[]> {
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
      .map((change) => dunlinError('REPLAY_DIFFERS', { database, version, difference: describeDrift(change) }));
  } catch (error) {
    if (!isDunlinError(error)) throw error;
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

const mostDifferences = 5;

/**
 * What the notes of a baseline say: where the database is not what the migrations make that were recorded without
 * running. What it has besides is the application's own affair.
 */
export function baselineNotes(database: string, made: Inventory, actual: Inventory): readonly string[] {
  const lines = compareSchemas(made, actual).flatMap((change) =>
    change.kind === 'added' ? [] : [describeDrift(change)],
  );
  if (lines.length === 0) return [];
  const more = lines.length - mostDifferences;
  const shown = lines.slice(0, mostDifferences).join('; ');
  return [`${database} is not what the recorded migrations make: ${shown}${more > 0 ? `; and ${more} more` : ''}`];
}

/** The first migration up to a version that is code: its functions would really run in a replay that nobody has asked for. */
// oxlint-disable-next-line require-yield -- there is nothing to ask
export function* firstCode({ registry }: RunContext, version: number): Op<Migration | undefined> {
  return registry.migrations.find((migration) => migration.version <= version && migration.kind === 'code');
}
