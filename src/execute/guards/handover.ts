import type { Op, RebuiltTable } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import {
  changedExamples,
  compareRows,
  countStranded,
  lostExamples,
  strandedExamples,
  type Comparison,
  type CopyPath,
  type Example,
  type RebuildCheck,
} from '../../rebuild/index.ts';
import { readTableInfo, type TableInfo } from '../../schema/index.ts';
import { isPlainName, nameKey, quote, unquote } from '../../sql/index.ts';
import type { Arrivals } from './arrivals.ts';
import { columnChecks, rowColumns, type ColumnCheck } from './column-checks.ts';
import {
  computedNotes,
  exchangeNotes,
  heldValues,
  homesOf,
  waysOf,
  type HeldValues,
  type ColumnHome,
  type Way,
  type ColumnWays,
} from './column-homes.ts';
import type { CopyTracker } from './copies.ts';
import {
  carriedTo,
  copiedRows,
  deletedSince,
  groupPaths,
  isUndisturbed,
  carriesAllOf,
  mainPaths,
  pathByNames,
  toCopyPath,
  updatedSince,
  type Path,
} from './copy-paths.ts';
import type { RowBookkeeping } from './row-bookkeeping.ts';
import { qualified, schemaOf, type Table, type TableTracker } from './tables.ts';

/** A column with values that are not the same any more. */
export interface ChangedValues {
  readonly column: string;
  /** Where they are now. */
  readonly successor: string;
  readonly how: ColumnCheck['how'];
  readonly changed: number;
  readonly of: number;
  readonly examples: readonly Example[];
  readonly entry: StepStatement | undefined;
}

/** What a comparison with one table, or with several together, found. */
export interface Finding {
  /** Rows that are missing there. */
  readonly lost: number;
  /** The columns that tell rows apart, and up to three of the missing rows. */
  readonly key: readonly string[];
  readonly examples: readonly Example[];
  readonly changed: readonly ChangedValues[];
}

/** The rows of one table in another. */
export interface ColumnHolder extends Finding {
  readonly table: Table;
  /** Columns that came as they are, by key. */
  readonly pairs: Path['pairs'];
  /** Whether another table holds some of the same rows. */
  readonly isShared: boolean;
  /** Whether its copies made one of equal rows. */
  readonly merges: boolean;
  /** How many rows its copies added. */
  readonly copied: number;
  readonly entry: StepStatement | undefined;
}

/** The values of a column that a part did not get. */
export interface PartValues extends HeldValues {
  /** How many of them no DELETE from the part explains. */
  readonly lost: number;
  readonly holders: ReadonlySet<Table>;
}

/** A copy that an earlier migration made. */
export interface EarlierCopy {
  readonly table: string;
  /** The table that is dropped. */
  readonly from: string;
  /** Copies the rows that are missing; undefined: nothing tells which. */
  readonly sql: string | undefined;
}

/** What was measured when a table was about to go: where its rows and columns are. */
export interface TableComparison {
  readonly table: Table;
  readonly info: TableInfo;
  readonly rows: number;
  readonly entry: StepStatement | undefined;
  readonly holdings: readonly ColumnHolder[];
  /** Where others share rows with them: what several holdings have without the others, by their tables. */
  readonly groups: readonly { readonly tables: ReadonlySet<Table>; readonly finding: Finding }[];
  /** All holdings together: rows that none of them has, values that none of them has any more. */
  readonly together: Finding;
  /** By the key of the column. */
  readonly homes: ReadonlyMap<string, ColumnHome>;
  readonly ways: ColumnWays;
  /** Of columns without a home, by key: what they hold. */
  readonly held: ReadonlyMap<string, HeldValues>;
  /** Of columns, by key, that only a table with some of the rows has: the values of the others. */
  readonly left: ReadonlyMap<string, HeldValues>;
  /** The same of columns that only a part of the table has: another one has other columns of all rows. */
  readonly parts: ReadonlyMap<string, PartValues>;
  /** Only counted: a function of the migration read its rows, and may have put them anywhere. */
  readonly countOnly: boolean;
  /** The statement that took its rows into a view, where they went nowhere. */
  readonly swallowedBy: StepStatement | undefined;
  /** The table that takes the name, where an earlier migration filled it, and the statement that copies what it lacks. */
  readonly earlier: EarlierCopy | undefined;
  /** `db.rebuildTable` gave the table another primary key, by name. */
  readonly keyIsRewritten: boolean;
  /** Columns that were compared, or proven to be the same, and where: by the key of the column. */
  readonly compared: ColumnWays;
  /** Those of them, by key, with values that an UPDATE changed since, or may have. */
  readonly differing: ReadonlySet<string>;
  readonly check: RebuiltTable['check'];
  readonly notes: readonly string[];
}

/** What a handover is measured with. */
export interface ComparisonRequest {
  readonly tables: TableTracker;
  readonly rows: RowBookkeeping;
  readonly copies: CopyTracker;
  /** Some table says ON CONFLICT REPLACE: a row that was counted may have removed another. */
  readonly replaces: boolean;
  readonly arrivals: Arrivals;
  /** Whether values are compared, or rows are only counted. */
  readonly values: boolean;
  /** How `db.rebuildTable` has checked the copy itself. */
  readonly checked: RebuildCheck | undefined;
  /** The table that a later statement gives this one's name, where nothing was copied. */
  readonly upcoming: (table: Table) => Table | undefined;
}

const nothing: Finding = { lost: 0, key: [], examples: [], changed: [] };

/** Measures where the rows and columns of a table are, before it goes. */
export function* compareBeforeDrop(
  table: Table,
  entry: StepStatement | undefined,
  measure: ComparisonRequest,
): Op<TableComparison> {
  const { tables, copies } = measure;
  const name = qualified(table, tables);
  const info = yield* readTableInfo(tables.nameOf(table), schemaOf(table));
  const all = copies.from(table);
  const living = all.filter(({ target }) => target !== undefined && target !== table && tables.isLiving(target));
  const readByCode = all.some(({ target }) => target === undefined);
  const paths = groupPaths(table, living);
  const upcoming = living.length === 0 && !readByCode ? measure.upcoming(table) : undefined;
  const byNames = upcoming === undefined ? undefined : yield* pathByNames(table, info, upcoming, tables);
  if (byNames !== undefined) paths.push(byNames);
  const rows = yield* measure.rows.count(table);
  const base: TableComparison = {
    table,
    info,
    rows,
    entry,
    holdings: [],
    groups: [],
    together: nothing,
    homes: new Map(),
    ways: waysOf(table, living, paths),
    held: new Map(),
    left: new Map(),
    parts: new Map(),
    // What a virtual table's rows are is up to its module.
    countOnly: table.virtual || (readByCode && paths.every(({ pairs }) => pairs.length === 0)),
    earlier: byNames === undefined || tables.isNew(byNames.target) ? undefined : earlierCopy(byNames, info, tables),
    swallowedBy: copies.swallowedBy(table),
    keyIsRewritten: measure.checked?.keyIsRewritten === true,
    compared: new Map(),
    differing: new Set(),
    check: 'counted',
    notes: [],
  };
  const isMeasured = rows > 0 && paths.length > 0 && !table.virtual;
  const found = isMeasured ? { ...base, ...(yield* findRows(base, name, paths, measure)) } : base;
  const homes = homesOf(found, all, paths);
  const notes = [...exchangeNotes(found, homes, tables), ...(yield* computedNotes(found, homes, living, name, tables))];
  const homeless =
    rows === 0 || table.virtual ? [] : info.columns.filter((column) => homes.get(nameKey(column.name)) === 'none');
  return { ...found, homes, notes, held: yield* heldValues(name, info, homeless) };
}

type Measured = Pick<
  TableComparison,
  'holdings' | 'groups' | 'together' | 'ways' | 'compared' | 'differing' | 'left' | 'parts' | 'check'
>;

/** Looks for the rows of a table in every table that they were copied to, and in all of them together. */
function* findRows(
  { table, rows, info, ways }: TableComparison,
  name: string,
  paths: readonly Path[],
  measure: ComparisonRequest,
): Op<Measured> {
  const { replaces } = measure;
  // A full-text table may keep no text that could be compared.
  const carrying = paths.filter(({ pairs, target }) => pairs.length > 0 && !target.virtual);
  if (measure.checked !== undefined)
    return { ...countCopied(rows, paths, ways), ...alreadyChecked(measure.checked, paths) };
  if (carrying.length === 0 || !measure.values) return countCopied(rows, paths, ways);
  const comparer = new PathComparer(table, info, name, measure);
  const main = mainPaths(carrying, info);
  const found = new Map<Path, Finding>();
  for (const path of carrying) {
    yield* comparer.read(path.target);
    const isProven = !replaces && isUndisturbed(path, rows, measure.rows);
    found.set(path, yield* comparer.compare([path], isProven));
  }
  const whole = main.filter((path) => isComplete(found.get(path)!));
  // Without one that has every row each row may be in another table, some of them without the columns that it has empty.
  const parts = whole.length === 0 && (yield* comparer.areKeyed(carrying)) ? carrying : main;
  const [only, second] = parts;
  const isSimple = only !== undefined && second === undefined && !merges(only);
  const together =
    whole.length > 0
      ? { ...nothing, ...(yield* changedBeside(whole, main, found, comparer)) }
      : isSimple
        ? found.get(only)!
        : yield* comparer.compare(parts, false, true);
  const held = parts.reduce((sum, path) => sum + rows - found.get(path)!.lost, 0);
  // What was copied without a condition is a copy for safety; the two halves of a split both have one.
  const isSafe = (path: Path): boolean => path.copies.some(({ only, takesAll }) => only === table && takesAll);
  const isShared = (path: Path): boolean =>
    merges(path) ||
    !parts.includes(path) ||
    held > rows - together.lost ||
    carrying.some((other) => other !== path && isSafe(other));
  const groups: TableComparison['groups'][number][] = [];
  for (const group of groupsOf(carrying)) {
    const others = carrying.filter((path) => !group.includes(path));
    if (!others.some((path) => found.get(path)!.lost < rows)) continue;
    const finding = yield* comparer.compare(group, false, true);
    const shared = others.reduce((sum, path) => sum + rows - found.get(path)!.lost, rows - finding.lost);
    if (shared > rows - together.lost || others.some(isSafe))
      groups.push({ tables: new Set(group.map(({ target }) => target)), finding });
  }
  const lacking = carrying.filter((path) => found.get(path)!.lost > 0);
  return {
    groups,
    holdings: carrying.map((path) => ({ ...toHolding(path, found.get(path)!), isShared: isShared(path) })),
    together,
    ways: comparer.withOwnNames(ways),
    compared: comparer.compared,
    differing: comparer.differing,
    check: comparer.hasCompared ? 'compared' : 'proven',
    ...(yield* comparer.leftBehind(lacking, carrying, ways)),
  };
}

function merges({ copies }: Path): boolean {
  return copies.some((copy) => copy.merges);
}

/** What an earlier migration copied by equal names, and how to copy the rest. */
function earlierCopy({ source, target, pairs }: Path, info: TableInfo, tables: TableTracker): EarlierCopy {
  const [table, from] = [tables.nameOf(target), tables.nameOf(source)];
  const carried = info.columns.filter(
    ({ name, generated }) => !generated && pairs.some((pair) => pair.column === nameKey(name)),
  );
  const list = carried.map(({ name }) => plainly(name)).join(', ');
  const key = info.keys.find(({ columns }) =>
    columns.every((name) => pairs.some((pair) => pair.column === nameKey(name))),
  );
  const names = key?.columns.map(plainly).join(', ');
  const isMissing = `${key?.columns.length === 1 ? names : `(${names})`} NOT IN (SELECT ${names} FROM ${plainly(table)})`;
  const copy = `INSERT INTO ${plainly(table)} (${list}) SELECT ${list} FROM ${plainly(from)} WHERE ${isMissing};`;
  return { table, from, sql: names === undefined ? undefined : copy };
}

function plainly(name: string): string {
  return isPlainName(name) ? name : quote(name);
}

/** Paths that may have to hold all rows by themselves: all into one table, and all into temporary ones. */
function groupsOf(paths: readonly Path[]): readonly (readonly Path[])[] {
  const targets = [...new Set(paths.map(({ target }) => target))];
  const groups = targets.map((target) => paths.filter((path) => path.target === target));
  const temporary = paths.filter(({ target }) => target.temporary);
  if (new Set(temporary.map(({ target }) => target)).size > 1) groups.push(temporary);
  return groups.filter((group) => group.length > 1 && group.length < paths.length);
}

function isComplete({ lost, changed }: Finding): boolean {
  return lost === 0 && changed.length === 0;
}

/** A path that has every row answers for its own columns only: what changed in those that only other paths carry. */
function* changedBeside(
  whole: readonly Path[],
  main: readonly Path[],
  found: ReadonlyMap<Path, Finding>,
  comparer: PathComparer,
): Op<Pick<Finding, 'key' | 'changed'>> {
  const isAnswered = (column: string): boolean => whole.some((path) => carriedTo(path, nameKey(column)) !== undefined);
  const parts: Path[] = [];
  for (const path of main) {
    if (path.pairs.every(({ column }) => isAnswered(column))) continue;
    // A table with a row for each value need not have one for an empty value.
    const isList = main.some((other) => other !== path && other.target === path.target);
    if (!isList || (yield* comparer.isIndexed(path))) parts.push(path);
  }
  const [only, second] = parts;
  if (only === undefined) return { key: [], changed: [] };
  const { key, changed } = second === undefined ? found.get(only)! : yield* comparer.compare(parts, false, true);
  return { key, changed: changed.filter(({ column }) => !isAnswered(column)) };
}

/** Compares the rows of a table with paths that lead away from it. */
class PathComparer {
  readonly #table: Table;
  readonly #info: TableInfo;
  readonly #name: string;
  readonly #books: RowBookkeeping;
  readonly #tables: TableTracker;
  /** A function read its rows, and may have written them by values. */
  readonly #isReadByCode: boolean;
  readonly #arrivals: Arrivals;
  readonly #targets = new Map<Table, TableInfo>();
  /** Columns that were compared or proven to be the same, by key, and where. */
  readonly compared = new Map<string, Way[]>();
  /** Columns, by key, that were left out of a comparison, or had other values in it. */
  readonly differing = new Set<string>();
  /** Whether rows or values had to be compared. */
  hasCompared = false;
  /** Columns that were compared with the one that has their name, where their values did not go to. */
  readonly #ownNames: { readonly column: string; readonly table: Table }[] = [];

  constructor(table: Table, info: TableInfo, name: string, measure: ComparisonRequest) {
    this.#table = table;
    this.#info = info;
    this.#name = name;
    this.#books = measure.rows;
    this.#tables = measure.tables;
    this.#arrivals = measure.arrivals;
    this.#isReadByCode = measure.copies.from(table).some(({ target }) => target === undefined);
  }

  *read(target: Table): Op<void> {
    this.#targets.set(target, yield* readTableInfo(this.#tables.nameOf(target), schemaOf(target)));
  }

  /** The ways of the columns, those that were compared under their own name included. */
  withOwnNames(ways: ColumnWays): ColumnWays {
    const all = new Map(ways);
    for (const { column, table } of this.#ownNames)
      all.set(column, [...(all.get(column) ?? []), { table, to: column }]);
    return all;
  }

  #noteCompared(column: string, table: Table, to: string): void {
    this.compared.set(column, [...(this.compared.get(column) ?? []), { table, to }]);
  }

  /**
   * `isProven`: every row is known to be there, and values can only have been converted or mixed up. `asSet`: equal rows
   * may have become one.
   */
  *compare(paths: readonly Path[], isProven: boolean, asSet = false): Op<Finding> {
    const checks = columnChecks(this.#info, paths, this.#targets, isProven);
    for (const { pairs, target } of paths) for (const { column, to } of pairs) this.#noteCompared(column, target, to);
    for (const { column, to } of checks) {
      const key = nameKey(column);
      for (const [i, { target, pairs }] of paths.entries())
        if (to[i] === key && !pairs.some((pair) => pair.column === key)) {
          this.#noteCompared(key, target, key);
          this.#ownNames.push({ column: key, table: target });
        }
    }
    if (isProven && checks.length === 0) return nothing;
    this.hasCompared = true;
    const copyPaths = [...(yield* this.#toCopyPaths(paths))];
    const isKeyed = copyPaths.every(({ key }) => key !== undefined);
    // Without a key rows are told apart by all that was copied.
    const columns =
      isKeyed || isProven
        ? checks
        : yield* rowColumns(this.#info, this.#name, paths, this.#targets, checks, this.#books);
    for (const [i, { pairs }] of isProven ? [] : [...paths.entries()])
      for (const { column } of pairs)
        if (!columns.some((one) => nameKey(one.column) === column && one.to[i] !== undefined))
          this.differing.add(column);
    const compared = columns.map(({ column, to }) => ({
      from: quote(column),
      to: to.map((one) => (one === undefined ? undefined : quote(one))),
    }));
    if (!isKeyed && !isProven)
      for (const [i, copyPath] of copyPaths.entries())
        copyPaths[i] = {
          ...copyPath,
          columns: compared.flatMap(({ from, to }) => (to[i] === undefined ? [] : [{ from, to: to[i] }])),
        };
    const found = yield* compareRows(this.#name, copyPaths, compared);
    const stranded = columns.map((check, i) => (isMain(check, paths) ? found.stranded[i]! : 0));
    const absent = paths.length === 1 && !asSet ? found.paths[0]!.lost : found.lost;
    const { lost, unequal } = this.#explain({ ...found, lost: absent + Math.max(0, ...stranded) }, paths, copyPaths);
    const changed: ChangedValues[] = [];
    for (const [i, { column }] of columns.entries()) if (found.changed[i]! > 0) this.differing.add(nameKey(column));
    const change = function* (i: number, values: number): Op<void> {
      const { column, to, how } = columns[i]!;
      const successor = to.find((one) => one !== undefined) ?? column;
      const examples = yield* changedExamples(name, copyPaths, compared[i]!);
      changed.push({ column, successor, how, changed: values, of: found.rows, examples, entry });
    };
    const name = this.#name;
    const entry = paths[0]?.copies[0]?.entry;
    for (const [i, { to, isUpdatable }] of columns.entries())
      if (found.changed[i]! > (isUpdatable ? updatedSince(to, paths, this.#books) : 0))
        yield* change(i, found.changed[i]!);
    if (unequal > 0) {
      for (const i of columns.keys()) {
        const alone = yield* compareRows(name, copyPaths, [compared[i]!]);
        if (alone.lost > 0) yield* change(i, Math.min(alone.lost, unequal));
      }
      // Each value is there, but beside others than before.
      if (changed.length === 0 && columns.length > 0) yield* change(0, unequal);
    }
    const missing = Math.max(lost, this.#neverArrived(paths, copyPaths, found.rows));
    const key = copyPaths[0]?.key?.map(({ from }) => from) ?? [];
    const examples = missing > 0 ? yield* lostExamples(name, copyPaths, key) : [];
    return { lost: missing, key: key.map(unquote), examples, changed };
  }

  /** Whether the target can have only one row for each of the table. */
  *isIndexed(path: Path): Op<boolean> {
    return (yield* this.#toCopyPath(path)).indexed;
  }

  /** Whether rows can be told apart in all of these tables. */
  *areKeyed(paths: readonly Path[]): Op<boolean> {
    for (const path of paths) if ((yield* this.#toCopyPath(path)).key === undefined) return false;
    return true;
  }

  *#toCopyPath(path: Path): Op<CopyPath> {
    return yield* toCopyPath(path, this.#info, this.#name, this.#targets.get(path.target)!, this.#tables, this.#books);
  }

  *#toCopyPaths(paths: readonly Path[]): Op<readonly CopyPath[]> {
    const found: CopyPath[] = [];
    for (const path of paths) found.push(yield* this.#toCopyPath(path));
    return found;
  }

  /**
   * Which values the copies of only some rows left behind, if nothing else took their column. A table that has all that
   * the tables without the column have keeps whole rows, such as an archive: what it lacks is lost. A part that was split
   * off need not have a row for each value, as long as another table has the name.
   */
  *leftBehind(
    lacking: readonly Path[],
    paths: readonly Path[],
    ways: ColumnWays,
  ): Op<Pick<TableComparison, 'left' | 'parts'>> {
    const left = new Map<string, HeldValues>();
    const parts = new Map<string, PartValues>();
    for (const { name } of this.#info.columns) {
      const key = nameKey(name);
      const holders = lacking.filter((path) => carriedTo(path, key) !== undefined);
      const others = paths.filter((path) => carriedTo(path, key) === undefined);
      const isElsewhere = (ways.get(key) ?? []).some(({ table }) => !holders.some(({ target }) => target === table));
      if (holders.length === 0 || others.length === 0 || isElsewhere) continue;
      const [holding, all] = [yield* this.#toCopyPaths(holders), yield* this.#toCopyPaths(paths)];
      const values = yield* countStranded(this.#name, quote(name), holding, all);
      if (values === 0) continue;
      const shown = all[0]?.key?.map(({ from }) => from) ?? [];
      const examples = yield* strandedExamples(this.#name, shown, quote(name), holding, all);
      const held = { values, different: values, key: shown.map(unquote), examples };
      const deleted = holders.reduce((sum, path) => sum + deletedSince(path, this.#books), 0);
      const lost = values - deleted;
      if (!holders.some((holder) => others.every((other) => carriesAllOf(holder, other))))
        parts.set(key, { ...held, lost, holders: new Set(holders.map(({ target }) => target)) });
      else if (lost > 0) left.set(key, { ...held, values: lost, different: lost });
    }
    return { left, parts };
  }

  /**
   * How many rows cannot have arrived, because the copies took fewer than there are. A row of another table, or one that
   * was there before, may look like a missing one, unless a unique index says that it is the same.
   */
  #neverArrived(paths: readonly Path[], copyPaths: readonly CopyPath[], rows: number): number {
    const isExact = copyPaths.every(({ indexed, merges }) => !indexed && !merges);
    const isPlain = paths.every(({ copies }) => copies.length > 0 && !copies.some((copy) => copy.isSelective));
    if (!isExact || !isPlain || this.#isReadByCode) return 0;
    return Math.max(0, rows - paths.reduce((sum, path) => sum + copiedRows(path), 0));
  }

  /**
   * What of the missing rows is lost. A DELETE from the new table explains as many as it deleted, an UPDATE of its key
   * as many as it changed, together at most as many as had arrived there: a row that is added and deleted again explains
   * nothing that the copy left out. Nor does a DELETE explain what was missing before it: where rows came more than once, it
   * may only have removed the doubles.
   * Where only whole rows could be compared and as many came as there were, they are not
   * lost but changed.
   */
  #explain(
    { rows, lost, keyed }: Comparison,
    paths: readonly Path[],
    copyPaths: readonly CopyPath[],
  ): { readonly lost: number; readonly unequal: number } {
    const copied = paths.reduce((sum, path) => sum + copiedRows(path), 0);
    const deleted = paths.reduce((sum, path) => sum + deletedSince(path, this.#books), 0);
    const rekeyed = paths.reduce((sum, path, i) => {
      const key = copyPaths[i]!.key ?? [];
      return sum + Math.max(0, ...key.map(({ to }) => updatedSince([nameKey(unquote(to))], [path], this.#books)));
    }, 0);
    const explained = lost - Math.min(deleted + rekeyed, Math.max(0, copied - (rows - lost)));
    const left = Math.max(explained, Math.min(lost, this.#arrivals.missing(this.#table, paths, this.#books)));
    const isExact = paths.every(({ copies }) => copies.every(({ only }) => only === this.#table));
    if (keyed || !isExact) return { lost: left, unequal: 0 };
    const missing = Math.min(left, Math.max(0, rows - copied));
    return { lost: missing, unequal: left - missing };
  }
}

/** Where nothing can be compared, rows are counted. */
function countCopied(rows: number, paths: readonly Path[], ways: ColumnWays): Measured {
  const holdings = paths.map((path) => {
    const arrived = copiedRows(path) + (path.copies.length === 0 ? rows : 0);
    return toHolding(path, { ...nothing, lost: Math.max(0, rows - arrived) });
  });
  const copied = paths.reduce((sum, path) => sum + copiedRows(path), 0);
  const together = paths.some(({ copies }) => copies.length === 0)
    ? nothing
    : { ...nothing, lost: Math.max(0, rows - copied) };
  return {
    holdings,
    together,
    groups: [],
    ways,
    compared: new Map(),
    differing: new Set(),
    left: new Map(),
    parts: new Map(),
    check: 'counted',
  };
}

/** What `db.rebuildTable` has compared. It renames columns before it copies, so that they keep their names. */
function alreadyChecked(
  { same, isCompared }: RebuildCheck,
  paths: readonly Path[],
): Pick<Measured, 'compared' | 'check'> {
  const targets = paths.map(({ target }) => target);
  const compared = same.map(nameKey).map((key): [string, Way[]] => [key, targets.map((table) => ({ table, to: key }))]);
  return { compared: new Map(compared), check: isCompared ? 'compared' : 'proven' };
}

function toHolding(path: Path, finding: Finding): ColumnHolder {
  const { target, pairs, copies } = path;
  return {
    ...finding,
    table: target,
    pairs,
    isShared: false,
    merges: merges(path),
    copied: copiedRows(path),
    entry: copies[0]?.entry,
  };
}

/** Whether a path with the most columns has this one: rows that are missing there are missing at all. */
function isMain({ to }: ColumnCheck, paths: readonly Path[]): boolean {
  const most = Math.max(...paths.map(({ pairs }) => pairs.length));
  return paths.some(({ pairs }, i) => pairs.length === most && to[i] !== undefined);
}

/** The same after a column of a table that holds rows was renamed. */
export function withRenamedColumn(handover: TableComparison, table: Table, from: string, to: string): TableComparison {
  const renamed = (ways: ColumnWays): ColumnWays =>
    new Map(
      [...ways].map(([column, list]) => [
        column,
        list.map((way) => (way.table === table && way.to === from ? { table, to } : way)),
      ]),
    );
  const holdings = handover.holdings.map((holding) =>
    holding.table === table
      ? { ...holding, pairs: holding.pairs.map((pair) => (pair.to === from ? { ...pair, to } : pair)) }
      : holding,
  );
  return { ...handover, ways: renamed(handover.ways), compared: renamed(handover.compared), holdings };
}
