import {
  connect,
  disconnect,
  isSqlError,
  queryOn,
  scriptOn,
  type DatabaseBridge,
  type Op,
} from '../../bridge/index.ts';
import { readContent } from '../../ledger/index.ts';
import { touchesOf, atomicUnits, type PlannedRebuild, type Step, type StepStatement } from '../../plan/index.ts';
import {
  hasRows,
  indexedTable,
  isVirtual,
  readTemporary,
  sameSql,
  toInventory,
  toRows,
  type Inventory,
  type SchemaRow,
} from '../../schema/index.ts';
import { inMain, isKeyword, nameKey, quote } from '../../sql/index.ts';
import { constraintNotes } from '../guards/constraint-notes.ts';
import { RebuildForecast, type UnitForecast } from '../guards/rebuild-forecast.ts';
import { findIdleStatement } from '../idle-statement.ts';
import { declaredBy } from '../guards/declared-losses.ts';
import { keeperOf } from '../keep/rebuild-keeper.ts';
import { invalidIn, linesOf } from '../invalid-objects.ts';
import { onConnection } from '../on-connection.ts';
import type { RunContext } from '../../lock/index.ts';

/** What is known about a run in advance. */
export interface RebuildForecasts {
  readonly notes: readonly string[];
  /** The rebuilds of each step that could be tried. */
  readonly rebuilds: ReadonlyMap<Step, readonly PlannedRebuild[]>;
}

/**
 * The notes of a run on the schema that it leaves, and the rebuilds that it would compare: tries the statements that change
 * the schema in memory, on empty tables. Never guesses: stops at the first statement that fails there, or at code.
 */
export function* forecastRebuilds(context: RunContext, steps: readonly Step[]): Op<RebuildForecasts> {
  const notes: string[] = [];
  const rebuilds = new Map<Step, readonly PlannedRebuild[]>();
  if (!steps.some(({ statements }) => statements.some(changesSchema))) return { notes, rebuilds };
  const content = yield* readContent(context.ledger);
  const filled = yield* filledTables(content, steps);
  let memory: DatabaseBridge | undefined;
  try {
    memory = yield* connect(':memory:');
    if (memory === undefined) return { notes, rebuilds };
    yield* scriptOn(memory, 'PRAGMA foreign_keys = OFF');
    for (const { sql } of toRows(content)) if (sql !== null) yield* scriptOn(memory, sql);
    const forecast = new RebuildForecast(content, filled);
    let before = content;
    for (const unit of atomicUnits(steps)) {
      if (unit.some(isUnknown)) return { notes, rebuilds };
      const isCompared = context.options.guards !== 'count';
      const tried = yield* tryUnit(unit, memory, forecast.begin(unit), isCompared);
      notes.push(...tried.notes);
      if (tried.rebuilds === undefined) return { notes, rebuilds };
      rebuilds.set(unit.at(-1)!, tried.rebuilds);
      const statements = unit.flatMap((step) => step.statements);
      const after = yield* inventoryOn(memory);
      notes.push(...rebuildNotes(statements, unit, before, after));
      before = after;
    }
    const made = new Map([...before.others].filter(([key, object]) => !sameSql(content.others.get(key), object)));
    notes.push(...linesOf(yield* onConnection(memory, invalidIn(made))));
  } catch (error) {
    if (!isSqlError(error)) throw error;
  } finally {
    if (memory !== undefined) yield* disconnect(memory);
  }
  return { notes, rebuilds };
}

/** What trying a unit showed; without `rebuilds`, a statement failed. */
interface TriedUnit {
  readonly notes: readonly string[];
  readonly rebuilds: readonly PlannedRebuild[] | undefined;
}

/** Runs the statements of a migration, or of a set, that change the schema. Of the others it notes which do nothing. */
function* tryUnit(
  unit: readonly Step[],
  memory: DatabaseBridge,
  forecast: UnitForecast,
  compareValues: boolean,
): Op<TriedUnit> {
  const notes: string[] = [];
  const keeper = keeperOf(unit, declaredBy(unit));
  let rebuilds: readonly PlannedRebuild[] = [];
  try {
    for (const step of unit) {
      for (const entry of step.statements) {
        if (entry.skip !== undefined) continue;
        const idle = yield* onConnection(memory, findIdleStatement(entry, step));
        if (idle !== undefined) notes.push(`${step.id}: ${idle.statement} will do nothing: ${idle.reason}`);
        const runs = keeper === undefined ? entry : yield* onConnection(memory, keeper.rewrite(entry));
        yield* onConnection(memory, forecast.before(runs));
        if (keeper !== undefined) yield* onConnection(memory, keeper.before(entry));
        if (changesSchema(entry) || isLegacyAlter(entry)) yield* scriptOn(memory, runs.statement.sql);
        if (keeper !== undefined) yield* onConnection(memory, keeper.after(entry));
        yield* onConnection(memory, forecast.after(runs));
      }
      if (step === unit.at(-1))
        rebuilds = yield* onConnection(
          memory,
          forecast.rebuilds(compareValues, (table) => keeper?.keptOf(table) ?? []),
        );
      else forecast.next();
      yield* resetConnection(memory);
    }
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return { notes, rebuilds: undefined };
  }
  forecast.accept();
  notes.push(...(keeper?.notes(rebuilds) ?? []).map((note) => `${unit.at(-1)!.id}: ${note}`));
  return { notes, rebuilds };
}

/** Drops temporary objects and resets settings, as a run does before the next migration. */
function* resetConnection(memory: DatabaseBridge): Op<void> {
  for (const { type, name } of yield* onConnection(memory, readTemporary()))
    if (!nameKey(name).startsWith('sqlite_')) yield* scriptOn(memory, `DROP ${type} IF EXISTS temp.${quote(name)}`);
  yield* scriptOn(memory, 'PRAGMA legacy_alter_table = OFF');
}

/** The keys of the tables with rows that a step drops or renames. */
function* filledTables({ tables }: Inventory, steps: readonly Step[]): Op<ReadonlySet<string>> {
  const filled = new Set<string>();
  for (const { facts } of steps.flatMap(({ statements }) => statements)) {
    if (facts.verb !== 'drop' && facts.verb !== 'alter') continue;
    const table = tables.get(nameKey(facts.name.name));
    if (table !== undefined && !isVirtual(table.sql) && (yield* hasRows(inMain(table.name))))
      filled.add(nameKey(table.name));
  }
  return filled;
}

/** A rebuild needs this before its RENAME if views or triggers name the table. */
function isLegacyAlter({ facts }: StepStatement): boolean {
  return facts.verb === 'pragma' && facts.name === 'legacy_alter_table';
}

function changesSchema({ facts, skip }: StepStatement): boolean {
  return skip === undefined && (facts.verb === 'create' || facts.verb === 'drop' || facts.verb === 'alter');
}

/** A plan does not run code, and filling a table by recursion may take any time. */
function isUnknown({ run, statements }: Step): boolean {
  const recurs = ({ facts, statement }: StepStatement): boolean =>
    facts.verb === 'create' &&
    facts.object === 'table' &&
    facts.asSelect &&
    statement.tokens.some((token) => isKeyword(token, 'recursive'));
  return run !== undefined || statements.some(recurs);
}

function rebuildNotes(
  statements: readonly StepStatement[],
  unit: readonly Step[],
  before: Inventory,
  after: Inventory,
): readonly string[] {
  const isDeclared = (name: string): boolean =>
    unit.some(({ destructive }) => destructive === true || destructive.map(nameKey).includes(nameKey(name)));
  return touchesOf(statements).rebuilds.flatMap((name) => {
    const [was, is] = [indexedTable(before, name), indexedTable(after, name)];
    if (was === undefined || is === undefined || isDeclared(name)) return [];
    return constraintNotes(was, is, after).map(({ note }) => note);
  });
}

function* inventoryOn(memory: DatabaseBridge): Op<Inventory> {
  return toInventory(yield* queryOn<SchemaRow>(memory, 'SELECT type, name, tbl_name, sql FROM main.sqlite_schema'));
}
