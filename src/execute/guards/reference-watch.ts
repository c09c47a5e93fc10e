import type { Op } from '../../bridge/index.ts';
import { countViolations, readParents, tableExists } from '../../schema/index.ts';
import { nameKey, type ObjectName } from '../../sql/index.ts';
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
  readonly #children = new Map<string, ReadonlyMap<string, number>>();
  /** The parents that guarded children had before, where a parent was renamed or dropped. */
  readonly #parents = new Map<string, ReadonlySet<string>>();
  /** What a table that was renamed away had before, for the new one that takes its name. */
  readonly #former = new Map<string, ReadonlyMap<string, number>>();
  /** Tables whose foreign keys the migration itself wrote: where those point is its own business. */
  readonly #rewritten = new Set<string>();

  constructor(guard: Guard, names: TableNames) {
    this.#guard = guard;
    this.#names = names;
  }

  /** Before a statement writes rows of a table, drops or renames it. `removes`: rows may go, or keys change. */
  *written(name: ObjectName, removes: boolean): Op<void> {
    if (this.#names.isTemporary(name)) return;
    const key = nameKey(name.name);
    for (const table of this.#guard.reachOf(key)) {
      if (this.#guard.references.has(table)) yield* this.#take(table);
      // What a trigger does to a table is not known: its rows may go as well.
      if (removes || table !== key) for (const child of this.#guard.childrenOf(table)) yield* this.#take(child);
    }
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

  /** Follows a rename. The children of the old name are kept: without legacy_alter_table they follow, with it not. */
  renamed(from: string, to: string): void {
    const [fromKey, toKey] = [nameKey(from), nameKey(to)];
    const { references } = this.#guard;
    const parents = references.get(fromKey);
    if (parents !== undefined) references.set(toKey, parents);
    for (const set of references.values()) if (set.has(fromKey)) set.add(toKey);
    const before = this.#children.get(fromKey);
    if (before === undefined) return;
    this.#children.delete(fromKey);
    this.#former.set(fromKey, before);
    // A rebuilt table takes the place of the one whose violations are known.
    if (!this.#children.has(toKey)) this.#children.set(toKey, before);
  }

  /** The violations that are new, and references that point nowhere since a rename. */
  *violations(): Op<readonly Loss[]> {
    const losses: Loss[] = [];
    for (const [child, before] of this.#children) {
      const found = yield* countViolations(child);
      // A parent that was renamed takes its old violations along.
      const grown = total(found) > total(before);
      for (const [parent, after] of found) {
        const had = before.get(parent) ?? 0;
        if (after > had && (grown || before.has(parent))) losses.push({ kind: 'violation', child, parent, before: had, after });
      }
      losses.push(...(yield* this.#dangling(child, losses)));
    }
    return losses;
  }

  *#take(child: string): Op<void> {
    if (this.#children.has(child)) return;
    const guarded = this.#names.find(child) !== undefined;
    // A table made by this run had no rows before it.
    this.#children.set(child, guarded ? yield* countViolations(child) : (this.#former.get(child) ?? new Map()));
    if (guarded) this.#parents.set(child, yield* readParents(child));
  }

  /** A child that a rename led away from its parent, to a table that does not exist, although no row shows it yet. */
  *#dangling(child: string, found: readonly Loss[]): Op<readonly Loss[]> {
    const before = this.#parents.get(child);
    if (before === undefined || this.#rewritten.has(child)) return [];
    const losses: Loss[] = [];
    for (const parent of yield* readParents(child)) {
      if (before.has(parent) || (yield* tableExists(parent))) continue;
      if (found.some((loss) => loss.kind === 'violation' && loss.child === child && nameKey(loss.parent) === parent)) continue;
      losses.push({ kind: 'dangling', child, parent });
    }
    return losses;
  }
}

function total(violations: ReadonlyMap<string, number>): number {
  return [...violations.values()].reduce((sum, n) => sum + n, 0);
}
