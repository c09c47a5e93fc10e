import { query, script, type Op } from '../bridge/index.ts';
import {
  checkOptions,
  dunlinError,
  isBoolean,
  isText,
  must,
  refOf,
  type ChecksOf,
  type MigrationRef,
} from '../errors/index.ts';
import { readState, throwProblems, type State } from '../execute/index.ts';
import {
  halfDoneOf,
  matchRecords,
  readNewestRow,
  readRecords,
  toolNames,
  type Exported,
  type ForeignRecords,
  type RecordMatch,
  type RowValues,
  type ToolRecord,
} from '../ledger/index.ts';
import { transaction, withSettings, type Operation, type RunContext } from '../lock/index.ts';
import type { Migration } from '../migration/index.ts';
import { inMain, quote } from '../sql/index.ts';
import { describeRecords, isNamed } from './adopt.ts';

/** Where an export goes. */
export interface ExportOptions {
  /** The tool: `knex`, or the name of its table; `user_version` for SQLite's own number. */
  readonly to: string;
  /** Only returns what would be written. Default false. */
  readonly dryRun?: boolean;
}

/** A migration in another tool's table. */
export interface ExportedMigration extends MigrationRef {
  /** As the tool records it: `003_tags.js`. */
  readonly recorded: string;
}

/** What an export has written. */
export interface ExportResult {
  /** `Knex`; undefined for an application's own table. */
  readonly tool: string | undefined;
  /** Undefined for `user_version`. */
  readonly table: string | undefined;
  /** Applied by Dunlin since, and recorded there now. */
  readonly added: readonly ExportedMigration[];
  /** Rolled back by Dunlin since, and no longer recorded there. */
  readonly removed: readonly ExportedMigration[];
}

const exportChecks: ChecksOf<ExportOptions> = {
  to: must('the name of a tool, or of its table', isText),
  dryRun: isBoolean,
};

/**
 * Records in another tool's table what Dunlin has applied and rolled back since that tool ran, as the tool would have done
 * it: that tool then has nothing to do. Errors: `EXPORT_REFUSED`.
 */
export function exportTo(options: ExportOptions): Operation<ExportResult> {
  checkOptions(options, exportChecks, ['to']);
  return function* (context) {
    if (options.dryRun === true) return (yield* planExport(context, options.to)).result;
    return yield* withSettings(context, () => transaction(context, () => write(context, options.to)));
  };
}

interface ExportPlan {
  readonly result: ExportResult;
  /** What writes it. */
  readonly write: () => Op<void>;
}

function* write(context: RunContext, to: string): Op<ExportResult> {
  const plan = yield* planExport(context, to);
  yield* plan.write();
  return plan.result;
}

function* planExport(context: RunContext, to: string): Op<ExportPlan> {
  const found = yield* readState(context);
  throwProblems([...found.state.problems, ...found.comparison.changed.values()]);
  if (!found.state.exists.attempts)
    throw refused(context, to, ['Dunlin has applied nothing to it'], 'There is nothing to write.');
  const records = yield* readTarget(context, to);
  if (records === undefined) throw refused(context, to, ['it has no table in the database'], noTable(to));
  const { table, tool } = records;
  const match = matchRecords(records, context.registry.migrations, context.sha256);
  const lines = [
    ...halfDoneOf(records),
    ...match.ambiguous,
    ...(records.lock === undefined ? [] : [`its lock "${records.lock}" is taken`]),
  ];
  const name = tool ?? describeRecords(records);
  if (lines.length > 0) throw refused(context, name, lines, `Put that right with ${name} first.`);
  const how = yield* readLastMoves(context);
  const lost = match.missing.flatMap(({ identity }) => {
    const gone = how.rolledBackWithout(context).find((one) => isRecordedAs(one, identity));
    return gone === undefined
      ? []
      : [
          `it records ${identity}, which Dunlin has rolled back as ${gone.version} ${gone.name}, and there is no file for it`,
        ];
  });
  if (lost.length > 0) throw refused(context, name, lost, 'Bring the file back, export, and delete it then.');
  if (table === undefined || records.record?.single === true) return planNewest(context, records, found, match, how);
  const { record } = records;
  const applied = appliedSince(context, found, match, how);
  if (record === undefined) throw refused(context, name, ['how it records migrations is not known'], otherTools());
  const last = yield* readNewestRow(table);
  const checksumsFit = match.matched.some(({ checksum }) => checksum === 'right');
  const rows = applied.map(({ migration, appliedAt, executionTimeMs }, index) => ({
    migration,
    row: rowFor(context, name, record, {
      migration,
      appliedAt,
      executionTimeMs,
      index,
      last,
      sha256: context.sha256,
      checksumsFit,
    }),
  }));
  const gone = match.matched.filter(({ migration }) => !isApplied(found, migration) && how.of(migration) === 'down');
  return {
    result: {
      tool,
      table,
      added: rows.map(({ migration, row }) => ({ ...refOf(migration), recorded: recordedOf(record, row) })),
      removed: gone.map(({ migration, row }) => ({ ...refOf(migration), recorded: row.identity })),
    },
    *write() {
      for (const { row } of gone) yield* query(`DELETE FROM ${inMain(table)} WHERE rowid = ?`, [row.rowid]);
      for (const { row } of rows) yield* insertRow(table, row);
    },
  };
}

/** Whether a tool's record may mean a migration without its file: by its number, or by its name. */
function isRecordedAs({ version, name }: MigrationRef, identity: string): boolean {
  return Number.parseInt(identity, 10) === version || identity.includes(name);
}

function* readTarget(context: RunContext, to: string): Op<ForeignRecords | undefined> {
  const all = yield* readRecords(Object.values(context.ledger.tables));
  return all.find((records) => isNamed(records, to));
}

function isApplied({ comparison }: State, { version }: Migration): boolean {
  return comparison.applied.has(version);
}

interface AppliedHere {
  readonly migration: Migration;
  readonly appliedAt: string;
  readonly executionTimeMs: number;
}

/** How each migration came to be recorded, or went: `up`, `down`, `adopt`, `baseline`. */
class LastMoves {
  readonly #moves: ReadonlyMap<string, string>;
  readonly #byName: boolean;
  readonly #rows: readonly MigrationRef[];

  /** Where versions are positions, the log has those of its time. */
  constructor({ registry }: RunContext, rows: readonly (MigrationRef & { readonly direction: string })[]) {
    this.#rows = rows;
    this.#byName = registry.format?.numbers === 'positions';
    this.#moves = new Map(rows.map((row) => [this.#keyOf(row), row.direction]));
  }

  of(migration: MigrationRef): string | undefined {
    return this.#moves.get(this.#keyOf(migration));
  }

  /** What was rolled back and has no file any more. */
  rolledBackWithout({ registry }: RunContext): readonly MigrationRef[] {
    const here = new Set(registry.migrations.map((migration) => this.#keyOf(migration)));
    return this.#rows.filter((row) => this.of(row) === 'down' && !here.has(this.#keyOf(row)));
  }

  #keyOf({ version, name }: MigrationRef): string {
    return this.#byName ? name : String(version);
  }
}

function* readLastMoves(context: RunContext): Op<LastMoves> {
  const rows = yield* query<{ version: number; name: string; direction: string }>(
    `SELECT version, name, direction FROM ${inMain(context.ledger.tables.attempts)} WHERE status = 'ok' AND version IS NOT NULL AND direction IN ('up', 'down', 'adopt', 'baseline') ORDER BY id`,
  );
  return new LastMoves(context, rows);
}

/** What Dunlin has applied and the tool does not record. What it has only recorded, the tool has under other names. */
function appliedSince(
  context: RunContext,
  { comparison }: State,
  { matched }: RecordMatch,
  how: LastMoves,
): readonly AppliedHere[] {
  const known = new Set(matched.map(({ migration }) => migration.version));
  const since = [...comparison.applied.values()].filter(
    (row) => !known.has(row.version) && !['adopt', 'baseline'].includes(how.of(row) ?? ''),
  );
  return since
    .map(({ version, name, appliedAt, executionTimeMs }) => {
      const migration = context.registry.get(version);
      if (migration === undefined)
        throw refused(context, 'another tool', [`there is no file for ${version} ${name}`], 'Bring the file back.');
      return { migration, appliedAt, executionTimeMs: executionTimeMs ?? 0 };
    })
    .toSorted((a, b) => a.migration.version - b.migration.version);
}

function rowFor(context: RunContext, name: string, record: ToolRecord, exported: Exported): RowValues {
  const row = record.row(exported);
  if (typeof row !== 'string') return row;
  throw refused(
    context,
    name,
    [`the row of ${exported.migration.id} is not known: ${row}`],
    'Let that tool record it.',
  );
}

/** The value of the column that identifies a migration. */
function recordedOf({ identity }: ToolRecord, row: RowValues): string {
  const [, column] = /t\."?(\w+)/.exec(identity)!;
  return String(row[column!]);
}

function* insertRow(table: string, row: RowValues): Op<void> {
  const columns = Object.keys(row);
  yield* query(
    `INSERT INTO ${inMain(table)} (${columns.map(quote).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    Object.values(row),
  );
}

/** A record of the newest version only says that everything up to it is applied. */
function planNewest(
  context: RunContext,
  records: ForeignRecords,
  found: State,
  match: RecordMatch,
  how: LastMoves,
): ExportPlan {
  const { migrations } = context.registry;
  const applied = migrations.filter((migration) => isApplied(found, migration));
  const newest = applied.at(-1);
  const gap = migrations.find(
    (migration) => !applied.includes(migration) && migration.version < (newest?.version ?? 0),
  );
  const name = records.tool ?? describeRecords(records);
  const [other] = match.missing;
  const foreign = match.matched.find(({ migration }) => how.of(migration) === undefined);
  if (other !== undefined || foreign !== undefined)
    throw refused(
      context,
      name,
      [`it is at ${other?.identity ?? foreign!.row.identity}, which Dunlin has neither applied nor adopted`],
      other === undefined
        ? 'Adopt its records first: `dunlin adopt`.'
        : `Its numbers are not those of the migrations here: let ${name} record itself what was applied.`,
    );
  if (gap !== undefined)
    throw refused(
      context,
      name,
      [`${gap.id} is pending, and ${name} records the newest only, so it would never run it`],
      'Apply it first: `dunlin up --out-of-order`.',
    );
  const { table, record } = records;
  const known = new Set(match.matched.map(({ migration }) => migration));
  const count = String(applied.length);
  const recorded = (migration: Migration): string =>
    table === undefined ? String(migrations.indexOf(migration) + 1) : keyOfRow(record!, migration, context);
  const listed = (list: readonly Migration[]): readonly ExportedMigration[] =>
    list.map((migration) => ({ ...refOf(migration), recorded: recorded(migration) }));
  return {
    result: {
      tool: records.tool,
      table,
      added: listed(applied.filter((migration) => !known.has(migration))),
      removed: listed([...known].filter((migration) => !applied.includes(migration))),
    },
    *write() {
      if (table === undefined) {
        yield* script(`PRAGMA main.user_version = ${count}`);
        return;
      }
      yield* query(`DELETE FROM ${inMain(table)}`);
      if (newest !== undefined) yield* insertRow(table, rowOf(record!, newest, context));
    },
  };
}

function keyOfRow(record: ToolRecord, migration: Migration, context: RunContext): string {
  return recordedOf(record, rowOf(record, migration, context));
}

function rowOf(record: ToolRecord, migration: Migration, { sha256 }: RunContext): RowValues {
  const nothing = { appliedAt: '', executionTimeMs: 0, index: 0, last: undefined, checksumsFit: false };
  return record.row({ migration, sha256, ...nothing }) as RowValues;
}

function noTable(to: string): string {
  return `Let ${to} make its tables first, with its own command that shows the state. ${otherTools()}`;
}

function otherTools(): string {
  return `The tools are ${toolNames.join(', ')}; or give the name of a table.`;
}

function refused(
  { database }: RunContext,
  tool: string,
  lines: readonly string[],
  remedy: string,
): ReturnType<typeof dunlinError> {
  return dunlinError('EXPORT_REFUSED', { database, tool, lines, remedy });
}
