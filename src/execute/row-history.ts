import { queryNumber, unlessRefused, type Op } from '../bridge/index.ts';
import type { MigrationRef } from '../errors/index.ts';
import type { StepStatement } from '../plan/index.ts';
import type { ComparedTable } from '../rebuild/index.ts';
import type { Inventory, TableInfo } from '../schema/index.ts';
import { classify, nameKey, setColumns, splitStatements, type NameKey, type ParsedStatement } from '../sql/index.ts';
import { ColumnChanges } from './guards/column-changes.ts';
import type { SelectOrigins } from './guards/column-origins.ts';
import { columnOf, groupPaths, mainPaths, toComparedTable, type Path } from './guards/copy-paths.ts';
import { MigrationTracker } from './guards/migration-tracker.ts';
import { mayCopy } from './guards/row-statements.ts';
import { RunBaseline } from './guards/run-baseline.ts';
import type { Table } from './guards/table-tracker.ts';
import type { TriggerCopy } from './guards/trigger-copies.ts';
import { savepoint } from './run-step.ts';

/** A statement that names what it removes or changes. */
export interface NamedChange {
  readonly migration: MigrationRef | undefined;
  /** As the report says it: `DELETE FROM notes`. */
  readonly text: string;
  /** How many rows it changed itself: what triggers and foreign keys remove besides, it does not name. */
  readonly rows: number;
}

type Change = Omit<NamedChange, 'rows'> & {
  rows: number;
  readonly table: Table;
  readonly kind: 'rows' | 'table' | 'column' | 'values';
  /** The key of the column, of a column or its values. */
  column?: NameKey;
};

/** Where the rows of a table, or a part of its columns, are at the end. */
export interface RowPlace {
  /** The table's name at the end. */
  readonly table: string;
  readonly isNamesake: boolean;
  /** From the key of the column before to that of the column at the end. */
  readonly pairs: Path['pairs'];
  /** As a comparison needs it; `name` is the table before, as SQL. */
  compared(name: string, before: TableInfo, now: TableInfo): Op<ComparedTable>;
}

/** What became of a table from before. */
export interface TableHistory {
  /** The table that has its rows by its name, or by the name that a RENAME gave it. Undefined: it is gone. */
  readonly present: string | undefined;
  /** The tables that together have its rows: the present one, or those that they were copied to. */
  readonly main: readonly RowPlace[];
  /** Other tables that got some of its rows or columns. */
  readonly beside: readonly RowPlace[];
  /** The columns that got values of a column, copied or computed; by names at the end. */
  readonly destinations: (column: string) => readonly { readonly table: string; readonly column: string }[];
  /** The statements that name a loss. */
  readonly rowsNamed: readonly NamedChange[];
  readonly columnNamed: (column: string) => readonly NamedChange[];
  readonly valuesNamed: (column: string, now: string) => readonly NamedChange[];
}

/** The statement that runs now, with what could be read only before it. */
interface Running {
  readonly entry: StepStatement;
  readonly origins: readonly SelectOrigins[];
  readonly triggers: readonly TriggerCopy[];
}

/**
 * Follows rows and columns through a whole run, by the means with which the guards follow them through one migration. It
 * measures nothing, and keeps every copy, also one whose source is dropped by a later migration.
 */
export class RowHistory {
  readonly #tracker: MigrationTracker;
  readonly #first: ReadonlyMap<NameKey, Table>;
  readonly #columns = new ColumnChanges();
  readonly #changes: Change[] = [];
  /** The changes of a table by their words: a function may run one statement for every row. */
  readonly #noted = new Map<Table, Map<string, Change>>();
  #running: Running | undefined;
  /** A migration was rolled back to run again: its statements are known. */
  #repeat: 'no' | 'next' | 'now' = 'no';

  constructor(before: Inventory) {
    const baseline = new RunBaseline(before);
    this.#first = new Map(baseline.tables);
    this.#tracker = new MigrationTracker(baseline);
  }

  /** Call before each statement of the run. */
  *beforeStatement(sql: string): Op<void> {
    this.#running = undefined;
    if (/^(?:savepoint|rollback|release)\b/i.test(sql)) return this.#followSavepoint(sql);
    if (this.#repeat === 'now' || !/\b(?:insert|replace|update|delete|drop|alter|create)\b/i.test(sql)) return;
    const [statement, second] = splitStatements(sql);
    if (statement === undefined || second !== undefined) return;
    const facts = classify(statement);
    const entry: StepStatement = { statement, facts, number: 0, skip: undefined, batch: undefined };
    const { tables, origins, copies, baseline } = this.#tracker;
    const isCopy =
      (facts.verb === 'insert' || facts.verb === 'update' || (facts.verb === 'create' && facts.object === 'table')) &&
      mayCopy(entry);
    const found = isCopy && facts.verb !== 'update' ? yield* unlessRefused(origins.ofSelects(statement)) : undefined;
    const selects = found?.result ?? [];
    if (isCopy) copies.markRead(origins.tablesRead(statement), tables.find(facts.name));
    const isFired = isCopy && facts.verb === 'insert' && baseline.triggers.fires(nameKey(facts.name.name));
    const triggers = isFired ? yield* unlessRefused(copies.triggerCopiesOf(entry, selects)) : undefined;
    const table = facts.verb === 'drop' && facts.object === 'table' ? tables.find(facts.name) : undefined;
    if (table !== undefined) copies.joinCopiesAcross(table);
    this.#running = { entry, origins: selects, triggers: triggers?.result ?? [] };
  }

  /** Call after each statement that succeeded. */
  *afterStatement(migration: MigrationRef | undefined): Op<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    const { facts } = running.entry;
    switch (facts.verb) {
      case 'create': {
        const table = this.#tracker.created(facts, running.entry.statement);
        if (facts.object === 'table' && facts.asSelect && table !== undefined) yield* this.#record(running, table);
        break;
      }
      case 'insert':
      case 'update':
      case 'delete': {
        const table = this.#tracker.tables.find(facts.name);
        yield* this.#noteChange(facts, running.entry, table, migration);
        yield* this.#record(running, table);
        break;
      }
      case 'drop': {
        const table = facts.object === 'table' ? this.#tracker.tables.find(facts.name) : undefined;
        if (table !== undefined)
          this.#note({ table, kind: 'table', migration, text: `DROP TABLE ${facts.name.name}`, rows: Infinity });
        this.#tracker.dropped(facts);
        break;
      }
      case 'alter': {
        const { name, change } = facts;
        const table = this.#tracker.tables.find(name);
        if (table !== undefined) {
          if (change.kind === 'drop-column') {
            const text = `ALTER TABLE ${name.name} DROP COLUMN ${change.column}`;
            this.#note({ table, kind: 'column', column: nameKey(change.column), migration, text, rows: Infinity });
          }
          this.#columns.record(table, change, (from, to) => this.#renameNamed(table, from, to));
        }
        this.#tracker.altered(facts);
        break;
      }
      default:
    }
  }

  /** The statements that name rows of a table which nothing but its name identifies, or the table. */
  namedRows(name: string): readonly NamedChange[] {
    const table = this.#first.get(nameKey(name));
    return this.#changes.filter((one) => one.table === table && (one.kind === 'rows' || one.kind === 'table'));
  }

  /** What became of a table from before. `infoOf` reads a table as it is at the end. */
  *of(name: string, before: TableInfo, infoOf: (table: string) => Op<TableInfo>): Op<TableHistory> {
    const { tables, copies, rows } = this.#tracker;
    const table = this.#first.get(nameKey(name))!;
    const present = tables.present(table);
    const living = copies
      .from(table)
      .filter(({ target }) => target !== undefined && target !== table && !target.temporary && tables.isLiving(target));
    const place = (path: Path): RowPlace => ({
      table: tables.nameOf(path.target),
      isNamesake: path.target === present,
      pairs: path.pairs,
      compared: (sql, was, is) => toComparedTable(path, was, sql, is, tables, rows),
    });
    const paths: Path[] = [];
    for (const path of groupPaths(table, living)) {
      const pairs = yield* this.#living(path.pairs, path.target, infoOf);
      if (pairs.length > 0) paths.push({ ...path, pairs: this.#byFirstNames(table, pairs) });
    }
    const own = paths.filter(({ target }) => target === present);
    const main: Path[] = [];
    const computed = new Set<NameKey>();
    if (present !== undefined) {
      const now = yield* infoOf(tables.nameOf(present));
      const pairs = present === table ? this.#ownPairs(table, before, now) : (own[0]?.pairs ?? []);
      // A computed column is compared with what it was by its name, the last that it had in the old table.
      const byName = before.columns
        .map(({ name: was }) => ({ column: nameKey(was), to: this.#lastKey(table, was) }))
        .filter(({ to }) => present !== table && columnOf(now, to) !== undefined)
        .filter((one) => !pairs.some(({ column, to }) => column === one.column || to === one.to));
      for (const { column } of byName) computed.add(column);
      main.push({ source: table, target: present, copies: own[0]?.copies ?? [], pairs: [...pairs, ...byName] });
    } else main.push(...mainPaths(paths, before));
    const involved = new Set([table, ...main.map(({ target }) => target)]);
    const named = (kind: Change['kind'], ...columns: readonly string[]): readonly Change[] =>
      this.#changes.filter(
        (one) =>
          one.kind === kind &&
          involved.has(one.table) &&
          (one.column === undefined || columns.some((column) => nameKey(column) === one.column)),
      );
    const keys = before.keys.flatMap(({ columns }) => columns).map((column) => this.#lastKey(table, column));
    const dropped = present === undefined && main.length === 0 ? named('table') : [];
    return {
      present: present === undefined ? undefined : tables.nameOf(present),
      main: main.map(place),
      beside: paths.filter(({ target }) => !main.some((one) => one.target === target)).map(place),
      destinations: (column) =>
        copies
          .destinationsOf(table, this.#lastKey(table, column), 0)
          .filter((ref) => !ref.table.temporary && tables.isLiving(ref.table))
          .filter((ref) => !this.#columns.isDropped(ref.table, ref.column))
          .map((ref) => ({ table: tables.nameOf(ref.table), column: ref.column })),
      // An UPDATE of a key makes another row of each.
      rowsNamed: [...named('values', ...keys), ...named('rows'), ...dropped],
      columnNamed: (column) => [...named('column', this.#lastKey(table, column)), ...dropped],
      // An UPDATE of the old table does not explain what a rebuild computes.
      valuesNamed: (column, now) =>
        named('values', column, now).filter(({ table: of }) => of === present || !computed.has(nameKey(column))),
    };
  }

  #followSavepoint(sql: string): void {
    const words = sql.split(/\s+/);
    if (words.at(-1) !== savepoint) return;
    const [verb] = words;
    if (/^rollback$/i.test(verb!)) this.#repeat = 'next';
    else if (/^savepoint$/i.test(verb!)) this.#repeat = this.#repeat === 'next' ? 'now' : this.#repeat;
    else if (this.#repeat === 'now') this.#repeat = 'no';
  }

  *#noteChange(
    facts: Extract<ParsedStatement, { verb: 'insert' | 'update' | 'delete' }>,
    { statement }: StepStatement,
    table: Table | undefined,
    migration: MigrationRef | undefined,
  ): Op<void> {
    if (table === undefined) return;
    const { name } = facts.name;
    const text = { insert: 'INSERT INTO', update: 'UPDATE', delete: 'DELETE FROM' }[facts.verb];
    const replaces = facts.conflict === 'replace';
    const columns = setColumns(statement);
    if (facts.verb !== 'delete' && !replaces && columns.size === 0) return;
    // Without those of triggers and foreign key actions (sqlite.org/lang_corefunc.html#changes).
    const rows = yield* queryNumber('SELECT changes()');
    if (facts.verb === 'delete' || replaces)
      this.#note({ table, kind: 'rows', migration, text: `${replaces ? 'REPLACE in' : text} ${name}`, rows });
    for (const column of columns)
      this.#note({ table, kind: 'values', column, migration, text: `${text} ${name}`, rows });
  }

  *#record({ entry, origins, triggers }: Running, table: Table | undefined): Op<void> {
    const { copies } = this.#tracker;
    if (triggers.length > 0) copies.recordTriggers(entry, triggers, new Map());
    if (table === undefined || entry.facts.verb === 'delete' || !mayCopy(entry)) return;
    // One row: an UPDATE of none would copy nothing, and how many there are does not matter here.
    yield* unlessRefused(copies.record(entry, table, { changes: 1, sideEffects: 0 }, origins));
  }

  #note(change: Change): void {
    const { table, kind, column, text, migration } = change;
    const noted = this.#noted.get(table) ?? new Map<string, Change>();
    this.#noted.set(table, noted);
    const words = [kind, column, text, migration?.version].join('\0');
    const known = noted.get(words);
    if (known !== undefined) known.rows += change.rows;
    else {
      noted.set(words, change);
      this.#changes.push(change);
    }
  }

  #renameNamed(table: Table, from: NameKey, to: NameKey): void {
    for (const change of this.#changes) if (change.table === table && change.column === from) change.column = to;
  }

  /** The pairs of a table that is still there, by RENAME COLUMN. */
  #ownPairs(table: Table, before: TableInfo, now: TableInfo): Path['pairs'] {
    const pairs = now.columns.flatMap(({ name }) => {
      const key = nameKey(name);
      if (this.#columns.isAddedOrDropped(table, key)) return [];
      const was = columnOf(before, this.#columns.firstName(table, name));
      return was === undefined ? [] : [{ column: nameKey(was.name), to: key }];
    });
    const hasRowid = [before, now].every(({ rowidNames }) => rowidNames.includes('rowid'));
    return hasRowid ? [...pairs, { column: 'rowid' as NameKey, to: 'rowid' as NameKey }] : pairs;
  }

  /** The pairs whose column is still in the target, where a column of that name was not added anew. */
  *#living(pairs: Path['pairs'], target: Table, infoOf: (table: string) => Op<TableInfo>): Op<Path['pairs']> {
    const info = yield* infoOf(this.#tracker.tables.nameOf(target));
    return pairs.filter(({ to }) => columnOf(info, to) !== undefined && !this.#columns.isDropped(target, to));
  }

  /** Copies know a column by its last name. */
  #byFirstNames(table: Table, pairs: Path['pairs']): Path['pairs'] {
    return pairs.map(({ column, to }) => ({ column: nameKey(this.#columns.firstName(table, column)), to }));
  }

  #lastKey(table: Table, column: string): NameKey {
    return this.#columns.lastKey(table, column);
  }
}
