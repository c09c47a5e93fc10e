import { queryOne, type Op } from '../../bridge/index.ts';
import { plural } from '../../errors/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import {
  changedExamples,
  compareRows,
  lostExamples,
  type ColumnPair,
  type ComparedColumn,
  type Comparison,
  type CopyPath,
  type Example,
} from '../../rebuild/index.ts';
import { readTableInfo, type ColumnInfo, type TableInfo } from '../../schema/index.ts';
import { nameKey, quote, unquote } from '../../sql/index.ts';
import type { ColumnRef } from './column-origins.ts';
import type { Copy, CopyTracker } from './copies.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import type { Table, TableTracker } from './tables.ts';

/** How a column of a dropped table lives on. */
export type Home = 'copied' | 'computed' | 'exchanged' | 'read' | 'none';

/** A column with values that are not the same any more. */
export interface ChangedValues {
  readonly column: string;
  /** Where they are now. */
  readonly successor: string;
  readonly how: 'swapped' | 'displaced' | 'converted' | 'other';
  readonly changed: number;
  readonly of: number;
  readonly examples: readonly Example[];
  readonly entry: StepStatement | undefined;
}

/** The rows of one table in another. */
export interface Holding {
  readonly table: Table;
  /** Columns that came as they are, by key. */
  readonly pairs: readonly { readonly column: string; readonly to: string }[];
  /** Rows of the dropped table that this one lacks, and rows that it has and another holding has as well. */
  readonly lost: number;
  readonly shared: number;
  readonly deleted: number;
  readonly copied: number;
  readonly entry: StepStatement | undefined;
}

/** What was measured when a table was about to go: where its rows and columns are. */
export interface Handover {
  readonly table: Table;
  readonly info: TableInfo;
  readonly rows: number;
  readonly entry: StepStatement | undefined;
  readonly holdings: readonly Holding[];
  /** Rows that no holding has. */
  readonly lost: number;
  readonly lostExamples: readonly Example[];
  /** The columns of the key that tells rows apart, for the examples. */
  readonly key: readonly string[];
  /** By the key of the column. */
  readonly homes: ReadonlyMap<string, Home>;
  /** By the key of the column: where it went, as it is or computed. */
  readonly ways: ReadonlyMap<string, readonly { readonly table: Table; readonly to: string }[]>;
  /** Of columns without a home, by key: how many rows have a value. */
  readonly values: ReadonlyMap<string, number>;
  readonly changed: readonly ChangedValues[];
  /** Only counted: a function of the migration read its rows, and may have put them anywhere. */
  readonly countOnly: boolean;
  /** `db.rebuildTable` gave the table another primary key, by name. */
  readonly keyIsRewritten: boolean;
  readonly compared: readonly string[];
  readonly notes: readonly string[];
}

/** What a handover is measured with. */
export interface Measure {
  readonly tables: TableTracker;
  readonly rows: RowBookkeeping;
  readonly copies: CopyTracker;
  /** Some table says ON CONFLICT REPLACE: a row that was counted may have removed another. */
  readonly replaces: boolean;
  /** Whether values are compared, or rows are only counted. */
  readonly values: boolean;
  readonly keyIsRewritten: boolean;
  /** The table that a later statement gives this one's name, where nothing was copied. */
  readonly upcoming: (table: Table) => Table | undefined;
}

/** A table whose rows some copies brought into another, all in the same way. */
interface Path {
  readonly source: Table;
  readonly target: Table;
  readonly copies: readonly Copy[];
  /** From the key of the column to that of the target's. */
  readonly pairs: readonly { readonly column: string; readonly to: string }[];
}

/** Measures where the rows and columns of a table are, before it goes. */
export function* measureHandover(table: Table, entry: StepStatement | undefined, measure: Measure): Op<Handover> {
  const { tables, copies } = measure;
  const name = qualified(table, tables);
  const info = yield* readTableInfo(tables.nameOf(table), table.temporary ? 'temp' : 'main');
  const all = copies.from(table);
  const living = all.filter(({ target }) => target !== undefined && target !== table && tables.isLiving(target));
  const readByCode = all.some(({ target }) => target === undefined);
  const paths = groupPaths(table, living);
  const upcoming = living.length === 0 && !readByCode ? measure.upcoming(table) : undefined;
  if (upcoming !== undefined) paths.push(yield* pathByNames(table, info, upcoming, tables));
  const rows = yield* measure.rows.count(table);
  const base: Handover = {
    table,
    info,
    rows,
    entry,
    holdings: [],
    lost: 0,
    lostExamples: [],
    key: [],
    homes: new Map(),
    ways: waysOf(table, living, paths),
    values: new Map(),
    changed: [],
    // What a virtual table's rows are is up to its module.
    countOnly: table.virtual || (readByCode && paths.every(({ pairs }) => pairs.length === 0)),
    keyIsRewritten: measure.keyIsRewritten,
    compared: [],
    notes: [],
  };
  const found =
    rows === 0 || paths.length === 0 || table.virtual ? base : yield* measureRows(base, name, paths, measure);
  const homes = homesOf(found, all, paths);
  const notes = [...exchangeNotes(found, homes, tables), ...(yield* computedNotes(found, homes, living, name, tables))];
  const lost =
    rows === 0 || table.virtual ? [] : info.columns.filter((column) => homes.get(nameKey(column.name)) === 'none');
  return { ...found, homes, notes, values: yield* countValues(name, lost) };
}

function* countValues(name: string, columns: readonly ColumnInfo[]): Op<ReadonlyMap<string, number>> {
  const values = new Map<string, number>();
  for (const column of columns) values.set(nameKey(column.name), (yield* spread(name, quote(column.name))).values);
  return values;
}

function* measureRows(base: Handover, name: string, paths: readonly Path[], measure: Measure): Op<Handover> {
  const { tables } = measure;
  // A full-text table may keep no text that could be compared.
  const carrying = paths.filter(({ pairs, target }) => pairs.length > 0 && !target.virtual);
  if (carrying.length === 0 || !measure.values) return countCopied(base, paths, measure);
  const infos = new Map<Table, TableInfo>();
  for (const { target } of carrying)
    if (!infos.has(target)) infos.set(target, yield* readTableInfo(tables.nameOf(target), schemaOf(target)));
  const isProven = carrying.length === 1 && isUndisturbed(base, carrying[0]!, measure);
  const checks = columnChecks(base.info, carrying, infos, isProven);
  if (isProven && checks.length === 0)
    return {
      ...base,
      holdings: [toHolding(carrying[0]!, 0, 0, measure)],
      compared: comparedColumns(base.info, carrying, []),
    };
  return yield* compare(base, name, carrying, infos, checks, isProven, measure);
}

/** Compares rows and values with what was copied. */
function* compare(
  base: Handover,
  name: string,
  paths: readonly Path[],
  infos: ReadonlyMap<Table, TableInfo>,
  checks: readonly ColumnCheck[],
  isProven: boolean,
  measure: Measure,
): Op<Handover> {
  const copyPaths: CopyPath[] = [];
  for (const path of paths)
    copyPaths.push(yield* toCopyPath(path, base.info, name, infos.get(path.target)!, measure.tables));
  const isKeyed = copyPaths.every(({ key }) => key !== undefined);
  // Without a key rows are told apart by all that was copied.
  const columns = isKeyed || isProven ? checks : yield* rowColumns(base, name, paths, infos, checks, measure.rows);
  const compared = columns.map(({ column, to }) => ({
    from: quote(column),
    to: to.map((one) => (one === undefined ? undefined : quote(one))),
  }));
  const found = yield* compareRows(name, copyPaths, compared);
  const account = (missing: number, some: readonly Path[]): Account =>
    settle(missing, found, some, base.table, measure.rows);
  const { lost, changed } = account(found.lost, paths);
  const stranded = Math.max(0, ...columns.map((check, i) => (isMain(check, paths) ? found.stranded[i]! : 0)));
  const holdings = paths.map((path, i) => {
    const own = account(found.paths[i]!.lost, [path]);
    return toHolding(path, own.lost, found.paths[i]!.shared, measure);
  });
  const missing = Math.max(lost, stranded);
  return {
    ...base,
    holdings,
    lost: missing,
    lostExamples:
      missing > 0 ? yield* lostExamples(name, copyPaths, copyPaths[0]?.key?.map(({ from }) => from) ?? []) : [],
    key: copyPaths[0]?.key?.map(({ from }) => unquote(from)) ?? [],
    changed: [
      ...(yield* changedColumns(name, copyPaths, columns, compared, found, paths, measure.rows)),
      ...(changed > 0 ? yield* unequalColumns(name, copyPaths, columns, compared, changed, found, paths) : []),
    ],
    compared: comparedColumns(base.info, paths, columns),
  };
}

/** Rows that are missing, and rows that changed where only whole rows could be compared. */
interface Account {
  readonly lost: number;
  readonly changed: number;
}

/**
 * What of the missing rows is lost. A DELETE from the new table explains as many as it deleted, at most as many as had
 * arrived there: a row that is added and deleted again explains nothing that the copy left out.
 */
function settle(
  missing: number,
  { rows, keyed }: Comparison,
  paths: readonly Path[],
  table: Table,
  books: RowBookkeeping,
): Account {
  const copied = paths.reduce((sum, path) => sum + copiedRows(path), 0);
  const deleted = paths.reduce((sum, path) => sum + deletedSince(path, books), 0);
  const left = missing - Math.min(deleted, Math.max(0, copied - (rows - missing)));
  if (keyed || !paths.every(({ copies }) => copies.every(({ only }) => only === table)))
    return { lost: left, changed: 0 };
  const lost = Math.min(left, Math.max(0, rows - copied));
  return { lost, changed: left - lost };
}

function* changedColumns(
  name: string,
  copyPaths: readonly CopyPath[],
  checks: readonly ColumnCheck[],
  compared: readonly ComparedColumn[],
  found: Comparison,
  paths: readonly Path[],
  books: RowBookkeeping,
): Op<readonly ChangedValues[]> {
  const changed: ChangedValues[] = [];
  for (const [i, check] of checks.entries()) {
    const count = found.changed[i]!;
    if (count > (check.isUpdatable ? updatedSince(check, paths, books) : 0))
      changed.push(toChanged(check, count, found.rows, yield* changedExamples(name, copyPaths, compared[i]!), paths));
  }
  return changed;
}

/** Where rows have no key: the columns whose values, by themselves, are not the same. */
function* unequalColumns(
  name: string,
  copyPaths: readonly CopyPath[],
  checks: readonly ColumnCheck[],
  compared: readonly ComparedColumn[],
  changed: number,
  { rows }: Comparison,
  paths: readonly Path[],
): Op<readonly ChangedValues[]> {
  const found: ChangedValues[] = [];
  for (const [i, check] of checks.entries()) {
    const { lost } = yield* compareRows(name, copyPaths, [compared[i]!]);
    if (lost > 0)
      found.push(
        toChanged(check, Math.min(lost, changed), rows, yield* changedExamples(name, copyPaths, compared[i]!), paths),
      );
  }
  // Each value is there, but beside others than before.
  const [first] = checks;
  return found.length > 0 || first === undefined ? found : [toChanged(first, changed, rows, [], paths)];
}

/** Where nothing can be compared, rows are counted. */
function countCopied(base: Handover, paths: readonly Path[], measure: Measure): Handover {
  const holdings = paths.map((path) => {
    const arrived = copiedRows(path) - deletedSince(path, measure.rows);
    return toHolding(path, Math.max(0, base.rows - arrived - deletedSince(path, measure.rows)), 0, measure);
  });
  const copied = paths.reduce((sum, path) => sum + copiedRows(path), 0);
  return { ...base, holdings, lost: Math.max(0, base.rows - copied) };
}

/** A column to compare: where its values are, path by path. */
interface ColumnCheck {
  readonly column: string;
  readonly to: readonly (string | undefined)[];
  readonly how: ChangedValues['how'];
  /** An UPDATE of the new column explains as many changes as it made. */
  readonly isUpdatable: boolean;
}

/** The columns to compare; of rows that are proven to be there only those that can have changed on the way. */
function columnChecks(
  info: TableInfo,
  paths: readonly Path[],
  infos: ReadonlyMap<Table, TableInfo>,
  isProven: boolean,
): readonly ColumnCheck[] {
  return info.columns.flatMap((column): readonly ColumnCheck[] => {
    const key = nameKey(column.name);
    const astray = paths.map((path) => strayed(column, path, infos.get(path.target)!));
    const to = paths.map((path, i) => (astray[i] === undefined ? carriedTo(path, key) : key));
    if (to.every((one) => one === undefined)) return [];
    const how = astray.find((one) => one !== undefined);
    if (how !== undefined) return [{ column: column.name, to, how, isUpdatable: how === 'other' }];
    const isKept = to.every(
      (one, i) => one === undefined || keepsValues(column, columnOf(infos.get(paths[i]!.target)!, one)),
    );
    if (isProven && isKept) return [];
    return [{ column: column.name, to, how: isKept ? 'other' : 'converted', isUpdatable: true }];
  });
}

/**
 * Whether a column is compared with the one that has its name now, wherever its values went: they may have gone
 * elsewhere while its name was given to others (a copy by position, or a column list in another order), or be computed
 * again.
 */
function strayed(
  { name, generated }: ColumnInfo,
  { source, pairs, copies }: Path,
  target: TableInfo,
): 'swapped' | 'displaced' | 'other' | undefined {
  const key = nameKey(name);
  const carried = pairs.filter(({ column }) => column === key);
  const now = columnOf(target, key);
  if (now === undefined || carried.some(({ to }) => to === key)) return undefined;
  const fillers = copies.map(({ columns }) => columns.get(key));
  const isSwapped = fillers.some(
    (filler) => filler?.kind === 'column' && filler.table === source && columnOf(target, filler.column) !== undefined,
  );
  if (isSwapped) return 'swapped';
  const isComputed = fillers.some((filler) => filler?.kind === 'expression' && filler.reads.length > 0);
  if (carried.length === 0) return now.generated || (generated && isComputed) ? 'other' : undefined;
  return isComputed || copies.length === 0 ? undefined : 'displaced';
}

/** A value survives unless the new affinity converts it (sqlite.org/datatype3.html, section 3). */
function keepsValues(from: ColumnInfo, to: ColumnInfo | undefined): boolean {
  if (to === undefined) return false;
  const isNumber = ({ affinity }: ColumnInfo): boolean => affinity === 'integer' || affinity === 'numeric';
  return from.affinity === to.affinity || to.affinity === 'blob' || (isNumber(from) && isNumber(to));
}

/** Without a key: every column that came with every path, but for those that an UPDATE or SQLite itself filled since. */
function* rowColumns(
  base: Handover,
  name: string,
  paths: readonly Path[],
  infos: ReadonlyMap<Table, TableInfo>,
  checks: readonly ColumnCheck[],
  books: RowBookkeeping,
): Op<readonly ColumnCheck[]> {
  const columns: ColumnCheck[] = [];
  for (const column of base.info.columns) {
    const key = nameKey(column.name);
    const check = checks.find((one) => one.column === column.name) ?? {
      column: column.name,
      to: paths.map((path) => carriedTo(path, key)),
      how: 'other' as const,
      isUpdatable: true,
    };
    if (check.to.some((one) => one === undefined)) continue;
    if (check.isUpdatable && updatedSince(check, paths, books) > 0) continue;
    const isNumbered = paths.some(({ target }, i) => nameKey(infos.get(target)!.rowidAlias ?? '') === check.to[i]);
    if (isNumbered && (yield* hasNulls(name, [column.name]))) continue;
    columns.push(check);
  }
  return columns;
}

function* toCopyPath(path: Path, info: TableInfo, name: string, target: TableInfo, tables: TableTracker): Op<CopyPath> {
  const columns = path.pairs.map(({ column, to }) => ({ from: quote(column), to: quote(to) }));
  const merges = path.copies.some((copy) => copy.merges);
  const found = { table: qualified(path.target, tables), columns, merges };
  const candidates = info.withoutRowid ? info.keys : [...info.keys, { columns: ['rowid'], collations: [] }];
  for (const { columns: names } of candidates) {
    const to = names.map((column) => carriedTo(path, nameKey(column)));
    if (to.some((one) => one === undefined)) continue;
    const canBeNull = names.filter((column) => {
      const one = columnOf(info, column);
      return one !== undefined && !one.notNull && column !== info.rowidAlias;
    });
    // A PRIMARY KEY may hold NULLs, each of which is another (sqlite.org/lang_createtable.html, section 3.5).
    if (canBeNull.length > 0 && (yield* hasNulls(name, canBeNull))) continue;
    const index = indexFor(to as readonly string[], target);
    const key: ColumnPair[] = names.map((column, i) => {
      const collation = index?.get(to[i]!);
      const isExact =
        (collation === undefined || nameKey(collation) === 'binary') &&
        columnOf(info, column)?.affinity === columnOf(target, to[i]!)?.affinity;
      return { from: quote(column), to: quote(to[i]!), collation, isExact };
    });
    const isIndexed =
      index !== undefined && names.every((column, i) => isComparable(columnOf(info, column), columnOf(target, to[i]!)));
    return { ...found, key, indexed: isIndexed };
  }
  return { ...found, key: undefined, indexed: false };
}

/** The collations, by column, of a unique index on these columns; none for the rowid. */
function indexFor(columns: readonly string[], target: TableInfo): ReadonlyMap<string, string | undefined> | undefined {
  const wanted = new Set(columns);
  if (columns.length === 1 && columns[0] === 'rowid' && !target.withoutRowid) return new Map([['rowid', undefined]]);
  const key = target.keys.find(
    (one) => one.columns.length === wanted.size && one.columns.every((column) => wanted.has(nameKey(column))),
  );
  return key === undefined ? undefined : new Map(key.columns.map((column, i) => [nameKey(column), key.collations[i]]));
}

/**
 * Whether SQLite can look a value up in the new column's index: it can't where the comparison would convert the
 * indexed side (sqlite.org/datatype3.html, section 4.2).
 */
function isComparable(from: ColumnInfo | undefined, to: ColumnInfo | undefined): boolean {
  if (from === undefined || to === undefined || from.affinity === to.affinity) return true;
  return to.affinity === 'text' ? from.affinity === 'blob' : to.affinity !== 'blob';
}

function* hasNulls(name: string, columns: readonly string[]): Op<boolean> {
  const condition = columns.map((column) => `${quote(column)} IS NULL`).join(' OR ');
  const row = yield* queryOne<{ found: number }>(`SELECT EXISTS (SELECT 1 FROM ${name} WHERE ${condition}) AS found`);
  return Number(row?.found) === 1;
}

/** The copies into one table that carry the same columns to the same places. */
function groupPaths(table: Table, copies: readonly Copy[]): Path[] {
  const paths = new Map<string, Path & { readonly copies: Copy[] }>();
  const targets: Table[] = [];
  for (const copy of copies) {
    if (!copy.adds || !takesFrom(copy, table)) continue;
    const target = copy.target!;
    if (!targets.includes(target)) targets.push(target);
    const pairs = [...copy.columns].flatMap(([to, source]) =>
      source.kind === 'column' && source.table === table ? [{ column: source.column, to }] : [],
    );
    const signature = JSON.stringify([targets.indexOf(target), pairs]);
    const known = paths.get(signature);
    if (known === undefined) paths.set(signature, { source: table, target, copies: [copy], pairs });
    else known.copies.push(copy);
  }
  return [...paths.values()];
}

/** Whether a copy takes a column of the table, as it is or computed. */
function takesFrom({ columns, alsoReads }: Copy, table: Table): boolean {
  return (
    alsoReads.some((ref) => ref.table === table) ||
    [...columns.values()].some((source) =>
      source.kind === 'column' ? source.table === table : source.reads.some((ref) => ref.table === table),
    )
  );
}

/** A table that will take the name although nothing was copied into it: columns of one name belong together. */
function* pathByNames(source: Table, info: TableInfo, target: Table, tables: TableTracker): Op<Path> {
  const { columns } = yield* readTableInfo(tables.nameOf(target), schemaOf(target));
  const keys = new Set(columns.map(({ name }) => nameKey(name)));
  const pairs = info.columns
    .map(({ name }) => nameKey(name))
    .filter((key) => keys.has(key))
    .map((key) => ({ column: key, to: key }));
  return { source, target, copies: [], pairs };
}

function waysOf(table: Table, copies: readonly Copy[], paths: readonly Path[]): Handover['ways'] {
  const ways = new Map<string, { table: Table; to: string }[]>();
  const add = (column: string, target: Table, to: string): void => {
    ways.set(column, [...(ways.get(column) ?? []), { table: target, to }]);
  };
  for (const copy of copies)
    for (const [to, source] of copy.columns)
      for (const ref of source.kind === 'column' ? [source] : source.reads)
        if (ref.table === table) add(ref.column, copy.target!, to);
  for (const { target, copies: none, pairs } of paths)
    if (none.length === 0) for (const { column, to } of pairs) add(column, target, to);
  return ways;
}

function homesOf(found: Handover, copies: readonly Copy[], paths: readonly Path[]): ReadonlyMap<string, Home> {
  const { table, info, holdings } = found;
  const holder = holdings.find(({ lost }) => lost === 0)?.table;
  const has = (refs: readonly ColumnRef[], key: string): boolean =>
    refs.some((ref) => ref.table === table && (ref.column === key || ref.column === '*'));
  const home = (key: string): Home => {
    const isCompared = found.compared.some((column) => nameKey(column) === key);
    if (isCompared || paths.some(({ pairs }) => pairs.some(({ column }) => column === key))) return 'copied';
    const sources = copies.flatMap((copy) => [...copy.columns.values()].map((source) => ({ copy, source })));
    const reads = copies.map((copy) => ({
      copy,
      refs: [
        ...copy.alsoReads,
        ...[...copy.columns.values()].flatMap((source) => (source.kind === 'column' ? [source] : source.reads)),
      ],
    }));
    if (reads.some(({ copy, refs }) => copy.target !== undefined && copy.target !== table && has(refs, key)))
      return 'computed';
    const isExchanged = copies.some(
      (copy) =>
        copy.target !== undefined &&
        has(copy.matched, key) &&
        (!copy.adds ||
          sources.some(({ copy: of, source }) => of === copy && source.kind === 'column' && source.table !== table)),
    );
    const isSplit =
      holder !== undefined &&
      copies.some((copy) => copy.target !== undefined && copy.target !== holder && has(copy.filtered, key));
    if (isExchanged || isSplit) return 'exchanged';
    return reads.some(({ copy, refs }) => copy.target === undefined && has(refs, key)) ? 'read' : 'none';
  };
  return new Map(info.columns.map(({ name }) => [nameKey(name), home(nameKey(name))]));
}

function exchangeNotes(
  { info, rows, table }: Handover,
  homes: ReadonlyMap<string, Home>,
  tables: TableTracker,
): readonly string[] {
  if (rows === 0) return [];
  return info.columns
    .filter(({ name }) => homes.get(nameKey(name)) === 'exchanged')
    .map(
      ({ name }) =>
        `${tables.nameOf(table)}.${name} is not copied: its values select rows of other tables, and were not compared`,
    );
}

/** Says where every value of a column became NULL, or several became one: an expression may be meant to, and may be a slip. */
function* computedNotes(
  { info, rows, table }: Handover,
  homes: ReadonlyMap<string, Home>,
  copies: readonly Copy[],
  name: string,
  tables: TableTracker,
): Op<readonly string[]> {
  const notes: string[] = [];
  if (rows === 0) return notes;
  for (const column of info.columns) {
    const key = nameKey(column.name);
    if (homes.get(key) !== 'computed') continue;
    for (const copy of copies)
      for (const [to, source] of copy.columns) {
        if (!copy.adds || source.kind !== 'expression') continue;
        if (!source.reads.some((ref) => ref.table === table && ref.column === key)) continue;
        const before = yield* spread(name, quote(column.name));
        const after = yield* spread(qualified(copy.target!, tables), quote(to));
        const where = `${tables.nameOf(table)}.${column.name}`;
        if (before.values > 0 && after.values === 0)
          notes.push(
            `${where}: ${plural(before.values, 'value')} before, all NULL after the copy computed ${tables.nameOf(copy.target!)}.${to}`,
          );
        else if (before.different >= 3 && after.different === 1)
          notes.push(
            `${where}: ${plural(before.different, 'different value')} before, one after the copy computed ${tables.nameOf(copy.target!)}.${to}`,
          );
      }
  }
  return notes;
}

function* spread(table: string, column: string): Op<{ readonly values: number; readonly different: number }> {
  const row = yield* queryOne<{ n: number; d: number }>(
    `SELECT count(${column}) AS n, count(DISTINCT ${column}) AS d FROM ${table}`,
  );
  return { values: Number(row?.n ?? 0), different: Number(row?.d ?? 0) };
}

/** Nothing but what is in the books was done to either table since the copy, which took every row. */
function isUndisturbed({ table, rows }: Handover, { target, copies }: Path, measure: Measure): boolean {
  const [copy, second] = copies;
  if (copy === undefined || second !== undefined || copy.only !== table || !copy.isPlain || measure.replaces)
    return false;
  const [source, filled] = [measure.rows.mark(table), measure.rows.mark(target)];
  return (
    copy.rows === rows &&
    source.inserted === copy.sourceMark?.inserted &&
    source.disturbed === copy.sourceMark.disturbed &&
    filled.disturbed === copy.mark?.disturbed &&
    filled.unaccounted === copy.mark.unaccounted
  );
}

function toHolding(path: Path, lost: number, shared: number, { rows }: Measure): Holding {
  return {
    table: path.target,
    pairs: path.pairs,
    lost,
    shared,
    copied: copiedRows(path),
    deleted: deletedSince(path, rows),
    entry: path.copies[0]?.entry,
  };
}

function toChanged(
  { column, to, how }: ColumnCheck,
  changed: number,
  of: number,
  examples: readonly Example[],
  paths: readonly Path[],
): ChangedValues {
  const successor = to.find((one) => one !== undefined) ?? column;
  return { column, successor, how, changed, of, examples, entry: paths[0]?.copies[0]?.entry };
}

/** The rows that a path's statements added; of several SELECTs in one statement only together. */
function copiedRows({ copies }: Path): number {
  const statements = new Map(copies.map((copy) => [copy.entry, copy.rows]));
  return [...statements.values()].reduce((sum, rows) => sum + rows, 0);
}

function deletedSince({ target, copies }: Path, books: RowBookkeeping): number {
  const [first] = copies;
  return first === undefined ? 0 : books.mark(target).deleted - (first.mark?.deleted ?? 0);
}

function updatedSince({ to }: ColumnCheck, paths: readonly Path[], books: RowBookkeeping): number {
  return paths.reduce((sum, { target, copies }, i) => {
    const column = to[i];
    if (column === undefined) return sum;
    const now = books.mark(target).updated.get(column) ?? 0;
    return sum + now - (copies[0]?.mark?.updated.get(column) ?? 0);
  }, 0);
}

/** Whether a path with the most columns has this one: rows that are missing there are missing at all. */
function isMain({ to }: ColumnCheck, paths: readonly Path[]): boolean {
  const most = Math.max(...paths.map(({ pairs }) => pairs.length));
  return paths.some(({ pairs }, i) => pairs.length === most && to[i] !== undefined);
}

function carriedTo({ pairs }: Path, key: string): string | undefined {
  const carried = pairs.filter(({ column }) => column === key);
  return (carried.find(({ to }) => to === key) ?? carried[0])?.to;
}

function columnOf(info: TableInfo, name: string): ColumnInfo | undefined {
  return info.columns.find((column) => nameKey(column.name) === nameKey(name));
}

function comparedColumns(info: TableInfo, paths: readonly Path[], checks: readonly ColumnCheck[]): readonly string[] {
  const carried = new Set(paths.flatMap(({ pairs }) => pairs.map(({ column }) => column)));
  for (const { column } of checks) carried.add(nameKey(column));
  return info.columns.filter(({ name }) => carried.has(nameKey(name))).map(({ name }) => name);
}

function schemaOf({ temporary }: Table): 'main' | 'temp' {
  return temporary ? 'temp' : 'main';
}

function qualified(table: Table, tables: TableTracker): string {
  return `${schemaOf(table)}.${quote(tables.nameOf(table))}`;
}
