import { connect, disconnect, isSqlError, queryOn, scriptOn, type DatabaseBridge, type Op } from '../bridge/index.ts';
import { readContent } from '../ledger/index.ts';
import { touchesOf, unitsOf, type Step, type StepStatement } from '../plan/index.ts';
import { indexedTable, sameSql, toInventory, toRows, type Inventory, type SchemaRow } from '../schema/index.ts';
import { isKeyword, nameKey } from '../sql/index.ts';
import type { RunContext } from './context.ts';
import { constraintNotes } from './guards/constraint-notes.ts';
import { invalidIn, linesOf } from './invalid-objects.ts';
import { onConnection } from './on-connection.ts';

/**
 * What a run would note on the schema that it leaves: the statements that change the schema are tried in memory, on
 * empty tables. A guess is worse than nothing: where that does not work, or what a function does is unknown, the plan
 * says only what is known until there.
 */
export function* foresee(context: RunContext, steps: readonly Step[]): Op<readonly string[]> {
  if (!steps.some(({ statements }) => statements.some(changesSchema))) return [];
  const content = yield* readContent(context.ledger);
  let memory: DatabaseBridge | undefined;
  const notes: string[] = [];
  try {
    memory = yield* connect(':memory:');
    if (memory === undefined) return [];
    yield* scriptOn(memory, 'PRAGMA foreign_keys = OFF');
    for (const { sql } of toRows(content)) if (sql !== null) yield* scriptOn(memory, sql);
    let before = content;
    for (const unit of unitsOf(steps)) {
      if (unit.some(isUnknown)) return notes;
      const statements = unit.flatMap((step) => step.statements);
      for (const { statement } of statements.filter(changesSchema)) yield* scriptOn(memory, statement.sql);
      const after = yield* inventoryOn(memory);
      notes.push(...rebuildNotes(statements, unit, before, after));
      before = after;
    }
    const made = new Map([...before.others].filter(([key, object]) => !sameSql(content.others.get(key), object)));
    return [...notes, ...linesOf(yield* onConnection(memory, invalidIn(made)))];
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return notes;
  } finally {
    if (memory !== undefined) yield* disconnect(memory);
  }
}

function changesSchema({ facts, skip }: StepStatement): boolean {
  return skip === undefined && (facts.verb === 'create' || facts.verb === 'drop' || facts.verb === 'alter');
}

/** Code is not run for a plan, and a table that is filled by recursion may take any time. */
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
