import { engineFacts, query, type Op } from '../bridge/index.ts';
import type { UnappliedState } from '../errors/index.ts';
import { readColumns } from '../schema/index.ts';
import { inMain, nameKey, parseTable, sameName } from '../sql/index.ts';
import { attemptColumns } from './attempts.ts';
import { foreignTools, type ForeignTool, customTable } from './foreign-tools.ts';
import { filename } from './layouts/filename.ts';
import { standard } from './layouts/standard.ts';

/** Another tool's tracking table in this database. */
export interface ForeignLedger {
  /** Undefined for a table of no known tool, probably the application's own. */
  readonly tool: string | undefined;
  readonly table: string;
  /** The number of applied migrations; undefined if the tool records only the newest. */
  readonly applied: number | undefined;
  /** The name of the newest applied migration; undefined if none is applied. */
  readonly newest: string | undefined;
  /** Recorded migrations that are not applied, or not completely. */
  readonly unapplied: readonly Unapplied[];
  /** The tool's lock table, if a run of that tool holds the lock. */
  readonly lock: string | undefined;
}

/** Migrations of another tool that are not applied: their number, and the newest one's name. */
interface Unapplied {
  readonly state: UnappliedState;
  readonly count: number;
  readonly newest: string;
}

interface TableText {
  readonly name: string;
  readonly sql: string;
}

/** Signs of another tool in a database that Dunlin has not migrated. */
interface ForeignState {
  readonly foreign?: ForeignLedger;
  readonly userVersion?: number;
}

/**
 * Finds another tool's tracking table with rows in it; without one, returns the `user_version` of a database with tables.
 * The tables named in `own` are Dunlin's.
 */
export function* readForeign(own: readonly string[]): Op<ForeignState> {
  const all = yield* readTables();
  const hasOthers = all.some(({ name }) => !isOneOf(own, name));
  if (!hasOthers) return {};
  const hasLog = all.some(({ sql }) => attemptColumns.every((column) => sql.includes(column)));
  for (const { tool, table } of yield* findTools(own, hasLog, all)) {
    const foreign = yield* readRows(tool, table);
    if (foreign !== undefined) return { foreign };
  }
  const userVersion = yield* readUserVersion();
  return userVersion === 0 ? {} : { userVersion };
}

/** A tracking table of another tool, which may be empty. */
export interface ForeignTable {
  readonly tool: ForeignTool;
  readonly table: string;
  /** The names of its columns, in lower case. */
  readonly columns: readonly string[];
  readonly hasRowid: boolean;
  /** The tables that come with the tool. */
  readonly others: readonly string[];
}

/** The tracking tables of other tools. With `hasLog`, one in the `filename` layout is Dunlin's. */
export function* findTools(
  own: readonly string[],
  hasLog: boolean,
  tables?: readonly TableText[],
): Op<readonly ForeignTable[]> {
  const all = tables ?? (yield* readTables());
  const found: ForeignTable[] = [];
  for (const { name, sql } of all.filter((table) => !isOneOf(own, table.name) && mayBeForeign(table))) {
    const columns = yield* readColumnKeys(name);
    if (isDunlins(columns, hasLog)) continue;
    const tool = identifyTool(name, columns, all);
    if (tool === undefined) continue;
    const others = all.filter((other) => tool.others?.test(nameKey(other.name))).map((other) => other.name);
    found.push({ tool, table: name, columns, hasRowid: !/\bwithout\s+rowid\b/.test(sql), others });
  }
  return found;
}

/** Whether a known tool keeps its own records in a table with this text. */
export function isToolTable(name: string, sql: string): boolean {
  const key = nameKey(name);
  const columns = parseTable(sql)?.columns.map((column) => nameKey(column.name.name)) ?? [];
  return (
    identifyTool(name, columns, [])?.tool !== undefined ||
    foreignTools.some(({ lock, others }) => others?.test(key) || (lock !== undefined && sameName(lock.table, name)))
  );
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.some((one) => sameName(one, name));
}

/** The number that an application may count its migrations with (sqlite.org/pragma.html#pragma_user_version). */
export function* readUserVersion(): Op<number> {
  if (!(yield* engineFacts()).settings.includes('user_version')) return 0;
  const [row] = yield* query<{ version: number }>('SELECT user_version AS version FROM pragma_user_version');
  return row?.version ?? 0;
}

/** Reads a table that has the name of Dunlin's table but other columns; undefined if it is of no known kind. */
export function* readForeignNamed(table: string): Op<ForeignLedger | undefined> {
  const columns = yield* readColumnKeys(table);
  const tool = identifyTool(table, columns, yield* readTables()) ?? toolWith(columns);
  return tool === undefined ? undefined : yield* readRows(tool, table);
}

/** Dunlin's layout, or the tool, whose table has these columns, whatever its name. */
export function ownerOf(columns: readonly string[]): { layout: string | undefined; tool: string | undefined } {
  const present = columns.map(nameKey);
  const layout = [standard, filename].find((one) => has(present, columnsOf(one)))?.name;
  return { layout, tool: layout === undefined ? toolWith(present)?.tool : undefined };
}

function* readTables(): Op<readonly TableText[]> {
  // Skip virtual tables: reading their columns needs their module, which may not be loaded.
  return yield* query<{ name: string; sql: string }>(
    `SELECT name, lower(sql) AS sql FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND lower(sql) NOT LIKE 'create virtual%' ORDER BY name`,
  );
}

function* readColumnKeys(table: string): Op<readonly string[]> {
  return (yield* readColumns(table)).map(({ name }) => nameKey(name));
}

/** Whether a table may be another tool's, by its name or its text. */
function mayBeForeign({ name, sql }: TableText): boolean {
  const key = nameKey(name);
  return (
    /migrat|version|history|revision|changelog|schema|room_master|sequelizemeta/.test(key) ||
    foreignTools.some(({ anyName, columns }) => anyName === true && columns.every((column) => sql.includes(column)))
  );
}

function identifyTool(name: string, columns: readonly string[], tables: readonly TableText[]): ForeignTool | undefined {
  const key = nameKey(name);
  const known = foreignTools.find(
    (tool) =>
      (tool.table.test(key) ? fits(tool, columns) : tool.anyName === true && fits({ ...tool, exact: true }, columns)) &&
      (tool.beside === undefined || tables.some((table) => sameName(table.name, tool.beside!))),
  );
  return known ?? customTable(key, columns);
}

function toolWith(columns: readonly string[]): ForeignTool | undefined {
  return foreignTools.find((tool) => tool.beside === undefined && fits({ ...tool, exact: true }, columns));
}

function fits({ columns: expected, exact }: ForeignTool, columns: readonly string[]): boolean {
  return has(columns, expected) && (exact !== true || columns.length === expected.length);
}

function has(columns: readonly string[], expected: readonly string[]): boolean {
  return expected.every((column) => columns.includes(column));
}

function columnsOf(layout: { readonly columns: readonly { readonly name: string }[] }): readonly string[] {
  return layout.columns.map(({ name }) => name);
}

/** Whether a table is Dunlin's, of a second set of migrations. Other tools have the columns of the `filename` layout too. */
function isDunlins(columns: readonly string[], hasLog: boolean): boolean {
  return (
    has(columns, columnsOf(standard)) || has(columns, attemptColumns) || (hasLog && has(columns, columnsOf(filename)))
  );
}

function* readRows(tool: ForeignTool, table: string): Op<ForeignLedger | undefined> {
  const states = Object.entries(tool.unapplied ?? {}) as [UnappliedState, string][];
  const unapplied: Unapplied[] = [];
  let others = tool.where ?? '1';
  for (const [state, condition] of states) {
    const { count, newest } = yield* readNewest(tool, table, `(${others}) AND (${condition})`);
    if (count > 0) unapplied.push({ state, count, newest });
    others = `(${others}) AND (${condition}) IS NOT TRUE`;
  }
  const applied = yield* readNewest(tool, table, others);
  // A migration that was rolled back does not count.
  if (applied.count === 0 && unapplied.every(({ state }) => state === 'rolled back')) return undefined;
  return {
    tool: tool.tool,
    table,
    applied: tool.newestOnly === true ? undefined : applied.count,
    newest: applied.count === 0 ? undefined : applied.newest,
    unapplied,
    lock: yield* readLock(tool),
  };
}

function* readNewest(tool: ForeignTool, table: string, condition: string): Op<{ count: number; newest: string }> {
  const from = inMain(table);
  const where = condition.replaceAll('$table', from);
  const order = tool.order ?? `CAST(${tool.name} AS INTEGER) DESC, ${tool.name}`;
  const [row] = yield* query<{ newest: string | null; count: number }>(
    `SELECT CAST(${tool.name} AS TEXT) AS newest, (SELECT count(*) FROM ${from} AS t WHERE ${where}) AS count FROM ${from} AS t WHERE ${where} ORDER BY ${order} DESC LIMIT 1`,
  );
  return { count: row?.count ?? 0, newest: row?.newest?.trim() ?? 'one without a name' };
}

export function* readLock({ lock }: ForeignTool): Op<string | undefined> {
  if (lock === undefined) return undefined;
  const table = (yield* readTables()).find(({ name }) => sameName(name, lock.table));
  if (table === undefined) return undefined;
  const rows = yield* query(`SELECT 1 FROM ${inMain(table.name)} AS t WHERE ${lock.where} LIMIT 1`);
  return rows.length === 0 ? undefined : table.name;
}
