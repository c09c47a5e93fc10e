import { nameKey, quote, type ObjectName, type NameKey } from '../../sql/index.ts';

/** A table. It keeps its identity when it is renamed; a rebuild creates another. */
export interface Table {
  /** Its name before the migration, or when it was created. */
  name: string;
  readonly temporary: boolean;
  readonly virtual: boolean;
  /** It existed before the run, or replaced a table that did. */
  existedBeforeRun: boolean;
}

/** A dropped table, and the table that took its name. */
export interface Dropped {
  readonly table: Table;
  /** The keys of all names that it had in this migration. */
  readonly names: ReadonlySet<string>;
  /** A statement of the migration had read it, so its rows may have been copied. */
  readonly wasRead: boolean;
  /** The table that took its name. */
  successor: Table | undefined;
  /** A new table got its name, and nothing had read it: it was dropped on purpose. */
  replaced: boolean;
}

/**
 * Follows tables through one migration: CREATE adds one, DROP ends it, RENAME changes its name. Names that the
 * migration did not touch belong to the tables from before.
 */
export class TableTracker {
  /** The tables of the database itself before this migration, by the key of the name. */
  readonly #before: Map<NameKey, Table>;
  /** By the key of the name; undefined: no table has this name any more. */
  readonly #changed = new Map<NameKey, Table | undefined>();
  readonly #temporary = new Map<NameKey, Table>();
  /** Temporary views hide tables as well; `#hidden` are those of the application, and its temporary tables. */
  readonly #temporaryViews = new Set<NameKey>();
  readonly #hidden: readonly string[];
  readonly #created = new Set<Table>();
  /** The names of renamed tables. A table itself is left as it is: the migration may still be rolled back. */
  readonly #names = new Map<Table, string>();
  /** The keys of the names that tables had before they were renamed. */
  readonly #former = new Map<Table, string[]>();
  readonly dropped: Dropped[] = [];

  /** `hidden`: the names of the temporary tables and views that the application has. */
  constructor(before: Map<NameKey, Table>, hidden: readonly string[]) {
    this.#before = before;
    this.#hidden = hidden.map(nameKey);
    this.dropTemporaryViews();
  }

  /**
   * Whether a name means an object of the main database. An unqualified name is looked up among temporary objects
   * first.
   */
  isMain({ schema, name }: ObjectName): boolean {
    if (schema !== undefined) return nameKey(schema) === 'main';
    return !this.#temporary.has(nameKey(name)) && !this.#temporaryViews.has(nameKey(name));
  }

  /** The table of this name. */
  find(name: ObjectName): Table | undefined {
    if (this.isMain(name)) return this.at(nameKey(name.name));
    return name.schema === undefined || nameKey(name.schema) === 'temp'
      ? this.#temporary.get(nameKey(name.name))
      : undefined;
  }

  /** The table of the database itself that has this name. */
  at(key: NameKey): Table | undefined {
    return this.#changed.has(key) ? this.#changed.get(key) : this.#before.get(key);
  }

  /** The table that SQLite reports as the origin of a column. */
  origin(database: string | undefined, name: string | undefined): Table | undefined {
    if (name === undefined) return undefined;
    return database === 'temp' ? this.#temporary.get(nameKey(name)) : this.find({ schema: 'main', name });
  }

  /** Whether this migration made the table. */
  isNew(table: Table): boolean {
    return this.#created.has(table);
  }

  /** Its name at this moment, or the last it had. */
  nameOf(table: Table): string {
    return this.#names.get(table) ?? table.name;
  }

  /** The name under which users know the rows of a table: that of the first table whose place it took. */
  firstName(table: Table): string {
    const former = this.dropped.find(({ successor }) => successor === table);
    return former === undefined ? table.name : this.firstName(former.table);
  }

  isLiving(table: Table): boolean {
    const key = nameKey(this.nameOf(table));
    return (table.temporary ? this.#temporary.get(key) : this.at(key)) === table;
  }

  /** The tables of the database itself. */
  *living(): Iterable<Table> {
    for (const [key, table] of this.#before) if (!this.#changed.has(key)) yield table;
    for (const table of this.#changed.values()) if (table !== undefined) yield table;
  }

  temporaryTables(): readonly Table[] {
    return [...this.#temporary.values()];
  }

  create(name: string, temporary: boolean, virtual: boolean): Table {
    const key = nameKey(name);
    const table: Table = { name, temporary, virtual, existedBeforeRun: false };
    this.#created.add(table);
    if (temporary) this.#temporary.set(key, table);
    else {
      this.#changed.set(key, table);
      for (const dropped of this.#awaiting(key)) {
        if (dropped.wasRead) dropped.successor = table;
        else dropped.replaced = true;
      }
    }
    return table;
  }

  createTemporaryView(name: string): void {
    this.#temporaryViews.add(nameKey(name));
  }

  dropTemporaryView(name: string): void {
    this.#temporaryViews.delete(nameKey(name));
  }

  /** Those of the migration. The application keeps its own. */
  dropTemporaryViews(): void {
    this.#temporaryViews.clear();
    for (const key of this.#hidden) this.#temporaryViews.add(key);
  }

  drop(table: Table, wasRead: boolean): Dropped {
    const key = nameKey(this.nameOf(table));
    const names = new Set([...(this.#former.get(table) ?? []), key]);
    const dropped: Dropped = { table, names, wasRead, successor: undefined, replaced: false };
    if (table.temporary) this.#temporary.delete(key);
    else this.#changed.set(key, undefined);
    this.dropped.push(dropped);
    // It was renamed first, and a new table got its name.
    const taken = [...names].findLast((name) => name !== key && this.#isNewAt(name));
    if (taken !== undefined) dropped.successor = this.at(taken);
    return dropped;
  }

  rename(table: Table, to: string): void {
    const [fromKey, toKey] = [nameKey(this.nameOf(table)), nameKey(to)];
    this.#former.set(table, [...(this.#former.get(table) ?? []), fromKey]);
    this.#names.set(table, to);
    if (table.temporary) {
      this.#temporary.delete(fromKey);
      this.#temporary.set(toKey, table);
      return;
    }
    this.#changed.set(fromKey, undefined);
    this.#changed.set(toKey, table);
    for (const dropped of this.#awaiting(toKey)) dropped.successor = table;
  }

  /** The table itself if it exists, or its successor. Undefined: it is gone. */
  present(table: Table): Table | undefined {
    const dropped = this.dropped.findLast((one) => one.table === table);
    if (dropped === undefined) return this.isLiving(table) ? table : undefined;
    return dropped.successor === undefined ? undefined : this.present(dropped.successor);
  }

  /** Whether the table, or one that it replaced, existed before the run. */
  existedBeforeRun(table: Table): boolean {
    return (
      table.existedBeforeRun ||
      this.dropped.some(({ successor, table: former }) => successor === table && this.existedBeforeRun(former))
    );
  }

  /**
   * Updates and returns the tables from before. Call it when nothing can fail any more. It changes the map: copying it
   * for each migration would cost the square of their number.
   */
  accept(): Map<NameKey, Table> {
    for (const { table, successor } of this.dropped)
      if (successor !== undefined) successor.existedBeforeRun ||= table.existedBeforeRun;
    for (const [key, table] of this.#changed) {
      if (table === undefined) this.#before.delete(key);
      else this.#before.set(key, table);
    }
    for (const [table, name] of this.#names) table.name = name;
    return this.#before;
  }

  #isNewAt(key: NameKey): boolean {
    const table = this.at(key);
    return table !== undefined && this.#created.has(table);
  }

  *#awaiting(key: NameKey): Iterable<Dropped> {
    for (const dropped of this.dropped)
      if (dropped.names.has(key) && dropped.successor === undefined && !dropped.replaced && !dropped.table.temporary)
        yield dropped;
  }
}

export function schemaOf({ temporary }: Pick<Table, 'temporary'>): 'main' | 'temp' {
  return temporary ? 'temp' : 'main';
}

/** The present name of a table, as written in SQL. */
export function qualified(table: Table, tables: TableTracker): string {
  return `${schemaOf(table)}.${quote(tables.nameOf(table))}`;
}
