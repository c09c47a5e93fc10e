import type { Op } from '../../bridge/index.ts';
import { externalContentTables, tablesOutOfSync, type ExternalContentTable } from '../../rebuild/index.ts';
import { dependents, isVirtual, readInventory } from '../../schema/index.ts';
import { isPlainName, nameKey, quote } from '../../sql/index.ts';
import type { RunBaseline } from './run-baseline.ts';

/** Thrown to roll the migration back, so that the full-text tables can be checked in the state before it. */
export class OutOfSyncTables extends Error {
  readonly tables: readonly ExternalContentTable[];

  constructor(tables: readonly ExternalContentTable[]) {
    super('full-text tables are out of sync with their content');
    this.tables = tables;
  }
}

/**
 * Checks that full-text tables with external content are in sync with it. Such a table finds rows of another table by
 * rowid. After a rebuild that changes rowids, or a change without its triggers, a query finds the wrong rows
 * (sqlite.org/fts5.html, section 4.4.3). Only its integrity check sees that. The check reads all of the text, so it
 * runs only if the migration touched the table or its content.
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

  /** The migration created a full-text table, which it may leave unfilled. */
  created(name: string): void {
    this.#created.add(nameKey(name));
  }

  /** Whether the migration may have touched a full-text table or its content. */
  get isTouched(): boolean {
    return this.#touched.size > 0 && this.#baseline.hasVirtual;
  }

  /**
   * Throws `OutOfSyncTables` if the migration left tables out of sync. Returns notes on those that were so before, and on
   * those whose content is missing.
   */
  *check(leaveOut: (table: string) => boolean, outOfSyncBefore: ReadonlySet<string>): Op<readonly string[]> {
    if (!this.isTouched) return [];
    const now = yield* readInventory(leaveOut);
    if (![...now.tables.values()].some(({ sql }) => isVirtual(sql))) return [];
    const touched = new Set(this.#touched);
    for (const key of this.#touched)
      for (const { type, name } of dependents(now.others, key).values())
        if (type === 'view') touched.add(nameKey(name));
    const names = new Set([...now.tables.values(), ...now.others.values()].map(({ name }) => nameKey(name)));
    const checked = externalContentTables(now).filter(
      ({ name, content }) =>
        !this.#created.has(nameKey(name)) && (touched.has(nameKey(name)) || touched.has(nameKey(content))),
    );
    const exists = ({ content }: ExternalContentTable): boolean => names.has(nameKey(content));
    const outOfSync = yield* tablesOutOfSync(checked.filter(exists));
    const unexpected = outOfSync.filter(({ name }) => !outOfSyncBefore.has(name));
    if (unexpected.length > 0) throw new OutOfSyncTables(unexpected);
    return [
      ...outOfSync.map(
        (index) =>
          `${index.name} does not fit the text of ${index.content} that it indexes: ${rebuildStatement(index)}`,
      ),
      ...checked
        .filter((one) => !exists(one))
        .map(({ name, content }) => `${name} indexes ${content}, which does not exist: SQLite cannot read its text`),
    ];
  }
}

/** The statement that builds a full-text index anew from its content. */
export function rebuildStatement({ name }: ExternalContentTable): string {
  const table = isPlainName(name) ? name : quote(name);
  return `INSERT INTO ${table}(${table}) VALUES('rebuild');`;
}
