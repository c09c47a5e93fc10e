import type { StepStatement } from '../../plan/index.ts';
import { mentions, nameKey } from '../../sql/index.ts';

/** A table that a copy of it replaces, and the statements that do that. */
export interface Rebuild {
  /** The name of the table, before and after. */
  readonly name: string;
  /** The CREATE TABLE of the new one. */
  readonly creates: StepStatement;
  /** The DROP or RENAME after which the old table no longer has the name. */
  readonly takes: StepStatement;
  /** The RENAME or DROP after which the new table has the name and the old one is gone. */
  readonly ends: StepStatement;
}

interface Followed {
  /** Undefined for a table from before. */
  readonly creates: StepStatement | undefined;
  /** The names that it had, by key, each with the statement that took it; undefined for the one that it has. */
  readonly names: Map<string, { readonly name: string; readonly taken: StepStatement | undefined }>;
  /** The tables that a statement read which put rows into it. */
  readonly copied: Set<Followed>;
  isDropped: boolean;
}

/**
 * The rebuilds among the statements of a migration or a set, whatever the temporary name: a new table gets rows of an old
 * one and then its name. The old one is dropped first, or renamed first.
 */
export function findRebuilds(statements: readonly StepStatement[]): readonly Rebuild[] {
  // Most migrations have none, and reading the names in every INSERT takes time.
  if (!statements.some(({ facts }) => facts.verb === 'alter' && facts.change.kind === 'rename-table')) return [];
  const tables = new Map<string, Followed | undefined>();
  const found: Rebuild[] = [];

  const at = (name: string): Followed | undefined => {
    const key = nameKey(name);
    if (!tables.has(key)) tables.set(key, follow(name, undefined));
    return tables.get(key);
  };
  const copy = (into: Followed | undefined, { statement }: StepStatement): void => {
    if (into?.creates === undefined) return;
    for (const name of mentions(statement)) {
      const source = at(name);
      if (source !== undefined) into.copied.add(source);
    }
  };
  const take = (name: string, taken: StepStatement): Followed | undefined => {
    const table = at(name);
    table?.names.set(nameKey(name), { name, taken });
    tables.set(nameKey(name), undefined);
    return table;
  };
  const finish = (old: Followed, ends: StepStatement): void => {
    for (const [key, { name, taken }] of old.isDropped ? old.names : []) {
      const creates = tables.get(key)?.copied.has(old) === true ? tables.get(key)!.creates : undefined;
      const isKnown = found.some(({ takes }) => takes === taken);
      if (creates !== undefined && taken !== undefined && !isKnown) found.push({ name, creates, takes: taken, ends });
    }
  };

  for (const entry of statements) {
    const { facts } = entry;
    if (entry.skip !== undefined || !('name' in facts) || typeof facts.name === 'string') continue;
    const { name, schema } = facts.name;
    if (schema !== undefined && nameKey(schema) !== 'main') continue;
    if (facts.verb === 'create' && facts.object === 'table' && !facts.temporary && !facts.virtual) {
      const table = follow(name, entry);
      tables.set(nameKey(name), table);
      if (facts.asSelect) copy(table, entry);
    } else if (facts.verb === 'insert') copy(at(name), entry);
    else if (facts.verb === 'drop' && facts.object === 'table') {
      const table = take(name, entry);
      if (table === undefined) continue;
      table.isDropped = true;
      finish(table, entry);
    } else if (facts.verb === 'alter' && facts.change.kind === 'rename-table') {
      const table = take(name, entry);
      if (table === undefined) continue;
      const { to } = facts.change;
      // The first name of a new table is a temporary one, which another may take later.
      if (table.creates !== undefined) table.names.clear();
      table.names.set(nameKey(to), { name: to, taken: undefined });
      tables.set(nameKey(to), table);
      for (const old of table.copied) finish(old, entry);
    }
  }
  return found;
}

function follow(name: string, creates: StepStatement | undefined): Followed {
  const names = new Map([[nameKey(name), { name, taken: undefined }]]);
  return { creates, names, copied: new Set(), isDropped: false };
}
