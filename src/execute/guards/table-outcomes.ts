import type { Op, RebuiltTable } from '../../bridge/index.ts';
import { plural } from '../../errors/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { ColumnChanges } from './column-changes.ts';
import type { DeclaredLosses } from './declared-losses.ts';
import { columnOf } from './copy-paths.ts';
import type { Loss } from './losses.ts';
import type { ColumnRef } from './column-origins.ts';
import type { CopyTracker } from './copy-tracker.ts';
import type { MigrationTracker } from './migration-tracker.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import type { Dropped, Table, TableTracker } from './table-tracker.ts';
import type {
  ChangedValues,
  CopyTarget,
  Finding,
  StrandedValues,
  TableComparison,
  ValueSummary,
} from './table-comparison.ts';

export interface TableOutcome {
  readonly losses: readonly Loss[];
  readonly notes: readonly string[];
  readonly rebuilt: readonly CheckedRebuild[];
}

/** What the comparisons say of a rebuilt table. */
type CheckedRebuild = Omit<RebuiltTable, 'kept'>;

/**
 * Decides at the end of a migration, from the comparisons, what each dropped table lost.
 * Rebuilt: another table has its name. It must have the rows, values and columns.
 * Moved: its name is gone, and other tables have its rows. Rows and values count.
 * Dropped or replaced without being read: it was dropped on purpose.
 */
export class TableOutcomes {
  readonly #tables: TableTracker;
  readonly #rows: RowBookkeeping;
  readonly #copies: CopyTracker;
  readonly #declared: DeclaredLosses;
  readonly #comparisons: ReadonlyMap<Table, TableComparison>;
  readonly #columns: ColumnChanges;

  constructor(
    { tables, rows, copies }: Pick<MigrationTracker, 'tables' | 'rows' | 'copies'>,
    declared: DeclaredLosses,
    comparisons: ReadonlyMap<Table, TableComparison>,
    columns: ColumnChanges,
  ) {
    this.#tables = tables;
    this.#rows = rows;
    this.#copies = copies;
    this.#declared = declared;
    this.#comparisons = comparisons;
    this.#columns = columns;
  }

  *evaluate(): Op<TableOutcome> {
    const losses: Loss[] = [];
    const notes: string[] = [];
    const rebuilt: CheckedRebuild[] = [];
    for (const dropped of this.#tables.dropped) {
      const { table } = dropped;
      const comparison = this.#comparisons.get(table);
      if (comparison === undefined || this.#tables.isNew(table) || table.temporary || this.#isDiscarded(dropped))
        continue;
      const successor = this.#tables.present(table);
      // It was dropped by name and nothing copied its rows.
      const isAbandoned = successor === undefined && !this.#isPreserved(comparison);
      if (isAbandoned && comparison.discardedBy === undefined && this.#partsOf(comparison).length === 0) continue;
      if (!isAbandoned || comparison.discardedBy !== undefined)
        losses.push(...(yield* this.#rowsLost(comparison, successor)));
      for (const { key, changed } of this.#changedIn(comparison, successor))
        if (!this.#isDeclared(table, changed.column))
          losses.push({
            kind: 'values',
            table: table.name,
            key,
            earlier: comparison.earlier,
            ...changed,
            column: this.#columns.firstName(table, changed.column),
          });
      notes.push(...comparison.notes);
      losses.push(...this.#partsLost(comparison, successor));
      if (successor === undefined) continue;
      notes.push(...this.#partNotes(comparison, successor));
      losses.push(...(yield* this.#columnsLost(comparison, successor)));
      if (comparison.rows > 0) rebuilt.push(this.#toRebuilt(comparison, successor));
    }
    return { losses, notes, rebuilt };
  }

  /** The values that parts did not get, here or in later copies, by the columns of the first table. */
  #partsOf({ strandedByParts, targets }: TableComparison): readonly (readonly [string, StrandedValues])[] {
    const later = targets.flatMap(({ table, pairs }) =>
      [this.#comparisons.get(table)].flatMap((next) =>
        (next === undefined ? [] : this.#partsOf(next)).flatMap(([key, part]) =>
          pairs.filter(({ to }) => to === key).map(({ column }) => [column, part] as const),
        ),
      ),
    );
    return [...strandedByParts, ...later];
  }

  /** Whether the values had to come into the table with the name, or into any if the name is gone. */
  #isOwed({ targets }: StrandedValues, successor: Table | undefined): boolean {
    return successor === undefined || [...targets].some((target) => this.#tables.present(target) === successor);
  }

  *#partsLost(comparison: TableComparison, successor: Table | undefined): Iterable<Loss> {
    const { table, info, destinations } = comparison;
    for (const [key, part] of this.#partsOf(comparison)) {
      const lost = part.lost - this.#copies.rowsWrittenByCode({ table, column: key });
      if (lost <= 0 || !this.#isOwed(part, successor)) continue;
      const { name } = columnOf(info, key)!;
      if (this.#columns.isAddedOrDropped(table, key) || this.#isDeclared(table, name)) continue;
      const places = new Set([
        undefined,
        ...[...part.targets, ...(part.summaries ?? [])].map((target) => this.#tables.present(target)),
      ]);
      const kept = (destinations.get(key) ?? []).filter((ref) => !ref.table.temporary);
      if (kept.some((ref) => !places.has(this.#tables.present(ref.table)))) continue;
      const column = this.#columns.firstName(table, name);
      yield { kind: 'column', table: table.name, column, ...part, values: lost, entry: part.entry };
    }
  }

  *#partNotes(comparison: TableComparison, successor: Table): Iterable<string> {
    const { table, info } = comparison;
    for (const [key, part] of this.#partsOf(comparison)) {
      if (this.#isOwed(part, successor)) continue;
      const places = [...part.targets].map((target) => this.#tables.nameOf(target)).join(' and ');
      yield `${this.#tables.nameOf(table)}.${columnOf(info, key)!.name}: ${plural(part.values, 'value')} left behind, because ${places} did not get all rows`;
    }
  }

  #toRebuilt(comparison: TableComparison, successor: Table): CheckedRebuild {
    const check = this.#checkOf(comparison);
    const names = comparison.info.columns.map(({ name }) => name);
    const columns = check === 'counted' ? [] : names.filter((name) => this.#isSame(comparison, nameKey(name)));
    const isTransformed = (name: string): boolean =>
      check !== 'counted' &&
      !columns.includes(name) &&
      (comparison.destinations.has(nameKey(name)) || comparison.transfers.get(nameKey(name)) === 'exchanged');
    const transformed = names.filter(isTransformed);
    return { table: this.#tables.nameOf(successor), rows: comparison.rows, check, columns, transformed };
  }

  /** The weakest check of all tables that the rows went through. */
  #checkOf({ check, targets }: TableComparison): CheckedRebuild['check'] {
    const next = targets.flatMap(({ table }) => this.#comparisons.get(table) ?? []).filter(({ rows }) => rows > 0);
    const checks = [check, ...next.map((one) => this.#checkOf(one))];
    return (['counted', 'compared'] as const).find((one) => checks.includes(one)) ?? 'proven';
  }

  /** Whether the values of a column are known to be the same in a table that is kept. */
  #isSame({ compared, differing }: TableComparison, key: string): boolean {
    if (differing.has(key)) return false;
    return (compared.get(key) ?? []).some(({ table, column }) => {
      if (this.#tables.isLiving(table) && !table.temporary) return true;
      const next = this.#comparisons.get(table);
      return next !== undefined && this.#isSame(next, column);
    });
  }

  *#rowsLost(comparison: TableComparison, successor: Table | undefined): Op<readonly Loss[]> {
    const { table, rows } = comparison;
    if (rows === 0 || this.#declared.includesTable(table.name)) return [];
    // A table may be dropped after a summary, or a part computed by an expression, was copied.
    const isSummary =
      comparison.discardedBy === undefined && comparison.targets.every(({ pairs }) => pairs.length === 0);
    if (successor === undefined && isSummary) return [];
    let lost: number;
    if (!comparison.countOnly)
      lost = this.#reaches(comparison, successor) ? Math.min(rows, this.#lostOf(comparison, successor)) : rows;
    else if (successor === undefined) return [];
    else lost = rows - (yield* this.#rows.count(successor));
    if (lost <= 0) return [];
    const after = successor === undefined ? rows - lost : yield* this.#rows.count(successor);
    const { key, examples } = findingOf(comparison, this.#sourcesOf(comparison, successor));
    const entry =
      comparison.targets.find((target) => target.lost > 0)?.entry ?? comparison.discardedBy ?? comparison.entry;
    return [
      { kind: 'rows', table: table.name, before: rows, after, lost, key, examples, earlier: comparison.earlier, entry },
    ];
  }

  /** The number of lost rows: those that no copy has, and those that the copies lost later. */
  #lostOf(comparison: TableComparison, successor: Table | undefined): number {
    const { targets, rows } = comparison;
    if (targets.length === 0) return rows;
    let { lost } = findingOf(comparison, this.#sourcesOf(comparison, successor));
    for (const { table, lost: missing } of targets) {
      const next = this.#comparisons.get(table);
      if (next === undefined || next.rows === 0) continue;
      const isComplete = targets.some(
        (other) =>
          other.table !== table &&
          other.lost === 0 &&
          this.#isTablePreserved(other.table) &&
          // A backup does not excuse rows that were lost on the way to the table with the name.
          (successor === undefined || !this.#leadsTo(table, successor) || this.#leadsTo(other.table, successor)),
      );
      if (!isComplete) lost += Math.min(rows - missing, this.#lostOf(next, successor));
    }
    return lost;
  }

  /**
   * Whether it was replaced or dropped without being read. An older table that gets the name only until it is dropped
   * itself does not replace it.
   */
  #isDiscarded({ replaced, wasRead, successor }: Dropped): boolean {
    const isPassing = successor !== undefined && !this.#tables.isNew(successor) && !this.#tables.isLiving(successor);
    return replaced || (!wasRead && isPassing);
  }

  /** A column may be declared by its name before the migration, or by its name when it is dropped. */
  #isDeclared(table: Table, column: string): boolean {
    const names = [table.name, this.#tables.nameOf(table)];
    const columns = [this.#columns.firstName(table, column), column];
    return names.some((name) => columns.some((one) => this.#declared.includesColumn(name, one)));
  }

  /** The targets that are the table with the name. */
  #ownOf({ targets }: TableComparison, successor: Table | undefined): readonly CopyTarget[] {
    return targets.filter(({ table }) => successor !== undefined && this.#tables.present(table) === successor);
  }

  /**
   * The same or, if the table with the name got no rows from the dropped one itself, the copies that filled it. A list
   * of distinct values is no such copy: the new table gets ids from it.
   */
  #sourcesOf(comparison: TableComparison, successor: Table | undefined): readonly CopyTarget[] {
    const own = this.#ownOf(comparison, successor);
    if (successor === undefined || own.length > 0) return own;
    return comparison.targets.filter(({ table, merges }) => !merges && this.#leadsTo(table, successor));
  }

  #leadsTo(table: Table, successor: Table): boolean {
    if (this.#tables.present(table) === successor) return true;
    const next = this.#comparisons.get(table);
    return next !== undefined && this.#reaches(next, successor);
  }

  *#columnsLost(comparison: TableComparison, successor: Table): Op<readonly Loss[]> {
    const { table, info, rows } = comparison;
    const own = this.#ownOf(comparison, successor);
    const sources = this.#sourcesOf(comparison, successor);
    const copy = sources[0]?.entry;
    if (table.virtual) return [];
    const now = yield* readTableInfo(this.#tables.nameOf(successor));
    const losses: Loss[] = [];
    for (const { name, generated } of info.columns) {
      const key = nameKey(name);
      if (this.#columns.isAddedOrDropped(table, key) || this.#isDeclared(table, name)) continue;
      const found = now.columns.find((column) => nameKey(column.name) === key);
      // The column must be in the table with the name if another table shares its rows or is kept as a copy: a column
      // there does not count.
      const left = own.some(({ pairs }) => pairs.some(({ column }) => column === key))
        ? undefined
        : comparison.stranded.get(key);
      const isOwn =
        found !== undefined && sources.some((one) => one.isShared || this.#isKeptBeside(one.table, successor));
      if (left === undefined && this.#isColumnPreserved(comparison, key, isOwn ? successor : undefined)) continue;
      // A generated column is computed, not copied. Without rows there is nothing to copy.
      if (generated ? (found?.generated ?? null) !== null : rows === 0 && found !== undefined) continue;
      if (comparison.destinations.size === 0 && rows > 0 && !comparison.countOnly && found !== undefined) continue;
      losses.push({
        kind: 'column',
        table: table.name,
        column: this.#columns.firstName(table, name),
        ...(left ?? this.#summaryOf(comparison, key)),
        entry: copy ?? comparison.entry,
      });
    }
    if (
      info.rowidAlias !== undefined &&
      !comparison.keyIsRewritten &&
      !successor.virtual &&
      !this.#isDeclared(table, info.rowidAlias)
    ) {
      const key = nameKey(info.rowidAlias);
      const carried = this.#ownOf(comparison, successor).flatMap(({ pairs }) =>
        pairs.filter(({ column }) => column === key),
      );
      const names = [key, ...carried.map(({ to }) => to)];
      const column = now.columns.find((one) => names.includes(nameKey(one.name)));
      const isAlias = column !== undefined && nameKey(column.name) === nameKey(now.rowidAlias ?? '');
      if (!isAlias && column !== undefined && !column.notNull && column.default === null && column.generated === null)
        losses.push({
          kind: 'alias',
          table: table.name,
          column: column.name,
          type: column.type,
          entry: comparison.entry,
        });
    }
    return losses;
  }

  /** The values that changed, here or in later copies, as columns of the first table. */
  #changedIn(
    comparison: TableComparison,
    successor: Table | undefined,
  ): readonly { readonly key: readonly string[]; readonly changed: ChangedValues }[] {
    const { key, changed } = findingOf(comparison, this.#sourcesOf(comparison, successor));
    const next = comparison.targets.flatMap(({ table, pairs }) => {
      const next = this.#comparisons.get(table);
      if (next === undefined) return [];
      return this.#changedIn(next, successor).flatMap((one) => {
        const from = pairs.find(({ to }) => to === nameKey(one.changed.column));
        return from === undefined ? [] : [{ ...one, changed: { ...one.changed, column: from.column } }];
      });
    });
    // If the table name is gone, nobody reads the column by its old name.
    const isVisible = ({ how }: ChangedValues): boolean => successor !== undefined || how === 'swapped';
    const own = changed
      .filter((one) => !this.#isExplained(one))
      .filter((one) => isVisible(one) || (one.how !== 'displaced' && isCarried(comparison, one.column)));
    return [...own.map((one) => ({ key, changed: one })), ...next];
  }

  /** Whether statements explain the change, those after the comparison included. */
  #isExplained({ column, how, changed, compared, carriers, updated }: ChangedValues): boolean {
    if (how !== 'swapped' && how !== 'displaced') return this.#rows.updated(compared) - updated >= changed;
    const key = nameKey(column);
    if (!compared.some((ref) => this.#hasName(ref, key)))
      // A RENAME of the column that took the name does not give the name back to the values.
      return !compared.some((ref) => this.#isRenamed(ref, key)) || carriers.some((ref) => this.#hasName(ref, key));
    const rewritten = compared.reduce((sum, ref) => sum + this.#copies.rewrittenRows(ref, carriers), 0);
    return how === 'displaced' && rewritten >= changed;
  }

  /** Whether a column that had this name has another one at the end. */
  #isRenamed({ table, column }: ColumnRef, key: string): boolean {
    return column !== key && this.#comparisons.get(table) === undefined && !this.#columns.isDropped(table, column);
  }

  /** Whether a column has this name at the end, in its table or where that was copied to. */
  #hasName({ table, column }: ColumnRef, key: string): boolean {
    const next = this.#comparisons.get(table);
    if (next === undefined) return column === key && !this.#columns.isDropped(table, column);
    return (next.destinations.get(column) ?? []).some((ref) => this.#hasName(ref, key));
  }

  /** `within`: only this table counts. */
  #isColumnPreserved(comparison: TableComparison, key: string, within?: Table): boolean {
    const transfer = comparison.transfers.get(key);
    if (transfer === 'exchanged' || transfer === 'read') return true;
    const destinations = comparison.destinations.get(key) ?? [];
    return destinations.some(({ table, column }) => {
      if (within !== undefined && this.#tables.present(table) !== within && !this.#comparisons.has(table)) return false;
      if (this.#columns.isDropped(table, column)) return true;
      const isHere = within === undefined || this.#tables.present(table) === within;
      if (isHere && this.#tables.isLiving(table) && !table.temporary) return true;
      const next = this.#comparisons.get(table);
      return next !== undefined && this.#isColumnPreserved(next, column, within);
    });
  }

  #isKeptBeside(table: Table, successor: Table): boolean {
    return this.#tables.isLiving(table) && !table.temporary && this.#tables.present(table) !== successor;
  }

  /** The values of a column where it was left out, here or in a later copy. */
  #summaryOf({ notCopied, destinations }: TableComparison, key: string): ValueSummary | undefined {
    const found = notCopied.get(key);
    if (found !== undefined) return found;
    for (const { table, column } of destinations.get(key) ?? []) {
      const next = this.#comparisons.get(table);
      const values = next === undefined ? undefined : this.#summaryOf(next, column);
      if (values !== undefined) return values;
    }
    return undefined;
  }

  /**
   * Whether the rows reached the table with the name, directly or through others. Without one: any table that is kept.
   */
  #reaches(comparison: TableComparison, successor: Table | undefined): boolean {
    if (successor === undefined) return this.#isPreserved(comparison);
    return comparison.targets.some(({ table }) => this.#leadsTo(table, successor));
  }

  /** Whether a table that is kept has rows of it. */
  #isPreserved(comparison: TableComparison): boolean {
    if (comparison.countOnly) return true;
    return comparison.targets.some(({ table }) => {
      if (this.#tables.isLiving(table) && !table.temporary) return true;
      const next = this.#comparisons.get(table);
      return next !== undefined && this.#isPreserved(next);
    });
  }

  #isTablePreserved(table: Table): boolean {
    const next = this.#comparisons.get(table);
    if (this.#tables.isLiving(table) && !table.temporary) return true;
    return next !== undefined && this.#isPreserved(next);
  }
}

/**
 * The finding that counts: that of all targets together, unless the table with the name shares rows with another. Then
 * the other is a copy, and rows that the table itself misses are lost. For columns that it does not have, the others
 * count.
 */
function findingOf({ together, groups }: TableComparison, own: readonly CopyTarget[]): Finding {
  const [single, second] = own;
  if (second !== undefined) {
    const targets = new Set(own.map(({ table }) => table));
    const group = groups.find(
      ({ tables }) => tables.size === targets.size && [...targets].every((table) => tables.has(table)),
    );
    return group?.finding ?? together;
  }
  if (single === undefined || !single.isShared) return together;
  const has = (column: string): boolean => single.pairs.some((pair) => pair.column === nameKey(column));
  const elsewhere = together.changed.filter(({ column }) => !has(column));
  const key = single.key.length > 0 ? single.key : together.key;
  return { ...single, key, changed: [...single.changed, ...elsewhere] };
}

/** Whether a column was copied unchanged, and not only compared with the column of its name. */
function isCarried({ targets }: TableComparison, column: string): boolean {
  return targets.some(({ pairs }) => pairs.some((pair) => pair.column === nameKey(column)));
}
