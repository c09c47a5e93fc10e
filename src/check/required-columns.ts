import { columnsOf, isSqlError, type ColumnOrigin, type Op } from '../bridge/index.ts';
import { readColumns, type Inventory, type SchemaObject } from '../schema/index.ts';
import {
  classify,
  mentions,
  nameKey,
  parseRowCopy,
  parseTable,
  setColumns,
  splitStatements,
  unquote,
  type ColumnText,
  type Select,
  type SqlStatement,
} from '../sql/index.ts';

/** A column that a statement copies unchanged, or alters, by keys. */
interface CopiedColumn {
  /** The table, under its name before the migration. */
  readonly table: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Finds the columns that a migration makes NOT NULL with the values that they have: it fails on rows in which they are
 * NULL, and sample rows have values. An expression may replace NULL, and so may a statement before the copy: what an
 * UPDATE sets, or what a DELETE or the WHERE clause names, is left out, in earlier migrations too.
 */
export class RequiredColumns {
  /** `table.column`, by keys. */
  readonly #handled = new Set<string>();
  #copied: CopiedColumn[] = [];
  /** The first name of each table that the migration has renamed, by keys. */
  readonly #renamed = new Map<string, string>();

  /** Before the next migration. */
  begin(): void {
    this.#copied = [];
    this.#renamed.clear();
  }

  /** Call before each statement of the first phase. */
  *beforeStatement(sql: string): Op<void> {
    if (!/\b(?:insert|replace|update|delete|alter)\b/i.test(sql)) return;
    for (const statement of splitStatements(sql)) yield* this.#read(statement);
  }

  /** The columns that were nullable before and are NOT NULL after it: `users.email`. */
  found(before: Inventory, after: Inventory): readonly string[] {
    const found = new Set<string>();
    for (const { table, from, to } of this.#copied) {
      const is = after.tables.get(table);
      if (isNullable(before.tables.get(table), from) === true && isNullable(is, to) === false)
        found.add(`${is!.name}.${columnIn(is, to)!.name.name}`);
    }
    return [...found];
  }

  *#read(statement: SqlStatement): Op<void> {
    const facts = classify(statement);
    if (facts.verb === 'insert') {
      // OR REPLACE replaces NULL by the default (sqlite.org/lang_conflict.html).
      if (facts.conflict !== 'replace') yield* this.#readCopy(statement, facts.name.name);
    } else if (facts.verb === 'update' || facts.verb === 'delete') {
      const table = this.#firstName(nameKey(facts.name.name));
      const columns = facts.verb === 'update' ? setColumns(statement) : mentions(statement);
      for (const column of columns) this.#handled.add(`${table}.${column}`);
    } else if (facts.verb === 'alter') {
      const table = this.#firstName(nameKey(facts.name.name));
      if (facts.change.kind === 'rename-table') this.#renamed.set(nameKey(facts.change.to), table);
      // ALTER COLUMN ... SET NOT NULL.
      else if (facts.change.kind === 'other')
        for (const column of mentions(statement)) this.#add({ table, from: column, to: column });
    }
  }

  *#readCopy(statement: SqlStatement, target: string): Op<void> {
    const copy = parseRowCopy(statement);
    if (copy.selects.length === 0) return;
    const all = (yield* readColumns(target)).filter(({ generated }) => generated === null).map(({ name }) => name);
    const columns = copy.columns ?? all;
    for (const select of copy.selects) {
      const conditions = wordsIn(select);
      for (const [i, origin] of (yield* originsOf(`${copy.with} ${select.sql}`)).entries()) {
        const to = columns[i];
        if (to === undefined || origin.table === undefined || origin.column === undefined) continue;
        const [table, from] = [this.#firstName(nameKey(origin.table)), nameKey(origin.column)];
        if (!conditions.has(from)) this.#add({ table, from, to: nameKey(to) });
      }
    }
  }

  #add(column: CopiedColumn): void {
    if (!this.#handled.has(`${column.table}.${column.from}`)) this.#copied.push(column);
  }

  #firstName(key: string): string {
    return this.#renamed.get(key) ?? key;
  }
}

/** None if the driver does not report them, or SQLite cannot compile the SELECT alone. */
function* originsOf(select: string): Op<readonly ColumnOrigin[]> {
  try {
    return (yield* columnsOf(select)) ?? [];
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return [];
  }
}

/** The names in the FROM clause and what follows it, by keys. */
function wordsIn({ fromTokens, rest }: Select): ReadonlySet<string> {
  const names = [...fromTokens, ...rest].filter(({ kind }) => kind === 'word' || kind === 'quoted');
  return new Set(names.map(({ text }) => nameKey(unquote(text))));
}

/** Undefined without such a column. One of the primary key has values as it is. */
function isNullable(table: SchemaObject | undefined, column: string): boolean | undefined {
  const found = columnIn(table, column);
  return found && !found.constraints.some(({ kind }) => kind === 'not-null' || kind === 'primary-key');
}

function columnIn(table: SchemaObject | undefined, column: string): ColumnText | undefined {
  return parseTable(table?.sql ?? '')?.columns.find(({ name }) => nameKey(name.name) === column);
}
