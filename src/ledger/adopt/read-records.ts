import { query, type Op, type Row, type Value } from '../../bridge/index.ts';
import type { UnappliedState } from '../../errors/index.ts';
import { readColumns } from '../../schema/index.ts';
import { inMain, nameKey, quote } from '../../sql/index.ts';
import { findTools, readLock, readUserVersion, type ForeignTable } from '../foreign.ts';
import { homeMade } from './home-made.ts';
import { toIsoTime } from './names.ts';
import type { ColumnUsage, ToolRecord } from './tool-record.ts';
import { toolRecords } from './tools.ts';

/** One row of another tool's table. */
export interface ForeignRow {
  readonly rowid: number;
  /** As recorded. */
  readonly identity: string;
  readonly state: 'applied' | UnappliedState;
  readonly checksum: string | undefined;
  /** ISO 8601, UTC; undefined if it is not recorded. */
  readonly appliedAt: string | undefined;
}

/** What another tool has recorded. */
export interface ForeignRecords {
  /** Undefined for an application's own table. */
  readonly tool: string | undefined;
  /** Undefined: `user_version`. */
  readonly table: string | undefined;
  /** How the tool records; undefined if its records cannot be read one by one. */
  readonly record: ToolRecord | undefined;
  /** The tool records the newest migration only. */
  readonly newestOnly: boolean;
  /** Whether the table has rowids (sqlite.org/withoutrowid.html). */
  readonly hasRowid: boolean;
  /** In the order in which they were applied. */
  readonly rows: readonly ForeignRow[];
  /** The applied rows of repeatable migrations, which the tool runs again when they change. */
  readonly repeatables?: readonly ForeignRow[];
  /** The tool's lock table, if a run of that tool holds the lock. */
  readonly lock: string | undefined;
  /** The SQL that makes the table, which is not there yet. */
  readonly made?: string;
}

/** Reads all records of other tools. The tables named in `own` are Dunlin's. */
export function* readRecords(own: readonly string[]): Op<readonly ForeignRecords[]> {
  const all: ForeignRecords[] = [];
  for (const found of yield* findTools(own, false)) all.push(yield* readTable(found));
  const userVersion = yield* readUserVersion();
  if (userVersion > 0) all.push({ ...userVersionRecords, rows: [{ ...countedRow, identity: String(userVersion) }] });
  return all;
}

/** `user_version` says how many migrations are applied, or the version of the last. */
const userVersionRecords: ForeignRecords = {
  tool: 'user_version',
  table: undefined,
  record: undefined,
  newestOnly: true,
  hasRowid: false,
  rows: [],
  lock: undefined,
};
const countedRow = { rowid: 0, state: 'applied', checksum: undefined, appliedAt: undefined } as const;

function* readTable({ tool, table, hasRowid }: ForeignTable): Op<ForeignRecords> {
  const record =
    tool.identity === undefined
      ? toolRecords.find((one) => one.tool === tool.tool)
      : homeMade(tool.identity, yield* readColumns(table));
  const from = inMain(table);
  const states = Object.entries(tool.unapplied ?? {})
    .map(([state, condition]) => `WHEN ${condition} THEN '${state}' `)
    .join('');
  const read = yield* query<{
    row: number;
    identity: string;
    state: string;
    checksum: Value;
    applied_at: Value;
    repeatable: number;
  }>(
    `SELECT ${hasRowid ? 't.rowid' : '0'} AS row, CAST(${record?.identity ?? tool.name} AS TEXT) AS identity, CASE ${states}WHEN 1 THEN 'applied' END AS state, ${record?.checksum ?? 'NULL'} AS checksum, ${record?.appliedAt ?? 'NULL'} AS applied_at, ${record?.repeatable ?? '0'} AS repeatable FROM ${from} AS t WHERE ${tool.where ?? '1'} ORDER BY ${tool.order ?? `CAST(${tool.name} AS INTEGER), ${tool.name}`}`.replaceAll(
      '$table',
      from,
    ),
  );
  const rows: ForeignRow[] = [];
  const repeatables: ForeignRow[] = [];
  for (const row of read) {
    const one: ForeignRow = {
      rowid: row.row,
      identity: row.identity ?? '',
      state: row.state as ForeignRow['state'],
      checksum: typeof row.checksum === 'string' ? row.checksum : undefined,
      appliedAt: toIsoTime(row.applied_at),
    };
    (row.repeatable === 1 && one.state === 'applied' ? repeatables : rows).push(one);
  }
  return {
    tool: tool.tool,
    table,
    record,
    newestOnly: tool.newestOnly === true,
    hasRowid,
    rows,
    repeatables,
    lock: yield* readLock(tool),
  };
}

/** The tables of other tools: their records, their locks and what comes with them. */
export function* readForeignTables(own: readonly string[]): Op<ReadonlySet<string>> {
  const found = yield* findTools(own, false);
  return new Set(found.flatMap((one) => tablesOf(one)).map(nameKey));
}

function tablesOf({ tool, table, others }: ForeignTable): readonly string[] {
  return [table, tool.lock?.table, tool.beside, ...others].filter((one) => one !== undefined);
}

/** The newest row of a table by column; undefined if it is empty. Without rowids, the last one in the order of the key. */
export function* readNewestRow({ table, hasRowid }: Pick<ForeignRecords, 'table' | 'hasRowid'>): Op<Row | undefined> {
  const order = hasRowid ? 'rowid' : '1';
  const [row] = yield* query(`SELECT * FROM ${inMain(table!)} ORDER BY ${order} DESC LIMIT 1`);
  return row;
}

/** The records of a tool whose table is still to be made; undefined if it is not known how. */
export function recordsToMake(name: string, own: readonly string[]): ForeignRecords | undefined {
  const record = toolRecords.find(({ names }) => names.includes(nameKey(name)));
  if (record?.made === undefined) return undefined;
  const { table, sql } = record.made;
  if (own.some((one) => nameKey(one) === nameKey(table))) return undefined;
  const newestOnly = record.single === true;
  return { tool: record.tool, table, record, newestOnly, hasRowid: true, rows: [], lock: undefined, made: sql };
}

/** What the rows of an application's own table have in common; nothing for the table of a known tool. */
export function* readColumnUsage({ table, tool }: Pick<ForeignRecords, 'table' | 'tool'>): Op<ColumnUsage> {
  const columns = tool === undefined ? yield* readColumns(table!) : [];
  const constant = new Set<string>();
  const filled = new Set<string>();
  for (const { name } of columns) {
    const column = `t.${quote(name)}`;
    const [row] = yield* query<{ filled: number; constant: number }>(
      `SELECT min(${column} IS NOT NULL) AS filled, count(DISTINCT ${column}) = 1 AS constant FROM ${inMain(table!)} AS t`,
    );
    if (row?.filled !== 1) continue;
    filled.add(name);
    if (row.constant === 1) constant.add(name);
  }
  return { constant, filled };
}

/** Whether a user means these records: by a name of the tool, or by the table. */
export function isNamed({ tool, table, record }: ForeignRecords, name: string): boolean {
  const known = toolRecords.filter((one) => one.tool === tool).flatMap(({ names }) => names);
  const names = [...(record?.names ?? []), ...known, tool, table];
  return names.some((one) => one !== undefined && nameKey(one) === nameKey(name));
}

/** The records that a user means, to be written as the tool of that name does: several tools may share a table. */
export function findNamed(all: readonly ForeignRecords[], name: string): ForeignRecords | undefined {
  const found = all.find((one) => isNamed(one, name));
  const record = toolRecords.find(({ tool, names }) => tool === found?.tool && names.includes(nameKey(name)));
  return found === undefined || record === undefined ? found : { ...found, record };
}

/** `the table "knex_migrations" of Knex` */
export function describeRecords({ tool, table }: Pick<ForeignRecords, 'tool' | 'table'>): string {
  if (table === undefined) return 'user_version';
  return `the table "${table}"${tool === undefined ? '' : ` of ${tool}`}`;
}

/** What a failed or unfinished migration has left may be between two versions. */
export function halfDoneOf({ rows }: ForeignRecords): readonly string[] {
  const words = { failed: 'failed', dirty: 'is dirty', unfinished: 'did not finish' } as const;
  return rows.flatMap(({ identity, state }) =>
    state === 'applied' || state === 'rolled back' ? [] : [`${identity} ${words[state]}`],
  );
}
