import { clock, query, script, type Op } from '../bridge/index.ts';
import { compareMade, madeByRepeatables, replayAdopted } from '../check/index.ts';
import {
  checkOptions,
  dunlinError,
  isBoolean,
  isDunlinError,
  isText,
  must,
  plural,
  refOf,
  typed,
  versionCheck,
  type AdoptObstacle,
  type ChecksOf,
  type DunlinError,
  type MigrationRef,
} from '../errors/index.ts';
import { readState, rowsOf, throwProblems, writeSchema } from '../execute/index.ts';
import {
  countRows,
  createRepeatableColumn,
  createTables,
  describeRecords,
  halfDoneOf,
  insertAttempt,
  isNamed,
  logFinder,
  markInterrupted,
  matchRecords,
  noteAdopted,
  readLastAdoption,
  readLastMoves,
  readContent,
  readForeignTables,
  readRecords,
  readRolledBack,
  restoreSchemaVersion,
  unchangedRepeatables,
  undoneByRestores,
  writeSchemaVersion,
  type ForeignRecords,
  type LedgerState,
  type RecordMatch,
} from '../ledger/index.ts';
import { transaction, withSettings, type Operation, type RunContext } from '../lock/index.ts';
import {
  madeKey,
  migrationAt,
  startOf,
  wholeHistory,
  type Migration,
  type Rebuilds,
  type SqlMigration,
} from '../migration/index.ts';
import { dueRepeatables, rebuildsKeep, unknownVersion } from '../plan/index.ts';
import { compareSchemas, driftLine, type Inventory, type ObjectChange } from '../schema/index.ts';
import { inMain } from '../sql/index.ts';
import type { CheckDatabases } from './check.ts';

/** Which records of another tool are adopted, and under which conditions. */
export interface AdoptOptions {
  /** The tool, where several have records in the database: `knex`, or the name of its table. */
  readonly from?: string;
  /**
   * The last migration here that the database has. Needed where the tool's records do not name the migrations here: it
   * records something else than their names, or these have taken the place of the tool's own. Default: what the records say.
   */
  readonly version?: number;
  /** Adopts a database that differs from what these migrations make. Default false: `ADOPT_DIFFERS`. */
  readonly acceptDifferences?: boolean;
}

/** An adoption by an application, whose databases need not all be of another tool. */
export interface AdoptIfAnyOptions extends AdoptOptions {
  /** `undefined` instead of `ADOPT_NOTHING` and `ADOPT_TOO_LATE`. */
  readonly ifAny: true;
}

/** A migration that another tool has applied. */
export interface AdoptedMigration extends MigrationRef {
  /** As the tool names it; undefined if it does not record it by itself. */
  readonly recorded: string | undefined;
  /** ISO 8601, UTC; undefined if the tool does not record it. */
  readonly appliedAt: string | undefined;
  /** The tool's checksum, computed again from the file. `unchecked`: the tool records none. */
  readonly checksum: 'right' | 'edited' | 'unchecked';
}

/** What another tool has recorded, and how the database compares with it. */
export interface Adoption {
  /** `Knex`; undefined for an application's own table. */
  readonly tool: string | undefined;
  /** Undefined for `user_version`. */
  readonly table: string | undefined;
  /** How many migrations the tool records as applied; undefined if it records the newest only. */
  readonly applied: number | undefined;
  /** Those of them that are here and are to be recorded; none if everything was adopted already. */
  readonly migrations: readonly AdoptedMigration[];
  /** Where the database is not what these migrations make; edited and missing files included. */
  readonly differences: readonly string[];
  /** Objects that new databases have and this one lacks: its rebuilds by the other tool lost them, and Dunlin's keep them. */
  readonly onlyInNew: readonly string[];
  /** Recorded before: the database was adopted already. Empty for the first adoption. */
  readonly already: readonly MigrationRef[];
  /** The repeatable migrations that the tool has run as they are now, so that they do not run again. */
  readonly repeatables: readonly MigrationRef[];
  /** What is left to do after it; repeatable migrations last. */
  readonly pending: readonly MigrationRef[];
}

const adoptChecks: ChecksOf<AdoptOptions> = {
  from: must('the name of a tool, or of its table', isText),
  version: versionCheck,
  acceptDifferences: isBoolean,
};

/** What an adoption works on: the database, and an empty one. */
export interface AdoptDatabases extends Pick<CheckDatabases, 'read' | 'onScratch'> {
  readonly hasScratch: boolean;
  write<T>(operation: Operation<T>): Promise<T>;
}

/** What `adopt` would record. Reads only. Errors: those of `adopt`, except `ADOPT_DIFFERS`. */
export async function readAdoption(options: AdoptOptions, databases: AdoptDatabases): Promise<Adoption> {
  checkOptions(options, adoptChecks);
  return toAdoption(await compareFound(options, databases));
}

/**
 * Records what another tool has applied, without running it, and the schema as it is. Nothing of the other tool's changes.
 * Errors: `ADOPT_NOTHING`, `ADOPT_TOO_LATE`, `ADOPT_REFUSED`, `ADOPT_DIFFERS`, `PLAN_CHANGED`.
 */
export async function adopt(
  options: AdoptOptions & Partial<AdoptIfAnyOptions>,
  databases: AdoptDatabases,
): Promise<Adoption | undefined> {
  checkOptions(options, { ...adoptChecks, ifAny: isBoolean });
  try {
    return await adoptFound(options, databases);
  } catch (error) {
    const isNone = isDunlinError(error) && (error.code === 'ADOPT_NOTHING' || error.code === 'ADOPT_TOO_LATE');
    if (isNone && options.ifAny === true) return undefined;
    throw error;
  }
}

async function adoptFound(options: AdoptOptions, databases: AdoptDatabases): Promise<Adoption> {
  const found = await compareFound(options, databases);
  if (found.differences.length > 0 && options.acceptDifferences !== true) throw differs(found, options);
  if (isDone(found)) return toAdoption(found);
  return await databases.write((context) =>
    withSettings(context, () => transaction(context, () => record(context, found, options))),
  );
}

/** Whether everything was adopted before. */
function isDone({ already, migrations }: Found): boolean {
  return already.length > 0 && migrations.length === 0;
}

/** The records of another tool, and the migrations here that they name. */
interface Found {
  readonly database: string;
  readonly records: ForeignRecords;
  readonly migrations: readonly (AdoptedMigration & { readonly migration: Migration })[];
  /** Edited and missing files; after `compareFound` also where the schema differs. */
  readonly differences: readonly string[];
  readonly onlyInNew: readonly string[];
  readonly already: readonly MigrationRef[];
  /** The migrations that Dunlin itself has applied. */
  readonly ranHere: ReadonlySet<number>;
  /** Whether rebuilds by Dunlin keep what the other tool's lose. */
  readonly keeps: boolean;
  readonly pending: readonly MigrationRef[];
  readonly repeatables: readonly SqlMigration[];
  /** What repeatable migrations make, by `madeKey`: a run makes it anew. */
  readonly madeAnew: ReadonlySet<string>;
  /** What a new adoption notes as the table to compare with later; null if its records do not name these migrations. */
  readonly compared: string | null;
  readonly exists: LedgerState['exists'];
  readonly schema: Inventory;
  /** The tables of other tools, which are no content of the application. */
  readonly foreign: ReadonlySet<string>;
}

async function compareFound(options: AdoptOptions, databases: AdoptDatabases): Promise<Found> {
  const found = await databases.read((context) => readFound(context, options));
  if (isDone(found)) return { ...found, differences: [] };
  const { differences, onlyInNew } = await compareSchema(found, databases);
  return { ...found, differences: [...found.differences, ...differences], onlyInNew };
}

const mostDifferences = 20;

/** Where the schema is not what the migrations make in an empty database; or why that is not known. */
async function compareSchema(
  { migrations, already, ranHere, keeps, schema, foreign, madeAnew }: Found,
  databases: AdoptDatabases,
): Promise<Pick<Found, 'differences' | 'onlyInNew'>> {
  const unknown = (reason: string): Pick<Found, 'differences' | 'onlyInNew'> => ({
    differences: [`the schema cannot be compared with what these migrations make: ${reason}`],
    onlyInNew: [],
  });
  if (!databases.hasScratch) return unknown('this platform has no means to make a scratch database');
  const code = migrations.find(({ migration }) => migration.kind === 'code');
  if (code !== undefined) return unknown(`${code.migration.id} is code, which would run`);
  const versions = new Set([...already, ...migrations].map(({ version }) => version));
  const replay = async (here: ReadonlySet<number>): Promise<Inventory | DunlinError> => {
    const request = { versions, ranHere: here, actual: schema, foreign };
    try {
      return await databases.onScratch((context) => replayAdopted(context, request));
    } catch (error) {
      if (!isDunlinError(error) || error.code !== 'REPLAY_FAILED') throw error;
      return error;
    }
  };
  const compare = (is: Inventory): readonly ObjectChange[] =>
    compareMade(is, schema, foreign).filter(({ type, name }) => !madeAnew.has(madeKey(type, name)));
  const asItRan = await replay(ranHere);
  const changes = asItRan instanceof Error ? undefined : compare(asItRan);
  const made = keeps ? await replay(versions) : undefined;
  if (made !== undefined && !(made instanceof Error)) {
    const fromNew = compare(made);
    if (fromNew.length === 0) return { differences: [], onlyInNew: [] };
    if (changes?.length === 0) return { differences: [], onlyInNew: fromNew.map(describeMissing) };
  }
  if (asItRan instanceof Error) return unknown(asItRan.message.replace(/\.$/, ''));
  const lines = changes!.map(driftLine);
  const more = lines.length - mostDifferences;
  return { differences: more > 0 ? [...lines.slice(0, mostDifferences), `and ${more} more`] : lines, onlyInNew: [] };
}

/** `trigger users_log`, or what of a table is in new databases only. */
function describeMissing(change: ObjectChange): string {
  return change.kind === 'removed' ? `${change.type} ${change.name}` : `another ${change.type} ${change.name}`;
}

function* readFound(context: RunContext, options: AdoptOptions): Op<Found> {
  const { database, ledger, registry } = context;
  const { state, comparison } = yield* readState(context);
  throwProblems(state.problems);
  const last = registry.migrations.at(-1)?.version;
  const newest = [...comparison.applied.values()].at(-1);
  const adopted = state.exists.adopted === true ? yield* readLastAdoption(ledger.tables.attempts) : undefined;
  if (newest !== undefined && adopted === undefined)
    throw dunlinError('ADOPT_TOO_LATE', {
      database,
      applied: comparison.applied.size,
      newest: `${newest.version} ${newest.name}`,
    });
  const own = Object.values(ledger.tables);
  const from = options.from ?? adopted?.table ?? undefined;
  const records = choose(database, yield* readRecords(own), { ...options, from }, last);
  const match = matchRecords(records, registry.migrations, context.sha256);
  refuse(database, records, options.version === undefined ? match : undefined, last);
  const named = options.version === undefined ? matchedOf(match) : upTo(context, options.version);
  // The tool may still record what Dunlin has rolled back.
  const mayBeGone = adopted !== undefined && options.version === undefined;
  const gone = mayBeGone ? yield* readRolledBack(ledger.tables.attempts, registry) : new Set<Migration>();
  const migrations = named.filter(({ version, migration }) => !comparison.applied.has(version) && !gone.has(migration));
  const how = adopted === undefined ? undefined : yield* readLastMoves(ledger.tables.attempts, registry);
  const rebuildsOf = (migration: Migration): Rebuilds | undefined =>
    (migration.kind === 'sql' ? migration.content.directives.rebuilds : undefined) ?? context.options.rebuilds;
  const due = dueRepeatables(comparison).map(({ migration }) => migration);
  const repeatables = unchangedRepeatables(records, due, context.sha256);
  const recorded = new Set([...comparison.applied.keys(), ...migrations.map(({ version }) => version)]);
  return {
    database,
    records,
    migrations,
    differences: options.version === undefined ? differencesOf(match, records) : [],
    onlyInNew: [],
    already: [...comparison.applied.values()].map(({ version, name }) => ({ version, name })),
    ranHere: new Set(registry.migrations.filter((one) => how?.of(one) === 'up').map(({ version }) => version)),
    keeps: registry.migrations.some((one) => rebuildsKeep(rebuildsOf(one), one.origin)),
    repeatables,
    madeAnew: madeByRepeatables(registry),
    pending: [
      ...registry.migrations.filter(({ version }) => !recorded.has(version)),
      ...due.filter((migration) => !repeatables.includes(migration)),
    ].map(refOf),
    compared: match.matched.length === 0 ? null : (records.table ?? 'user_version'),
    exists: state.exists,
    schema: yield* readContent(ledger),
    foreign: yield* readForeignTables(own),
  };
}

/** The records that count: those of the tool that was named, or the only ones. */
function choose(
  database: string,
  all: readonly ForeignRecords[],
  { from }: AdoptOptions,
  last: number | undefined,
): ForeignRecords {
  const filled = all.filter(({ rows }) => rows.some(({ state }) => state !== 'rolled back'));
  // A number that many programs use for something else says less than a table.
  const usual = filled.length > 1 ? filled.filter(({ table }) => table !== undefined) : filled;
  const chosen = from === undefined ? usual : filled.filter((records) => isNamed(records, from));
  const [records] = chosen;
  if (records === undefined)
    throw dunlinError('ADOPT_NOTHING', { database, from, found: filled.map(describeRecords), last });
  if (chosen.length > 1) {
    const lines = [`there is also ${chosen.slice(1).map(describeRecords).join(' and ')}`];
    throw refusal(database, records, 'several', lines, last);
  }
  return records;
}

/** Refuses records that do not say what is applied. Files that were edited or are missing are differences. */
function refuse(
  database: string,
  records: ForeignRecords,
  match: RecordMatch | undefined,
  last: number | undefined,
): void {
  const halfDone = halfDoneOf(records);
  if (halfDone.length > 0) throw refusal(database, records, 'half-done', halfDone, last);
  if (records.lock !== undefined)
    throw refusal(database, records, 'locked', [`its lock "${records.lock}" is taken`], last);
  if (match === undefined) return;
  if (!isReadable(records))
    throw refusal(database, records, 'unreadable', ['its records do not name the migrations here'], last);
  if (match.ambiguous.length > 0) throw refusal(database, records, 'ambiguous', match.ambiguous, last);
  if (match.matched.length === 0) {
    const { length } = match.missing;
    const lines = [`none of its ${plural(length, 'applied migration')} is here: ${namesOf(match.missing)}`];
    throw refusal(database, records, 'elsewhere', lines, last);
  }
}

function isReadable({ record, table }: ForeignRecords): boolean {
  return record !== undefined || table === undefined;
}

function refusal(
  database: string,
  records: ForeignRecords,
  obstacle: AdoptObstacle,
  lines: readonly string[],
  last: number | undefined,
): DunlinError {
  const tool = records.tool ?? 'what made the table';
  const choice = records.table ?? 'user_version';
  return dunlinError('ADOPT_REFUSED', {
    database,
    records: describeRecords(records),
    lines,
    obstacle,
    tool,
    last,
    choice,
  });
}

function upTo({ registry }: RunContext, version: number): Found['migrations'] {
  if (migrationAt(registry, version) === undefined) throw unknownVersion(version, registry);
  return startOf(wholeHistory(registry), version).map((migration) => ({
    ...refOf(migration),
    migration,
    recorded: undefined,
    appliedAt: undefined,
    checksum: 'unchecked',
  }));
}

function matchedOf({ matched }: RecordMatch): Found['migrations'] {
  return matched
    .map(({ migration, row, checksum }) => ({
      ...refOf(migration),
      migration,
      recorded: row.identity,
      appliedAt: row.appliedAt,
      checksum,
    }))
    .toSorted((a, b) => a.version - b.version);
}

function differencesOf({ matched, missing }: RecordMatch, { tool }: ForeignRecords): readonly string[] {
  const edited = matched.filter(({ checksum }) => checksum === 'edited');
  return [
    ...edited.map(({ migration }) => `${migration.file} was edited after ${tool ?? 'the application'} applied it`),
    ...(missing.length === 0
      ? []
      : [`there is no file for ${plural(missing.length, 'recorded migration')}: ${namesOf(missing)}`]),
  ];
}

function namesOf(rows: RecordMatch['missing']): string {
  const names = rows.slice(0, 5).map(({ identity }) => identity);
  return rows.length > names.length ? `${names.join(', ')} and ${rows.length - names.length} more` : names.join(', ');
}

function differs({ database, records, differences }: Found, { version, from }: AdoptOptions): DunlinError {
  const command = [
    'adopt',
    ...(version === undefined ? [] : [version]),
    ...(from === undefined ? [] : ['--from', typed(from)]),
  ];
  return dunlinError('ADOPT_DIFFERS', {
    database,
    records: describeRecords(records),
    lines: differences,
    command: command.join(' '),
  });
}

function toAdoption({ records, migrations, differences, onlyInNew, already, repeatables, pending }: Found): Adoption {
  return {
    tool: records.tool,
    table: records.table,
    applied: records.newestOnly ? undefined : records.rows.filter(({ state }) => state === 'applied').length,
    migrations: migrations.map(({ version, name, recorded, appliedAt, checksum }) => ({
      version,
      name,
      recorded,
      appliedAt,
      checksum,
    })),
    differences,
    onlyInNew,
    already,
    repeatables: repeatables.map(refOf),
    pending,
  };
}

/** Records the migrations as applied, if the other tool's records and the schema are still those that were compared. */
function* record(context: RunContext, found: Found, options: AdoptOptions): Op<Adoption> {
  const now = yield* readFound(context, options);
  // Another process has done the same meanwhile.
  if (isDone(now)) return toAdoption({ ...now, differences: [] });
  refuseChanged(context.database, found, now);
  const { layout, tables } = context.ledger;
  const at = new Date(yield* clock()).toISOString();
  const runId = context.newRunId();
  yield* createTables(context.ledger, now.exists);
  yield* markInterrupted(tables.attempts, at);
  const attempt = { runId, direction: 'adopt', status: 'ok', startedAt: at, finishedAt: at } as const;
  for (const { migration, appliedAt } of now.migrations) {
    const own = migration.kind === 'sql' ? migration.content.header.schemaVersion : undefined;
    for (const row of rowsOf(migration, context.registry, appliedAt ?? at, own)) {
      const { version, name, schemaVersion: label } = row;
      yield* layout.insert(tables.migrations, row);
      if (layout.name === 'semver' && label !== null) yield* writeSchemaVersion(label, at);
      yield* insertAttempt(tables.attempts, { ...attempt, version, name }, context);
    }
  }
  if (now.repeatables.length > 0 && now.exists.repeatables !== true) yield* createRepeatableColumn(tables.attempts);
  for (const migration of now.repeatables)
    yield* insertAttempt(tables.attempts, { ...attempt, ...refOf(migration), checksum: migration.checksum }, context);
  yield* insertAttempt(tables.attempts, { ...attempt, version: null, name: null }, context);
  yield* noteAdopted(tables.attempts, runId, now.compared, now.exists.adopted === true);
  const actual = yield* readContent(context.ledger);
  yield* writeSchema(context, runId, actual, actual);
  return toAdoption(found);
}

function refuseChanged(database: string, shown: Found, now: Found): void {
  const described = ({ migrations }: Found): readonly string[] =>
    migrations.map(
      ({ version, name, recorded }) => `${version} ${name}${recorded === undefined ? '' : ` (${recorded})`}`,
    );
  const changes = compareSchemas(shown.schema, now.schema).map(driftLine);
  if (changes.length === 0 && String(described(shown)) === String(described(now))) return;
  throw dunlinError('PLAN_CHANGED', {
    database,
    shown: described(shown),
    now: [...described(now), ...changes],
    showCommand: 'adopt --dry-run',
    command: 'adopt',
  });
}

/** What an `adopt --undo` has deleted. */
export interface UndoneAdoption {
  readonly migrations: readonly MigrationRef[];
  /** Whether the tracking tables are gone, because nothing else was in them. */
  readonly tablesDropped: boolean;
}

/**
 * Deletes what an adoption has recorded, and the tracking tables if nothing else is in them. Errors:
 * `ADOPT_UNDO_REFUSED`.
 */
export function* undoAdopt(context: RunContext): Op<UndoneAdoption> {
  return yield* withSettings(context, () => transaction(context, () => undo(context)));
}

function* undo(context: RunContext): Op<UndoneAdoption> {
  const { database, ledger } = context;
  const { layout, tables } = ledger;
  const { state } = yield* readState(context);
  throwProblems(state.problems);
  const refused = (fact: string, ran = false): DunlinError =>
    dunlinError('ADOPT_UNDO_REFUSED', { database, fact, ran });
  const attempts = inMain(tables.attempts);
  const adoption = state.exists.adopted === true ? yield* readLastAdoption(tables.attempts) : undefined;
  if (adoption === undefined) throw refused('none is recorded');
  const [later] = yield* query<{ direction: string; started_at: string }>(
    `SELECT direction, started_at FROM ${attempts} WHERE id > ? AND status = 'ok' AND direction NOT IN ('restore', 'seed')${yield* undoneByRestores(tables.attempts)} ORDER BY id LIMIT 1`,
    [adoption.id],
  );
  if (later !== undefined)
    throw refused(`\`${later.direction}\` has changed what is recorded since, at ${later.started_at}`, true);
  const adopted = yield* query<{ version: number; name: string }>(
    `SELECT version, name FROM ${attempts} WHERE run_id = ? AND version > 0 ORDER BY version`,
    [adoption.runId],
  );
  const find = logFinder(context.registry);
  const labels: string[] = [];
  for (const logged of adopted) {
    const migration = find(logged);
    const { version } = migration ?? logged;
    const row = state.applied.find(
      (one) => one.version === version && (migration !== undefined || one.name === logged.name),
    );
    if (row === undefined) throw refused(`version ${version} is no longer recorded`);
    yield* layout.remove(tables.migrations, row);
    if (row.schemaVersion !== null) labels.push(row.schemaVersion);
  }
  const newest = labels.at(-1);
  if (layout.name === 'semver' && newest !== undefined)
    yield* restoreSchemaVersion(tables.attempts, newest, undefined, new Date(yield* clock()).toISOString());
  yield* query(`DELETE FROM ${attempts} WHERE run_id = ?`, [adoption.runId]);
  const [logged] = yield* query(`SELECT 1 AS found FROM ${attempts} LIMIT 1`);
  const tablesDropped = logged === undefined && (yield* countRows(ledger, undefined, 'main')) === 0;
  if (tablesDropped)
    for (const table of [tables.migrations, tables.attempts]) yield* script(`DROP TABLE ${inMain(table)}`);
  return { migrations: adopted.map(({ version, name }) => ({ version, name })), tablesDropped };
}
