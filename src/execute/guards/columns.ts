import { nameKey } from '../../sql/index.ts';

/** A guarded table's columns before a migration, and what its ALTER TABLE statements plainly did to them. */
export interface ColumnChanges {
  readonly before: readonly { readonly name: string; readonly generated: boolean }[];
  readonly dropped: Set<string>;
  /** From key to key. */
  readonly renamed: Map<string, string>;
}

/** What a SELECT that reads the old table takes from it. */
interface Selection {
  readonly mentions: ReadonlySet<string>;
  readonly star: boolean;
}

/**
 * The columns that did not survive. In place, a column survives under its name, renames followed. In a rebuild it
 * survives when a SELECT that reads the old table mentions it (the new column may have another name); one that merely
 * exists again under its name lost its values. Generated columns are computed, not carried: they must exist again.
 */
export function lostColumns(
  changes: ColumnChanges,
  present: ReadonlySet<string>,
  selections: readonly Selection[] | undefined,
): readonly string[] {
  const all = selections?.some((selection) => selection.star) ?? false;
  return changes.before
    .filter((column) => {
      const key = finalName(nameKey(column.name), changes);
      if (key === undefined) return false;
      if (selections === undefined || column.generated) return !present.has(key);
      if (all) return false;
      return !selections.some((selection) => selection.mentions.has(key) || selection.mentions.has(nameKey(column.name)));
    })
    .map((column) => column.name);
}

/** The key of a column after the renames; undefined when it was dropped. */
function finalName(key: string, changes: ColumnChanges): string | undefined {
  const seen = new Set<string>();
  let name = key;
  for (let next = changes.renamed.get(name); next !== undefined && !seen.has(next); next = changes.renamed.get(name)) {
    seen.add(next);
    name = next;
  }
  return changes.dropped.has(name) ? undefined : name;
}
