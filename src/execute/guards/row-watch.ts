import { isSqlError, type Op } from '../../bridge/index.ts';
import { countRows } from '../../schema/index.ts';
import { nameKey, type ObjectName } from '../../sql/index.ts';
import type { Declared } from './declared.ts';
import type { Guard, GuardedTable } from './guard.ts';
import type { Loss } from './losses.ts';
import type { Fate, TableNames } from './names.ts';

/** Counts tables at the latest possible moment before they can shrink, and knows what was plainly said to go. */
export class RowWatch {
  readonly #guard: Guard;
  readonly #names: TableNames;
  readonly #counts = new Map<GuardedTable, number>();
  /** Tables of which rows were plainly deleted or replaced since they were counted: guarded, or new (by key). */
  readonly #said = new Set<GuardedTable | string>();

  constructor(guard: Guard, names: TableNames) {
    this.#guard = guard;
    this.#names = names;
  }

  /** Before a statement writes a table. `removes`: it plainly says that rows of the table itself go. */
  *written(name: ObjectName, removes: boolean, replaces: boolean): Op<void> {
    const { replaces: anyReplaces, reach, counts } = this.#guard;
    const key = nameKey(name.name);
    // The OR REPLACE of a statement also holds for what its triggers write (sqlite.org/lang_createtrigger.html).
    const dangerous = anyReplaces || (reach.fires(key) && (reach.removes || replaces));
    for (const reached of reach.from(key)) {
      const table = this.#names.at(reached);
      if (table === undefined) continue;
      if (dangerous && !(removes && reached === key)) yield* this.#count(table, reached);
      counts.delete(table);
    }
  }

  /** Before a statement that foreign key actions may follow, which can reach any table. */
  *allWritten(): Op<void> {
    for (const [name, table] of this.#names.living()) {
      yield* this.#count(table, name);
      this.#guard.counts.delete(table);
    }
  }

  /** A statement that succeeded named the table: rows of it were meant to go. */
  say(name: ObjectName, deletes: boolean): void {
    if (!this.#names.isMain(name)) return;
    const table = this.#names.find(name);
    // A DELETE from the new table of a rebuild is said as plainly as one from the old; an OR REPLACE there is not.
    if (table !== undefined) this.#said.add(table);
    else if (deletes) this.#said.add(nameKey(name.name));
  }

  /** Statements with foreign keys on said that rows of these tables go too. */
  sayAll(keys: Iterable<string>): void {
    for (const key of keys) this.#said.add(this.#names.at(key) ?? key);
  }

  /**
   * Before a DROP TABLE: what is there now is what its successor has to have. Less than before, if that was said; if
   * not, the higher figure stands.
   */
  *dropped(table: GuardedTable, name: string): Op<void> {
    const before = this.#said.delete(table) ? undefined : this.#counts.get(table);
    const rows = this.#guard.counts.get(table) ?? (yield* table.virtual ? countIfPossible(name) : countRows(name));
    if (rows !== undefined) this.#counts.set(table, Math.max(rows, before ?? 0));
  }

  /** A table is gone: what was said of a new one by its name no longer counts. */
  forget(name: string): void {
    this.#said.delete(nameKey(name));
  }

  renamed(from: string, to: string): void {
    if (this.#said.delete(nameKey(from))) this.#said.add(nameKey(to));
  }

  *losses(fateOf: (table: GuardedTable) => Fate, declared: Declared): Op<readonly Loss[]> {
    const losses: Loss[] = [];
    for (const [table, before] of this.#counts) {
      const fate = fateOf(table);
      if (fate.kind !== 'lives' && fate.kind !== 'rebuilt') continue;
      const after = yield* countIfPossible(fate.name);
      if (after === undefined) continue;
      this.#guard.counts.set(table, after);
      const said = this.#said.has(table) || this.#said.has(nameKey(fate.name)) || declared.table(table.name);
      if (after < before && !said) losses.push({ kind: 'rows', table: table.name, before, after });
    }
    return losses;
  }

  *#count(table: GuardedTable, name: string): Op<void> {
    if (table.virtual || this.#counts.has(table)) return;
    this.#counts.set(table, this.#guard.counts.get(table) ?? (yield* countRows(name)));
  }
}

/** What a virtual table's rows are is its module's affair, which may refuse to tell, or be missing. */
function* countIfPossible(table: string): Op<number | undefined> {
  try {
    return yield* countRows(table);
  } catch (error) {
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return undefined;
  }
}
