import { nameKey, type ObjectName, type ParsedStatement } from '../sql/index.ts';
import { head, locationOf } from './source-location.ts';
import type { StepStatement } from './policy.ts';
import { groupSteps, type Step } from './step.ts';
import type { Plan, PlannedRebuild, PlannedStatement, PlanStep, Touches } from './types.ts';

/** A plan without its steps and its backup. */
export type PlanFrame = Omit<Plan, 'steps' | 'backup'>;

/** Turns steps into plain data. `rebuilds` are the forecasts for each step. */
export function toPlan(
  steps: readonly Step[],
  frame: PlanFrame,
  rebuilds: ReadonlyMap<Step, readonly PlannedRebuild[]> = new Map(),
): Plan {
  const planned = groupSteps(steps).flatMap((group, index) =>
    group.steps.map((step) => toPlanStep(step, index + 1, rebuilds.get(step))),
  );
  return { ...frame, steps: planned };
}

function toPlanStep(step: Step, group: number, rebuilds: readonly PlannedRebuild[] | undefined): PlanStep {
  const touches = touchesOf(step.statements);
  return {
    version: step.version,
    name: step.name,
    label: step.label,
    direction: step.direction,
    file: step.file,
    kind: step.run === undefined && step.migration?.kind !== 'code' ? 'sql' : 'code',
    description: step.description,
    group,
    transaction: step.transaction,
    foreignKeys: step.foreignKeys,
    destructive: step.destructive,
    together: step.set?.versions ?? [],
    statements: step.statements.map((entry) => toPlannedStatement(entry, step.file)),
    verifications: step.verify.map((query) => query.name),
    touches,
    rebuilds: rebuilds ?? touches.rebuilds.map(unknownRebuild),
    reversible: step.reversible,
    warnings: step.warnings,
  };
}

function unknownRebuild(table: string): PlannedRebuild {
  return { table, check: 'unknown', compared: [], proven: [], transformed: [], leftOut: [], kept: [] };
}

function toPlannedStatement(entry: StepStatement, file: string): PlannedStatement {
  return {
    sql: entry.statement.sql,
    location: locationOf(entry.statement, file, entry.number),
    action: entry.skip === undefined ? 'run' : 'skip',
    reason: entry.skip,
    summary: `${summarize(entry.facts, head(entry.statement))}${entry.batch === undefined ? '' : `, ${entry.batch.size} at a time`}`,
  };
}

/** What a statement does: "creates view v". `text` says it where only the statement itself does. */
export function summarize(facts: ParsedStatement, text: string): string {
  switch (facts.verb) {
    case 'create':
      return `creates ${facts.object} ${facts.name.name}${facts.object === 'index' ? `: reads ${facts.table} once, other writers wait meanwhile` : ''}`;
    case 'drop':
      return `drops ${facts.object} ${facts.name.name}`;
    case 'alter':
      return summarizeAlter(facts.name.name, facts.change);
    case 'insert':
      return `inserts ${facts.conflict === 'replace' ? 'or replaces rows of' : 'rows into'} ${facts.name.name}`;
    case 'update':
      return `updates ${facts.conflict === 'replace' ? 'or replaces ' : ''}rows of ${facts.name.name}`;
    case 'delete':
      return `deletes rows of ${facts.name.name}`;
    case 'vacuum':
      return 'rewrites the whole database file';
    default:
      return text;
  }
}

function summarizeAlter(table: string, change: Extract<ParsedStatement, { verb: 'alter' }>['change']): string {
  switch (change.kind) {
    case 'rename-table':
      return `renames table ${table} to ${change.to}`;
    case 'rename-column':
      return `renames column ${table}.${change.from} to ${change.to}`;
    case 'add-column':
      return `adds column ${table}.${change.column}`;
    case 'drop-column':
      return `drops column ${table}.${change.column}: rewrites the table`;
    case 'other':
      return `alters table ${table}`;
  }
}

/** The objects by what happens to them. A table that is dropped and created again is rebuilt. */
export function touchesOf(statements: readonly StepStatement[]): Touches {
  const creates = new Names();
  const alters = new Names();
  const drops = new Names();
  const rebuilds = new Names();
  const writes = new Names();
  for (const { facts, skip } of statements) {
    if (skip !== undefined) continue;
    if (facts.verb === 'create') {
      if (facts.object === 'table' && drops.delete(facts.name)) rebuilds.add(facts.name);
      else creates.add(facts.name);
    } else if (facts.verb === 'drop') {
      if (!creates.delete(facts.name) && !rebuilds.has(facts.name)) drops.add(facts.name);
    } else if (facts.verb === 'alter') {
      const to = facts.change.kind === 'rename-table' ? { schema: undefined, name: facts.change.to } : undefined;
      if (to !== undefined && drops.delete(to)) {
        creates.delete(facts.name);
        rebuilds.add(to);
      } else if (!creates.has(facts.name)) alters.add(facts.name);
    } else if (facts.verb === 'insert' || facts.verb === 'update' || facts.verb === 'delete') {
      if (!creates.has(facts.name)) writes.add(facts.name);
    }
  }
  return {
    creates: creates.list(),
    alters: alters.list(),
    drops: drops.list(),
    rebuilds: rebuilds.list(),
    writes: writes.list(),
  };
}

/** Names as SQLite compares them, with their spelling. */
class Names {
  readonly #names = new Map<string, string>();

  add(name: ObjectName): void {
    this.#names.set(nameKey(name.name), name.name);
  }

  has(name: ObjectName): boolean {
    return this.#names.has(nameKey(name.name));
  }

  delete(name: ObjectName): boolean {
    return this.#names.delete(nameKey(name.name));
  }

  list(): readonly string[] {
    return [...this.#names.values()];
  }
}
