import { nameKey } from '../../sql/index.ts';

/** The losses that a migration, or one of a set, declares: `-- dunlin: destructive users.email, orders`. */
export class Declared {
  readonly #all: boolean;
  readonly #names: ReadonlySet<string>;

  constructor(destructive: true | readonly string[]) {
    this.#all = destructive === true;
    this.#names = new Set(destructive === true ? [] : destructive.map(nameKey));
  }

  /** A table's name covers all that belongs to it: rows, columns, indexes, triggers, sequence. */
  table(table: string): boolean {
    return this.#all || this.#names.has(nameKey(table));
  }

  column(table: string, column: string): boolean {
    return this.table(table) || this.#names.has(nameKey(`${table}.${column}`));
  }

  /** An index, trigger or view, by its own name or its table's. */
  object(name: string, table: string): boolean {
    return this.table(table) || this.#names.has(nameKey(name));
  }
}

/** What any of these declares: in a set it holds for all. */
export function declaredBy(steps: readonly { readonly destructive: true | readonly string[] }[]): Declared {
  const all = steps.map(({ destructive }) => destructive);
  return new Declared(all.includes(true) || all.flatMap((one) => (one === true ? [] : one)));
}
