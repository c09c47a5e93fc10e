import { DunlinError, isDunlinError } from '../errors/index.ts';
import { nameKey, sameName, type TableText } from '../sql/index.ts';
import type { TableChange } from './changes.ts';

/**
 * Renames run first, so in `dropColumn('a').renameColumn('b', 'a')` the name `a` is not free yet. Renames the old `a` to
 * a free name and applies its other changes under that name.
 */
export function freeColumnNames(
  { columns }: TableText,
  changes: readonly TableChange[],
): { readonly changes: readonly TableChange[]; readonly asWritten: (error: unknown) => unknown } {
  const names = new Set(columns.map(({ name }) => nameKey(name.name)));
  const asides = new Map<string, string>();
  let result = [...changes];
  for (const [at, change] of changes.entries()) {
    if (change.kind !== 'rename-column' || !names.has(nameKey(change.to))) continue;
    const { to } = change;
    const isDropped = changes.slice(0, at).some((other) => other.kind === 'drop-column' && sameName(other.column, to));
    if (!isDropped || asides.has(nameKey(to))) continue;
    let free = `dunlin_dropped_${to}`;
    while (names.has(nameKey(free))) free += '_';
    names.add(nameKey(free));
    asides.set(nameKey(to), free);
    result = result.map((other, i) =>
      i < at && 'column' in other && sameName(other.column, to) ? { ...other, column: free } : other,
    );
  }
  const renames = [...asides].map(([from, to]): TableChange => ({ kind: 'rename-column', from, to }));
  return { changes: [...renames, ...result], asWritten: (error) => withNames(error, asides) };
}

/** An error with the names that the migration uses. */
function withNames(error: unknown, asides: ReadonlyMap<string, string>): unknown {
  if (asides.size === 0 || !isDunlinError(error)) return error;
  let { message, hint } = error;
  for (const [name, free] of asides)
    [message, hint] = [message, hint].map((text) => text.replaceAll(free, name)) as [string, string];
  return new DunlinError(error.code, message, hint, { ...error, cause: error.cause });
}
