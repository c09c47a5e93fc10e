import { describedDrift, type SchemaDrift } from './status.ts';
import { clock, type Op } from '../bridge/index.ts';
import { findDrift, throwProblems, writeSchema } from '../execute/index.ts';
import { retryBusy, transaction, withSettings, type Operation, type RunContext } from '../lock/index.ts';
import { createTables, readContent, readLedger, readRecordedSchema } from '../ledger/index.ts';
import { checkOptions } from '../errors/index.ts';
import { confirmRecord, recordChecks, type Recordable, type RecordOptions } from './confirm-record.ts';
import { recordAttempt } from './record-attempt.ts';

/**
 * Records the present schema. Returns what differed from the recorded one; where nothing did,
 * nothing is written. Where nothing was recorded yet, as in a database that began with a dump, that begins.
 */
export function acceptSchema(options: RecordOptions<SchemaDrift>): Operation<readonly SchemaDrift[]> {
  checkOptions(options, recordChecks);
  return (context) => acceptIn(context, options);
}

function* acceptIn(context: RunContext, options: RecordOptions<SchemaDrift>): Op<readonly SchemaDrift[]> {
  const { exists } = yield* retryBusy(context, 'read', () => readLedger(context.ledger));
  // Before the first run there is nothing that a schema could differ from.
  if (!exists.migrations) return [];
  const record: Recordable<SchemaDrift> = {
    *read() {
      return describedDrift(yield* findDrift(context, yield* readLedger(context.ledger)));
    },
    describe: ({ text }) => text,
    what: () => `Recording the schema of ${context.database} as it is`,
    showCommand: 'status',
    command: () => 'repair --schema',
  };
  const compare = yield* confirmRecord(context, record, options);
  return yield* withSettings(context, () => transaction(context, () => accept(context, compare)));
}

function* accept(context: RunContext, compare: (now: readonly SchemaDrift[]) => void): Op<readonly SchemaDrift[]> {
  const { ledger } = context;
  const { attempts } = ledger.tables;
  const state = yield* readLedger(ledger);
  throwProblems(state.problems);
  const drift = describedDrift(yield* findDrift(context, state));
  compare(drift);
  const known = state.exists.records && (yield* readRecordedSchema(attempts)) !== undefined;
  if (known && drift.length === 0) return [];
  yield* createTables(ledger, state.exists);
  const runId = context.newRunId();
  const now = new Date(yield* clock()).toISOString();
  yield* recordAttempt(context, { runId, direction: 'repair', now });
  const actual = yield* readContent(ledger);
  yield* writeSchema(context, runId, actual, actual);
  return drift;
}
