import Database from 'better-sqlite3';
import { q } from './model.ts';

/** Where rows of a table are to be found after the migration: a table, and by which name each column. */
export interface Part {
  readonly table: string;
  readonly columns: ReadonlyMap<string, string>;
}

/** What becomes of a table of the beginning. */
export interface Expected {
  /** Its table in the database of what is expected. */
  readonly id: string;
  /** Its name before the migration. */
  readonly first: string;
  /** How many rows it had before the migration. */
  readonly rows: number;
  parts: Part[];
  /** Whether it stays, is rebuilt, has its rows moved to a table of another name, or is dropped. */
  end: 'lives' | 'rebuilt' | 'moved' | 'dropped';
  /** Columns that the migration drops by saying so. */
  readonly excused: Set<string>;
  /** Columns that it computes anew: they have to be there, with other values. */
  readonly computed: Set<string>;
  /** Columns that an UPDATE sets. */
  readonly updated: Set<string>;
  /** Rows that the migration adds, as far as it says how many. */
  inserted: number;
  /** Rows that OR REPLACE may have replaced. */
  replaced: number;
  /** Whether code moves the values, so that only rows are counted. */
  counted: boolean;
  /** Whether another table still holds a column that is missing here. */
  heldElsewhere: boolean;
}

/**
 * What must be there after a migration: a database of plain tables without types, keys and triggers, that starts as a
 * copy of the rows before. Each statement that plainly deletes, updates, renames or drops does so here as well; a copy
 * from table to table only says where the rows are to be found.
 */
export class Expectation {
  readonly #database = new Database(':memory:');
  readonly tables: Expected[] = [];
  /** Indexes, triggers and views that the migration drops by name. */
  readonly objectsDropped: Set<string> = new Set();
  /** Why a refusal would be right although the oracle sees no loss in these rows. */
  readonly doubts: string[] = [];

  constructor(before: Database.Database) {
    this.#database.defaultSafeIntegers(true);
    const names = before
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
      .pluck()
      .all() as string[];
    for (const [index, name] of names.entries()) this.#copy(before, name, `e${index}`);
  }

  close(): void {
    this.#database.close();
  }

  /** The table of the beginning that has this name now; undefined for one that the migration made. */
  find(name: string): Expected | undefined {
    return this.tables.find(({ parts, end }) => end !== 'dropped' && parts.length === 1 && parts[0]!.table === name);
  }

  read(sql: string): unknown[][] {
    return this.#database.prepare(sql).raw().all() as unknown[][];
  }

  /** `DELETE FROM table WHERE predicate`; the predicate is given the expectation's names of columns. */
  delete(table: string, column: string | undefined, predicate: (column: string) => string): void {
    const expected = this.find(table);
    if (expected === undefined) return;
    const own = column === undefined ? undefined : this.#original(expected, column);
    if (column !== undefined && own === undefined) return;
    const where = own === undefined ? '' : ` WHERE ${predicate(own)}`;
    this.#database.exec(`DELETE FROM ${expected.id}${where}`);
  }

  /** `UPDATE table SET column = value WHERE predicate of another column`. */
  update(table: string, column: string, value: string, where: readonly [string, (column: string) => string]): void {
    const expected = this.find(table);
    if (expected === undefined) return;
    const set = this.#original(expected, column);
    const read = this.#original(expected, where[0]);
    if (set === undefined || read === undefined) return;
    this.#database.exec(`UPDATE ${expected.id} SET ${q(set)} = ${value} WHERE ${where[1](read)}`);
    expected.updated.add(set);
  }

  inserted(table: string, rows: number): void {
    const expected = this.find(table);
    if (expected !== undefined) expected.inserted += rows;
  }

  replaced(table: string, rows: number): void {
    const expected = this.find(table);
    if (expected !== undefined) expected.replaced += rows;
  }

  renameTable(from: string, to: string): void {
    const expected = this.find(from);
    if (expected !== undefined) expected.parts = [{ ...expected.parts[0]!, table: to }];
  }

  renameColumn(table: string, from: string, to: string): void {
    const expected = this.find(table);
    if (expected === undefined) return;
    const [part] = expected.parts;
    const columns = new Map([...part!.columns].map(([own, now]) => [own, now === from ? to : now]));
    expected.parts = [{ ...part!, columns }];
  }

  /** The migration says that these columns go. */
  excuse(table: string, columns: readonly string[]): void {
    const expected = this.find(table);
    for (const own of this.#originals(expected, columns)) expected?.excused.add(own);
  }

  /** The migration computes these columns from what they were. */
  compute(table: string, columns: readonly string[]): void {
    const expected = this.find(table);
    for (const own of this.#originals(expected, columns)) expected?.computed.add(own);
  }

  /** Whether a column was there before the migration. */
  knows(table: string, column: string): boolean {
    return this.#originals(this.find(table), [column]).length > 0;
  }

  /** `DROP TABLE`, or its replacement by another of the same name. */
  drop(table: string): void {
    const expected = this.find(table);
    if (expected !== undefined) expected.end = 'dropped';
  }

  /** A copy carries the table's rows: from now on they are in these tables, under these names of columns. */
  carry(table: string, end: 'rebuilt' | 'moved', parts: readonly Part[]): void {
    const expected = this.find(table);
    if (expected === undefined) return;
    const names = expected.parts[0]!.columns;
    expected.end = end;
    expected.parts = parts.map((part) => ({
      table: part.table,
      columns: new Map(
        [...names].flatMap(([own, now]) => (part.columns.has(now) ? [[own, part.columns.get(now)!] as const] : [])),
      ),
    }));
  }

  /** One table becomes several, each with a part of its columns: each is compared by itself. */
  carryColumns(table: string, ends: readonly (Part & { readonly end: 'rebuilt' | 'moved' })[]): void {
    const expected = this.find(table);
    if (expected === undefined) return;
    this.tables.splice(this.tables.indexOf(expected), 1);
    for (const { end, ...part } of ends) {
      const copy: Expected = {
        ...expected,
        excused: new Set(expected.excused),
        computed: new Set(expected.computed),
        updated: new Set(expected.updated),
      };
      this.tables.push(copy);
      copy.end = 'lives';
      copy.parts = [{ table: `${copy.id} of ${part.table}`, columns: expected.parts[0]!.columns }];
      this.carry(copy.parts[0]!.table, end, [part]);
    }
  }

  #originals(expected: Expected | undefined, columns: readonly string[]): string[] {
    if (expected === undefined) return [];
    return columns.flatMap((column) => this.#original(expected, column) ?? []);
  }

  /** The column's name before the migration; undefined for one that the migration made. */
  #original({ parts }: Expected, column: string): string | undefined {
    for (const [own, now] of parts[0]!.columns) if (now === column) return own;
    return undefined;
  }

  #copy(before: Database.Database, name: string, id: string): void {
    const columns = before
      .prepare(`SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid`)
      .pluck()
      .all(name) as string[];
    const list = columns.map(q).join(', ');
    this.#database.exec(`CREATE TABLE ${id} (${list})`);
    const read = before
      .prepare(`SELECT ${list} FROM main.${q(name)}`)
      .safeIntegers()
      .raw();
    const insert = this.#database.prepare(`INSERT INTO ${id} VALUES (${columns.map(() => '?').join(', ')})`);
    const rows = read.all() as unknown[][];
    for (const row of rows) insert.run(...row);
    this.tables.push({
      id,
      first: name,
      rows: rows.length,
      parts: [{ table: name, columns: new Map(columns.map((column) => [column, column])) }],
      end: 'lives',
      excused: new Set(),
      computed: new Set(),
      updated: new Set(),
      inserted: 0,
      replaced: 0,
      counted: false,
      heldElsewhere: false,
    });
  }
}
