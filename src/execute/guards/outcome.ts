import type { Op, RebuiltTable } from '../../bridge/index.ts';
import { plural } from '../../errors/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { HeldValues } from './column-homes.ts';
import type { Declared } from './declared.ts';
import type { ChangedValues, Finding, TableComparison, ColumnHolder } from './handover.ts';
import type { Loss } from './losses.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import type { Dropped, Table, TableTracker } from './tables.ts';

/** What a migration did to columns before their tables were dropped. */
export interface ColumnHistory {
  /** Whether the migration itself added a column, or dropped it by name. */
  readonly isOwn: (table: Table, column: string) => boolean;
  readonly isDropped: (table: Table, column: string) => boolean;
  /** The name that a column had before the migration. */
  readonly firstColumn: (table: Table, column: string) => string;
}

export interface TableOutcome {
  readonly losses: readonly Loss[];
  readonly notes: readonly string[];
  readonly rebuilt: readonly RebuiltTable[];
}

/**
 * Judges, at the end of a migration, what was measured when its tables were dropped. A table whose name another took
 * was rebuilt: rows, values and columns have to be there. One whose name is gone while its rows are in other tables was
 * moved: rows and values count. What was dropped or replaced without being read was meant to go.
 */
export class TableOutcomes {
  readonly #tables: TableTracker;
  readonly #rows: RowBookkeeping;
  readonly #declared: Declared;
  readonly #handovers: ReadonlyMap<Table, TableComparison>;
  readonly #columns: ColumnHistory;

  constructor(
    tables: TableTracker,
    rows: RowBookkeeping,
    declared: Declared,
    handovers: ReadonlyMap<Table, TableComparison>,
    columns: ColumnHistory,
  ) {
    this.#tables = tables;
    this.#rows = rows;
    this.#declared = declared;
    this.#handovers = handovers;
    this.#columns = columns;
  }

  *judge(): Op<TableOutcome> {
    const losses: Loss[] = [];
    const notes: string[] = [];
    const rebuilt: RebuiltTable[] = [];
    for (const dropped of this.#tables.dropped) {
      const { table } = dropped;
      const handover = this.#handovers.get(table);
      if (handover === undefined || this.#tables.isNew(table) || table.temporary || this.#isGivenUp(dropped)) continue;
      const successor = this.#tables.present(table);
      // Dropped by name, and nothing of it is anywhere.
      if (successor === undefined && !this.#isHeldAnywhere(handover) && handover.swallowedBy === undefined) continue;
      losses.push(...(yield* this.#rowsLost(handover, successor)));
      for (const { key, changed } of this.#changedIn(handover, successor))
        if (!this.#isDeclared(table, changed.column))
          losses.push({
            kind: 'values',
            table: table.name,
            key,
            earlier: handover.earlier,
            ...changed,
            column: this.#columns.firstColumn(table, changed.column),
          });
      notes.push(...handover.notes);
      if (successor === undefined) {
        losses.push(...this.#partsLost(handover));
        continue;
      }
      notes.push(...this.#partNotes(handover));
      losses.push(...(yield* this.#columnsLost(handover, successor)));
      if (handover.rows > 0) rebuilt.push(this.#toRebuilt(handover, successor));
    }
    return { losses, notes, rebuilt };
  }

  /** Where the name is gone nothing is left of what a part did not get. */
  *#partsLost({ table, info, parts, ways, entry }: TableComparison): Iterable<Loss> {
    for (const { name } of info.columns) {
      const part = parts.get(nameKey(name));
      if (part === undefined || part.lost <= 0) continue;
      if (this.#columns.isOwn(table, nameKey(name)) || this.#isDeclared(table, name)) continue;
      if ((ways.get(nameKey(name)) ?? []).some((way) => !part.holders.has(way.table))) continue;
      const column = this.#columns.firstColumn(table, name);
      yield { kind: 'column', table: table.name, column, ...part, values: part.lost, entry };
    }
  }

  *#partNotes({ table, info, parts }: TableComparison): Iterable<string> {
    for (const { name } of info.columns) {
      const part = parts.get(nameKey(name));
      if (part === undefined) continue;
      const places = [...part.holders].map((holder) => this.#tables.nameOf(holder)).join(' and ');
      yield `${this.#tables.nameOf(table)}.${name}: ${plural(part.values, 'value')} left behind, because ${places} did not get all rows`;
    }
  }

  #toRebuilt(handover: TableComparison, successor: Table): RebuiltTable {
    const check = this.#checkOf(handover);
    const names = handover.info.columns.map(({ name }) => name);
    const columns = check === 'counted' ? [] : names.filter((name) => this.#isSame(handover, nameKey(name)));
    return { table: this.#tables.nameOf(successor), rows: handover.rows, check, columns };
  }

  /** The weakest check on the way: rows may go through several tables. */
  #checkOf({ check, holdings }: TableComparison): RebuiltTable['check'] {
    const further = holdings.flatMap(({ table }) => this.#handovers.get(table) ?? []).filter(({ rows }) => rows > 0);
    const checks = [check, ...further.map((one) => this.#checkOf(one))];
    return (['counted', 'compared'] as const).find((one) => checks.includes(one)) ?? 'proven';
  }

  /** Whether the values of a column are known to be the same in a table that stays. */
  #isSame({ compared, differing }: TableComparison, key: string): boolean {
    if (differing.has(key)) return false;
    return (compared.get(key) ?? []).some(({ table, to }) => {
      if (this.#tables.isLiving(table) && !table.temporary) return true;
      const further = this.#handovers.get(table);
      return further !== undefined && this.#isSame(further, to);
    });
  }

  *#rowsLost(handover: TableComparison, successor: Table | undefined): Op<readonly Loss[]> {
    const { table, rows } = handover;
    if (rows === 0 || this.#declared.table(table.name)) return [];
    // A summary, or a part that an expression took, is all that was wanted of a table whose name is gone.
    const isSummary = handover.swallowedBy === undefined && handover.holdings.every(({ pairs }) => pairs.length === 0);
    if (successor === undefined && isSummary) return [];
    let lost: number;
    if (!handover.countOnly)
      lost = this.#isPassedOn(handover, successor) ? Math.min(rows, this.#lostOf(handover, successor)) : rows;
    else if (successor === undefined) return [];
    else lost = rows - (yield* this.#rows.count(successor));
    if (lost <= 0) return [];
    const after = successor === undefined ? rows - lost : yield* this.#rows.count(successor);
    const { key, examples } = findingOf(handover, this.#sourcesOf(handover, successor));
    const entry =
      handover.holdings.find((holding) => holding.lost > 0)?.entry ?? handover.swallowedBy ?? handover.entry;
    return [
      { kind: 'rows', table: table.name, before: rows, after, lost, key, examples, earlier: handover.earlier, entry },
    ];
  }

  /** Rows of a table that are nowhere: those that its copies left out, and those that were lost further on. */
  #lostOf(handover: TableComparison, successor: Table | undefined): number {
    const { holdings, rows } = handover;
    if (holdings.length === 0) return rows;
    let { lost } = findingOf(handover, this.#sourcesOf(handover, successor));
    for (const { table, lost: missing } of holdings) {
      const further = this.#handovers.get(table);
      if (further === undefined || further.rows === 0) continue;
      const isComplete = holdings.some(
        (other) =>
          other.table !== table &&
          other.lost === 0 &&
          this.#isLivingOn(other.table) &&
          // What was kept for safety makes up for nothing that was lost on the way to the table with the name.
          (successor === undefined || !this.#leadsTo(table, successor) || this.#leadsTo(other.table, successor)),
      );
      if (!isComplete) lost += Math.min(rows - missing, this.#lostOf(further, successor));
    }
    return lost;
  }

  /**
   * Replaced or dropped without being read. An older table that only passes through the name, on its way to be dropped
   * itself, takes nobody's place.
   */
  #isGivenUp({ replaced, wasRead, successor }: Dropped): boolean {
    const isPassing = successor !== undefined && !this.#tables.isNew(successor) && !this.#tables.isLiving(successor);
    return replaced || (!wasRead && isPassing);
  }

  /** A column may be declared by the name that it had before the migration, or by the one that it has when it goes. */
  #isDeclared(table: Table, column: string): boolean {
    const names = [table.name, this.#tables.nameOf(table)];
    const columns = [this.#columns.firstColumn(table, column), column];
    return names.some((name) => columns.some((one) => this.#declared.column(name, one)));
  }

  /** What the table that took the name holds of it. */
  #ownOf({ holdings }: TableComparison, successor: Table | undefined): readonly ColumnHolder[] {
    return holdings.filter(({ table }) => successor !== undefined && this.#tables.present(table) === successor);
  }

  /**
   * The same; where it got nothing from the table itself, the copies that it was filled from. A list of its different
   * values is no such copy: the new table takes ids from it.
   */
  #sourcesOf(handover: TableComparison, successor: Table | undefined): readonly ColumnHolder[] {
    const own = this.#ownOf(handover, successor);
    if (successor === undefined || own.length > 0) return own;
    return handover.holdings.filter(({ table, merges }) => !merges && this.#leadsTo(table, successor));
  }

  #leadsTo(table: Table, successor: Table): boolean {
    if (this.#tables.present(table) === successor) return true;
    const further = this.#handovers.get(table);
    return further !== undefined && this.#isPassedOn(further, successor);
  }

  *#columnsLost(handover: TableComparison, successor: Table): Op<readonly Loss[]> {
    const { table, info, rows } = handover;
    const own = this.#ownOf(handover, successor);
    const sources = this.#sourcesOf(handover, successor);
    const copy = sources[0]?.entry;
    if (table.virtual) return [];
    const now = yield* readTableInfo(this.#tables.nameOf(successor));
    const losses: Loss[] = [];
    for (const { name, generated } of info.columns) {
      const key = nameKey(name);
      if (this.#columns.isOwn(table, key) || this.#isDeclared(table, name)) continue;
      const found = now.columns.find((column) => nameKey(column.name) === key);
      // A table that has the rows as well is a copy of them, and so is one that they came from and that is kept: what it
      // has of a column makes up for none in this one.
      const left = own.some(({ pairs }) => pairs.some(({ column }) => column === key))
        ? undefined
        : handover.left.get(key);
      const isOwn = found !== undefined && sources.some((one) => one.isShared || this.#isKept(one.table, successor));
      if (left === undefined && this.#isColumnHeld(handover, key, isOwn ? successor : undefined)) continue;
      // A generated column is computed, not copied; and without rows there is nothing to copy.
      if (generated ? (found?.generated ?? null) !== null : rows === 0 && found !== undefined) continue;
      if (handover.ways.size === 0 && rows > 0 && !handover.countOnly && found !== undefined) continue;
      losses.push({
        kind: 'column',
        table: table.name,
        column: this.#columns.firstColumn(table, name),
        ...(left ?? this.#heldOf(handover, key)),
        entry: copy ?? handover.entry,
      });
    }
    if (
      info.rowidAlias !== undefined &&
      !handover.keyIsRewritten &&
      !successor.virtual &&
      !this.#isDeclared(table, info.rowidAlias)
    ) {
      const key = nameKey(info.rowidAlias);
      const carried = this.#ownOf(handover, successor).flatMap(({ pairs }) =>
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
          entry: handover.entry,
        });
    }
    return losses;
  }

  /** The values that changed on the way, as columns of the table that had them first. */
  #changedIn(
    handover: TableComparison,
    successor: Table | undefined,
  ): readonly { readonly key: readonly string[]; readonly changed: ChangedValues }[] {
    const { key, changed } = findingOf(handover, this.#sourcesOf(handover, successor));
    const further = handover.holdings.flatMap(({ table, pairs }) => {
      const next = this.#handovers.get(table);
      if (next === undefined) return [];
      return this.#changedIn(next, successor).flatMap((one) => {
        const from = pairs.find(({ to }) => to === nameKey(one.changed.column));
        return from === undefined ? [] : [{ ...one, changed: { ...one.changed, column: from.column } }];
      });
    });
    // Under another name nobody reads a column by the name that it had.
    const isMeant = ({ how }: ChangedValues): boolean => successor !== undefined || how === 'swapped';
    const own = changed.filter((one) => isMeant(one) || (one.how !== 'displaced' && isCarried(handover, one.column)));
    return [...own.map((one) => ({ key, changed: one })), ...further];
  }

  /** `within`: only what the table that took the name holds counts. */
  #isColumnHeld(handover: TableComparison, key: string, within?: Table): boolean {
    const home = handover.homes.get(key);
    if (home === 'exchanged' || home === 'read') return true;
    const ways = handover.ways.get(key) ?? [];
    return ways.some(({ table, to }) => {
      if (within !== undefined && this.#tables.present(table) !== within && !this.#handovers.has(table)) return false;
      if (this.#columns.isDropped(table, to)) return true;
      const isHere = within === undefined || this.#tables.present(table) === within;
      if (isHere && this.#tables.isLiving(table) && !table.temporary) return true;
      const further = this.#handovers.get(table);
      return further !== undefined && this.#isColumnHeld(further, to, within);
    });
  }

  #isKept(table: Table, successor: Table): boolean {
    return this.#tables.isLiving(table) && !table.temporary && this.#tables.present(table) !== successor;
  }

  /** What a column held when it was left out, here or further on. */
  #heldOf({ held, ways }: TableComparison, key: string): HeldValues | undefined {
    const found = held.get(key);
    if (found !== undefined) return found;
    for (const { table, to } of ways.get(key) ?? []) {
      const further = this.#handovers.get(table);
      const values = further === undefined ? undefined : this.#heldOf(further, to);
      if (values !== undefined) return values;
    }
    return undefined;
  }

  /** Whether the rows went to the table that took the name, by whatever way; without one, to any living table. */
  #isPassedOn(handover: TableComparison, successor: Table | undefined): boolean {
    if (successor === undefined) return this.#isHeldAnywhere(handover);
    return handover.holdings.some(({ table }) => this.#leadsTo(table, successor));
  }

  /** Whether any living table of the database has rows of it. */
  #isHeldAnywhere(handover: TableComparison): boolean {
    if (handover.countOnly) return true;
    return handover.holdings.some(({ table }) => {
      if (this.#tables.isLiving(table) && !table.temporary) return true;
      const further = this.#handovers.get(table);
      return further !== undefined && this.#isHeldAnywhere(further);
    });
  }

  #isLivingOn(table: Table): boolean {
    const further = this.#handovers.get(table);
    if (this.#tables.isLiving(table) && !table.temporary) return true;
    return further !== undefined && this.#isHeldAnywhere(further);
  }
}

/**
 * The finding that counts: that of all holdings together, unless the table that took the name has rows that another
 * one has as well. Then that one is a copy of them, and what the table itself lacks is lost; of the columns that it
 * does not have, the others answer for the values.
 */
function findingOf({ together, groups }: TableComparison, own: readonly ColumnHolder[]): Finding {
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

/** Whether a column was copied as it is, and not only compared with the one that has its name. */
function isCarried({ holdings }: TableComparison, column: string): boolean {
  return holdings.some(({ pairs }) => pairs.some((pair) => pair.column === nameKey(column)));
}
