import type { Op } from '../../bridge/index.ts';
import { readColumns } from '../../schema/index.ts';
import { nameKey, type AlterChange } from '../../sql/index.ts';
import { ColumnNames, lostColumns } from './columns.ts';
import type { Copies } from './copies.ts';
import type { Declared } from './declared.ts';
import type { GuardedTable } from './guard.ts';
import type { Loss } from './losses.ts';
import type { Fate, TableNames } from './names.ts';

/** Watches that columns survive: the plain ALTERs that name one, and what a rebuild carries over. */
export class ColumnWatch {
  readonly #names: TableNames;
  readonly #copies: Copies;
  readonly #declared: Declared;
  readonly #columns = new Map<GuardedTable, ColumnNames>();
  /** What an earlier rebuild lost of a table that was rebuilt twice. */
  readonly #settled: Loss[] = [];

  constructor(names: TableNames, copies: Copies, declared: Declared) {
    this.#names = names;
    this.#copies = copies;
    this.#declared = declared;
  }

  /** Takes a table's columns, those that this run added left out: they were not there before it. */
  *take(table: GuardedTable, name: string): Op<void> {
    if (table.virtual || this.#columns.has(table)) return;
    const columns = yield* readColumns(name);
    const before = columns.filter((column) => !table.added.has(nameKey(column.name)));
    this.#columns.set(table, new ColumnNames(before, this.#copies.lastRebuild(table)));
  }

  /** Follows an ALTER TABLE. */
  altered(table: GuardedTable, change: AlterChange): void {
    const columns = this.#columns.get(table);
    switch (change.kind) {
      case 'add-column':
        table.added.add(nameKey(change.column));
        break;
      case 'drop-column':
        columns?.drop(change.column);
        table.added.delete(nameKey(change.column));
        break;
      case 'rename-column':
        columns?.rename(change.from, change.to);
        if (table.added.delete(nameKey(change.from))) table.added.add(nameKey(change.to));
        break;
      default:
        break;
    }
  }

  /** Before a table is dropped, or rebuilt: judges what an earlier rebuild carried, for the next one begins. */
  *settle(table: GuardedTable): Op<void> {
    const columns = this.#columns.get(table);
    const fate = this.#names.fateOf(table, undefined);
    if (columns === undefined || fate.kind !== 'rebuilt' || !this.#isRebuilt(table, columns)) return;
    this.#settled.push(...(yield* this.#lostIn(table, columns, fate)));
    this.#columns.delete(table);
  }

  *losses(fateOf: (table: GuardedTable) => Fate): Op<readonly Loss[]> {
    const losses: Loss[] = [...this.#settled];
    for (const [table, columns] of this.#columns) losses.push(...(yield* this.#lostIn(table, columns, fateOf(table))));
    return losses;
  }

  *#lostIn(table: GuardedTable, columns: ColumnNames, { kind, name, older }: Fate): Op<readonly Loss[]> {
    if (kind !== 'lives' && kind !== 'rebuilt') return [];
    const present = new Set((yield* readColumns(name)).map((column) => nameKey(column.name)));
    const rebuilt = kind === 'rebuilt' && this.#isRebuilt(table, columns);
    const carriage = rebuilt ? this.#copies.carriage(table, name, older) : undefined;
    return lostColumns(columns, present, carriage)
      .filter((column) => !this.#declared.column(table.name, column))
      .map((column) => ({ kind: 'column', table: table.name, column }));
  }

  /** Whether the table was rebuilt since its columns were taken. */
  #isRebuilt(table: GuardedTable, columns: ColumnNames): boolean {
    return this.#copies.lastRebuild(table) !== columns.since;
  }
}
