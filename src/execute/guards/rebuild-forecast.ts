import type { Op } from '../../bridge/index.ts';
import type { PlannedRebuild, Step, StepStatement, TransformedColumn } from '../../plan/index.ts';
import { readTableInfo, type Inventory, type TableInfo } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import { RunBaseline } from './run-baseline.ts';
import { columnChecks } from './column-checks.ts';
import { tableOf, transfersOf } from './column-transfers.ts';
import type { SelectOrigins } from './column-origins.ts';
import type { Copy } from './copy-tracker.ts';
import { copiedTo, columnOf, groupPaths, isWholeCopy, pathByNames, updatedSince, type Path } from './copy-paths.ts';
import { MigrationTracker, type Parsed } from './migration-tracker.ts';
import { declaredBy } from './declared-losses.ts';
import { mayCopy } from './row-statements.ts';
import { schemaOf, type Table } from './table-tracker.ts';
import type { ColumnTransfer } from './table-comparison.ts';

/** A statement that is not run counts as if it changed one row. */
const assumedRows = 1;

/**
 * Predicts for `plan` what the loss detector will compare when a run rebuilds tables. Statements that change the
 * schema run on empty tables in memory; statements that copy rows are only prepared. The origins of columns are found
 * as in the run.
 */
export class RebuildForecast {
  readonly #baseline: RunBaseline;
  /** Tables that have rows, or that a pending statement fills. Others are not compared. */
  readonly #filled: Set<Table>;

  /** `filled`: the keys of the tables that have rows now. */
  constructor(inventory: Inventory, filled: ReadonlySet<string>) {
    this.#baseline = new RunBaseline(inventory);
    this.#filled = new Set([...this.#baseline.tables].filter(([key]) => filled.has(key)).map(([, table]) => table));
  }

  /** Starts with one migration, or with a set. */
  begin(unit: readonly Step[]): UnitForecast {
    return new UnitForecast(unit, this.#baseline, this.#filled);
  }
}

/** The forecast for one migration or a set. Call `before` and `after` for every statement. */
export class UnitForecast {
  readonly #unit: readonly Step[];
  readonly #baseline: RunBaseline;
  readonly #filled: Set<Table>;
  readonly #tracker: MigrationTracker;
  /** Dropped tables as they were. */
  readonly #dropped = new Map<Table, TableInfo>();
  #origin: readonly SelectOrigins[] | undefined;

  constructor(unit: readonly Step[], baseline: RunBaseline, filled: Set<Table>) {
    this.#unit = unit;
    this.#baseline = baseline;
    this.#filled = filled;
    this.#tracker = new MigrationTracker(baseline);
  }

  /** While dropped tables still exist, and new ones hide nothing yet. */
  *before({ facts, statement }: StepStatement): Op<void> {
    this.#origin = undefined;
    if (facts.verb === 'create' && facts.object === 'table' && facts.asSelect) {
      this.#tracker.copies.markRead(this.#tracker.origins.tablesRead(statement), undefined);
      this.#origin = yield* this.#tracker.origins.ofSelects(statement);
    }
    if (facts.verb !== 'drop' || facts.object !== 'table') return;
    const table = this.#tracker.tables.find(facts.name);
    if (table === undefined) return;
    this.#dropped.set(table, yield* this.#infoOf(table));
    // Copies from this table get the sources of the copies into it.
    this.#tracker.copies.joinCopiesAcross(table);
  }

  *after(entry: StepStatement): Op<void> {
    const { facts } = entry;
    if (facts.verb === 'create') yield* this.#afterCreate(facts, entry);
    else if (facts.verb === 'insert' || facts.verb === 'update' || facts.verb === 'delete')
      yield* this.#afterChange(facts, entry);
    else if (facts.verb === 'drop') this.#tracker.dropped(facts);
    else if (facts.verb === 'alter') this.#afterAlter(facts);
  }

  /** Before the next migration of a set, which begins without temporary objects. */
  next(): void {
    for (const table of this.#tracker.tables.temporaryTables()) {
      this.#tracker.copies.joinCopiesAcross(table);
      this.#tracker.tables.drop(table, true);
    }
    this.#tracker.tables.dropTemporaryViews();
  }

  /** The rebuilds of tables that have rows. `keptOf`: what those of a table keep. */
  *rebuilds(compareValues: boolean, keptOf: (table: string) => readonly string[]): Op<readonly PlannedRebuild[]> {
    for (const table of this.#tracker.tables.temporaryTables()) this.#tracker.copies.joinCopiesAcross(table);
    const declared = declaredBy(this.#unit);
    const found: PlannedRebuild[] = [];
    for (const { table, replaced } of this.#tracker.tables.dropped) {
      const successor = this.#tracker.tables.present(table);
      const info = this.#dropped.get(table);
      if (successor === undefined || info === undefined || replaced || table.virtual) continue;
      if (this.#tracker.tables.isNew(table) || table.temporary || !this.#filled.has(table)) continue;
      const planned = {
        ...(yield* this.#planned(table, info, successor)),
        kept: keptOf(this.#tracker.tables.nameOf(successor)),
      };
      const isNothing = declared.includesTable(table.name);
      found.push(
        isNothing || !compareValues
          ? { ...planned, check: isNothing ? 'none' : 'counted', compared: [], proven: [] }
          : planned,
      );
    }
    return found;
  }

  /** Makes the state after this migration the start of the next one. */
  accept(): void {
    for (const { table, successor } of this.#tracker.tables.dropped)
      if (successor !== undefined && this.#filled.has(table)) this.#filled.add(successor);
    this.#baseline.tables = this.#tracker.tables.accept();
  }

  *#afterCreate(facts: Parsed<'create'>, entry: StepStatement): Op<void> {
    const table = this.#tracker.created(facts, entry.statement);
    if (table === undefined || this.#origin === undefined) return;
    this.#fill(table, entry);
    yield* this.#tracker.copies.record(entry, table, { changes: assumedRows, sideEffects: 0 }, this.#origin);
  }

  *#afterChange(facts: Parsed<'insert' | 'update' | 'delete'>, entry: StepStatement): Op<void> {
    const table = this.#tracker.tables.find(facts.name);
    const fires = this.#baseline.triggers.fires(nameKey(facts.name.name));
    if (table !== undefined) {
      if (facts.verb === 'insert') this.#fill(table, entry);
      this.#tracker.rows.track(table);
      yield* this.#tracker.rows.record(table, entry, facts, assumedRows);
    }
    if (facts.verb === 'delete' || !mayCopy(entry)) return;
    this.#tracker.copies.markRead(this.#tracker.origins.tablesRead(entry.statement), table);
    const origins = facts.verb === 'insert' ? yield* this.#tracker.origins.ofSelects(entry.statement) : undefined;
    if (fires && origins !== undefined) {
      const copies = yield* this.#tracker.copies.triggerCopiesOf(entry, origins);
      for (const { target } of copies) this.#fill(target, entry);
      this.#tracker.copies.recordTriggers(entry, copies, new Map(copies.map(({ target }) => [target, assumedRows])));
    }
    if (table !== undefined)
      yield* this.#tracker.copies.record(
        entry,
        table,
        { changes: assumedRows, sideEffects: fires ? assumedRows : 0 },
        origins,
      );
  }

  /** A copy from empty tables adds no rows. */
  #fill(table: Table, { statement }: StepStatement): void {
    const read = [...this.#tracker.origins.tablesRead(statement)];
    if (read.length === 0 || read.some((one) => this.#filled.has(one))) this.#filled.add(table);
  }

  #afterAlter(facts: Parsed<'alter'>): void {
    const { name, change } = facts;
    const table = this.#tracker.tables.find(name);
    if (table !== undefined && change.kind === 'drop-column')
      this.#tracker.copies.dropColumn(table, nameKey(change.column));
    this.#tracker.altered(facts);
  }

  *#planned(table: Table, info: TableInfo, successor: Table): Op<Omit<PlannedRebuild, 'kept'>> {
    const copies = this.#tracker.copies
      .from(table)
      .filter(({ target }) => target !== undefined && this.#tracker.tables.isLiving(target) && !target.temporary);
    const paths = groupPaths(table, copies).filter(({ pairs, target }) => pairs.length > 0 && !target.virtual);
    const infos = new Map<Table, TableInfo>();
    // A table that an earlier migration filled is compared by column names, as in the run.
    if (copies.length === 0 && !this.#tracker.tables.isNew(successor) && !successor.virtual)
      paths.push(yield* pathByNames(table, info, successor, this.#tracker.tables));
    for (const target of [...copies.map((copy) => copy.target!), ...paths.map((path) => path.target)])
      if (!infos.has(target)) infos.set(target, yield* this.#infoOf(target));
    const targets = copies.map((copy) => ({ table: copy.target!, lost: copy.copiesAllRows ? 0 : 1 }));
    const transfers = transfersOf({ table, info, targets, compared: new Map() }, copies, paths);
    const isProven = !this.#baseline.hasReplaceConflict && paths.every((path) => this.#isWhole(path));
    const checks = columnChecks(info, paths, infos, isProven).map(({ column }) => column);
    const names = info.columns.map(({ name }) => name);
    const isUpdated = (name: string): boolean =>
      paths.some((path) => updatedSince([copiedTo(path, nameKey(name))], [path], this.#tracker.rows) > 0);
    const kept = names.filter(
      (name) => !isUpdated(name) && (checks.includes(name) || transfers.get(nameKey(name)) === 'copied'),
    );
    const compared = kept.filter((name) => checks.includes(name));
    return {
      table: this.#tracker.tables.nameOf(successor),
      check: kept.length === 0 ? 'counted' : isProven && compared.length === 0 ? 'proven' : 'compared',
      compared,
      proven: kept.filter((name) => !checks.includes(name)),
      transformed: [
        ...this.#computed(table, info, successor, copies, transfers, infos),
        ...names
          .filter((name) => isUpdated(name) && transfers.get(nameKey(name)) === 'copied')
          .map((name) => ({ column: name, from: [name] })),
      ],
      leftOut: names.filter((name) => transfers.get(nameKey(name)) === 'none' && !checks.includes(name)),
    };
  }

  /** Whether the copies take every row unchanged, and nothing writes either table later. */
  #isWhole(path: Path): boolean {
    return (
      path.copies.length > 0 &&
      path.copies.every(({ copiesAllRows, merges }) => copiesAllRows && !merges) &&
      isWholeCopy(path, assumedRows, this.#tracker.rows)
    );
  }

  /** The columns that expressions over columns of the table fill, or values that its columns select in other tables. */
  #computed(
    table: Table,
    info: TableInfo,
    successor: Table,
    copies: readonly Copy[],
    transfers: ReadonlyMap<string, ColumnTransfer>,
    infos: ReadonlyMap<Table, TableInfo>,
  ): readonly TransformedColumn[] {
    const found = new Map<string, Set<string>>();
    const exchanged = [...transfers].flatMap(([key, transfer]) => (transfer === 'exchanged' ? [key] : []));
    for (const copy of copies)
      for (const [to, source] of copy.columns) {
        const target = copy.target!;
        const own = source.kind === 'expression' ? source.reads.filter((ref) => ref.table === table) : [];
        const isOther = (tableOf(source) ?? table) !== table;
        const keys = [
          ...own.map(({ column }) => column),
          ...exchanged.filter(
            (key) => isOther && copy.matched.some((ref) => ref.table === table && ref.column === key),
          ),
        ];
        const from = keys.flatMap((key) => columnOf(info, key)?.name ?? []);
        if (from.length === 0) continue;
        const column = columnOf(infos.get(target)!, to)?.name ?? to;
        const label = target === successor ? column : `${this.#tracker.tables.nameOf(target)}.${column}`;
        found.set(label, new Set([...(found.get(label) ?? []), ...from]));
      }
    return [...found].map(([column, from]) => ({ column, from: [...from] }));
  }

  #infoOf(table: Table): Op<TableInfo> {
    return readTableInfo(this.#tracker.tables.nameOf(table), schemaOf(table));
  }
}
