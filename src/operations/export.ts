import type { Op } from '../bridge/index.ts';
import { checkOptions, isBoolean, isText, must, type ChecksOf } from '../errors/index.ts';
import {
  findMissing,
  noTable,
  openTable,
  otherTools,
  readState,
  refused,
  throwProblems,
  type ExportedMigration,
  type ForeignTable,
  type Purpose,
} from '../execute/index.ts';
import { findNamed, readRecords } from '../ledger/index.ts';
import { readColumns } from '../schema/index.ts';
import { transaction, withSettings, type Operation, type RunContext } from '../lock/index.ts';

/** Where an export goes. */
export interface ExportOptions {
  /** The tool: `knex`, or the name of its table; `user_version` for SQLite's own number. */
  readonly to: string;
  /** Only returns what would be written. Default false. */
  readonly dryRun?: boolean;
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
  /** Edited, and their present text recorded by `repair`: the checksum there is that of the file now. */
  readonly updated: readonly ExportedMigration[];
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
    if (options.dryRun === true) return toResult(yield* openTarget(context, options.to));
    return yield* withSettings(context, () => transaction(context, () => write(context, options.to)));
  };
}

/** Another tool's table, ready to be written. */
function* openTarget(context: RunContext, to: string): Op<ForeignTable> {
  const purpose: Purpose = { context, code: 'EXPORT_REFUSED' };
  const found = yield* readState(context);
  throwProblems([...found.state.problems, ...found.comparison.changed.values()]);
  if (!found.state.exists.attempts)
    throw refused(purpose, to, ['Dunlin has applied nothing to it'], 'There is nothing to write.');
  const all = yield* readRecords(Object.values(context.ledger.tables));
  const present = findNamed(all, to);
  const hasOthers = found.state.exists.adopted === true || all.some(({ table }) => table !== undefined);
  const records = present ?? (hasOthers ? undefined : yield* findMissing(context, found.state, to));
  if (records === undefined) {
    const isHere = (yield* readColumns(to)).length > 0;
    const line = isHere
      ? `the table "${to}" is here, but its columns are not those of a table of migrations`
      : 'it has no table in the database';
    throw refused(purpose, to, [line], isHere ? otherTools() : noTable(to));
  }
  return yield* openTable(purpose, found, records);
}

function* write(context: RunContext, to: string): Op<ExportResult> {
  const target = yield* openTarget(context, to);
  const result = toResult(target);
  yield* target.write(target.behind);
  return result;
}

function toResult(target: ForeignTable): ExportResult {
  return { tool: target.tool, table: target.table, ...target.list(target.behind) };
}
