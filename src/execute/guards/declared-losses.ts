import { nameKey } from '../../sql/index.ts';

/** The losses that a migration declares: `-- dunlin: destructive users.email, orders`. */
export class DeclaredLosses {
  readonly #all: boolean;
  readonly #names: Set<string>;

  constructor(destructive: true | readonly string[]) {
    this.#all = destructive === true;
    this.#names = new Set(destructive === true ? [] : destructive.map(nameKey));
  }

  /** Declares one more, when it is known what it is: `table.column`, or the name of an index. */
  add(name: string): void {
    this.#names.add(nameKey(name));
  }

  /** A table's name covers all that belongs to it: rows, columns, indexes, triggers, sequence. */
  includesTable(table: string): boolean {
    return this.#all || this.#names.has(nameKey(table));
  }

  includesColumn(table: string, column: string): boolean {
    return this.includesTable(table) || this.#names.has(nameKey(`${table}.${column}`));
  }

  /** An index, trigger or view, by its name or the name of its table. */
  includesObject(name: string, table: string): boolean {
    return this.includesTable(table) || this.#names.has(nameKey(name));
  }
}

/** The declarations of all steps: in a set, each applies to every step. */
export function declaredBy(steps: readonly { readonly destructive: true | readonly string[] }[]): DeclaredLosses {
  const all = steps.map(({ destructive }) => destructive);
  return new DeclaredLosses(all.includes(true) || all.flatMap((one) => (one === true ? [] : one)));
}
