/*
 * What the generator knows of a schema. Every SQL text of a case is made from these, so the oracle never has to read SQL.
 */

/** How rows of a table are identified. */
export type KeyKind =
  | 'integer primary key'
  | 'autoincrement'
  | 'int primary key'
  | 'bigint primary key'
  | 'text primary key'
  | 'nocase primary key'
  | 'composite'
  | 'without rowid'
  | 'composite without rowid'
  | 'unique with nulls'
  | 'unique not null'
  | 'none';

export const keyKinds: readonly KeyKind[] = [
  'integer primary key',
  'integer primary key',
  'autoincrement',
  'int primary key',
  'bigint primary key',
  'text primary key',
  'nocase primary key',
  'composite',
  'without rowid',
  'composite without rowid',
  'unique with nulls',
  'unique not null',
  'none',
];

export interface Column {
  readonly name: string;
  readonly type: string;
  /** What follows the type: NOT NULL, COLLATE, DEFAULT, REFERENCES. */
  readonly clauses: string;
  /** The expression of a generated column. Then the clauses say how it is kept. */
  readonly generated?: string;
}

export interface Index {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
}

/** The column that every table has, and that is never renamed, dropped or computed: predicates may use it. */
export const anchor = 'id';

/** One table as intended. */
export interface Table {
  readonly name: string;
  readonly key: KeyKind;
  readonly columns: readonly Column[];
  readonly constraints: readonly string[];
  readonly options: string;
  readonly indexes: readonly Index[];
  /** Columns that something else names: a child, a view, a generated column, a constraint. They keep their names. */
  readonly fixed: ReadonlySet<string>;
}

export type TriggerWork = 'log' | 'delete' | 'update' | 'insert' | 'delete own' | 'update own';

export interface Trigger {
  readonly name: string;
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly table: string;
  readonly work: TriggerWork;
  /** The table that the body writes. */
  readonly target: string;
  readonly body: string;
}

export interface View {
  readonly name: string;
  readonly table: string;
  readonly text: string;
}

export interface Child {
  readonly table: string;
  readonly column: string;
  readonly parent: string;
  readonly parentColumn: string;
}

/** The schema at one moment of a case. */
export interface World {
  tables: Table[];
  triggers: Trigger[];
  views: View[];
  children: Child[];
}

export function q(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function createTable(table: Table, name: string = q(table.name)): string {
  const columns = table.columns.map(({ name: column, type, clauses, generated }) =>
    [q(column), type, generated === undefined ? '' : `AS (${generated})`, clauses].filter(Boolean).join(' '),
  );
  return `CREATE TABLE ${name} (${[...columns, ...table.constraints].join(', ')})${table.options}`;
}

export function createIndex(table: Table, index: Index): string {
  return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${q(index.name)} ON ${q(table.name)} (${index.columns.map(q).join(', ')})`;
}

export function createTrigger({ name, event, table, body }: Trigger): string {
  return `CREATE TRIGGER ${q(name)} AFTER ${event} ON ${q(table)} BEGIN ${body} END`;
}

/** The columns that an INSERT can name. */
export function insertable(table: Table): readonly Column[] {
  return table.columns.filter(({ generated }) => generated === undefined);
}

/**
 * A third of the rows. The result does not change with a column's affinity or collation as long as no value is lost:
 * it may be asked of the old table, of the new one, and of the oracle's copy.
 */
export function third(column: string, rest: number): string {
  return `CAST(${q(column)} AS INTEGER) % 3 = ${rest}`;
}

export function tableOf(world: World, name: string): Table {
  const table = world.tables.find((one) => one.name === name);
  if (table === undefined) throw new Error(`the generator knows no table ${name}`);
  return table;
}

export function replaceTable(world: World, name: string, table: Table): void {
  world.tables = world.tables.map((one) => (one.name === name ? table : one));
}
