import type { Op } from '../../bridge/index.ts';
import {
  describeRecords,
  halfDoneOf,
  LastMoves,
  matchRecords,
  readColumnUsage,
  readLastMoves,
  readNewestRow,
  type ForeignRecords,
} from '../../ledger/index.ts';
import type { State } from '../prepare/read-state.ts';
import { otherTools, refused, type ForeignTable, type Purpose } from './foreign-table.ts';
import { NewestTable } from './newest-table.ts';
import { isRecordedAs, RowTable } from './row-table.ts';

/** Opens another tool's table for writing. Reads only. Errors: those of the purpose. */
export function* openTable(purpose: Purpose, found: State, records: ForeignRecords): Op<ForeignTable> {
  const { context } = purpose;
  const { table, tool, record } = records;
  const match = matchRecords(records, context.registry.migrations, context.sha256);
  const lines = [
    ...halfDoneOf(records),
    ...match.ambiguous,
    ...(records.lock === undefined ? [] : [`its lock "${records.lock}" is taken`]),
  ];
  const name = tool ?? describeRecords(records);
  if (lines.length > 0) throw refused(purpose, name, lines, `Put that right with ${name} first.`);
  const { registry, ledger } = context;
  const how = found.state.exists.attempts
    ? yield* readLastMoves(ledger.tables.attempts, registry)
    : new LastMoves(registry, []);
  const lost = match.missing.flatMap(({ identity }) => {
    const gone = how.rolledBackWithoutFile.find((one) => isRecordedAs(one, identity));
    return gone === undefined
      ? []
      : [
          `it records ${identity}, which Dunlin has rolled back as ${gone.version} ${gone.name}, and there is no file for it`,
        ];
  });
  if (lost.length > 0) throw refused(purpose, name, lost, 'Bring the file back, export, and delete it then.');
  const opened = { name, records, match, how, applied: found.comparison.applied };
  if (table === undefined || record?.single === true) return new NewestTable(purpose, opened);
  if (record === undefined) throw refused(purpose, name, ['how it records migrations is not known'], otherTools());
  return new RowTable(purpose, {
    ...opened,
    table,
    record,
    last: records.made === undefined ? yield* readNewestRow(records) : undefined,
    usage: yield* readColumnUsage(records),
  });
}
