import type { Op } from '../bridge/index.ts';
import type { RunContext } from '../execute/index.ts';
import { rebuildScript } from '../rebuild/index.ts';

/** The SQL of a rebuild that changes nothing yet. */
export function* readRebuildScript({ ledger }: RunContext, table: string): Op<string> {
  return yield* rebuildScript(table, [ledger.tables.migrations, ledger.tables.attempts]);
}
