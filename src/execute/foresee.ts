import { connect, disconnect, isSqlError, queryOn, scriptOn, type DatabaseBridge, type Op } from '../bridge/index.ts';
import { readContent } from '../ledger/index.ts';
import { touchesOf, type Step, type StepStatement } from '../plan/index.ts';
import { indexedTable, sameSql, toInventory, toRows, type Inventory, type SchemaRow } from '../schema/index.ts';
import { isKeyword, nameKey } from '../sql/index.ts';
import type { RunContext } from './context.ts';
import { constraintNotes } from './guards/constraint-notes.ts';
import { findIdle } from './idle-statement.ts';
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
    for (const step of steps) {
      if (isUnknown(step)) return notes;
      for (const entry of step.statements.filter(changesSchema)) {
        const idle = yield* onConnection(memory, findIdle(entry, step.statements));
        if (idle !== undefined) notes.push(`${step.id}: ${idle.replace(' did nothing:', ' will do nothing:')}`);
        yield* scriptOn(memory, entry.statement.sql);
      }
      const after = yield* inventoryOn(memory);
      notes.push(...rebuildNotes(step, before, after));
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

function rebuildNotes({ statements, destructive }: Step, before: Inventory, after: Inventory): readonly string[] {
  const declared = destructive === true ? undefined : new Set(destructive.map(nameKey));
  return touchesOf(statements).rebuilds.flatMap((name) => {
    const [was, is] = [indexedTable(before, name), indexedTable(after, name)];
    if (was === undefined || is === undefined || declared?.has(nameKey(name)) !== false) return [];
    return constraintNotes(was, is, after).map(({ note }) => note);
  });
}

function* inventoryOn(memory: DatabaseBridge): Op<Inventory> {
  return toInventory(yield* queryOn<SchemaRow>(memory, 'SELECT type, name, tbl_name, sql FROM main.sqlite_schema'));
}
