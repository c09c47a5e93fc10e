import type { BatchError } from '../bridge/index.ts';
import { dunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { lossError, toChecked, type Loss } from '../execute/index.ts';
import { locationOf, type Step, type StepStatement } from '../plan/index.ts';
import type { Compiled, CompiledStatement, BatchGuard } from './compile.ts';
import { readRaise } from './raise.ts';

/** What a failed batch says: somebody was faster, so look again; or what is wrong with the migration. */
export type FailureReading =
  | { readonly kind: 'moved' }
  | { readonly kind: 'error'; readonly error: DunlinError }
  /** A statement failed, and the engine does not say which. */
  | { readonly kind: 'unplaced' };

/** Reads why a batch was refused. `index`: the statement, if it is known. */
export function readFailure(
  error: BatchError,
  compiled: Compiled,
  driver: string,
  index: number | undefined = error.index,
): FailureReading {
  const raised = readRaise(error.message, compiled.runId);
  if (raised !== undefined) {
    const guard = compiled.guards[raised.guard]!;
    if (guard.kind === 'moved') return { kind: 'moved' };
    return { kind: 'error', error: guardError(guard, raised.figures, driver) };
  }
  const statement = index === undefined ? undefined : compiled.statements[index];
  if (statement === undefined) return { kind: 'unplaced' };
  // Two runs give the same ids to their rows.
  if (statement.own === true) return { kind: 'moved' };
  return { kind: 'error', error: statementFailure(error, statement, compiled, driver) };
}

function guardError(
  guard: Exclude<BatchGuard, { readonly kind: 'moved' }>,
  figures: readonly number[],
  driver: string,
): DunlinError {
  if (guard.kind === 'unexpected') return dunlinError('SCHEMA_UNEXPECTED', { driver });
  const { steps, entry } = guard;
  const [first = 0, second = 0] = figures;
  const lost = (...losses: readonly Loss[]): DunlinError => {
    const placedLosses = losses.map((loss) => ({ entry, ...loss }));
    return lossError(steps.map(toChecked), placedLosses, false, memberOf(steps));
  };
  switch (guard.kind) {
    case 'rows':
      return lost({ kind: 'rows', table: guard.table, before: first, after: second });
    case 'values': {
      const [, , ...found] = figures;
      const changed = guard.columns.flatMap((column, k) => (found[k]! > 0 ? [{ column, count: found[k]! }] : []));
      // Each column has its values, but in other rows.
      const mixed = guard.columns.map((column) => ({ column, count: first }));
      const losses = (changed.length > 0 ? changed : mixed).map(({ column, count }) =>
        valuesLoss(guard.table, column, count, second),
      );
      return lost(...losses);
    }
    case 'column':
      return lost({ kind: 'column', table: guard.table, column: guard.column, values: first });
    case 'nulled':
      return lost(valuesLoss(guard.table, guard.column, first - second, first));
    case 'violations': {
      const [, before = 0, after = 0] = figures;
      const { child, parent } = guard.references[first]!;
      return lost({ kind: 'violation', child, parent, before, after });
    }
    case 'children': {
      const [step] = steps as readonly [Step];
      const facts = { id: step.id, driver, parent: guard.parent, child: guard.child };
      return placed(dunlinError('PARENT_DROP_REFUSED', facts), step, guard.entry!);
    }
    case 'verify': {
      const { step, index } = guard;
      const query = step.verify[index]!;
      const value = ['result 0', 'result NULL, or no row', "result ''"][first]!;
      return dunlinError(
        'VERIFICATION_FAILED',
        { id: step.id, query: query.name, value, outcome: 'undone' },
        {
          migration: refOf(step),
          location: locationOf(query.statement, step.file, index + 1),
          source: step.text,
        },
      );
    }
  }
}

function valuesLoss(table: string, column: string, changed: number, of: number): Loss {
  return { kind: 'values', table, column, successor: column, how: 'other', changed, of, key: [], examples: [] };
}

function memberOf(steps: readonly Step[]): Parameters<typeof lossError>[3] {
  return (entry) => {
    const step = steps.find(({ statements }) => statements.some(({ statement }) => statement === entry.statement));
    return step === undefined ? undefined : toChecked(step);
  };
}

function placed(error: DunlinError, step: Step, entry: StepStatement): DunlinError {
  const location = locationOf(entry.statement, step.file, entry.number);
  return error.with({ migration: refOf(step), location, source: step.text });
}

/** A statement that the engine refused: of the migration, or a guard that could not even run. */
function statementFailure(
  error: BatchError,
  { step, entry, sql, guard }: CompiledStatement,
  { guards }: Compiled,
  driver: string,
): DunlinError {
  const reason = error.message;
  const failed = guard === undefined ? undefined : guards[guard];
  if (failed?.kind === 'verify')
    return dunlinError(
      'VERIFICATION_FAILED',
      { id: failed.step.id, query: failed.step.verify[failed.index]!.name, value: reason, outcome: 'undone' },
      { migration: refOf(failed.step), cause: error },
    );
  if (step === undefined || entry === undefined || guard !== undefined)
    return dunlinError('ENGINE_FAILED', { driver, reason, sql: sql.slice(0, 200) }, { cause: error });
  const location = locationOf(entry.statement, step.file, entry.number);
  const facts = {
    id: step.id,
    reason,
    number: entry.number,
    line: location.line,
    foreignKeys: reason.includes('FOREIGN KEY'),
    undone: true,
    direction: step.direction,
    rows: undefined,
    lacks: undefined,
  };
  return dunlinError('STATEMENT_FAILED', facts, { migration: refOf(step), location, source: step.text, cause: error });
}
