import type { StepStatement } from '../../plan/index.ts';
import { mentions, nameKey } from '../../sql/index.ts';

/** A table that a migration replaces by a copy of itself, and the statements that do so. */
export interface Rebuild {
  /** The name of the table, before and after. */
  readonly name: string;
  /** The CREATE TABLE of the new table. */
  readonly createStatement: StepStatement;
  /** The DROP or RENAME after which the old table no longer has the name. */
  readonly freesName: StepStatement;
  /** The RENAME or DROP after which the new table has the name and the old one is gone. */
  readonly lastStatement: StepStatement;
}

interface TrackedTable {
  /** Undefined for a table from before the migration. */
  readonly createStatement: StepStatement | undefined;
  /** The names that it has had, by key. `freedBy`: the statement after which it no longer has it; undefined for its present name. */
  readonly names: Map<string, { readonly name: string; readonly freedBy: StepStatement | undefined }>;
  /** The tables that a statement which put rows into it may have read. */
  readonly sources: Set<TrackedTable>;
  isDropped: boolean;
}

/**
 * The rebuilds among the statements of a migration or a set, whatever the temporary name: a new table gets rows of an old
 * one and then its name. The old one is dropped first, or renamed first.
 */
export function findRebuilds(statements: readonly StepStatement[]): readonly Rebuild[] {
  // Most migrations have none, and reading the names in every INSERT takes time.
  if (!statements.some(({ facts }) => facts.verb === 'alter' && facts.change.kind === 'rename-table')) return [];
  /** The table that has a name at this statement, by key; undefined for a name that is free. */
  const tables = new Map<string, TrackedTable | undefined>();
  const found: Rebuild[] = [];

  const tableOf = (name: string): TrackedTable | undefined => {
    const key = nameKey(name);
    if (!tables.has(key)) tables.set(key, track(name, undefined));
    return tables.get(key);
  };
  // Any name in the statement counts as a source. One too many does no harm: `finish` also needs the drop and the rename.
  const noteSources = (target: TrackedTable | undefined, { statement }: StepStatement): void => {
    if (target?.createStatement === undefined) return;
    for (const name of mentions(statement)) {
      const source = tableOf(name);
      if (source !== undefined) target.sources.add(source);
    }
  };
  const freeName = (name: string, freedBy: StepStatement): TrackedTable | undefined => {
    const table = tableOf(name);
    table?.names.set(nameKey(name), { name, freedBy });
    tables.set(nameKey(name), undefined);
    return table;
  };
  // If the old table is gone, and a table filled from it now has one of its names, that was a rebuild.
  const finish = (old: TrackedTable, lastStatement: StepStatement): void => {
    for (const [key, { name, freedBy }] of old.isDropped ? old.names : []) {
      const holder = tables.get(key);
      const createStatement = holder?.sources.has(old) === true ? holder.createStatement : undefined;
      const isKnown = found.some(({ freesName }) => freesName === freedBy);
      if (createStatement !== undefined && freedBy !== undefined && !isKnown)
        found.push({ name, createStatement, freesName: freedBy, lastStatement });
    }
  };

  for (const entry of statements) {
    const { facts } = entry;
    // A PRAGMA has a name too, a string.
    if (entry.skip !== undefined || !('name' in facts) || typeof facts.name === 'string') continue;
    const { name, schema } = facts.name;
    if (schema !== undefined && nameKey(schema) !== 'main') continue;
    if (facts.verb === 'create' && facts.object === 'table' && !facts.temporary && !facts.virtual) {
      const table = track(name, entry);
      tables.set(nameKey(name), table);
      if (facts.asSelect) noteSources(table, entry);
    } else if (facts.verb === 'insert') noteSources(tableOf(name), entry);
    else if (facts.verb === 'drop' && facts.object === 'table') {
      const table = freeName(name, entry);
      if (table === undefined) continue;
      table.isDropped = true;
      finish(table, entry);
    } else if (facts.verb === 'alter' && facts.change.kind === 'rename-table') {
      const table = freeName(name, entry);
      if (table === undefined) continue;
      const { to } = facts.change;
      // The first name of a new table is a temporary one, which another may take later.
      if (table.createStatement !== undefined) table.names.clear();
      table.names.set(nameKey(to), { name: to, freedBy: undefined });
      tables.set(nameKey(to), table);
      for (const old of table.sources) finish(old, entry);
    }
  }
  return found;
}

function track(name: string, createStatement: StepStatement | undefined): TrackedTable {
  const names = new Map([[nameKey(name), { name, freedBy: undefined }]]);
  return { createStatement, names, sources: new Set(), isDropped: false };
}
