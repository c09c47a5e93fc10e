import type { Op } from '../../bridge/index.ts';
import { externalContentIndexes, staleIndexes, type ExternalContentIndex } from '../../rebuild/index.ts';
import { dependents, isVirtual, readInventory } from '../../schema/index.ts';
import { isPlainName, nameKey, quote } from '../../sql/index.ts';
import type { RunBaseline } from './run-baseline.ts';

/** Thrown to roll the migration back, so that the indexes can be checked in the state before it. */
export class StaleIndexes extends Error {
  readonly indexes: readonly ExternalContentIndex[];

  constructor(indexes: readonly ExternalContentIndex[]) {
    super('full-text indexes do not fit their content');
    this.indexes = indexes;
  }
}

/**
 * Checks that full-text tables with external content still fit it. Such a table finds rows of another table by rowid.
 * After a rebuild that changes rowids, or a change without its triggers, a search finds the wrong rows
 * (sqlite.org/fts5.html, section 4.4.3). Only its integrity check sees that. The check reads all of the text, so it
 * runs only if the migration touched the index or its content.
 */
export class FullTextCheck {
  readonly #baseline: RunBaseline;
  /** The keys of names that were written, dropped, renamed or altered. */
  readonly #touched = new Set<string>();
  readonly #created = new Set<string>();

  constructor(baseline: RunBaseline) {
    this.#baseline = baseline;
  }

  /** A statement wrote or changed tables. `reached`: their keys, with those that its triggers may write. */
  markTouched(reached: Iterable<string>): void {
    for (const key of reached) this.#touched.add(key);
  }

  /** The migration created an index: it may leave it unfilled. */
  created(name: string): void {
    this.#created.add(nameKey(name));
  }

  /** Whether an index may be touched. */
  get isTouched(): boolean {
    return this.#touched.size > 0 && this.#baseline.hasVirtual;
  }

  /** Throws `StaleIndexes` if the migration left indexes that do not fit, and notes other indexes that do not work. */
  *check(leaveOut: (table: string) => boolean, staleBefore: ReadonlySet<string>): Op<readonly string[]> {
    if (!this.isTouched) return [];
    const now = yield* readInventory(leaveOut);
    if (![...now.tables.values()].some(({ sql }) => isVirtual(sql))) return [];
    const touched = new Set(this.#touched);
    for (const key of this.#touched)
      for (const { type, name } of dependents(now.others, key).values())
        if (type === 'view') touched.add(nameKey(name));
    const names = new Set([...now.tables.values(), ...now.others.values()].map(({ name }) => nameKey(name)));
    const asked = externalContentIndexes(now).filter(
      ({ name, content }) =>
        !this.#created.has(nameKey(name)) && (touched.has(nameKey(name)) || touched.has(nameKey(content))),
    );
    const exists = ({ content }: ExternalContentIndex): boolean => names.has(nameKey(content));
    const stale = yield* staleIndexes(asked.filter(exists));
    const unexpected = stale.filter(({ name }) => !staleBefore.has(name));
    if (unexpected.length > 0) throw new StaleIndexes(unexpected);
    return [
      ...stale.map(
        (index) =>
          `${index.name} does not fit the text of ${index.content} that it indexes: ${rebuildStatement(index)}`,
      ),
      ...asked
        .filter((one) => !exists(one))
        .map(({ name, content }) => `${name} indexes ${content}, which does not exist: SQLite cannot read its text`),
    ];
  }
}

/** The statement that makes a full-text index anew from its content. */
export function rebuildStatement({ name }: ExternalContentIndex): string {
  const table = isPlainName(name) ? name : quote(name);
  return `INSERT INTO ${table}(${table}) VALUES('rebuild');`;
}
