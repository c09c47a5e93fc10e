import type { References } from '../../schema/index.ts';

/** Which table refers to which, by the keys of their names, in both directions. */
export class ReferenceGraph {
  readonly #parents: References;
  /** The same by parent: a statement asks for the children of every table that it writes. */
  readonly #children = new Map<string, Set<string>>();

  constructor(parents: References) {
    this.#parents = parents;
    for (const [child, all] of parents) for (const parent of all) this.#addChild(parent, child);
  }

  get isEmpty(): boolean {
    return this.#parents.size === 0;
  }

  /** Whether a table refers to any. */
  has(child: string): boolean {
    return this.#parents.has(child);
  }

  /** The tables that refer to this one. It may be one of them. */
  childrenOf(parent: string): ReadonlySet<string> {
    return this.#children.get(parent) ?? none;
  }

  add(child: string, parents: Iterable<string>): void {
    const known = this.#parents.get(child) ?? new Set();
    this.#parents.set(child, known);
    for (const parent of parents) {
      known.add(parent);
      this.#addChild(parent, child);
    }
  }

  delete(child: string): void {
    for (const parent of this.#parents.get(child) ?? []) this.#children.get(parent)?.delete(child);
    this.#parents.delete(child);
  }

  /** Follows a rename. The old name is kept as a parent too: with legacy_alter_table its children do not follow. */
  rename(from: string, to: string): void {
    const parents = this.#parents.get(from);
    this.delete(from);
    if (parents !== undefined) this.add(to, parents);
    for (const child of this.childrenOf(from)) this.add(child, [to]);
  }

  #addChild(parent: string, child: string): void {
    const children = this.#children.get(parent) ?? new Set();
    this.#children.set(parent, children.add(child));
  }
}

const none: ReadonlySet<string> = new Set();
