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
} from '../../sql/index.ts';
import {
  isSameColumn,
  readsOf,
  type ColumnRef,
  type ColumnSource,
  type OriginReader,
  type SelectOrigins,
} from './column-origins.ts';
import type { Mark, RowBookkeeping } from './row-bookkeeping.ts';
import { schemaOf, type Table, type TableTracker } from './tables.ts';
import { triggerCopies, type TriggerCopy } from './trigger-copies.ts';

/** Rows that one SELECT took from tables, and put into another. */
export interface Copy {
  readonly entry: StepStatement;
  /** Undefined: the function of a migration read them, and may put them anywhere. */
  readonly target: Table | undefined;
  /** How they came: as rows of their own, or as values of rows that were there. */
  readonly adds: boolean;
  /** By the key of the target's column. */
  readonly columns: Map<string, ColumnSource>;
  readonly alsoReads: readonly ColumnRef[];
  readonly matched: readonly ColumnRef[];
  readonly filtered: readonly ColumnRef[];
  readonly reads: ReadonlySet<Table>;
  readonly rows: number;
  /** What the rows are of: the statement, or one SELECT of its UNION ALL. */
  readonly part: object;
  /** A row may be left out because the target has its like, or because it is one with another. */
  readonly isSelective: boolean;
  /** The only table that the whole statement takes rows from, each by itself. */
  readonly only: Table | undefined;
  /** No WHERE, LIMIT or HAVING left rows out. */
  readonly takesAll: boolean;
  /** Triggers and foreign key actions changed nothing meanwhile. */
  readonly isPlain: boolean;
  readonly merges: boolean;
  /** Where the books of the target and of the source stood behind it. */
  readonly mark: Mark | undefined;
  readonly sourceMark: Mark | undefined;
  /** A function wrote values, and had read these columns before: they may be where its values come from. */
  readonly byCode?: true;
}

/** Follows the rows that statements copy from one table to another. */
export class CopyTracker {
  readonly #tables: TableTracker;
  readonly #origins: OriginReader;
  readonly #rows: RowBookkeeping;
  readonly #copies: Copy[] = [];
  /** Their targets. */
  readonly #filled = new Set<Table>();
  /** Tables that a statement read, whatever became of it. */
  readonly #read = new Set<Table>();
  /** Tables whose rows an INSERT took into a view, of which no trigger made anything. */
  readonly #swallowed = new Map<Table, StepStatement>();
  /** The columns that functions have read. */
  #readByCode: readonly ColumnRef[] = [];
  /** Where in `#copies` stands what functions wrote: by table, what they had read, and the columns. */
  readonly #written = new Map<Table, Map<string, number>>();

  constructor(tables: TableTracker, origins: OriginReader, rows: RowBookkeeping) {
    this.#tables = tables;
    this.#origins = origins;
    this.#rows = rows;
  }

  /** The copies that took something from a table. */
  from(table: Table): readonly Copy[] {
    return this.#copies.filter((copy) => copy.reads.has(table));
  }

  /** The statements that put rows into a table. */
  into(table: Table): readonly Copy[] {
    return this.#copies.filter(({ target, adds, byCode }) => target === table && adds && byCode !== true);
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

  /**
   * Notes a statement that succeeded and reads tables, with the rows that it changed itself and that its triggers did.
   */
  *note(
    entry: StepStatement,
    target: Table | undefined,
    { changes: rows, others }: { readonly changes: number; readonly others: number },
    origins?: readonly SelectOrigins[],
  ): Op<void> {
    const { facts, statement } = entry;
    const reads = this.#origins.tablesRead(statement);
    if (facts.verb === 'update') return yield* this.#noteUpdate(entry, target, rows, reads);
    const selects = origins ?? (yield* this.#origins.ofSelects(statement));
    const named = target === undefined ? [] : yield* this.#targetColumns(target, statement);
    const isReplacing = facts.verb === 'insert' && facts.conflict === 'replace';
    const isSingle = selects.length === 1 && !isReplacing && setColumns(statement).size === 0;
    for (const select of selects) {
      const copy = this.#toCopy(entry, target, named, select, rows, reads);
      this.#add(isSingle ? { ...copy, isPlain: others === 0 } : { ...copy, only: undefined });
      if (target === undefined) this.#noteRead(copy);
    }
    if (facts.verb === 'insert') yield* this.#noteUpdate(entry, target, rows, reads);
  }

  /** What the triggers of an INSERT make of the rows that it copies. Ask before it runs, as for their origins. */
  *byTriggers({ facts, statement }: StepStatement, origins: readonly SelectOrigins[]): Op<readonly TriggerCopy[]> {
    if (facts.verb !== 'insert') return [];
    const { name } = facts;
    const schema = this.#tables.isMain(name) ? 'main' : 'temp';
    const named = yield* this.#namedColumns(name.name, schema, statement);
    const found: TriggerCopy[] = [];
    for (const { results, filtered } of origins) {
      const row = new Map(
        results.flatMap((source, i) => (named[i] === undefined ? [] : [[named[i], source] as const])),
      );
      for (const copy of yield* triggerCopies({ schema, name: name.name }, row, this.#tables))
        found.push({ ...copy, filtered: [...filtered, ...copy.filtered] });
    }
    return found;
  }

  /** An INSERT into a view, whose triggers did nothing. */
  noteSwallowed(entry: StepStatement, origins: readonly SelectOrigins[]): void {
    for (const source of origins.flatMap(({ results }) => results))
      if (source.kind === 'column') this.#swallowed.set(source.table, entry);
  }

  /** The statement that took rows of a table into a view, where they went nowhere. */
  swallowedBy(table: Table): StepStatement | undefined {
    return this.#swallowed.get(table);
  }

  /** Notes what triggers copied. `added`: how many rows each table has more. */
  noteTriggers(entry: StepStatement, copies: readonly TriggerCopy[], added: ReadonlyMap<Table, number>): void {
    for (const { target, statement, ...copy } of copies) {
      const rows = added.get(target) ?? 0;
      const refs = [...copy.columns.values()].flatMap(readsOf);
      this.#add({
        ...nothing(entry, new Set(refs.map(({ table }) => table))),
        ...copy,
        columns: new Map(copy.columns),
        target,
        rows,
        part: added,
        isSelective: [...entry.statement.tokens, ...statement.tokens].some(isSelective),
        mark: this.#rows.mark(target),
      });
    }
  }

  /** RETURNING gives rows of the table to the function that asked. */
  *noteReturned(entry: StepStatement, table: Table): Op<void> {
    this.markRead([table], undefined);
    const info = yield* readTableInfo(this.#tables.nameOf(table), schemaOf(table));
    const all = info.columns.map(({ name }) => nameKey(name));
    const copy = { ...nothing(entry, new Set([table])), alsoReads: namesOf(entry.statement, table, all) };
    this.#add(copy);
    this.#noteRead(copy);
  }

  /** Whether a function that has read something now writes values of its own, instead of selecting them. */
  writesValues({ statement, facts: { verb } }: StepStatement): boolean {
    if (this.#readByCode.length === 0) return false;
    if (this.#origins.tablesRead(statement).size === 0) return true;
    const given = verb === 'update' ? updateParts(statement).set : statement.tokens;
    const isSelected = verb === 'insert' && parseRowCopy(statement).selects.length > 0;
    return !isSelected && given.some(({ kind }) => kind === 'variable');
  }

  /** What a function writes by values may be any of what it has read. */
  *noteValues(entry: StepStatement, target: Table, rows: number): Op<void> {
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
      ...nothing(entry, new Set(this.#readByCode.map(({ table }) => table))),
      target,
      columns: new Map([...columns].map((column) => [column, source])),
      rows,
      byCode: true,
    });
  }

  /**
   * Everywhere that values of a column went, by whatever tables. What a function wrote counts where it wrote as many
   * rows as there were `different` values.
   */
  reached(table: Table, column: string, different: number): readonly ColumnRef[] {
    const found: ColumnRef[] = [{ table, column }];
    const written = new Map<Table, Map<string, number>>();
    const isFound = (ref: ColumnRef): boolean => found.some((one) => isSameColumn(one, ref));
    // In the order of the statements: what was copied on before it arrived is not it.
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

  #noteRead(copy: Copy): void {
    const refs = [...copy.alsoReads, ...[...copy.columns.values()].flatMap(readsOf)];
    const isKnown = (ref: ColumnRef): boolean => this.#readByCode.some((one) => isSameColumn(one, ref));
    const fresh = refs.filter((ref) => !isKnown(ref)).map(({ table, column }) => ({ table, column }));
    if (fresh.length > 0) this.#readByCode = [...this.#readByCode, ...fresh];
  }

  /**
   * Before a table is dropped that others were copied into: what came from there through it came from there. (Of a
   * table that took over a dropped one's rows the handover keeps account.)
   */
  compose(through: Table): void {
    const arrived = this.#copies.filter(({ target, adds }) => target === through && adds);
    const left = this.from(through);
    for (const second of left)
      for (const first of arrived) {
        const columns = [...second.columns].map(([column, source]): [string, ColumnSource] => [
          column,
          composed(source, first, through),
        ]);
        const isSame =
          second.only === through &&
          first.mark !== undefined &&
          first.mark.disturbed === second.sourceMark?.disturbed &&
          first.mark.inserted === second.sourceMark.inserted;
        this.#add({
          ...second,
          columns: new Map(columns),
          alsoReads: second.alsoReads.flatMap((ref) => throughRef(ref, first, through)),
          matched: second.matched.flatMap((ref) => throughRef(ref, first, through)),
          filtered: [...first.filtered, ...second.filtered.flatMap((ref) => throughRef(ref, first, through))],
          reads: new Set([...first.reads, ...second.reads]),
          only: isSame ? first.only : undefined,
          takesAll: first.takesAll && second.takesAll,
          isPlain: isSame && first.isPlain && second.isPlain,
          merges: first.merges || second.merges,
          isSelective: first.isSelective || second.isSelective,
          sourceMark: first.sourceMark,
        });
      }
  }

  /** A column that is dropped carries nothing any more, to wherever its values had come. */
  dropColumn(table: Table, column: string): void {
    for (const [i, copy] of this.#copies.entries()) {
      const columns = [...copy.columns]
        .filter(([to]) => copy.target !== table || to !== column)
        .map(([to, source]): [string, ColumnSource] => [
          to,
          source.kind === 'column' && source.table === table && source.column === column
            ? { kind: 'expression', reads: [] }
            : source,
        ]);
      this.#copies[i] = { ...copy, columns: new Map(columns) };
    }
  }

  renameColumn(table: Table, from: string, to: string): void {
    const renamed = (ref: ColumnRef): ColumnRef =>
      ref.table === table && ref.column === from ? { table, column: to } : ref;
    this.#readByCode = this.#readByCode.map(renamed);
    this.#written.clear();
    for (const [i, copy] of this.#copies.entries()) {
      const columns = [...copy.columns].map(([column, source]): [string, ColumnSource] => [
        copy.target === table && column === from ? to : column,
        source.kind === 'column'
          ? { kind: 'column', ...renamed(source) }
          : { ...source, reads: source.reads.map(renamed) },
      ]);
      this.#copies[i] = {
        ...copy,
        columns: new Map(columns),
        alsoReads: copy.alsoReads.map(renamed),
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
    named: readonly string[],
    select: SelectOrigins,
    rows: number,
    reads: ReadonlySet<Table>,
  ): Copy {
    const columns = new Map<string, ColumnSource>();
    // What a function of a migration reads has no column to go to.
    for (const [i, source] of select.results.entries()) columns.set(named[i] ?? `${i + 1}`, source);
    const { only, conditions } = select;
    if (only !== undefined) this.#rows.open(only);
    const looksAtTarget = target !== undefined && conditions.has(nameKey(this.#tables.nameOf(target)));
    return {
      entry,
      target,
      adds: true,
      columns,
      alsoReads: select.alsoReads,
      matched: select.matched,
      filtered: select.filtered,
      reads,
      rows: select.rows ?? rows,
      part: select.rows === undefined ? entry : select,
      isSelective: looksAtTarget || entry.statement.tokens.some(isSelective),
      only,
      takesAll: select.takesAll,
      isPlain: false,
      merges: select.merges,
      mark: target === undefined ? undefined : this.#rows.mark(target),
      sourceMark: only === undefined ? undefined : this.#rows.mark(only),
    };
  }

  *#noteUpdate(entry: StepStatement, target: Table | undefined, rows: number, reads: ReadonlySet<Table>): Op<void> {
    const { facts, statement } = entry;
    if (target === undefined || rows === 0 || !('name' in facts) || typeof facts.name === 'string') return;
    if (facts.verb !== 'update' && facts.verb !== 'insert') return;
    const set = setColumns(statement);
    if (set.size === 0) return;
    const { alsoReads, matched, filtered } = yield* this.#origins.ofUpdate(statement, facts.name);
    const source: ColumnSource = { kind: 'expression', reads: alsoReads };
    this.#add({
      ...nothing(entry, new Set([...reads, target])),
      target,
      columns: new Map([...set].map((column) => [column, source])),
      matched,
      filtered,
      rows,
    });
  }

  /** The keys of the columns that an INSERT or a CREATE TABLE ... AS fills, in the order of its SELECT. */
  #targetColumns(target: Table, statement: SqlStatement): Op<readonly string[]> {
    return this.#namedColumns(this.#tables.nameOf(target), schemaOf(target), statement);
  }

  *#namedColumns(name: string, schema: 'main' | 'temp', statement: SqlStatement): Op<readonly string[]> {
    const { columns } = parseRowCopy(statement);
    if (columns !== undefined) return columns.map(nameKey);
    const info = yield* readTableInfo(name, schema);
    return info.columns.filter(({ generated }) => !generated).map(({ name }) => nameKey(name));
  }
}

/** Where a column comes from that was copied through another table. */
function composed(source: ColumnSource, first: Copy, through: Table): ColumnSource {
  if (source.kind === 'column')
    return source.table === through ? (first.columns.get(source.column) ?? { kind: 'expression', reads: [] }) : source;
  return { ...source, reads: source.reads.flatMap((ref) => throughRef(ref, first, through)) };
}

function throughRef(ref: ColumnRef, first: Copy, through: Table): readonly ColumnRef[] {
  if (ref.table !== through) return [ref];
  const source = first.columns.get(ref.column);
  return source === undefined ? [] : readsOf(source);
}

function nothing(entry: StepStatement, reads: ReadonlySet<Table>): Copy {
  return {
    entry,
    target: undefined,
    adds: false,
    columns: new Map(),
    alsoReads: [],
    matched: [],
    filtered: [],
    reads,
    rows: 0,
    part: entry,
    isSelective: false,
    only: undefined,
    takesAll: false,
    isPlain: false,
    merges: false,
    mark: undefined,
    sourceMark: undefined,
  };
}

/** Words with which a statement leaves out rows that are equal to others. */
function isSelective({ kind, text }: Token): boolean {
  return kind === 'word' && /^(?:ignore|conflict|distinct|group|intersect|except)$/i.test(text);
}

/** Everything that RETURNING names, as columns of the table; `all` for a star. */
function namesOf(statement: SqlStatement, table: Table, all: readonly string[]): readonly ColumnRef[] {
  const start = statement.tokens.findIndex(({ kind, text }) => kind === 'word' && nameKey(text) === 'returning');
  const names = statement.tokens
    .slice(start + 1)
    .flatMap(({ text }) => (text === '*' ? all : [nameKey(unquote(text))]));
  return names.map((column) => ({ table, column }));
}
