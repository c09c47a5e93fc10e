import type { Op } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import {
  nameKey,
  parseRowCopy,
  setColumns,
  unquote,
  updateParts,
  type SqlStatement,
  type Token,
  type NameKey,
} from '../../sql/index.ts';
import {
  isSameColumn,
  readsOf,
  type ColumnRef,
  type ColumnSource,
  type OriginReader,
  type SelectOrigins,
} from './column-origins.ts';
import type { ChangeCounts, Mark, RowBookkeeping } from './row-bookkeeping.ts';
import { schemaOf, type Table, type TableTracker } from './table-tracker.ts';
import { triggerCopies, type TriggerCopy } from './trigger-copies.ts';

/** Rows that one SELECT read from tables and put into another. */
export interface Copy {
  readonly entry: StepStatement;
  /** Undefined: a code migration read the rows, and may write them anywhere. */
  readonly target: Table | undefined;
  /** Whether it inserts rows; otherwise it sets values of existing rows. */
  readonly adds: boolean;
  /** By the key of the target's column. */
  readonly columns: Map<NameKey, ColumnSource>;
  /** Columns that it reads, while it is unknown for which of its columns. */
  readonly unassignedReads: readonly ColumnRef[];
  /** Columns that it compares with a column or an expression, as in a join. */
  readonly matched: readonly ColumnRef[];
  /** Columns that WHERE reads, or the WHEN of its trigger. */
  readonly filtered: readonly ColumnRef[];
  /** The tables that it reads. */
  readonly reads: ReadonlySet<Table>;
  /** How many rows it inserted or updated. */
  readonly rows: number;
  /** The statement that added the rows, or one SELECT of its UNION ALL. */
  readonly part: object;
  /** A row may be skipped because the target, or the copy itself, has an equal one. */
  readonly skipsDuplicates: boolean;
  /** The only table in FROM, if each of its rows gives one row. */
  readonly only: Table | undefined;
  /** It has no WHERE, LIMIT or HAVING. */
  readonly copiesAllRows: boolean;
  /** No trigger and no foreign key action changed rows meanwhile. */
  readonly hasNoSideEffects: boolean;
  /** DISTINCT, GROUP BY or UNION: several rows may become one. */
  readonly merges: boolean;
  /** The row counts of the target and of the source after the copy. */
  readonly mark: Mark | undefined;
  readonly sourceMark: Mark | undefined;
  /** A code migration wrote values, which may come from columns that it had read. */
  readonly byCode?: true;
}

/** Follows the rows that statements copy from one table to another. */
export class CopyTracker {
  readonly #tables: TableTracker;
  readonly #origins: OriginReader;
  readonly #rows: RowBookkeeping;
  readonly #copies: Copy[] = [];
  /** The targets of the copies. */
  readonly #filled = new Set<Table>();
  /** Tables that any statement read. */
  readonly #read = new Set<Table>();
  /** Tables whose rows were inserted into a view that has no trigger for them. */
  readonly #discarded = new Map<Table, StepStatement>();
  /** The columns that code migrations have read. */
  #readByCode: readonly ColumnRef[] = [];
  /** The index in `#copies` of what code migrations wrote, by table, by what they had read, and by columns. */
  readonly #written = new Map<Table, Map<string, number>>();

  /** The index in `#copies` of each UPDATE, by table and text. */
  readonly #updates = new Map<Table, Map<string, number>>();

  constructor(tables: TableTracker, origins: OriginReader, rows: RowBookkeeping) {
    this.#tables = tables;
    this.#origins = origins;
    this.#rows = rows;
  }

  /** The copies that read a table. */
  from(table: Table): readonly Copy[] {
    return this.#copies.filter((copy) => copy.reads.has(table));
  }

  /** The statements that put rows into a table. */
  into(table: Table): readonly Copy[] {
    return this.#copies.filter(({ target, adds, byCode }) => target === table && adds && byCode !== true);
  }

  /** The statements that put values into a table which they picked from a column. */
  picking(table: Table): readonly Copy[] {
    return this.#copies.filter(
      ({ target, columns }) =>
        target === table &&
        [...columns.values()].some((source) => source.kind === 'expression' && source.picked !== undefined),
    );
  }

  wasRead(table: Table): boolean {
    return this.#read.has(table);
  }

  markRead(tables: Iterable<Table>, target: Table | undefined): void {
    for (const table of tables) if (table !== target) this.#read.add(table);
  }

  fills(table: Table): boolean {
    return this.#filled.has(table);
  }

  /** Records a statement that succeeded and reads tables. */
  *record(
    entry: StepStatement,
    target: Table | undefined,
    { changes: rows, sideEffects }: ChangeCounts,
    origins?: readonly SelectOrigins[],
  ): Op<void> {
    const { facts, statement } = entry;
    const reads = this.#origins.tablesRead(statement);
    if (facts.verb === 'update') return yield* this.#recordUpdate(entry, target, rows, reads);
    const selects = origins ?? (yield* this.#origins.ofSelects(statement));
    const named = target === undefined ? [] : yield* this.#targetColumns(target, statement);
    const isReplacing = facts.verb === 'insert' && facts.conflict === 'replace';
    const isSingle = selects.length === 1 && !isReplacing && setColumns(statement).size === 0;
    for (const select of selects) {
      const copy = this.#toCopy(entry, target, named, select, rows, reads);
      this.#add(isSingle ? { ...copy, hasNoSideEffects: sideEffects === 0 } : { ...copy, only: undefined });
      if (target === undefined) this.#recordRead(copy);
    }
    if (facts.verb === 'insert') yield* this.#recordUpdate(entry, target, rows, reads);
  }

  /** What the triggers of an INSERT or an UPDATE copy of its rows. Call it before the statement runs. */
  *triggerCopiesOf({ facts, statement }: StepStatement, origins: readonly SelectOrigins[]): Op<readonly TriggerCopy[]> {
    if (facts.verb !== 'insert' && facts.verb !== 'update') return [];
    const schema = this.#tables.isMain(facts.name) ? 'main' : 'temp';
    const name = { schema, name: facts.name.name };
    if (facts.verb === 'update') {
      const { columns } = yield* this.#origins.ofUpdate(statement, facts.name);
      return yield* triggerCopies('update', name, columns, this.#tables);
    }
    const named = yield* this.#namedColumns(name.name, schema, statement);
    const found: TriggerCopy[] = [];
    for (const { results, filtered } of origins) {
      const row = new Map(
        results.flatMap((source, i) => (named[i] === undefined ? [] : [[named[i], source] as const])),
      );
      for (const copy of yield* triggerCopies('insert', name, row, this.#tables))
        found.push({ ...copy, filtered: [...filtered, ...copy.filtered] });
    }
    return found;
  }

  /** Records an INSERT into a view whose triggers did nothing. */
  recordDiscarded(entry: StepStatement, origins: readonly SelectOrigins[]): void {
    for (const source of origins.flatMap(({ results }) => results))
      if (source.kind === 'column') this.#discarded.set(source.table, entry);
  }

  /** The statement that inserted rows of a table into a view that discarded them. */
  discardedBy(table: Table): StepStatement | undefined {
    return this.#discarded.get(table);
  }

  /** Records what triggers copied. `added`: the number of rows that each table gained. */
  recordTriggers(entry: StepStatement, copies: readonly TriggerCopy[], added: ReadonlyMap<Table, number>): void {
    for (const { target, statement, ...copy } of copies) {
      const rows = added.get(target) ?? 0;
      const refs = [...copy.columns.values()].flatMap(readsOf);
      this.#add({
        ...emptyCopy(entry, new Set(refs.map(({ table }) => table))),
        ...copy,
        columns: new Map(copy.columns),
        target,
        rows,
        part: added,
        skipsDuplicates: [...entry.statement.tokens, ...statement.tokens].some(isSelective),
        mark: this.#rows.mark(target),
      });
    }
  }

  /** RETURNING returns rows of the table to the code migration. */
  *recordReturned(entry: StepStatement, table: Table): Op<void> {
    this.markRead([table], undefined);
    const info = yield* readTableInfo(this.#tables.nameOf(table), schemaOf(table));
    const all = info.columns.map(({ name }) => nameKey(name));
    const copy = { ...emptyCopy(entry, new Set([table])), unassignedReads: namesOf(entry.statement, table, all) };
    this.#add(copy);
    this.#recordRead(copy);
  }

  /** Whether a code migration that has read rows now writes values, instead of selecting them. */
  writesValues({ statement, facts: { verb } }: StepStatement): boolean {
    if (this.#readByCode.length === 0) return false;
    if (this.#origins.tablesRead(statement).size === 0) return true;
    const given = verb === 'update' ? updateParts(statement).set : statement.tokens;
    const isSelected = verb === 'insert' && parseRowCopy(statement).selects.length > 0;
    return !isSelected && given.some(({ kind }) => kind === 'variable');
  }

  /** Values that a code migration writes may be any that it has read. */
  *recordValues(entry: StepStatement, target: Table, rows: number): Op<void> {
    if (rows === 0) return;
    const { facts, statement } = entry;
    const columns = new Set(setColumns(statement));
    if (facts.verb === 'insert')
      for (const column of yield* this.#targetColumns(target, statement)) columns.add(column);
    const written = this.#written.get(target) ?? new Map<string, number>();
    this.#written.set(target, written);
    const key = JSON.stringify([this.#readByCode.length, ...columns]);
    const at = written.get(key);
    const known = at === undefined ? undefined : this.#copies[at];
    if (known !== undefined) {
      this.#copies[at!] = { ...known, rows: known.rows + rows };
      return;
    }
    const source: ColumnSource = { kind: 'expression', reads: this.#readByCode };
    written.set(key, this.#copies.length);
    this.#add({
      ...emptyCopy(entry, new Set(this.#readByCode.map(({ table }) => table))),
      target,
      columns: new Map([...columns].map((column) => [column, source])),
      rows,
      byCode: true,
    });
  }

  /**
   * All columns that received values of a column, directly or through other tables. A function counts if it wrote at
   * least as many rows as there were `different` values.
   */
  destinationsOf(table: Table, column: NameKey, different: number): readonly ColumnRef[] {
    const found: ColumnRef[] = [{ table, column }];
    const written = new Map<Table, Map<string, number>>();
    const isFound = (ref: ColumnRef): boolean => found.some((one) => isSameColumn(one, ref));
    // In the order of the statements: a copy made earlier does not have the values.
    for (const { target, columns, rows, byCode } of this.#copies) {
      if (target === undefined || rows === 0) continue;
      for (const [to, source] of columns) {
        const ref = { table: target, column: to };
        if (isFound(ref) || !readsOf(source).some(isFound)) continue;
        if (byCode === true) {
          const counts = written.get(target) ?? new Map<string, number>();
          counts.set(to, (counts.get(to) ?? 0) + rows);
          written.set(target, counts);
          if (counts.get(to)! < different) continue;
        }
        found.push(ref);
      }
    }
    return found.slice(1);
  }

  /** How many rows UPDATE statements changed that set a column to what they read from others. */
  rewrittenRows({ table, column }: ColumnRef, from: readonly ColumnRef[]): number {
    const isRead = (ref: ColumnRef): boolean => from.some((one) => isSameColumn(one, ref));
    const copies = this.#copies.filter(({ target, adds, columns, matched }) => {
      const source = target === table && !adds ? columns.get(column) : undefined;
      return source !== undefined && [...readsOf(source), ...matched].some(isRead);
    });
    return copies.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** How many rows a code migration has written since it read a column. */
  rowsWrittenByCode(ref: ColumnRef): number {
    const copies = this.#copies.filter(
      ({ byCode, columns }) =>
        byCode === true && [...columns.values()].flatMap(readsOf).some((one) => isSameColumn(one, ref)),
    );
    return copies.reduce((sum, { rows }) => sum + rows, 0);
  }

  #recordRead(copy: Copy): void {
    const refs = [...copy.unassignedReads, ...[...copy.columns.values()].flatMap(readsOf)];
    const isKnown = (ref: ColumnRef): boolean => this.#readByCode.some((one) => isSameColumn(one, ref));
    const fresh = refs.filter((ref) => !isKnown(ref)).map(({ table, column }) => ({ table, column }));
    if (fresh.length > 0) this.#readByCode = [...this.#readByCode, ...fresh];
  }

  /**
   * Before a table is dropped that received copies: copies out of it get the sources of the copies into it. (If it
   * received the rows of a dropped table, the comparison follows them instead.)
   */
  joinCopiesAcross(through: Table): void {
    const arrived = this.#copies.filter(({ target }) => target === through);
    const left = this.from(through);
    for (const second of left)
      for (const first of arrived) {
        const isFilled = (source: ColumnSource): boolean =>
          readsOf(source).some((ref) => ref.table === through && first.columns.has(ref.column));
        const columns = [...second.columns]
          .filter(([, source]) => first.adds || isFilled(source))
          .map(([column, source]): [NameKey, ColumnSource] => [column, sourceThrough(source, first, through)]);
        if (second === first || (!first.adds && columns.length === 0)) continue;
        const isSame =
          second.only === through &&
          first.mark !== undefined &&
          first.mark.otherStatements === second.sourceMark?.otherStatements &&
          first.mark.inserted === second.sourceMark.inserted;
        this.#add({
          ...second,
          adds: first.adds && second.adds,
          columns: new Map(columns),
          unassignedReads: second.unassignedReads.flatMap((ref) => readsThrough(ref, first, through)),
          matched: second.matched.flatMap((ref) => readsThrough(ref, first, through)),
          filtered: [...first.filtered, ...second.filtered.flatMap((ref) => readsThrough(ref, first, through))],
          reads: new Set([...first.reads, ...second.reads]),
          only: isSame ? first.only : undefined,
          copiesAllRows: first.copiesAllRows && second.copiesAllRows,
          hasNoSideEffects: isSame && first.hasNoSideEffects && second.hasNoSideEffects,
          merges: first.merges || second.merges,
          skipsDuplicates: first.skipsDuplicates || second.skipsDuplicates,
          sourceMark: first.sourceMark,
        });
      }
  }

  /** A dropped column no longer copies anything, wherever its values went. */
  dropColumn(table: Table, column: NameKey): void {
    for (const [i, copy] of this.#copies.entries()) {
      const columns = [...copy.columns]
        .filter(([to]) => copy.target !== table || to !== column)
        .map(([to, source]): [NameKey, ColumnSource] => [
          to,
          source.kind === 'column' && source.table === table && source.column === column
            ? { kind: 'expression', reads: [] }
            : source,
        ]);
      this.#copies[i] = { ...copy, columns: new Map(columns) };
    }
  }

  renameColumn(table: Table, from: NameKey, to: NameKey): void {
    const renamed = (ref: ColumnRef): ColumnRef =>
      ref.table === table && ref.column === from ? { table, column: to } : ref;
    this.#readByCode = this.#readByCode.map(renamed);
    this.#written.clear();
    for (const [i, copy] of this.#copies.entries()) {
      const columns = [...copy.columns].map(([column, source]): [NameKey, ColumnSource] => [
        copy.target === table && column === from ? to : column,
        source.kind === 'column'
          ? { kind: 'column', ...renamed(source) }
          : { ...source, reads: source.reads.map(renamed), picked: source.picked && renamed(source.picked) },
      ]);
      this.#copies[i] = {
        ...copy,
        columns: new Map(columns),
        unassignedReads: copy.unassignedReads.map(renamed),
        matched: copy.matched.map(renamed),
        filtered: copy.filtered.map(renamed),
      };
    }
  }

  #add(copy: Copy): void {
    this.#copies.push(copy);
    if (copy.target !== undefined) this.#filled.add(copy.target);
  }

  #toCopy(
    entry: StepStatement,
    target: Table | undefined,
    named: readonly NameKey[],
    select: SelectOrigins,
    rows: number,
    reads: ReadonlySet<Table>,
  ): Copy {
    const { results, conditions, ...read } = select;
    const { only } = select;
    if (only !== undefined) this.#rows.track(only);
    const looksAtTarget = target !== undefined && conditions.has(nameKey(this.#tables.nameOf(target)));
    return {
      ...emptyCopy(entry, reads),
      ...read,
      target,
      adds: true,
      // Rows that a code migration reads have no target column.
      columns: new Map(results.map((source, i) => [named[i] ?? `${i + 1}`, source])),
      rows: select.rows ?? rows,
      part: select.rows === undefined ? entry : select,
      skipsDuplicates: looksAtTarget || entry.statement.tokens.some(isSelective),
      mark: target === undefined ? undefined : this.#rows.mark(target),
      sourceMark: only === undefined ? undefined : this.#rows.mark(only),
    };
  }

  *#recordUpdate(entry: StepStatement, target: Table | undefined, rows: number, reads: ReadonlySet<Table>): Op<void> {
    const { facts, statement } = entry;
    if (target === undefined || (facts.verb !== 'update' && facts.verb !== 'insert')) return;
    const set = setColumns(statement);
    if (set.size === 0) return;
    const { columns, matched, filtered } = yield* this.#origins.ofUpdate(statement, facts.name);
    const sourceOf = (column: NameKey): ColumnSource => {
      const source = columns.get(column) ?? { kind: 'expression', reads: [] };
      // An UPDATE of no row replaces nothing. But it found no partner for any row of the table that it picks from.
      return rows > 0 ? source : { ...source, kind: 'expression', reads: [] };
    };
    const copy: Copy = {
      ...emptyCopy(entry, new Set([...reads, target])),
      target,
      columns: new Map([...set].map((column) => [column, sourceOf(column)])),
      matched: rows > 0 ? matched : [],
      filtered: rows > 0 ? filtered : [],
      rows,
      mark: this.#rows.mark(target),
    };
    // A function may run one statement for every row.
    const known = this.#updates.get(target) ?? new Map<string, number>();
    this.#updates.set(target, known);
    const at = known.get(statement.sql);
    if (at !== undefined) this.#copies[at] = copy;
    else {
      known.set(statement.sql, this.#copies.length);
      this.#add(copy);
    }
  }

  /** The keys of the columns that an INSERT or a CREATE TABLE ... AS fills, in the order of its SELECT. */
  #targetColumns(target: Table, statement: SqlStatement): Op<readonly NameKey[]> {
    return this.#namedColumns(this.#tables.nameOf(target), schemaOf(target), statement);
  }

  *#namedColumns(name: string, schema: 'main' | 'temp', statement: SqlStatement): Op<readonly NameKey[]> {
    const { columns } = parseRowCopy(statement);
    if (columns !== undefined) return columns.map(nameKey);
    const info = yield* readTableInfo(name, schema);
    return info.columns.filter(({ generated }) => !generated).map(({ name }) => nameKey(name));
  }
}

/** The source of a column that was copied through another table. */
function sourceThrough(source: ColumnSource, first: Copy, through: Table): ColumnSource {
  const inside = (ref: ColumnRef | undefined): ColumnSource | undefined =>
    ref?.table === through ? (first.columns.get(ref.column) ?? { kind: 'expression', reads: [] }) : undefined;
  if (source.kind === 'column') return inside(source) ?? source;
  const [chosen, picked] = [source.picked, inside(source.picked)];
  // An UPDATE of the column by an expression over itself keeps one value in each row.
  const isOwn =
    chosen !== undefined && picked !== undefined && readsOf(picked).some((ref) => isSameColumn(ref, chosen));
  return {
    ...source,
    reads: source.reads.flatMap((ref) => readsThrough(ref, first, through)),
    picked: picked === undefined || isOwn ? chosen : picked.kind === 'column' ? picked : picked.picked,
  };
}

function readsThrough(ref: ColumnRef, first: Copy, through: Table): readonly ColumnRef[] {
  if (ref.table !== through) return [ref];
  const source = first.columns.get(ref.column);
  return source === undefined ? [] : readsOf(source);
}

function emptyCopy(entry: StepStatement, reads: ReadonlySet<Table>): Copy {
  return {
    entry,
    target: undefined,
    adds: false,
    columns: new Map(),
    unassignedReads: [],
    matched: [],
    filtered: [],
    reads,
    rows: 0,
    part: entry,
    skipsDuplicates: false,
    only: undefined,
    copiesAllRows: false,
    hasNoSideEffects: false,
    merges: false,
    mark: undefined,
    sourceMark: undefined,
  };
}

/** Keywords with which a statement skips rows that are equal to others. */
function isSelective({ kind, text }: Token): boolean {
  return kind === 'word' && /^(?:ignore|conflict|distinct|group|intersect|except)$/i.test(text);
}

/** The columns that RETURNING names. `all`: the columns of a star. */
function namesOf(statement: SqlStatement, table: Table, all: readonly string[]): readonly ColumnRef[] {
  const start = statement.tokens.findIndex(({ kind, text }) => kind === 'word' && nameKey(text) === 'returning');
  const names = statement.tokens
    .slice(start + 1)
    .flatMap(({ text }) => (text === '*' ? all : [nameKey(unquote(text))]));
  return names.map((column) => ({ table, column }));
}
