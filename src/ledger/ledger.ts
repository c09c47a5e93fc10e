import { query, queryOn, script, type DatabaseBridge, type Op } from '../bridge/index.ts';
import { dunlinError, type DunlinError } from '../errors/index.ts';
import {
  exceptReserved,
  isEmpty,
  readColumns,
  readInventory,
  readTables,
  type Column,
  type Inventory,
} from '../schema/index.ts';
import { inMain, quote, sameName, nameKey } from '../sql/index.ts';
import { readAdoptedRecords, type AdoptedRecords } from './adopt/adopted.ts';
import {
  adoptedColumn,
  attemptColumns,
  createAttempts,
  growAttempts,
  recordColumns,
  repeatableColumn,
  undoneByRestores,
} from './attempts.ts';
import { ownerOf, readForeign, readForeignNamed, type ForeignLedger } from './foreign.ts';
import type { Registry } from '../migration/index.ts';
import { readRepeatables, type RepeatableState } from './repeatables.ts';
import { byIdentity } from './layouts/by-identity.ts';
import { filename, isRecordable } from './layouts/filename.ts';
import type { Layout, LayoutColumn } from './layouts/layout.ts';
import { readSchemaVersion, semver } from './layouts/semver-layout.ts';
import { standard } from './layouts/standard.ts';
import type { AppliedMigration, LayoutName, TableNames } from './types.ts';

/** Functions, because the start of the command line loads the standard layout only. */
const layouts: Readonly<Record<LayoutName, () => Layout>> = {
  standard: () => standard,
  filename: () => filename,
  semver: () => semver,
};

/** The tracking tables: their names and layout. */
export interface Ledger {
  readonly database: string;
  readonly layout: Layout;
  readonly tables: TableNames;
  readonly registry?: Registry | undefined;
  /** The repeatable migrations of the registry are seeds: always due, and not recorded. */
  readonly seeds?: boolean;
}

/** Which of the two tracking tables exist. */
interface ExistingTables {
  readonly migrations: boolean;
  readonly attempts: boolean;
  /** Whether schemas can be recorded in the attempt log. */
  readonly records: boolean;
  /** Whether another tool's records were taken over: only then the attempt log has a column for its table. */
  readonly adopted?: boolean;
  /** Whether a repeatable migration has run: only then the attempt log has a column for its checksum. */
  readonly repeatables?: boolean;
  /** The statements that complete an attempt log of an older version. */
  readonly growth?: readonly string[];
}

/** What the database says is applied. */
export interface LedgerState {
  readonly exists: ExistingTables;
  readonly applied: readonly AppliedMigration[];
  /** Damage to the tables; no migration runs while there is any. */
  readonly problems: readonly DunlinError[];
  /** The `semver` layout's present version. */
  readonly schemaVersion: string | undefined;
  /** Another tool's tracking table, in a database that Dunlin has not migrated yet. */
  readonly foreign?: ForeignLedger | undefined;
  /** The `user_version` of a database with tables but no tracking table; undefined if it is 0. */
  readonly userVersion?: number | undefined;
  /** Whether it has tables or the like. Only with squashes, and nothing applied. */
  readonly hasContent?: boolean;
  /** What ran last of the repeatable migrations, and what exists; undefined if there are none, and never were. */
  readonly repeatables?: RepeatableState | undefined;
  /** The present records of the tool from which the database was adopted; only with something pending. */
  readonly adopted?: AdoptedRecords | undefined;
}

/**
 * The ledger of a database. `registry` is needed where a format has positions as versions.
 *
 * Errors: `FORMAT_LAYOUT`.
 */
export function createLedger(
  database: string,
  layout: LayoutName,
  tables: Partial<TableNames>,
  registry?: Registry,
): Ledger {
  const chosen = layouts[layout]();
  const { format } = registry ?? {};
  const refuse = (file?: string): never => {
    throw dunlinError('FORMAT_LAYOUT', { source: registry!.source, tool: format!.title, layout, file });
  };
  if (format?.numbers === 'positions' && layout !== 'standard') refuse();
  const unreadable =
    format === undefined || layout !== 'filename' ? undefined : registry!.migrations.find((one) => !isRecordable(one));
  if (unreadable !== undefined) refuse(unreadable.file);
  return {
    database,
    layout: format === undefined ? chosen : byIdentity(chosen, registry!),
    registry,
    tables: {
      migrations: tables.migrations ?? chosen.defaultTable,
      attempts: tables.attempts ?? 'schema_migration_attempts',
    },
  };
}

function allLayouts(): readonly Layout[] {
  return Object.values(layouts).map((layout) => layout());
}

/** Whether a table belongs to the ledger, and so not to the application's schema. */
export function isLedgerTable(ledger: Ledger, name: string): boolean {
  if (ledger.layout.name === 'semver' && sameName(name, 'schema_version')) return true;
  return sameName(name, ledger.tables.migrations) || sameName(name, ledger.tables.attempts);
}

/** The schema of the database without the ledger's own tables. */
export function* readContent(ledger: Ledger): Op<Inventory> {
  return yield* readInventory((table) => isLedgerTable(ledger, table));
}

/** Whether the database has nothing but the ledger's own tables, and what SQLite makes by itself. */
export function* hasNoContent({ layout, tables }: Ledger): Op<boolean> {
  const own = [tables.migrations, tables.attempts, ...(layout.name === 'semver' ? ['schema_version'] : [])];
  const rows = yield* query(
    `SELECT 1 FROM main.sqlite_schema WHERE substr(name, 1, 7) COLLATE NOCASE <> 'sqlite_' AND tbl_name COLLATE NOCASE NOT IN (${own.map(() => '?').join(', ')})${yield* exceptReserved('AND')} LIMIT 1`,
    own,
  );
  return rows.length === 0;
}

/** Reads the tracking table and checks its layout and rows. Writes nothing. */
export function* readLedger(ledger: Ledger): Op<LedgerState> {
  const { migrations, attempts } = ledger.tables;
  // The log first: one transaction creates both tables, perhaps between these two reads. A log without the other table
  // would be that of another ledger.
  const log = yield* readColumns(attempts);
  const ours = yield* readColumns(migrations);
  const logged = new Set(log.map((column) => nameKey(column.name)));
  const exists: ExistingTables = {
    migrations: ours.length > 0,
    attempts: log.length > 0,
    records: recordColumns.every((name) => logged.has(name)),
    adopted: logged.has(adoptedColumn),
    repeatables: logged.has(repeatableColumn),
    growth: growAttempts(attempts, logged),
  };
  const problems: DunlinError[] = [];
  if (exists.migrations) problems.push(...(yield* layoutProblems(ledger, migrations, ours, ledger.layout.columns)));
  if (exists.attempts) {
    const expected = attemptColumns.map((name) => ({ name }));
    problems.push(...(yield* layoutProblems(ledger, attempts, log, expected)));
  }
  if (exists.attempts && !exists.migrations && problems.length === 0)
    problems.push(...(yield* findOtherTable(ledger.database, ledger.tables, ledger.layout, allLayouts())));
  const applied = exists.migrations && problems.length === 0 ? yield* readRows(ledger, problems) : [];
  const found = ledger.layout.name === 'semver' ? yield* readSchemaVersion(ledger.database) : undefined;
  if (found?.problem !== undefined) problems.push(found.problem);
  const isNew = applied.length === 0 && problems.length === 0 && found?.version === undefined;
  const others = isNew ? yield* readOthers(ledger, exists.attempts) : undefined;
  const adopted = exists.adopted === true && problems.length === 0 ? yield* readAdopted(ledger, applied) : undefined;
  const isStart = ledger.registry?.squashes !== undefined && isNew;
  const content = isStart ? { hasContent: !isEmpty(yield* readContent(ledger)) } : {};
  const hasRepeatables = exists.repeatables === true || ledger.registry?.repeatables !== undefined;
  const repeatables =
    hasRepeatables && problems.length === 0
      ? yield* readRepeatables(attempts, exists.repeatables === true && ledger.seeds !== true)
      : undefined;
  return { exists, applied, problems, schemaVersion: found?.version, adopted, repeatables, ...content, ...others };
}

/** What the tool records by now. A migration that it has applied since must not run again. */
function* readAdopted(
  { registry, tables }: Ledger,
  applied: readonly AppliedMigration[],
): Op<AdoptedRecords | undefined> {
  const versions = new Set(applied.map(({ version }) => version));
  if (registry?.migrations.some(({ version }) => !versions.has(version)) !== true) return undefined;
  return yield* readAdoptedRecords(tables, registry);
}

/** Signs that a database without applied migrations is not new. */
function* readOthers(ledger: Ledger, hasLog: boolean): Op<Pick<LedgerState, 'foreign' | 'userVersion'>> {
  const { migrations, attempts } = ledger.tables;
  // Dunlin has migrated it before, and rolled everything back.
  if (hasLog && (yield* hasSucceeded(attempts))) return {};
  return yield* readForeign([migrations, attempts, ...(ledger.layout.name === 'semver' ? ['schema_version'] : [])]);
}

function* hasSucceeded(attempts: string): Op<boolean> {
  const succeeded = `SELECT 1 AS found FROM ${inMain(attempts)} WHERE version IS NOT NULL AND status = 'ok'`;
  // The log of a new database is empty, so there is nothing that a restore could have undone.
  if ((yield* query(`${succeeded} LIMIT 1`)).length === 0) return false;
  return (yield* query(`${succeeded}${yield* undoneByRestores(attempts)} LIMIT 1`)).length > 0;
}

/** The number of rows in the tracking table, read on this connection or another. */
export function* countRows({ tables }: Ledger, on: DatabaseBridge | undefined, schema: string): Op<number> {
  const [row] = yield* queryOn<{ n: number }>(on, `SELECT count(*) AS n FROM ${schema}.${quote(tables.migrations)}`);
  return row!.n;
}

/** Creates the tables that are missing, and completes an older attempt log. Call it inside a transaction. */
export function* createTables(ledger: Ledger, exists: ExistingTables): Op<void> {
  if (!exists.migrations) yield* script(ledger.layout.create(ledger.tables.migrations));
  if (!exists.attempts) yield* script(createAttempts(ledger.tables.attempts));
  else for (const statement of exists.growth ?? []) yield* script(statement);
}

function* readRows(ledger: Ledger, problems: DunlinError[]): Op<readonly AppliedMigration[]> {
  const table = ledger.tables.migrations;
  const applied: AppliedMigration[] = [];
  for (const row of yield* ledger.layout.read(table)) {
    if (row.ok) applied.push(row.row);
    else problems.push(dunlinError('LEDGER_ROW_DAMAGED', { table, row: row.label, fact: row.fact }));
  }
  applied.sort((a, b) => a.version - b.version);
  for (const version of new Set(
    applied.filter((row, index) => applied[index + 1]?.version === row.version).map((row) => row.version),
  )) {
    const rows = applied.filter((row) => row.version === version).map((row) => row.name);
    problems.push(dunlinError('LEDGER_DUPLICATE', { table, version, rows }));
  }
  return applied;
}

function* layoutProblems(
  { tables }: Ledger,
  table: string,
  columns: readonly Column[],
  expected: readonly LayoutColumn[],
): Op<DunlinError[]> {
  const missing = expected.filter((column) => !columns.some((present) => present.name === column.name));
  const badKey = expected.some(
    (column) =>
      column.primaryKey === true &&
      !columns.some((present) => present.name === column.name && present.keyPosition === 1),
  );
  if (missing.length === 0 && !badKey) return [];
  const names = columns.map((column) => column.name);
  const params = {
    kind: 'other table' as const,
    table,
    isLog: table === tables.attempts,
    columns: names,
    missing: missing.map((column) => column.name),
    ...ownerOf(names),
    record: yield* readForeignNamed(table),
    dunlinTable: yield* findStandardTable(),
  };
  return [dunlinError('LEDGER_FOREIGN', params)];
}

/** A table in the standard layout, whatever its name. */
function* findStandardTable(): Op<string | undefined> {
  const all = yield* readTables();
  const isStandard = ({ columns }: { columns: readonly { name: string }[] }): boolean =>
    standard.columns.every((expected) => columns.some(({ name }) => name === expected.name));
  return all.find(isStandard)?.name;
}

/**
 * Finds a tracking table of another name, if there is an attempt log but no table of the given name. A typing error in
 * `--table`, or another layout, would apply everything a second time. Two ledgers in one database have separate attempt
 * logs, so the first run of the second ledger is not affected.
 */
function* findOtherTable(
  database: string,
  { migrations, attempts }: TableNames,
  chosen: Layout,
  layouts: readonly Layout[],
): Op<readonly DunlinError[]> {
  for (const { name: table, columns } of yield* readTables()) {
    if (sameName(table, attempts)) continue;
    const names = columns.map(({ name }) => name);
    const made = [chosen, ...layouts].find((layout) => layout.columns.every(({ name }) => names.includes(name)));
    if (made === undefined) continue;
    const layout = made.columns === chosen.columns ? undefined : made.name;
    return [dunlinError('LEDGER_ELSEWHERE', { database, table, given: migrations, layout })];
  }
  return [];
}
