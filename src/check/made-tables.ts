import type { Migration } from '../migration/index.ts';
import { readable } from '../plan/index.ts';
import type { Inventory } from '../schema/index.ts';
import { classify, nameKey, type SqlStatement } from '../sql/index.ts';

/**
 * The tables and views that migrations make, even if others drop them or give them another name. What else the user's
 * database has, the application makes.
 */
export class MadeTables {
  readonly #made = new Set<string>();
  /** Those that a statement drops or renames before any has made them. A rebuild of one does not make it. */
  readonly #found = new Set<string>();

  constructor(migrations: readonly Migration[]) {
    for (const migration of migrations)
      if (migration.kind === 'sql')
        for (const statement of readable(() => migration.content.up.statements) ?? []) this.#read(statement);
  }

  /** Adds what a database has on which nothing but migrations ran: those in code are known by what they leave. */
  add({ tables, others }: Inventory): void {
    for (const key of tables.keys()) this.#made.add(key);
    for (const { type, name } of others.values()) if (type === 'view') this.#made.add(nameKey(name));
  }

  has(name: string): boolean {
    return this.#made.has(nameKey(name));
  }

  #read(statement: SqlStatement): void {
    const facts = classify(statement);
    if (facts.verb === 'create' && (facts.object === 'table' || facts.object === 'view')) {
      if (!facts.temporary) this.#make(facts.name.name);
    } else if (facts.verb === 'drop' && (facts.object === 'table' || facts.object === 'view')) {
      if (!facts.ifExists) this.#take(facts.name.name);
    } else if (facts.verb === 'alter' && facts.change.kind === 'rename-table') {
      this.#take(facts.name.name);
      this.#make(facts.change.to);
    }
  }

  #make(name: string): void {
    if (!this.#found.has(nameKey(name))) this.#made.add(nameKey(name));
  }

  #take(name: string): void {
    if (!this.has(name)) this.#found.add(nameKey(name));
  }
}
