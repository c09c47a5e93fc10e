import { nameKey } from '../sql/index.ts';
import type { RecordedStatement } from './recorder.ts';

/** A table of a migration: it keeps its identity if it is renamed. */
export interface TrackedTable {
  readonly id: string;
  /** Its name before the migration, or when it was created. */
  readonly first: string;
  readonly name: string;
  readonly isNew: boolean;
  readonly virtual: boolean;
}

/** Follows the names of tables through the statements of a migration. */
export class TrackedTables {
  /** The tables from before the migration. */
  readonly before: readonly TrackedTable[];
  readonly #tables = new Map<string, TrackedTable>();
  #made = 0;

  /** `names`: the tables, and whether each is virtual. */
  constructor(names: ReadonlyMap<string, boolean>) {
    for (const [name, virtual] of names)
      this.#tables.set(nameKey(name), { id: `t${this.#tables.size}`, first: name, name, isNew: false, virtual });
    this.before = [...this.#tables.values()];
  }

  /** The tables that exist now. */
  get all(): readonly TrackedTable[] {
    return [...this.#tables.values()];
  }

  get(name: string): TrackedTable | undefined {
    return this.#tables.get(nameKey(name));
  }

  follow({ facts }: RecordedStatement): void {
    if (facts.verb === 'create' && facts.object === 'table') {
      const { name } = facts.name;
      if (this.get(name) !== undefined) return;
      const id = `n${this.#made++}`;
      this.#tables.set(nameKey(name), { id, first: name, name, isNew: true, virtual: facts.virtual });
    } else if (facts.verb === 'drop' && facts.object === 'table') {
      this.#tables.delete(nameKey(facts.name.name));
    } else if (facts.verb === 'alter' && facts.change.kind === 'rename-table') {
      const table = this.get(facts.name.name);
      if (table === undefined) return;
      this.#tables.delete(nameKey(table.name));
      this.#tables.set(nameKey(facts.change.to), { ...table, name: facts.change.to });
    }
  }

  /** The names of the tables that exist now, and whether each is virtual. */
  get names(): ReadonlyMap<string, boolean> {
    return new Map(this.all.map(({ name, virtual }) => [name, virtual]));
  }
}
