import { script, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { isDiskError, readState, readSets, run, throwProblems } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { isLedgerTable, readContent, readForeignTables } from '../ledger/index.ts';
import {
  madeKey,
  migrationAt,
  objectsMadeBy,
  startOf,
  wholeHistory,
  type Migration,
  type Registry,
  type SqlMigration,
} from '../migration/index.ts';
import { readable, unknownVersion } from '../plan/index.ts';
import { trialOptions } from './scratch.ts';
import {
  compareEffectively,
  compareSchemas,
  driftLine,
  readModel,
  withoutTables,
  type Inventory,
  type ObjectChange,
  type SchemaModel,
} from '../schema/index.ts';
import { classify, mentions, nameKey, type SqlStatement } from '../sql/index.ts';

/** The migrations to replay, and the schema to compare with. */
export interface ReplayRequest {
  readonly actual: Inventory;
  /** The tables of other tools. */
  readonly foreign: ReadonlySet<string>;
  readonly versions: ReadonlySet<number>;
  /** The repeatable migrations that ran last as they are now. Undefined or not, what the others make is not compared. */
  readonly repeatables?: readonly SqlMigration[];
  /** Applied migrations without a file. */
  readonly missing: readonly string[];
  /** Compare only these objects, by `type:name` with the key of the name; undefined for all. */
  readonly only?: ReadonlySet<string>;
}

export function* readReplayRequest(context: RunContext): Op<ReplayRequest> {
  const { state, comparison } = yield* readState(context);
  throwProblems(state.problems);
  return {
    actual: yield* readContent(context.ledger),
    foreign: yield* readForeignTables(Object.values(context.ledger.tables)),
    versions: new Set(comparison.applied.keys()),
    repeatables: comparison.repeatables
      .filter(({ state: is }) => is === 'applied' || is === 'gone')
      .map(({ migration }) => migration),
    missing: [...comparison.missing, ...comparison.ahead].map(({ version, name }) => `${version} ${name}`),
  };
}

/**
 * The replay of CREATE ... IF NOT EXISTS statements: shows whether the objects that they found are as they would have
 * created them. Undefined without such a statement. Ignores code.
 */
export function* readIdempotentRequest(context: RunContext): Op<ReplayRequest | undefined> {
  const { state, comparison } = yield* readState(context);
  const only = new Set<string>();
  if (state.problems.length > 0) return undefined;
  for (const migration of context.registry.migrations)
    if (migration.kind === 'sql' && comparison.applied.has(migration.version))
      for (const key of readable(() => createdIfMissing(migration)) ?? []) only.add(key);
  return only.size === 0 ? undefined : { ...(yield* readReplayRequest(context)), only };
}

/** The objects of a migration's CREATE ... IF NOT EXISTS statements, by `type:name`. */
function createdIfMissing({ content }: SqlMigration): readonly string[] {
  return content.up.statements.flatMap((statement) => {
    const facts = classify(statement);
    return facts.verb === 'create' && facts.ifNotExists ? [`${facts.object}:${nameKey(facts.name.name)}`] : [];
  });
}

/**
 * Runs the applied migrations on an empty database, whose context this is, and returns the differences between its schema
 * and the real one.
 */
export function* replay(context: RunContext, request: ReplayRequest): Op<readonly DunlinError[]> {
  const { database } = context;
  const { only } = request;
  if (request.missing.length > 0) {
    if (only !== undefined) return [];
    const reason = `there is no file for ${request.missing.join(', ')}`;
    return [dunlinError('REPLAY_FAILED', { database, reason })];
  }
  try {
    const isApplied = ({ version }: Migration): boolean => request.versions.has(version);
    yield* createToolTables(context.registry.migrations.filter(isApplied), request);
    const { repeatables = [] } = request;
    const replayed = yield* applySome(context, isApplied, repeatables);
    const others = madeByRepeatables(context.registry, repeatables);
    const version = Math.max(...request.versions);
    return compareMade(replayed, request.actual, request.foreign)
      .filter(({ type, name }) => only?.has(`${type}:${nameKey(name)}`) !== false && !others.has(madeKey(type, name)))
      .map((change) => dunlinError('REPLAY_DIFFERS', { database, version, difference: driftLine(change) }));
  } catch (error) {
    if (!isDunlinError(error) || isDiskError(error)) throw error;
    // `check` itself reports migrations that cannot be applied to a new database.
    if (only !== undefined) return [];
    return [replayFailed(database, error)];
  }
}

/**
 * The schema after the migrations up to a version, run on an empty database, whose context this is, and after these
 * repeatable ones. Errors: `VERSION_UNKNOWN`, `REPLAY_FAILED`.
 */
export function* replayTo(
  context: RunContext,
  version: number,
  repeatables: readonly SqlMigration[] = [],
): Op<Inventory> {
  if (version !== 0 && migrationAt(context.registry, version) === undefined)
    throw unknownVersion(version, context.registry);
  return yield* orFailed(context, () => applySome(context, (migration) => migration.version <= version, repeatables));
}

/** Undefined where the files are not those that were applied, or the tracking table cannot be read: `check` reports why. */
export function* readPendingRequest(context: RunContext): Op<ReplayRequest | undefined> {
  const { state, comparison } = yield* readState(context);
  const others = [...comparison.missing, ...comparison.ahead, ...comparison.renumbered, ...comparison.conflicts];
  return state.problems.length + others.length > 0 ? undefined : yield* readReplayRequest(context);
}

/** What pending migrations change in the schema. */
export interface PendingChanges {
  readonly objects: readonly ObjectChange[];
  /** The schema that the applied migrations make. */
  readonly before: SchemaModel;
  /** The schema that the applied and the pending migrations make. */
  readonly after: SchemaModel;
}

/**
 * Runs the applied migrations, then the pending ones, on an empty database, whose context this is, and compares the
 * schemas. Nothing of an empty database is lost, so no loss counts. Undefined if they cannot run there.
 */
export function* replayPending(
  context: RunContext,
  request: ReplayRequest,
  pending: ReadonlySet<number>,
): Op<PendingChanges | undefined> {
  const versions = new Set([...request.versions, ...pending]);
  const lossy: RunContext = { ...context, options: { ...context.options, destructive: anyLoss(versions) } };
  const model = (): Op<SchemaModel> => readModel((table) => isLedgerTable(context.ledger, table));
  try {
    const all = wholeHistory(context.registry).migrations.filter(({ version }) => versions.has(version));
    yield* createToolTables(all, request);
    const was = yield* applySome(lossy, ({ version }) => request.versions.has(version));
    const before = yield* model();
    const is = yield* applySome(lossy, ({ version }) => versions.has(version));
    return { objects: compareSchemas(was, is), before, after: yield* model() };
  } catch (error) {
    // `check` itself reports migrations that cannot be applied to a new database.
    if (!isDunlinError(error) || isDiskError(error)) throw error;
    return undefined;
  }
}

/**
 * The differences between the schema that migrations make and the real one. A table of another tool is no difference,
 * unless the migrations make one of that name.
 */
export function compareMade(made: Inventory, actual: Inventory, foreign: ReadonlySet<string>): readonly ObjectChange[] {
  const leftOut = new Set([...foreign].filter((table) => !made.tables.has(table)));
  return compareEffectively(made, withoutTables(actual, leftOut));
}

/** What the repeatable migrations make that are not among these: differences in it are theirs. */
export function madeByRepeatables(
  { repeatables = [] }: Registry,
  without: readonly SqlMigration[] = [],
): ReadonlySet<string> {
  // By name: each connection reads the files anew.
  const names = new Set(without.map(({ name }) => name));
  const others = repeatables.filter(({ name }) => !names.has(name));
  return new Set(others.flatMap((migration) => readable(() => objectsMadeBy(migration)) ?? []).map(({ key }) => key));
}

/** The applied migrations of a database that another tool has migrated. */
export interface AdoptedRequest extends Pick<ReplayRequest, 'versions' | 'actual' | 'foreign'> {
  /** Those of them that Dunlin runs as it always does: its rebuilds keep what the option `rebuilds` says. */
  readonly ranHere: ReadonlySet<number>;
}

/**
 * The schema after some migrations, run on an empty database, whose context this is. What another tool has applied runs
 * as written. They have run before, so what they drop is no loss. Errors: `REPLAY_FAILED`.
 */
export function* replayAdopted(context: RunContext, { versions, ranHere, ...real }: AdoptedRequest): Op<Inventory> {
  const options = { ...context.options, destructive: anyLoss(versions) };
  const asWritten = { ...options, rebuilds: 'as-written' as const };
  const applied = startOf(wholeHistory(context.registry)).filter(({ version }) => versions.has(version));
  return yield* orFailed(context, function* () {
    yield* createToolTables(applied, real);
    let made = yield* readContent(context.ledger);
    for (const [index, { version: last }] of applied.entries()) {
      const isHere = ranHere.has(last);
      const next = applied[index + 1];
      if (next !== undefined && ranHere.has(next.version) === isHere) continue;
      made = yield* applySome(
        { ...context, options: isHere ? options : asWritten },
        ({ version }) => versions.has(version) && version <= last,
      );
    }
    return made;
  });
}

/** Applies the migrations up to a version, whatever they lose. Errors: `REPLAY_FAILED`. */
export function* applyTo(context: RunContext, to: number): Op<void> {
  const { registry } = context;
  const options = { ...context.options, destructive: anyLoss(registry.migrations.map(({ version }) => version)) };
  yield* orFailed(context, () => applySome({ ...context, options }, ({ version }) => version <= to));
}

/** The option `destructive` that lets these migrations lose anything. */
function anyLoss(versions: Iterable<number>): Record<number, true> {
  return Object.fromEntries([...versions].map((version) => [version, true as const]));
}

/** Throws `REPLAY_FAILED` for an error of the migrations. */
function* orFailed(context: RunContext, replayed: () => Op<Inventory>): Op<Inventory> {
  try {
    return yield* replayed();
  } catch (error) {
    throw isDunlinError(error) && !isDiskError(error) ? replayFailed(context.database, error) : error;
  }
}

/**
 * Creates the other tool's tables that the migrations use and do not create. The tool makes its table before the first
 * migration, and one that fills or rebuilds that table needs it.
 */
function* createToolTables(
  migrations: readonly Migration[],
  { actual, foreign }: Pick<ReplayRequest, 'actual' | 'foreign'>,
): Op<void> {
  const tables = [...actual.tables].filter(([key]) => foreign.has(key));
  if (tables.length === 0) return;
  const statements = migrations.flatMap((one) =>
    one.kind === 'sql' ? (readable(() => one.content.up.statements) ?? []) : [],
  );
  for (const [key, table] of tables) {
    const first = statements.find((statement) => mentions(statement).has(key));
    if (first === undefined || creates(first, key)) continue;
    const indexes = [...actual.others.values()].filter((one) => nameKey(one.table) === key);
    for (const { sql } of [table, ...indexes]) if (sql !== undefined) yield* script(sql);
  }
}

function creates(statement: SqlStatement, key: string): boolean {
  const facts = classify(statement);
  return facts.verb === 'create' && facts.object === 'table' && nameKey(facts.name.name) === key;
}

/** Applies some of the migrations, in order, and returns the schema after them. */
function* applySome(
  context: RunContext,
  isIncluded: (migration: Migration) => boolean,
  repeatables: readonly SqlMigration[] = [],
): Op<Inventory> {
  const { backups: _, drift: __, ...options } = context.options;
  const registry = { ...subset(context.registry, isIncluded), repeatables };
  const { sets, problems } = yield* readSets(context);
  throwProblems(problems);
  const squashed = registry.squashes?.at(-1)?.version ?? 0;
  const isHere = (version: number): boolean => version <= squashed || registry.get(version) !== undefined;
  // Losses of a set are checked after its last migration. A set that is not replayed to its end may lose anything.
  const incomplete = sets.filter(({ versions }) => !versions.every(isHere)).flatMap(({ versions }) => versions);
  const replayed: RunContext = {
    ...context,
    registry,
    ledger: { ...context.ledger, registry },
    sets: sets.map((set) => ({ ...set, versions: set.versions.filter(isHere) })),
    options: { ...options, ...trialOptions, destructive: { ...options.destructive, ...anyLoss(incomplete) } },
  };
  yield* run(replayed, { kind: 'up' });
  return yield* readContent(context.ledger);
}

/** Some of the migrations. A squash is included with the migration whose version it has. */
function subset(all: Registry, isIncluded: (migration: Migration) => boolean): Registry {
  const registry = wholeHistory(all);
  const squashes = registry.squashes?.filter(isIncluded);
  const migrations = registry.migrations.filter(isIncluded);
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]));
  return { ...registry, ...(squashes && { squashes }), migrations, get: (version) => byVersion.get(version) };
}

/** The error says "in an empty database", so that nobody takes it for a failure of the real one. */
function replayFailed(database: string, error: DunlinError): DunlinError {
  const { migration, location, source } = error;
  const facts = { database, reason: error.message.replace(/\.$/, '') };
  return dunlinError('REPLAY_FAILED', facts, { cause: error, migration, location, source });
}
