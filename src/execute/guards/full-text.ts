import type { Op } from '../../bridge/index.ts';
import { searchesOf, staleSearches, type SearchTable } from '../../rebuild/index.ts';
import { dependents, isVirtual, readInventory } from '../../schema/index.ts';
import { isPlainName, nameKey, quote } from '../../sql/index.ts';
import type { RunBaseline } from './run-baseline.ts';

/** Thrown to have the migration undone, so that what is wrong now can be looked for in the state before it. */
export class StaleIndexes extends Error {
  readonly indexes: readonly SearchTable[];

  constructor(indexes: readonly SearchTable[]) {
    super('full-text indexes do not fit their content');
    this.indexes = indexes;
  }
}

/**
 * Checks that full-text tables with external content still fit it. Such a table finds rows of another one by their
 * rowids: after a rebuild that numbers them anew, or a change without its triggers, a search for one word finds another
 * row (sqlite.org/fts5.html, section 4.4.3). Only its own check sees that, which reads all of the text: so it is asked
 * only where the migration touched the index or its content.
 */
export class FullTextCheck {
  readonly #baseline: RunBaseline;
  /** The keys of names that were written, dropped, renamed or altered. */
  readonly #touched = new Set<string>();
  readonly #created = new Set<string>();

  constructor(baseline: RunBaseline) {
    this.#baseline = baseline;
  }

  /** A statement wrote a table or changed it; `reached`: what its triggers may write too. */
  touched(reached: Iterable<string>): void {
    for (const key of reached) this.#touched.add(key);
  }

  /** An index that the migration makes is its own. */
  created(name: string): void {
    this.#created.add(nameKey(name));
  }

  /** Whether an index may be touched. */
  get isTouched(): boolean {
    return this.#touched.size > 0 && this.#baseline.hasVirtual;
  }

  /** The indexes that were touched and do not fit, and those whose content has another name now or is gone. */
  *check(leaveOut: (table: string) => boolean): Op<{
    readonly stale: readonly SearchTable[];
    readonly orphaned: readonly SearchTable[];
  }> {
    const nothing = { stale: [], orphaned: [] };
    if (!this.isTouched) return nothing;
    const now = yield* readInventory(leaveOut);
    if (![...now.tables.values()].some(({ sql }) => isVirtual(sql))) return nothing;
    const touched = new Set(this.#touched);
    for (const key of this.#touched)
      for (const { type, name } of dependents(now.others, key).values())
        if (type === 'view') touched.add(nameKey(name));
    const names = new Set([...now.tables.values(), ...now.others.values()].map(({ name }) => nameKey(name)));
    const asked = searchesOf(now).filter(
      ({ name, content }) =>
        !this.#created.has(nameKey(name)) && (touched.has(nameKey(name)) || touched.has(nameKey(content))),
    );
    const exists = ({ content }: SearchTable): boolean => names.has(nameKey(content));
    return {
      stale: yield* staleSearches(asked.filter(exists)),
      orphaned: asked.filter((one) => !exists(one)),
    };
  }
}

/** The statement that makes a full-text index anew from its content. */
export function rebuildStatement({ name }: SearchTable): string {
  const table = isPlainName(name) ? name : quote(name);
  return `INSERT INTO ${table}(${table}) VALUES('rebuild');`;
}
