import type { Op } from '../../bridge/index.ts';
import type { PlannedRebuild, Step, StepStatement, TransformedColumn } from '../../plan/index.ts';
import { readTableInfo, type Inventory, type TableInfo } from '../../schema/index.ts';
import { isKeyword, nameKey, type ParsedStatement } from '../../sql/index.ts';
import { RunBaseline } from './run-baseline.ts';
import { columnChecks } from './column-checks.ts';
import { homesOf, type ColumnHome } from './column-homes.ts';
import { OriginReader, type SelectOrigins } from './column-origins.ts';
import { CopyTracker, type Copy } from './copies.ts';
import { carriedTo, columnOf, groupPaths, isUndisturbed, pathByNames, updatedSince, type Path } from './copy-paths.ts';
import { declaredBy } from './declared.ts';
import { RowBookkeeping } from './row-bookkeeping.ts';
import { schemaOf, TableTracker, type Table } from './tables.ts';

type Facts<Verb extends ParsedStatement['verb']> = Extract<ParsedStatement, { verb: Verb }>;

/** What is entered for a statement that is not run: one row stands for all that it may change. */
const assumedRows = 1;

/**
 * Foresees what the loss detector will compare when a run rebuilds tables. The statements that change the schema run on
 * empty tables in memory meanwhile, and those that copy rows are only prepared: where columns come from is found in the
 * same way as in the run.
 */
export class RebuildForecast {
  readonly #baseline: RunBaseline;
  /** Tables that hold rows, or that a pending statement fills: of others nothing is compared. */
  readonly #filled: Set<Table>;

  /** `filled`: the keys of the tables that hold rows now. */
  constructor(inventory: Inventory, filled: ReadonlySet<string>) {
    this.#baseline = new RunBaseline(inventory);
    this.#filled = new Set([...this.#baseline.tables].filter(([key]) => filled.has(key)).map(([, table]) => table));
  }

  /** Of one migration, or of those of a set. */
  begin(unit: readonly Step[]): UnitForecast {
    return new UnitForecast(unit, this.#baseline, this.#filled);
  }
}

/** The forecast of one migration, or of those of a set. It is shown every statement before and after it runs, or would run. */
export class UnitForecast {
  readonly #unit: readonly Step[];
  readonly #baseline: RunBaseline;
  readonly #filled: Set<Table>;
  readonly #tables: TableTracker;
  readonly #rows: RowBookkeeping;
  readonly #origins: OriginReader;
  readonly #copies: CopyTracker;
  /** Dropped tables as they were. */
  readonly #dropped = new Map<Table, TableInfo>();
  #origin: readonly SelectOrigins[] | undefined;

  constructor(unit: readonly Step[], baseline: RunBaseline, filled: Set<Table>) {
    this.#unit = unit;
    this.#baseline = baseline;
    this.#filled = filled;
    this.#tables = new TableTracker(baseline.tables, []);
    this.#rows = new RowBookkeeping(this.#tables, new Map());
    this.#origins = new OriginReader(this.#tables, baseline.views);
    this.#copies = new CopyTracker(this.#tables, this.#origins, this.#rows);
  }

  /** While what it drops is still there, and what it makes hides nothing yet. */
  *before({ facts, statement }: StepStatement): Op<void> {
    this.#origin = undefined;
    if (facts.verb === 'create' && facts.object === 'table' && facts.asSelect) {
      this.#copies.markRead(this.#origins.tablesRead(statement), undefined);
      this.#origin = yield* this.#origins.ofSelects(statement);
    }
    if (facts.verb !== 'drop' || facts.object !== 'table') return;
    const table = this.#tables.find(facts.name);
    if (table === undefined) return;
    this.#dropped.set(table, yield* this.#infoOf(table));
    // What others took from this table came from where it was filled from.
    this.#copies.compose(table);
  }

  *after(entry: StepStatement): Op<void> {
    const { facts } = entry;
    if (facts.verb === 'create') yield* this.#afterCreate(facts, entry);
    else if (facts.verb === 'insert' || facts.verb === 'update' || facts.verb === 'delete')
      yield* this.#afterChange(facts, entry);
    else if (facts.verb === 'drop') this.#afterDrop(facts);
    else if (facts.verb === 'alter') this.#afterAlter(facts);
  }

  /** Before the next migration of a set: what is temporary ends with each. */
  next(): void {
    for (const table of this.#tables.temporaryTables()) {
      this.#copies.compose(table);
      this.#tables.drop(table, true);
    }
    this.#tables.dropTemporaryViews();
  }

  /** The rebuilds of tables that hold rows. */
  *rebuilds(compareValues: boolean): Op<readonly PlannedRebuild[]> {
    for (const table of this.#tables.temporaryTables()) this.#copies.compose(table);
    const declared = declaredBy(this.#unit);
    const found: PlannedRebuild[] = [];
    for (const { table, replaced } of this.#tables.dropped) {
      const successor = this.#tables.present(table);
      const info = this.#dropped.get(table);
      if (successor === undefined || info === undefined || replaced || table.virtual) continue;
      if (this.#tables.isNew(table) || table.temporary || !this.#filled.has(table)) continue;
      const planned = yield* this.#planned(table, info, successor);
      const isNothing = declared.table(table.name);
      found.push(
        isNothing || !compareValues
          ? { ...planned, check: isNothing ? 'none' : 'counted', compared: [], proven: [] }
          : planned,
      );
    }
    return found;
  }

  /** What this migration leaves is what the next one finds. */
  accept(): void {
    for (const { table, successor } of this.#tables.dropped)
      if (successor !== undefined && this.#filled.has(table)) this.#filled.add(successor);
    this.#baseline.tables = this.#tables.accept();
  }

  *#afterCreate(facts: Facts<'create'>, entry: StepStatement): Op<void> {
    const { triggers, views } = this.#baseline;
    if (facts.object === 'trigger') triggers.add(facts.table, entry.statement, facts.deletes);
    if (facts.object === 'view') views.add(facts.name.name, entry.statement);
    if (facts.object === 'view' && facts.temporary) this.#tables.createTemporaryView(facts.name.name);
    if (facts.object !== 'table') return;
    if (facts.ifNotExists && this.#tables.find({ schema: schemaOf(facts), name: facts.name.name }) !== undefined)
      return;
    if (facts.replacesOnConflict) this.#baseline.replaces = true;
    const table = this.#tables.create(facts.name.name, facts.temporary, facts.virtual);
    if (this.#origin === undefined) return;
    this.#fill(table, entry);
    yield* this.#copies.note(entry, table, { changes: assumedRows, others: 0 }, this.#origin);
  }

  *#afterChange(facts: Facts<'insert' | 'update' | 'delete'>, entry: StepStatement): Op<void> {
    const table = this.#tables.find(facts.name);
    const fires = this.#baseline.triggers.fires(nameKey(facts.name.name));
    if (table !== undefined) {
      if (facts.verb === 'insert') this.#fill(table, entry);
      this.#rows.open(table);
      yield* this.#rows.enter(table, entry, facts, assumedRows);
    }
    if (facts.verb === 'delete' || !entry.statement.tokens.some((token) => isKeyword(token, 'from'))) return;
    this.#copies.markRead(this.#origins.tablesRead(entry.statement), table);
    const origins = facts.verb === 'insert' ? yield* this.#origins.ofSelects(entry.statement) : undefined;
    if (fires && origins !== undefined) {
      const copies = yield* this.#copies.byTriggers(entry, origins);
      for (const { target } of copies) this.#fill(target, entry);
      this.#copies.noteTriggers(entry, copies, new Map(copies.map(({ target }) => [target, assumedRows])));
    }
    if (table !== undefined)
      yield* this.#copies.note(entry, table, { changes: assumedRows, others: fires ? assumedRows : 0 }, origins);
  }

  /** What is copied from empty tables fills none. */
  #fill(table: Table, { statement }: StepStatement): void {
    const read = [...this.#origins.tablesRead(statement)];
    if (read.length === 0 || read.some((one) => this.#filled.has(one))) this.#filled.add(table);
  }

  #afterDrop({ object, name }: Facts<'drop'>): void {
    if (object !== 'table' && object !== 'view') return;
    const table = this.#tables.find(name);
    if (table !== undefined) this.#tables.drop(table, this.#copies.wasRead(table));
    else if (!this.#tables.isMain(name)) this.#tables.dropTemporaryView(name.name);
  }

  #afterAlter({ name, change }: Facts<'alter'>): void {
    const table = this.#tables.find(name);
    if (table === undefined) return;
    if (change.kind === 'rename-table') {
      this.#baseline.triggers.rename(name.name, change.to);
      this.#tables.rename(table, change.to);
    } else if (change.kind === 'drop-column') this.#copies.dropColumn(table, nameKey(change.column));
    else if (change.kind === 'rename-column') {
      const [from, to] = [nameKey(change.from), nameKey(change.to)];
      this.#copies.renameColumn(table, from, to);
      this.#rows.renameColumn(table, from, to);
    }
  }

  *#planned(table: Table, info: TableInfo, successor: Table): Op<PlannedRebuild> {
    const copies = this.#copies
      .from(table)
      .filter(({ target }) => target !== undefined && this.#tables.isLiving(target) && !target.temporary);
    const paths = groupPaths(table, copies).filter(({ pairs, target }) => pairs.length > 0 && !target.virtual);
    const infos = new Map<Table, TableInfo>();
    // What an earlier migration has filled is compared by equal names, as the run does it.
    if (copies.length === 0 && !this.#tables.isNew(successor) && !successor.virtual)
      paths.push(yield* pathByNames(table, info, successor, this.#tables));
    for (const target of [...copies.map((copy) => copy.target!), ...paths.map((path) => path.target)])
      if (!infos.has(target)) infos.set(target, yield* this.#infoOf(target));
    const holdings = copies.map((copy) => ({ table: copy.target!, lost: copy.takesAll ? 0 : 1 }));
    const homes = homesOf({ table, info, holdings, compared: new Map() }, copies, paths);
    const isProven = !this.#baseline.replaces && paths.every((path) => this.#isWhole(path));
    const checks = columnChecks(info, paths, infos, isProven).map(({ column }) => column);
    const names = info.columns.map(({ name }) => name);
    const isUpdated = (name: string): boolean =>
      paths.some((path) => updatedSince([carriedTo(path, nameKey(name))], [path], this.#rows) > 0);
    const kept = names.filter(
      (name) => !isUpdated(name) && (checks.includes(name) || homes.get(nameKey(name)) === 'copied'),
    );
    const compared = kept.filter((name) => checks.includes(name));
    return {
      table: this.#tables.nameOf(successor),
      check: kept.length === 0 ? 'counted' : isProven && compared.length === 0 ? 'proven' : 'compared',
      compared,
      proven: kept.filter((name) => !checks.includes(name)),
      transformed: [
        ...this.#computed(table, info, successor, copies, homes, infos),
        ...names
          .filter((name) => isUpdated(name) && homes.get(nameKey(name)) === 'copied')
          .map((name) => ({ column: name, from: [name] })),
      ],
      leftOut: names.filter((name) => homes.get(nameKey(name)) === 'none' && !checks.includes(name)),
    };
  }

  /** Whether the copy takes every row as it is, and nothing writes either table after it. */
  #isWhole(path: Path): boolean {
    return (
      path.copies.length > 0 &&
      path.copies.every(({ takesAll, merges }) => takesAll && !merges) &&
      isUndisturbed(path, assumedRows, this.#rows)
    );
  }

  /** The columns that expressions over columns of the table fill, or other tables by what its columns select there. */
  #computed(
    table: Table,
    info: TableInfo,
    successor: Table,
    copies: readonly Copy[],
    homes: ReadonlyMap<string, ColumnHome>,
    infos: ReadonlyMap<Table, TableInfo>,
  ): readonly TransformedColumn[] {
    const found = new Map<string, Set<string>>();
    const exchanged = [...homes].flatMap(([key, home]) => (home === 'exchanged' ? [key] : []));
    for (const copy of copies)
      for (const [to, source] of copy.columns) {
        const target = copy.target!;
        const keys =
          source.kind === 'expression'
            ? source.reads.filter((ref) => ref.table === table).map(({ column }) => column)
            : source.table === table
              ? []
              : exchanged.filter((key) => copy.matched.some((ref) => ref.table === table && ref.column === key));
        const from = keys.flatMap((key) => columnOf(info, key)?.name ?? []);
        if (from.length === 0) continue;
        const column = columnOf(infos.get(target)!, to)?.name ?? to;
        const label = target === successor ? column : `${this.#tables.nameOf(target)}.${column}`;
        found.set(label, new Set([...(found.get(label) ?? []), ...from]));
      }
    return [...found].map(([column, from]) => ({ column, from: [...from] }));
  }

  #infoOf(table: Table): Op<TableInfo> {
    return readTableInfo(this.#tables.nameOf(table), schemaOf(table));
  }
}
