import type { Op } from '../../bridge/index.ts';
import type { RunRecorder, RecordedCopy } from '../../lock/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { type RebuildCheck } from '../../rebuild/index.ts';
import { readTableInfo, type TableInfo } from '../../schema/index.ts';
import { isPlainName, nameKey, quote } from '../../sql/index.ts';
import { computedNotes, exchangeNotes, summarizeValues, transfersOf, destinationsOf } from './column-transfers.ts';
import { isSameColumn, type ColumnRef } from './column-origins.ts';
import type { Copy } from './copy-tracker.ts';
import { copiedTo, copiedRows, groupPaths, isWholeCopy, mainPaths, pathByNames, type Path } from './copy-paths.ts';
import { missingValues } from './moved-values.ts';
import { nothing, PathComparer } from './path-comparer.ts';
import { qualified, schemaOf, type Table, type TableTracker } from './table-tracker.ts';
import type {
  ColumnDestinations,
  ComparisonRequest,
  CopyTarget,
  EarlierCopy,
  Finding,
  TableComparison,
} from './table-comparison.ts';

/** Compares a table with the copies of its rows and columns, before it is dropped. */
export function* compareBeforeDrop(
  table: Table,
  entry: StepStatement | undefined,
  request: ComparisonRequest,
): Op<TableComparison> {
  const { tables, copies } = request;
  const name = qualified(table, tables);
  const info = yield* readTableInfo(tables.nameOf(table), schemaOf(table));
  const all = copies.from(table);
  const living = all.filter(({ target }) => target !== undefined && target !== table && tables.isLiving(target));
  const readByCode = all.some(({ target }) => target === undefined);
  const paths = groupPaths(table, living);
  const next = living.length === 0 && !readByCode ? request.nextOfName(table) : undefined;
  const byNames = next === undefined ? undefined : yield* pathByNames(table, info, next, tables);
  if (byNames !== undefined) paths.push(byNames);
  const rows = yield* request.rows.count(table);
  const base: TableComparison = {
    table,
    info,
    rows,
    entry,
    // Without the rows nothing is measured, but where they go is known.
    targets:
      request.recorder === undefined
        ? []
        : paths.map((path) => ({ ...toTarget(path, nothing), isShared: paths.length > 1 })),
    groups: [],
    together: nothing,
    transfers: new Map(),
    destinations: destinationsOf(table, living, paths),
    notCopied: new Map(),
    stranded: new Map(),
    strandedByParts: new Map(),
    // The module of a virtual table decides what its rows are.
    countOnly: table.virtual || (readByCode && paths.every(({ pairs }) => pairs.length === 0)),
    earlier: byNames === undefined || tables.isNew(byNames.target) ? undefined : earlierCopy(byNames, info, tables),
    discardedBy: copies.discardedBy(table),
    keyIsRewritten: request.checked?.keyIsRewritten === true,
    compared: new Map(),
    differing: new Set(),
    check: 'counted',
    notes: [],
  };
  const isMeasured = rows > 0 && paths.length > 0 && !table.virtual;
  const found = isMeasured ? { ...base, ...(yield* findRows(base, name, paths, request)) } : base;
  const transfers = transfersOf(found, all, paths);
  if (request.recorder !== undefined) yield* reportDrop(request.recorder, found, all, paths, transfers, tables);
  // An UPDATE may also move values within the table.
  const picked = all.filter(({ target, byCode }) => target !== undefined && tables.isLiving(target) && byCode !== true);
  const notes = [
    ...(yield* exchangeNotes(found, transfers, picked, name, tables)),
    ...(yield* computedNotes(found, transfers, living, name, tables)),
  ];
  const notCopied =
    rows === 0 || table.virtual ? [] : info.columns.filter((column) => transfers.get(nameKey(column.name)) === 'none');
  const missing =
    rows > 0 && !table.virtual && request.compareValues ? yield* missingValues(base, name, picked, request) : [];
  const strandedByParts = new Map([...found.strandedByParts, ...missing]);
  return { ...found, strandedByParts, transfers, notes, notCopied: yield* summarizeValues(name, info, notCopied) };
}

/** Compares the rows of a table with each copy, and with all copies together. */
function* findRows(
  { table, rows, info, destinations }: TableComparison,
  name: string,
  paths: readonly Path[],
  request: ComparisonRequest,
): Op<Partial<TableComparison>> {
  const { hasReplaceConflict } = request;
  // A full-text table may keep no text to compare.
  const copying = paths.filter(({ pairs, target }) => pairs.length > 0 && !target.virtual);
  if (request.checked !== undefined) return { ...countCopied(rows, paths), ...alreadyChecked(request.checked, paths) };
  if (copying.length === 0 || !request.compareValues) return countCopied(rows, paths);
  const comparer = new PathComparer(table, info, name, request);
  const main = mainPaths(copying, info);
  const found = new Map<Path, Finding>();
  for (const path of copying) {
    yield* comparer.read(path.target);
    const isProven = !hasReplaceConflict && isWholeCopy(path, rows, request.rows);
    found.set(path, yield* comparer.compare([path], isProven));
  }
  const whole = main.filter((path) => isComplete(found.get(path)!));
  // If no copy has every row, the rows may be spread over several tables.
  const parts = whole.length === 0 && (yield* comparer.areKeyed(copying)) ? copying : main;
  const [only, second] = parts;
  const isSimple = only !== undefined && second === undefined && !merges(only);
  const together =
    whole.length > 0
      ? { ...nothing, ...(yield* changedBeside(whole, main, found, comparer)) }
      : isSimple
        ? found.get(only)!
        : yield* comparer.compare(parts, false, true);
  const copied = parts.reduce((sum, path) => sum + rows - found.get(path)!.lost, 0);
  // A copy without a condition is a backup; both halves of a split have one.
  const isSafe = (path: Path): boolean =>
    path.copies.some(({ only, copiesAllRows }) => only === table && copiesAllRows);
  const isShared = (path: Path): boolean =>
    merges(path) ||
    !parts.includes(path) ||
    copied > rows - together.lost ||
    copying.some((other) => other !== path && isSafe(other));
  const groups: TableComparison['groups'][number][] = [];
  for (const group of groupsOf(copying)) {
    const others = copying.filter((path) => !group.includes(path));
    if (!others.some((path) => found.get(path)!.lost < rows)) continue;
    const finding = yield* comparer.compare(group, false, true);
    const shared = others.reduce((sum, path) => sum + rows - found.get(path)!.lost, rows - finding.lost);
    if (shared > rows - together.lost || others.some(isSafe))
      groups.push({ tables: new Set(group.map(({ target }) => target)), finding });
  }
  const lacking = copying.filter((path) => found.get(path)!.lost > 0);
  return {
    groups,
    targets: copying.map((path) => ({ ...toTarget(path, found.get(path)!), isShared: isShared(path) })),
    together,
    destinations: comparer.withOwnNames(destinations),
    compared: comparer.compared,
    differing: comparer.differing,
    check: comparer.hasCompared ? 'compared' : 'proven',
    ...(yield* comparer.leftBehind(lacking, copying, destinations)),
  };
}

function merges({ copies }: Path): boolean {
  return copies.some((copy) => copy.merges);
}

/** What an earlier migration copied, by column names, and the statement that copies the rest. */
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

/** Paths that may have to contain all rows by themselves: those into one table, and those into temporary tables. */
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

/** A path with every row proves its own columns only. Finds the changes in columns that only other paths have. */
function* changedBeside(
  whole: readonly Path[],
  main: readonly Path[],
  found: ReadonlyMap<Path, Finding>,
  comparer: PathComparer,
): Op<Pick<Finding, 'key' | 'changed'>> {
  const isAnswered = (column: string): boolean => whole.some((path) => copiedTo(path, nameKey(column)) !== undefined);
  const parts: Path[] = [];
  for (const path of main) {
    if (path.pairs.every(({ column }) => isAnswered(column))) continue;
    // A table with one row for each value may have none for an empty value.
    const isList = main.some((other) => other !== path && other.target === path.target);
    if (!isList || (yield* comparer.isIndexed(path))) parts.push(path);
  }
  const [only, second] = parts;
  if (only === undefined) return { key: [], changed: [] };
  const { key, changed } = second === undefined ? found.get(only)! : yield* comparer.compare(parts, false, true);
  return { key, changed: changed.filter(({ column }) => !isAnswered(column)) };
}

/** Rows are counted if they cannot be compared. */
function countCopied(rows: number, paths: readonly Path[]): Partial<TableComparison> {
  const copied = paths.reduce((sum, path) => sum + copiedRows(path), 0);
  const targets = paths.map((path) => {
    const lost = path.copies.length === 0 ? 0 : Math.max(0, rows - copiedRows(path));
    return toTarget(path, { ...nothing, lost });
  });
  const isByNames = paths.some(({ copies }) => copies.length === 0);
  return { targets, together: isByNames ? nothing : { ...nothing, lost: Math.max(0, rows - copied) } };
}

/** What `db.rebuildTable` compared. It renames columns before it copies, so that they keep their names. */
function alreadyChecked({ unchanged, isCompared }: RebuildCheck, paths: readonly Path[]): Partial<TableComparison> {
  const targets = paths.map(({ target }) => target);
  const compared = unchanged
    .map(nameKey)
    .map((key): [string, ColumnRef[]] => [key, targets.map((table) => ({ table, column: key }))]);
  return { compared: new Map(compared), check: isCompared ? 'compared' : 'proven' };
}

function toTarget(path: Path, finding: Finding): CopyTarget {
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

/** Says where the rows of a table went, for a database that has them. */
function* reportDrop(
  recorder: RunRecorder,
  { table, info }: TableComparison,
  all: readonly Copy[],
  paths: readonly Path[],
  transfers: TableComparison['transfers'],
  tables: TableTracker,
): Op<void> {
  const main = mainPaths(paths, info);
  const copies: RecordedCopy[] = [];
  // SQLite computes them again.
  const generated = new Set<string>();
  for (const path of paths) {
    const { columns } = yield* readTableInfo(tables.nameOf(path.target), schemaOf(path.target));
    for (const column of columns) if (column.generated) generated.add(nameKey(column.name));
    copies.push(toCopy(path, columns, main.includes(path), tables));
  }
  recorder.drops({
    table: tables.nameOf(table),
    copies,
    isPicked: all.some(({ adds, target }) => !adds && target !== undefined && target !== table),
    notCopied: info.columns
      .filter((column) => !column.generated && transfers.get(nameKey(column.name)) === 'none')
      .filter(({ name }) => !generated.has(nameKey(name)))
      .map(({ name }) => name),
  });
}

function toCopy(
  { target, pairs, copies }: Path,
  columns: TableInfo['columns'],
  isMain: boolean,
  tables: TableTracker,
): RecordedCopy {
  const isComputed = (key: string): boolean =>
    copies.some((copy) => {
      const source = copy.columns.get(key);
      return source?.kind === 'expression' && source.reads.length > 0;
    });
  const plain = columns.map(({ name }) => nameKey(name)).filter((key) => !isComputed(key));
  return { target: tables.nameOf(target), isMain, pairs, plain, entries: copies.map(({ entry }) => entry) };
}

/** The comparison after a column of a target was renamed. */
export function withRenamedColumn(
  comparison: TableComparison,
  table: Table,
  from: string,
  to: string,
): TableComparison {
  const inRefs = (refs: readonly ColumnRef[]): readonly ColumnRef[] =>
    refs.map((ref) => (isSameColumn(ref, { table, column: from }) ? { table, column: to } : ref));
  const inMap = (destinations: ColumnDestinations): ColumnDestinations =>
    new Map([...destinations].map(([column, refs]) => [column, inRefs(refs)]));
  const inFinding = <One extends Finding>(finding: One): One => ({
    ...finding,
    changed: finding.changed.map((one) => ({
      ...one,
      compared: inRefs(one.compared),
      carriers: inRefs(one.carriers),
    })),
  });
  const targets = comparison.targets
    .map(inFinding)
    .map((target) =>
      target.table === table
        ? { ...target, pairs: target.pairs.map((pair) => (pair.to === from ? { ...pair, to } : pair)) }
        : target,
    );
  return {
    ...comparison,
    destinations: inMap(comparison.destinations),
    compared: inMap(comparison.compared),
    targets,
    groups: comparison.groups.map((group) => ({ ...group, finding: inFinding(group.finding) })),
    together: inFinding(comparison.together),
  };
}
