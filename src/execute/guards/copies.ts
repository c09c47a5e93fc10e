import type { Op } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { nameKey, parseRowCopy, setColumns, type SqlStatement, type Token } from '../../sql/index.ts';
import type { ColumnRef, ColumnSource, OriginReader, SelectOrigins } from './column-origins.ts';
import type { Mark, RowBookkeeping } from './row-bookkeeping.ts';
import { schemaOf, type Table, type TableTracker } from './tables.ts';

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
}

/** Follows the rows that statements copy from one table to another. */
export class CopyTracker {
  readonly #tables: TableTracker;
  readonly #origins: OriginReader;
  readonly #rows: RowBookkeeping;
  readonly #copies: Copy[] = [];
  /** Tables that a statement read, whatever became of it. */
  readonly #read = new Set<Table>();

  constructor(tables: TableTracker, origins: OriginReader, rows: RowBookkeeping) {
    this.#tables = tables;
    this.#origins = origins;
    this.#rows = rows;
  }

  /** The copies that took something from a table. */
  from(table: Table): readonly Copy[] {
    return this.#copies.filter((copy) => copy.reads.has(table));
  }

  wasRead(table: Table): boolean {
    return this.#read.has(table);
  }

  markRead(tables: Iterable<Table>, target: Table | undefined): void {
    for (const table of tables) if (table !== target) this.#read.add(table);
  }

  fills(table: Table): boolean {
    return this.#copies.some(({ target }) => target === table);
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
      this.#copies.push(isSingle ? { ...copy, isPlain: others === 0 } : { ...copy, only: undefined });
    }
    if (facts.verb === 'insert') yield* this.#noteUpdate(entry, target, rows, reads);
  }

  /** RETURNING gives rows of the table to the function that asked. */
  noteReturned(entry: StepStatement, table: Table): void {
    this.markRead([table], undefined);
    this.#copies.push({ ...nothing(entry, new Set([table])), alsoReads: namesOf(entry.statement, table) });
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
        this.#copies.push({
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
    for (const [i, copy] of this.#copies.entries()) {
      const columns = [...copy.columns].map(([column, source]): [string, ColumnSource] => [
        copy.target === table && column === from ? to : column,
        source.kind === 'column'
          ? { kind: 'column', ...renamed(source) }
          : { kind: 'expression', reads: source.reads.map(renamed) },
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
    this.#copies.push({
      ...nothing(entry, new Set([...reads, target])),
      target,
      columns: new Map([...set].map((column) => [column, source])),
      matched,
      filtered,
      rows,
    });
  }

  /** The keys of the columns that an INSERT or a CREATE TABLE ... AS fills, in the order of its SELECT. */
  *#targetColumns(target: Table, statement: SqlStatement): Op<readonly string[]> {
    const { columns } = parseRowCopy(statement);
    if (columns !== undefined) return columns.map(nameKey);
    const info = yield* readTableInfo(this.#tables.nameOf(target), schemaOf(target));
    return info.columns.filter(({ generated }) => !generated).map(({ name }) => nameKey(name));
  }
}

/** Where a column comes from that was copied through another table. */
function composed(source: ColumnSource, first: Copy, through: Table): ColumnSource {
  if (source.kind === 'column')
    return source.table === through ? (first.columns.get(source.column) ?? { kind: 'expression', reads: [] }) : source;
  return { kind: 'expression', reads: source.reads.flatMap((ref) => throughRef(ref, first, through)) };
}

function throughRef(ref: ColumnRef, first: Copy, through: Table): readonly ColumnRef[] {
  if (ref.table !== through) return [ref];
  const source = first.columns.get(ref.column);
  return source === undefined ? [] : source.kind === 'column' ? [source] : source.reads;
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

/** Everything that RETURNING names, as columns of the table. */
function namesOf(statement: SqlStatement, table: Table): readonly ColumnRef[] {
  const start = statement.tokens.findIndex(({ kind, text }) => kind === 'word' && nameKey(text) === 'returning');
  return statement.tokens.slice(start + 1).map(({ text }) => ({ table, column: text === '*' ? text : nameKey(text) }));
}
