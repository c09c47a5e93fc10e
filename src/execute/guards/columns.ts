import { nameKey } from '../../sql/index.ts';

/** A guarded table's columns before a migration, and under which key each is now; undefined: dropped by name. */
export class ColumnNames {
  readonly before: readonly { readonly name: string; readonly generated: boolean }[];
  /** The rebuild after which they were taken. */
  readonly since: unknown;
  readonly #now: Map<string, string | undefined>;

  constructor(before: ColumnNames['before'], since: unknown) {
    this.before = before;
    this.since = since;
    this.#now = new Map(before.map(({ name }) => [nameKey(name), nameKey(name)]));
  }

  rename(from: string, to: string): void {
    this.#move(nameKey(from), nameKey(to));
  }

  drop(column: string): void {
    this.#move(nameKey(column), undefined);
  }

  now(column: string): string | undefined {
    return this.#now.get(nameKey(column));
  }

  #move(from: string, to: string | undefined): void {
    for (const [original, now] of this.#now) {
      if (now !== from) continue;
      this.#now.set(original, to);
      return;
    }
  }
}

/** What a SELECT takes from the tables that it reads. */
export interface Selection {
  readonly mentions: ReadonlySet<string>;
  readonly star: boolean;
}

/** How rows came from an old table into the one that follows it. */
export interface Carriage {
  /** The selects that read the old table. */
  readonly out: readonly Selection[];
  /** Where none of those fills the new one: the selects that do, from the table in between. */
  readonly onward: readonly Selection[];
}

/**
 * The columns that did not survive. In place, a column survives under its name, renames followed. In a rebuild it
 * survives when a SELECT that reads the old table mentions it (the new column may have another name); one that merely
 * exists again under its name lost its values. Generated columns are computed, not carried: they must exist again.
 */
export function lostColumns(
  columns: ColumnNames,
  present: ReadonlySet<string>,
  carriage: Carriage | undefined,
): readonly string[] {
  return columns.before
    .filter(({ name, generated }) => {
      const key = columns.now(name);
      if (key === undefined) return false;
      if (carriage === undefined || generated) return !present.has(key);
      const { out, onward } = carriage;
      const mentioned = ({ mentions }: Selection): boolean => mentions.has(key) || mentions.has(nameKey(name));
      if (out.some(mentioned)) return false;
      // With `*` the columns go by position, so that one may have another name, if there is room for all.
      const fits = present.has(key) || present.size >= columns.before.length;
      const starred = (selection: Selection): boolean => selection.star && fits;
      if (onward.length === 0) return !out.some(starred);
      return !out.some(({ star }) => star) || !onward.some((selection) => mentioned(selection) || starred(selection));
    })
    .map((column) => column.name);
}
