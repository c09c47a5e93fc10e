import type { Op } from '../../bridge/index.ts';
import { countViolations, noViolations, readParents, findTable, type Violations } from '../../schema/index.ts';
import { nameKey, sources, type SqlStatement } from '../../sql/index.ts';
import type { Guard } from './guard.ts';
import type { Loss } from './losses.ts';
import type { TableNames } from './names.ts';

/**
 * Checks foreign keys where a migration can have broken them: in the tables it wrote that refer to others, and in
 * the tables that refer to one it removed rows from. Enforcement is off meanwhile, so nothing else would notice.
 */
export class ReferenceWatch {
  readonly #guard: Guard;
  readonly #names: TableNames;
  /** Child tables to look at, by the key of their present name, with the violations they had before. */
  readonly #children = new Map<string, Violations>();
  /** What a table had that was renamed away or dropped, for the new one that takes its name. */
  readonly #former = new Map<string, Violations>();
  /** The parents that guarded children had before, by the children's keys. */
  readonly #parents = new Map<string, ReadonlySet<string>>();
  /** Tables whose foreign keys the migration itself wrote: where those point is its own business. */
  readonly #rewritten = new Set<string>();

  constructor(guard: Guard, names: TableNames) {
    this.#guard = guard;
    this.#names = names;
  }

  /** Before a statement writes rows of a table, drops or renames it. `removes`: rows may go, or keys change. */
  *written(key: string, removes: boolean): Op<void> {
    for (const table of this.#guard.reach.from(key)) {
      if (this.#guard.references.has(table)) yield* this.#take(table);
      // What a trigger does to a table is not known: its rows may go as well.
      if (removes || table !== key) for (const child of this.#guard.childrenOf(table)) yield* this.#take(child);
    }
  }

  /** Before rows are copied into a table: those that violated a foreign key where they come from may do so there. */
  *copied(key: string, statement: SqlStatement): Op<void> {
    const before = this.#children.get(key);
    if (before === undefined) return;
    let total = before;
    for (const source of sources(statement)) {
      if (source === key || this.#names.at(source) === undefined || !this.#guard.references.has(source)) continue;
      yield* this.#take(source);
      total = combine(total, this.#children.get(source), (a, b) => a + b);
    }
    this.#children.set(key, total);
  }

  /** A table, or a column of it, was made that refers to others. */
  created(name: string, references: readonly string[]): void {
    if (references.length === 0) return;
    const key = nameKey(name);
    const parents = this.#guard.references.get(key) ?? new Set();
    for (const parent of references) parents.add(nameKey(parent));
    this.#guard.references.set(key, parents);
    this.#rewritten.add(key);
  }

  dropped(name: string): void {
    this.#leave(nameKey(name));
    this.#guard.references.delete(nameKey(name));
  }

  /** Follows a rename. The children of the old name are kept: without legacy_alter_table they follow, with it not. */
  renamed(from: string, to: string): void {
    const [fromKey, toKey] = [nameKey(from), nameKey(to)];
    const { references } = this.#guard;
    const parents = references.get(fromKey);
    references.delete(fromKey);
    if (parents !== undefined) references.set(toKey, parents);
    for (const set of references.values()) if (set.has(fromKey)) set.add(toKey);
    if (this.#rewritten.delete(fromKey)) this.#rewritten.add(toKey);
    const [before, named] = [this.#children.get(fromKey), this.#parents.get(fromKey)];
    const guarded = this.#names.at(fromKey) !== undefined;
    this.#leave(fromKey);
    // A rebuilt table takes the place of the one whose violations are known.
    const former = guarded ? undefined : this.#former.get(toKey);
    if (before !== undefined) this.#children.set(toKey, combine(before, former, Math.max));
    if (named !== undefined) this.#parents.set(toKey, named);
  }

  /** The violations that are new, and references that point nowhere since a rename. */
  *violations(): Op<readonly Loss[]> {
    const losses: Loss[] = [];
    for (const [key, before] of this.#children) {
      const found = yield* countViolations(key);
      // Where SQLite could not tell before, it cannot be told what is new.
      if (before.unknown !== undefined) continue;
      const had = new Map([...before.byParent].map(([parent, n]) => [this.#nowCalled(parent), n]));
      const grown = [...found.byParent].filter(([parent, after]) => after > (had.get(parent) ?? 0));
      const dangling = (yield* this.#dangling(key)).filter((parent) => !grown.some(([other]) => other === parent));
      if (found.unknown === undefined && grown.length === 0 && dangling.length === 0) continue;
      const child = yield* asSpelt(key);
      if (found.unknown !== undefined) losses.push({ kind: 'mismatch', child, reason: found.unknown });
      for (const [parent, after] of grown) {
        const found = yield* findTable(parent);
        const missing = found === undefined && this.#wasNever(key, parent);
        losses.push({
          kind: 'violation',
          child,
          parent: found ?? parent,
          before: had.get(parent) ?? 0,
          after,
          missing,
        });
      }
      for (const parent of dangling) losses.push({ kind: 'dangling', child, parent });
    }
    return losses;
  }

  *#take(child: string): Op<void> {
    if (this.#children.has(child)) return;
    const guarded = this.#names.at(child) !== undefined;
    const former = this.#former.get(child);
    // A table made by this run had no rows before it.
    this.#children.set(child, former ?? (guarded ? yield* countViolations(child) : noViolations));
    if (guarded) this.#parents.set(child, yield* readParents(child));
  }

  #leave(key: string): void {
    const before = this.#children.get(key);
    if (before !== undefined && this.#names.at(key) !== undefined) this.#former.set(key, before);
    this.#children.delete(key);
    this.#parents.delete(key);
  }

  /** A parent that the text of the child's key names, and that no rename or DROP TABLE of this run took away. */
  #wasNever(child: string, parent: string): boolean {
    const named = this.#rewritten.has(child) || this.#parents.get(child)?.has(parent) === true;
    return named && !this.#guard.inventory.tables.has(parent) && !this.#guard.tables.has(parent);
  }

  /** The key under which a parent goes on that was called this before the migration. */
  #nowCalled(parent: string): string {
    const table = this.#guard.tables.get(parent);
    if (table === undefined || this.#names.hasEnded(table)) return parent;
    return nameKey(this.#names.nameOf(table));
  }

  /** References that a rename led to a table that does not exist, although no row may show it yet. */
  *#dangling(child: string): Op<readonly string[]> {
    const before = this.#parents.get(child);
    if (before === undefined || this.#rewritten.has(child)) return [];
    const dangling: string[] = [];
    for (const parent of yield* readParents(child)) {
      // That the parent was dropped by name, or was missing all along, is no business of ours.
      if (before.has(parent) && this.#nowCalled(parent) === parent) continue;
      if ((yield* findTable(parent)) === undefined) dangling.push(parent);
    }
    return dangling;
  }
}

function* asSpelt(key: string): Op<string> {
  return (yield* findTable(key)) ?? key;
}

/** Two tables' violations as one's. */
function combine(a: Violations, b: Violations | undefined, add: (a: number, b: number) => number): Violations {
  if (b === undefined) return a;
  const byParent = new Map(a.byParent);
  for (const [parent, n] of b.byParent) byParent.set(parent, add(byParent.get(parent) ?? 0, n));
  return { byParent, unknown: a.unknown ?? b.unknown };
}
