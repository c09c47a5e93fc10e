import { isSqlError, queryNumber, type Op } from '../../bridge/index.ts';
import type { DeclaredLosses, NamedChange, RowHistory, RowPlace, TableHistory } from '../../execute/index.ts';
import {
  compareCopies,
  compareRows,
  countMissing,
  type ComparedTable,
  type CopyComparison,
} from '../../rebuild/index.ts';
import { isVirtual, readTableInfo, type Inventory, type TableInfo } from '../../schema/index.ts';
import { inMain, nameKey, quote, unquote, type NameKey } from '../../sql/index.ts';
import type { RehearsedColumn, RehearsedLoss, RehearsedTable } from './results.ts';

/** The schema name of the attached database from before. */
export const beforeSchema = 'dunlin_before';

/** What the comparison of all tables found. */
export interface ComparedTables {
  readonly tables: readonly RehearsedTable[];
  readonly losses: readonly RehearsedLoss[];
  readonly unchanged: number;
  readonly notes: readonly string[];
}

/** What the comparison is about. */
export interface ComparisonSides {
  readonly before: Inventory;
  readonly after: Inventory;
  readonly history: RowHistory;
  readonly declared: DeclaredLosses;
}

/** Compares the rows of all tables with those in the attached database from before. */
export function* compareTables(sides: ComparisonSides): Op<ComparedTables> {
  const infos = new Map<string, TableInfo>();
  const infoOf = function* (table: string): Op<TableInfo> {
    const known = infos.get(table) ?? (yield* readTableInfo(table));
    infos.set(table, known);
    return known;
  };
  const tables: RehearsedTable[] = [];
  const losses: RehearsedLoss[] = [];
  const notes: string[] = [];
  const successors = new Set<string>();
  let unchanged = 0;
  for (const { name, sql } of sides.before.tables.values()) {
    try {
      const found = isVirtual(sql)
        ? yield* countVirtual(name, sides)
        : yield* new TableComparer(name, sides, infoOf).compare();
      if (found.table.now !== undefined) successors.add(nameKey(found.table.now));
      losses.push(...found.losses);
      if (!isSame(found.table)) tables.push(found.table);
      else if (!isVirtual(sql)) unchanged += 1;
      if (isVirtual(sql)) notes.push(`the rows of ${name} were only counted: its module decides what they are`);
    } catch (error) {
      // A generated column may fail, the module of a virtual table may be missing.
      if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
      successors.add(nameKey(name));
      notes.push(`the rows of ${name} were not compared: ${error.message}`);
    }
  }
  for (const [key, { name, sql }] of sides.after.tables)
    if (!successors.has(key) && !isVirtual(sql)) tables.push(newTable(name, yield* countIn('main', name)));
  return { tables, losses, unchanged, notes };
}

function isSame({ table, now, lost, added, moved, changed, columns }: RehearsedTable): boolean {
  return table === now && lost + added + moved + changed === 0 && columns.length === 0;
}

const nothing = {
  movedTo: [],
  lost: 0,
  added: 0,
  changed: 0,
  moved: 0,
  lostRows: [],
  addedRows: [],
  columns: [],
  keyed: true,
} as const;

function newTable(table: string, rows: number): RehearsedTable {
  return { ...nothing, table, now: table, before: undefined, after: rows, added: rows };
}

/** The module of a virtual table decides what its rows are, so they are only counted. */
function* countVirtual(name: string, { after, history, declared }: ComparisonSides): Op<TableFindings> {
  const before = yield* countIn(beforeSchema, name);
  const now = after.tables.get(nameKey(name))?.name;
  const rows = now === undefined ? undefined : yield* countIn('main', now);
  const lost = Math.max(0, before - (rows ?? 0));
  const added = Math.max(0, (rows ?? 0) - before);
  const table = { ...nothing, table: name, now, before, after: rows, lost, added, keyed: false };
  const loss = { kind: 'rows', table: name, column: undefined, count: lost, rows: [], declaration: name } as const;
  return { table, losses: lost === 0 ? [] : withNames(loss, history.namedRows(name), declared.includesTable(name)) };
}

/**
 * A loss with the last statement that names it, or its declaration. A statement names as many rows as it changed itself; what
 * is beyond these nobody has named.
 */
function withNames(
  loss: Omit<RehearsedLoss, 'named'>,
  statements: readonly NamedChange[],
  isDeclared: boolean,
): readonly RehearsedLoss[] {
  const named = statements.findLast(({ rows }) => rows > 0);
  if (isDeclared) return [{ ...loss, named: named ?? { migration: undefined, text: 'destructive', rows: Infinity } }];
  const most = statements.reduce((sum, { rows }) => sum + rows, 0);
  if (most >= loss.count) return [{ ...loss, named }];
  if (most === 0) return [{ ...loss, named: undefined }];
  // Which of them the statement changed is not known.
  return [
    { ...loss, rows: [], count: most, named },
    { ...loss, rows: [], count: loss.count - most, named: undefined },
  ];
}

function* countIn(schema: string, table: string): Op<number> {
  return yield* queryNumber(`SELECT count(*) FROM ${schema}.${quote(table)}`);
}

interface TableFindings {
  readonly table: RehearsedTable;
  readonly losses: readonly RehearsedLoss[];
}

/** A place with its rows as the comparison needs it. */
interface Compared extends RowPlace {
  readonly path: ComparedTable;
  /** The columns to compare, and the keys of their names before. */
  readonly columns: ComparedTable['columns'];
  readonly keys: readonly NameKey[];
}

/** Those that can have whole rows: with the values of every column, or a row in them is another one. */
function withAllColumns(places: readonly Compared[], info: TableInfo): readonly Compared[] {
  const stored = storedColumns(info);
  return places
    .filter(({ keys }) => [...stored].every((key) => keys.includes(key)))
    .map((place) => ({ ...place, path: { ...place.path, key: undefined, columns: place.columns, indexed: false } }));
}

/** The keys of the columns to compare: what SQLite computes has no values of its own, and the rowid is the key. */
function storedColumns({ columns }: TableInfo): ReadonlySet<NameKey> {
  return new Set(columns.flatMap(({ name, generated }) => (generated === null ? [nameKey(name)] : [])));
}

class TableComparer {
  readonly #name: string;
  readonly #from: string;
  readonly #sides: ComparisonSides;
  readonly #infoOf: (table: string) => Op<TableInfo>;

  constructor(name: string, sides: ComparisonSides, infoOf: (table: string) => Op<TableInfo>) {
    this.#name = name;
    this.#from = `${beforeSchema}.${quote(name)}`;
    this.#sides = sides;
    this.#infoOf = infoOf;
  }

  *compare(): Op<TableFindings> {
    const name = this.#name;
    const info = yield* readTableInfo(name, beforeSchema);
    const history = yield* this.#sides.history.of(name, info, this.#infoOf);
    const main = yield* this.#places(history.main, info);
    const beside = yield* this.#places(history.beside, info);
    const whole = withAllColumns(beside, info);
    const [only] = main;
    const rows = yield* countIn(beforeSchema, name);
    const found: CopyComparison[] = [];
    for (const place of main) found.push(yield* this.#comparePlace(place));
    const single = main.length === 1 ? found[0] : undefined;
    const alone = single?.lost ?? (main.length === 0 ? rows : yield* this.#lostFrom(main));
    const lost =
      alone === 0 || whole.length === 0 ? alone : Math.min(alone, yield* this.#lostFrom([...main, ...whole]));
    const columns = yield* this.#columns(info, history, { main, beside, found, rows });
    const isHere = history.present !== undefined;
    const others = isHere ? whole : beside;
    const movedTo = [...(isHere ? [] : main), ...(alone > lost || !isHere ? others : [])].map(({ table }) => table);
    const table: RehearsedTable = {
      table: name,
      now: history.present,
      movedTo: [...new Set(movedTo)],
      before: rows,
      after: isHere ? yield* countIn('main', history.present!) : undefined,
      lost,
      added: isHere ? single!.added : 0,
      changed: found.reduce((sum, { changed }) => sum + changed, 0),
      moved: isHere ? alone - lost : 0,
      // Those of the comparison are also the rows that are elsewhere.
      lostRows: lost === alone ? (single?.lostRows ?? []) : [],
      addedRows: isHere ? single!.addedRows : [],
      columns,
      keyed: only === undefined || found.every(({ keyed }) => keyed),
    };
    return { table, losses: this.#losses(table, history) };
  }

  *#places(places: readonly RowPlace[], info: TableInfo): Op<readonly Compared[]> {
    const stored = storedColumns(info);
    const found: Compared[] = [];
    for (const place of places) {
      const pairs = place.pairs.filter(({ column }) => stored.has(column));
      found.push({
        ...place,
        path: yield* place.compared(this.#from, info, yield* this.#infoOf(place.table)),
        columns: pairs.map(({ column, to }) => ({ from: quote(column), to: quote(to) })),
        keys: pairs.map(({ column }) => column),
      });
    }
    return found;
  }

  /** How many rows none of these tables has. */
  *#lostFrom(places: readonly Compared[]): Op<number> {
    const keyed = places.filter(({ path }) => path.key !== undefined || path.columns.length > 0);
    return (yield* compareRows(
      this.#from,
      keyed.map(({ path }) => path),
      [],
    )).lost;
  }

  *#comparePlace({ path, columns }: Compared): Op<CopyComparison> {
    const names = (path.key ?? []).map(({ from }) => unquote(from));
    return yield* compareCopies(this.#from, path, columns, names);
  }

  *#columns(
    info: TableInfo,
    history: TableHistory,
    {
      main,
      beside,
      found,
      rows,
    }: {
      readonly main: readonly Compared[];
      readonly beside: readonly Compared[];
      readonly found: readonly CopyComparison[];
      readonly rows: number;
    },
  ): Op<readonly RehearsedColumn[]> {
    const columns: RehearsedColumn[] = [];
    // A table that is gone with its rows has lost its columns with them.
    if (main.length === 0) return columns;
    for (const { name, generated } of info.columns) {
      if (generated !== null) continue;
      const key = nameKey(name);
      const holders = main.flatMap((place, i) => {
        const to = place.pairs.find(({ column }) => column === key)?.to;
        return to === undefined ? [] : [{ place, comparison: found[i]!, to }];
      });
      if (holders.length === 0) {
        columns.push(yield* this.#goneColumn(name, history, { main, beside, rows }));
        continue;
      }
      const [{ place, to }] = holders as [(typeof holders)[0]];
      const own = holders.flatMap(({ place: { keys }, comparison }) =>
        comparison.columns.filter(({ index }) => keys[index] === key),
      );
      const sum = (of: 'changed' | 'emptied'): number => own.reduce((all, one) => all + one[of], 0);
      const now = (yield* this.#infoOf(place.table)).columns.find((one) => nameKey(one.name) === to)!.name;
      if (own.length === 0 && nameKey(now) === key) continue;
      const rowsOf = (of: 'rows' | 'emptiedRows'): readonly string[] => own.flatMap((one) => one[of]).slice(0, 3);
      columns.push({
        column: name,
        now,
        changed: sum('changed'),
        emptied: sum('emptied'),
        lost: 0,
        movedTo: [],
        rows: rowsOf('rows'),
        emptiedRows: rowsOf('emptiedRows'),
      });
    }
    return columns;
  }

  /** A column that its table has no more: its values may be in another one, or another column was computed from them. */
  *#goneColumn(
    name: string,
    history: TableHistory,
    {
      main,
      beside,
      rows,
    }: { readonly main: readonly Compared[]; readonly beside: readonly Compared[]; readonly rows: number },
  ): Op<RehearsedColumn> {
    const gone = { column: name, now: undefined, changed: 0, emptied: 0, rows: [], emptiedRows: [] };
    const key = nameKey(name);
    const holders = beside.flatMap((place) =>
      place.pairs.filter(({ column }) => column === key).map(({ to }) => ({ ...place, to: quote(to), column: to })),
    );
    const into = history.destinations(name);
    // An UPDATE has put its values into another column of the same row, or of another table.
    const ownRow = into.flatMap(({ table, column }) =>
      main.filter((place) => place.table === table).map((place) => ({ ...place, to: quote(column), column })),
    );
    const anywhere = into
      .filter(
        ({ table, column }) => ![...holders, ...ownRow].some((one) => one.table === table && one.column === column),
      )
      .map(({ table, column }) => ({
        table,
        column,
        path: { table: inMain(table), columns: [], key: undefined, indexed: false, merges: false },
        to: quote(column),
      }));
    const places = [...holders, ...ownRow, ...anywhere];
    const movedTo = [...new Set(places.map(({ table, column }) => `${table}.${column}`))];
    const missing = rows === 0 ? 0 : yield* countMissing(this.#from, quote(name), places);
    const changed =
      missing === 0 ? 0 : Math.min(missing, yield* this.#computed(name, missing, [...ownRow, ...anywhere]));
    return { ...gone, lost: missing - changed, changed, movedTo };
  }

  /**
   * How many values an expression can have made of a column's: what an expression makes is another value, and not compared.
   * A NULL is made of nothing, and a value that is found again is a copy.
   */
  *#computed(
    column: string,
    missing: number,
    into: readonly { readonly table: string; readonly column: string }[],
  ): Op<number> {
    const values = yield* queryNumber(`SELECT count(${quote(column)}) FROM ${this.#from}`);
    let made = missing - values;
    for (const { table, column: to } of into)
      made += yield* queryNumber(`SELECT count(${quote(to)}) FROM ${inMain(table)}`);
    return Math.max(0, made);
  }

  #losses(table: RehearsedTable, history: TableHistory): readonly RehearsedLoss[] {
    const { declared } = this.#sides;
    const now = table.now ?? table.table;
    const losses: RehearsedLoss[] = [];
    const add = (
      loss: Pick<RehearsedLoss, 'kind' | 'count' | 'rows'>,
      named: readonly NamedChange[],
      column?: RehearsedColumn,
    ): void => {
      const last = column?.now ?? column?.column;
      const isDeclared =
        column === undefined
          ? [table.table, now].some((name) => declared.includesTable(name))
          : declared.includesColumn(table.table, column.column) || declared.includesColumn(now, last!);
      const declaration = last === undefined ? now : `${now}.${last}`;
      losses.push(
        ...withNames({ ...loss, table: table.table, column: column?.column, declaration }, named, isDeclared),
      );
    };
    if (table.lost > 0) add({ kind: 'rows', count: table.lost, rows: table.lostRows }, history.rowsNamed);
    for (const column of table.columns) {
      const { lost, emptied, emptiedRows: rows } = column;
      if (lost > 0) add({ kind: 'column', count: lost, rows: [] }, history.columnNamed(column.column), column);
      if (emptied > 0)
        add({ kind: 'values', count: emptied, rows }, history.valuesNamed(column.column, column.now!), column);
    }
    return losses;
  }
}
