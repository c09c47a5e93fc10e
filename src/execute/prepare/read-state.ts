import type { Op } from '../../bridge/index.ts';
import { readLedger, type LedgerState } from '../../ledger/index.ts';
import type { RunContext } from '../../lock/index.ts';
import { compare, type Comparison } from '../../plan/index.ts';

/** The state of the tracking tables, read without a lock. */
export interface State {
  readonly state: LedgerState;
  readonly comparison: Comparison;
}

export function* readState(context: RunContext): Op<State> {
  const state = yield* readLedger(context.ledger);
  return { state, comparison: compareNow(context, state) };
}

/** Compares what is applied with the migrations. */
export function compareNow(context: RunContext, state: LedgerState): Comparison {
  const { database, options, registry, ledger } = context;
  return compare(registry, state, {
    database,
    outOfOrder: options.outOfOrder ?? 'error',
    otherTool: options.otherTool ?? 'error',
    sha256: context.sha256,
    hasTexts: ledger.layout.name !== 'filename',
    semver: ledger.layout.name === 'semver',
  });
}
