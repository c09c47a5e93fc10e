import { query, script, isSqlError, type Op, type Value } from '../../bridge/index.ts';
import { countRows, hasRows, isVirtual, type Inventory, type SchemaObject } from '../../schema/index.ts';
import { inMain, nameKey, quote, tokenize, type NameKey } from '../../sql/index.ts';
import { checksOf, type Check } from './checks.ts';
import { insertRow, insertStatement, violation } from './insert.ts';
import { readSampleTable, type SampleTable } from './sample-table.ts';
import { TransactionEnded, withSavepoint } from './savepoint.ts';
import { inferredParent, firstKey, slotsOf } from './slots.ts';
import { hintsForTable, type ValueHints } from './value-hints.ts';

const rowsPerTable = 3;

export interface Filled {
  /** The number of rows added, by table name. */
  readonly rows: ReadonlyMap<string, number>;
  /** Why a table has no rows, by table name. */
  readonly empty: ReadonlyMap<string, string>;
}

export interface FillRequest {
  readonly inventory: Inventory;
  /** Keys of the tables to fill if they are empty; undefined for all. */
  readonly tables?: ReadonlySet<NameKey>;
  /** Keys of tables to skip. */
  readonly without?: ReadonlySet<NameKey>;
  /** Keys of tables with new columns: if they are NULL in all rows, the first row gets values. */
  readonly withNewColumns?: ReadonlySet<NameKey>;
  /** What the migrations say about values. */
  readonly hints?: ValueHints;
}

/**
 * Adds sample rows that are valid for the schema, parents first. The same schema always gets the same rows. Foreign keys
 * must be off; the rows satisfy them anyway. Runs in its own transaction. If a trigger rolls that back, starts again
 * without the trigger's table.
 */
export function* fillTables(request: FillRequest): Op<Filled> {
  const refused = new Map<string, string>();
  for (;;) {
    const filling = new Filling(request, refused);
    yield* script('BEGIN');
    try {
      yield* filling.read();
      yield* filling.fillAll();
      yield* filling.linkDeferredKeys();
    } catch (error) {
      if (!(error instanceof TransactionEnded) || refused.has(error.table)) throw error;
      refused.set(error.table, error.message);
      continue;
    }
    yield* script('COMMIT');
    return { rows: filling.rows, empty: new Map([...filling.empty, ...refused]) };
  }
}

class Filling {
  readonly rows: Map<string, number> = new Map();
  readonly empty: Map<string, string> = new Map();
  readonly #request: FillRequest;
  readonly #hints: ValueHints;
  readonly #tables: Map<NameKey, SampleTable> = new Map();
  /** Tables still to be filled. */
  readonly #left: Set<NameKey> = new Set();
  /** Keys that rows refer to before they exist, where references form a cycle. */
  readonly #reserved: Map<NameKey, Map<NameKey, Value>> = new Map();
  readonly #deferred: Set<NameKey> = new Set();
  readonly #triggered: ReadonlySet<NameKey>;
  /** Tables that accept no rows, by name, and why. */
  readonly #refused: ReadonlyMap<string, string>;

  constructor(request: FillRequest, refused: ReadonlyMap<string, string>) {
    this.#request = request;
    this.#refused = refused;
    this.#hints = request.hints ?? new Map();
    this.#triggered = new Set(
      [...request.inventory.others.values()]
        .filter(({ type }) => type === 'trigger')
        .map(({ table }) => nameKey(table)),
    );
  }

  *read(): Op<void> {
    const { inventory, tables, withNewColumns, without } = this.#request;
    for (const [key, table] of inventory.tables) {
      if (without?.has(key) === true) continue;
      if ((tables !== undefined && !tables.has(key)) || this.#refused.has(table.name)) continue;
      if (isVirtual(table.sql)) {
        const reason = yield* fillVirtual(table);
        if (reason !== undefined) this.empty.set(table.name, reason);
      } else if (withNewColumns?.has(key) === true || !(yield* hasRows(inMain(table.name)))) {
        this.#tables.set(key, yield* readSampleTable(table.name));
        this.#left.add(key);
      }
    }
  }

  *fillAll(): Op<void> {
    for (const key of this.#inOrder()) yield* this.#fill(key);
    // A trigger may read tables that no foreign key names, so try again.
    for (const name of this.empty.keys()) {
      const key = nameKey(name);
      if (this.#triggered.has(key) && this.#tables.has(key)) yield* this.#fill(key);
    }
  }

  /** Fills references that stayed NULL because the parent came later. Deletes rows whose reserved key never came. */
  *linkDeferredKeys(): Op<void> {
    for (const name of this.rows.keys()) {
      const table = this.#tables.get(nameKey(name))!;
      for (const { parent, from, to } of table.foreignKeys) {
        if (from.length !== 1 || to.length !== 1) continue;
        const [child, target] = [quote(from[0]!), quote(to[0]!)];
        const sql = `UPDATE OR IGNORE main.${quote(name)} SET ${child} = (SELECT ${target} FROM main.${quote(parent)} ORDER BY 1 LIMIT 1) WHERE ${child} IS NULL`;
        // A reference may itself be the target of another.
        yield* this.#try(name, sql);
      }
    }
    for (const key of this.#deferred) {
      const { name } = this.#tables.get(key)!;
      const reason = yield* violation(name);
      if (reason === undefined) continue;
      yield* this.#try(name, `DELETE FROM main.${quote(name)}`);
      this.rows.delete(name);
      this.empty.set(name, reason);
    }
  }

  /** Runs a statement that a CHECK or a trigger may refuse; undone if it leaves a violation. */
  *#try(table: string, sql: string, values: readonly Value[] = []): Op<void> {
    const wrong = (): Op<string | undefined> => this.#anyViolation(table);
    yield* withSavepoint(table, function* () {
      yield* query(sql, values);
      return yield* wrong();
    });
  }

  /** A violation in a table or in one that refers to it. */
  *#anyViolation(table: string): Op<string | undefined> {
    for (const { name, foreignKeys } of this.#tables.values()) {
      if (name !== table && !foreignKeys.some(({ parent }) => nameKey(parent) === nameKey(table))) continue;
      const found = yield* violation(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Parents first. A cycle starts at a reference that may stay NULL for now. */
  *#inOrder(): Generator<NameKey> {
    const left = this.#left;
    const waits = (key: NameKey, strictly: boolean): boolean =>
      this.#tables.get(key)!.foreignKeys.some(({ parent, from }) => {
        const to = nameKey(parent);
        if (to === key || !left.has(to)) return false;
        return !strictly || from.every((name) => this.#column(key, name)?.notNull === true);
      });
    const isInferredChild = (key: NameKey): boolean =>
      this.#tables.get(key)!.columns.some((column) => {
        const tables = (inferredParent(column, this.#hints)?.tables ?? []).map(nameKey);
        return !tables.includes(key) && tables.some((table) => left.has(table));
      });
    while (left.size > 0) {
      const keys = [...left];
      const ready = keys.filter((key) => !waits(key, false));
      const next =
        ready.find((key) => !isInferredChild(key)) ?? ready[0] ?? keys.find((key) => !waits(key, true)) ?? keys[0]!;
      left.delete(next);
      yield next;
    }
  }

  #column(key: NameKey, name: string): SampleTable['columns'][number] | undefined {
    return this.#tables.get(key)?.columns.find((column) => column.key === nameKey(name));
  }

  *#fill(key: NameKey): Op<void> {
    const table = this.#tables.get(key)!;
    const { sql } = this.#request.inventory.tables.get(key)!;
    const checks = checksOf(sql);
    const hints = hintsForTable(sql, this.#hints);
    const target = {
      name: table.name,
      checks,
      hasForeignKeys: table.foreignKeys.length > 0,
      hasTriggers: this.#triggered.has(key),
    };
    if ((yield* countRows(table.name)) > 0) return yield* this.#fillNewColumns(table, checks, hints);
    let inserted = 0;
    let reason: string | undefined;
    for (let row = 1; row <= rowsPerTable; row++) {
      const reserve = (parent: string, column: string): Op<Value | undefined> => this.#reserve(key, parent, column);
      const reserved = row === 1 ? this.#reserved.get(key) : undefined;
      const slots = yield* slotsOf({ table, checks, hints, row, reserved, reserve });
      reason = typeof slots === 'string' ? slots : yield* insertRow(target, slots, this.#deferred.has(key));
      // Some tables accept only one row.
      if (reason !== undefined) break;
      inserted += 1;
    }
    if (inserted > 0) this.rows.set(table.name, inserted);
    if (inserted === 0) this.empty.set(table.name, reason ?? 'it takes no row');
    else this.empty.delete(table.name);
  }

  /** Fills new columns of a present row: a new row would lack the rows in other tables that belong to it. */
  *#fillNewColumns(table: SampleTable, checks: readonly Check[], hints: ValueHints): Op<void> {
    const slots = yield* slotsOf({ table, checks, hints, row: 1, reserved: undefined, reserve: nothing });
    const rowKey = table.rowKey.map(quote).join(', ');
    if (typeof slots === 'string' || rowKey === '') return;
    for (const { columns, choices } of slots) {
      const [value] = choices[0] ?? [];
      const [column] = columns;
      if (columns.length > 1 || column === undefined || column.notNull || value == null) continue;
      const [from, name] = [inMain(table.name), quote(column.name)];
      if (yield* hasRows(`${from} WHERE ${name} IS NOT NULL`)) continue;
      const sql = `UPDATE OR ABORT ${from} SET ${name} = ? WHERE (${rowKey}) = (SELECT ${rowKey} FROM ${from} ORDER BY ${rowKey} LIMIT 1)`;
      yield* this.#try(table.name, sql, [value]);
    }
  }

  *#reserve(child: NameKey, parent: string, column: string): Op<Value | undefined> {
    const key = nameKey(parent);
    if (!this.#left.has(key)) return undefined;
    const value = yield* firstKey(this.#tables.get(key)!, column, this.#hints);
    if (value === undefined) return undefined;
    this.#reserved.set(key, (this.#reserved.get(key) ?? new Map()).set(nameKey(column), value));
    this.#deferred.add(child);
    return value;
  }
}

// oxlint-disable-next-line require-yield -- it has nothing to query
function* nothing(): Op<undefined> {
  return undefined;
}

/**
 * Adds a row to an empty full-text or R-tree table. Triggers of other tables fill full-text tables with external content.
 * Returns the reason if another table stays empty.
 */
function* fillVirtual({ name, sql = '' }: SchemaObject): Op<string | undefined> {
  const module = /\busing\s+(\w+)/i.exec(sql)?.[1]?.toLowerCase() ?? '';
  const text = /^fts[345]$/.test(module);
  if (text && hasContentElsewhere(sql)) return undefined;
  if (!text && !/^rtree(?:_i32)?$/.test(module)) return `nothing is known of the module ${module}`;
  try {
    if (yield* hasRows(inMain(name))) return undefined;
    const { columns } = yield* readSampleTable(name);
    // An R-tree has pairs of a least and a greatest value, which may be equal.
    const values = columns.map((column): Value => (text ? `sample ${column.name}` : 1));
    yield* query(insertStatement(name, columns), values);
    return undefined;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return error.message;
  }
}

/** `content=''` and `content='notes'`. */
function hasContentElsewhere(sql: string): boolean {
  const tokens = tokenize(sql);
  return tokens.some((token, i) => /^content$/i.test(token.text) && tokens[i + 1]?.text === '=');
}
