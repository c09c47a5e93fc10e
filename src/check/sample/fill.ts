import { query, script, type Op, type Value } from '../../bridge/index.ts';
import { countRows, hasRows, isVirtual, type Inventory } from '../../schema/index.ts';
import { inMain, nameKey, quote } from '../../sql/index.ts';
import { checksOf, type Check } from './checks.ts';
import { insertRow, violation } from './insert.ts';
import { inferredParent, promisedKey, slotsOf } from './slots.ts';
import { readSampleTable, type SampleTable } from './sample-table.ts';
import { TransactionEnded, withSavepoint } from './undoable.ts';
import { ownUses, type Uses } from './uses.ts';
import { fillVirtual } from './virtual.ts';

/** How many rows an empty table gets. */
const wanted = 3;

/** What made-up rows there are now. */
export interface Filled {
  /** How many rows were put into which table, by its name. */
  readonly rows: ReadonlyMap<string, number>;
  /** Why a table has none, by its name. */
  readonly empty: ReadonlyMap<string, string>;
}

/** What is to be filled. */
export interface FillRequest {
  readonly inventory: Inventory;
  /** Keys of the tables to look at; undefined for all. An empty one gets rows, any other is left alone. */
  readonly tables?: ReadonlySet<string>;
  /** Keys of tables that are to stay as they are. */
  readonly without?: ReadonlySet<string>;
  /** Keys of tables to which columns were added: where they are NULL in all rows, the first one gets values. */
  readonly widened?: ReadonlySet<string>;
  /** What the migrations say about values. */
  readonly uses?: Uses;
}

/**
 * Puts made-up rows, valid for the schema, into tables: parents first. The same schema always gets the same rows.
 * Foreign keys must be off; the references hold all the same. In a transaction of its own: a trigger that ends it takes
 * all rows along, so they are made up once more without the table that fired it.
 */
export function* fillTables(order: FillRequest): Op<Filled> {
  const refused = new Map<string, string>();
  for (;;) {
    const filling = new Filling(order, refused);
    yield* script('BEGIN');
    try {
      yield* filling.read();
      yield* filling.fillAll();
      yield* filling.tie();
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
  readonly #order: FillRequest;
  readonly #uses: Uses;
  readonly #facts: Map<string, SampleTable> = new Map();
  /** Tables still to be filled. */
  readonly #left: Set<string> = new Set();
  /** Keys that rows refer to before they exist, where tables refer to each other in a circle. */
  readonly #promised: Map<string, Map<string, Value>> = new Map();
  readonly #owing: Set<string> = new Set();
  readonly #triggered: ReadonlySet<string>;
  /** By name, tables into which no row goes. */
  readonly #refused: ReadonlyMap<string, string>;

  constructor(order: FillRequest, refused: ReadonlyMap<string, string>) {
    this.#order = order;
    this.#refused = refused;
    this.#uses = order.uses ?? new Map();
    this.#triggered = new Set(
      [...order.inventory.others.values()].filter(({ type }) => type === 'trigger').map(({ table }) => nameKey(table)),
    );
  }

  *read(): Op<void> {
    const { inventory, tables, widened, without } = this.#order;
    for (const [key, table] of inventory.tables) {
      if (without?.has(key) === true) continue;
      if ((tables !== undefined && !tables.has(key)) || this.#refused.has(table.name)) continue;
      if (isVirtual(table.sql)) {
        const reason = yield* fillVirtual(table);
        if (reason !== undefined) this.empty.set(table.name, reason);
      } else if (widened?.has(key) === true || !(yield* hasRows(inMain(table.name)))) {
        this.#facts.set(key, yield* readSampleTable(table.name));
        this.#left.add(key);
      }
    }
  }

  *fillAll(): Op<void> {
    for (const key of this.#inOrder()) yield* this.#fill(key);
    // A trigger may look into tables that no foreign key tells of.
    for (const name of this.empty.keys()) {
      const key = nameKey(name);
      if (this.#triggered.has(key) && this.#facts.has(key)) yield* this.#fill(key);
    }
  }

  /** Refers what stayed NULL, because its parent came later, to a row; takes back rows whose promise was not kept. */
  *tie(): Op<void> {
    for (const name of this.rows.keys()) {
      const facts = this.#facts.get(nameKey(name))!;
      for (const { parent, from, to } of facts.foreignKeys) {
        if (from.length !== 1 || to.length !== 1) continue;
        const [child, target] = [quote(from[0]!), quote(to[0]!)];
        const sql = `UPDATE OR IGNORE main.${quote(name)} SET ${child} = (SELECT ${target} FROM main.${quote(parent)} ORDER BY 1 LIMIT 1) WHERE ${child} IS NULL`;
        // What refers may be referred to itself.
        yield* attempt(name, sql, () => this.#anyViolation(name));
      }
    }
    for (const key of this.#owing) {
      const { name } = this.#facts.get(key)!;
      const reason = yield* violation(name);
      if (reason === undefined) continue;
      yield* attempt(name, `DELETE FROM main.${quote(name)}`, () => this.#anyViolation(name));
      this.rows.delete(name);
      this.empty.set(name, reason);
    }
  }

  /** In a table, or in one that refers to it. */
  *#anyViolation(table: string): Op<string | undefined> {
    for (const { name, foreignKeys } of this.#facts.values()) {
      if (name !== table && !foreignKeys.some(({ parent }) => nameKey(parent) === nameKey(table))) continue;
      const found = yield* violation(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Parents first. In a circle begins where a reference may stay NULL for now. */
  *#inOrder(): Generator<string> {
    const left = this.#left;
    const waits = (key: string, strictly: boolean): boolean =>
      this.#facts.get(key)!.foreignKeys.some(({ parent, from }) => {
        const to = nameKey(parent);
        if (to === key || !left.has(to)) return false;
        return !strictly || from.every((name) => this.#column(key, name)?.notNull === true);
      });
    const meant = (key: string): boolean =>
      this.#facts.get(key)!.columns.some((column) => {
        const tables = (inferredParent(column, this.#uses)?.tables ?? []).map(nameKey);
        return !tables.includes(key) && tables.some((table) => left.has(table));
      });
    while (left.size > 0) {
      const keys = [...left];
      const ready = keys.filter((key) => !waits(key, false));
      const next = ready.find((key) => !meant(key)) ?? ready[0] ?? keys.find((key) => !waits(key, true)) ?? keys[0]!;
      left.delete(next);
      yield next;
    }
  }

  #column(key: string, name: string): SampleTable['columns'][number] | undefined {
    return this.#facts.get(key)?.columns.find((column) => column.key === nameKey(name));
  }

  *#fill(key: string): Op<void> {
    const facts = this.#facts.get(key)!;
    const table = this.#order.inventory.tables.get(key)!;
    const checks = checksOf(table.sql);
    const uses = ownUses(table.sql, this.#uses);
    const target = {
      name: facts.name,
      checks,
      hasForeignKeys: facts.foreignKeys.length > 0,
      hasTriggers: this.#triggered.has(key),
    };
    const present = yield* countRows(facts.name);
    if (present > 0) return yield* this.#widen(facts, checks, uses);
    let made = 0;
    let reason: string | undefined;
    for (let row = 1; row <= wanted; row++) {
      const promise = (parent: string, column: string): Op<Value | undefined> => this.#promise(key, parent, column);
      const promised = row === 1 ? this.#promised.get(key) : undefined;
      const slots = yield* slotsOf({ facts, checks, uses, row, promised, promise });
      reason = typeof slots === 'string' ? slots : yield* insertRow(target, slots, this.#owing.has(key));
      // A table that can have one row only is filled with it.
      if (reason !== undefined) break;
      made += 1;
    }
    if (made > 0) this.rows.set(facts.name, made);
    if (made === 0) this.empty.set(facts.name, reason ?? 'it takes no row');
    else this.empty.delete(facts.name);
  }

  /** Another row would not go with those of other tables that are meant to belong to it, as these do. */
  *#widen(facts: SampleTable, checks: readonly Check[], uses: Uses): Op<void> {
    const slots = yield* slotsOf({ facts, checks, uses, row: 1, promised: undefined, promise: nothing });
    const rowKey = facts.rowKey.map(quote).join(', ');
    if (typeof slots === 'string' || rowKey === '') return;
    for (const { columns, choices } of slots) {
      const [value] = choices[0] ?? [];
      const [column] = columns;
      if (columns.length > 1 || column === undefined || column.notNull || value == null) continue;
      const [table, name] = [`main.${quote(facts.name)}`, quote(column.name)];
      if ((yield* query(`SELECT 1 FROM ${table} WHERE ${name} IS NOT NULL LIMIT 1`)).length > 0) continue;
      const sql = `UPDATE OR ABORT ${table} SET ${name} = ? WHERE (${rowKey}) = (SELECT ${rowKey} FROM ${table} ORDER BY ${rowKey} LIMIT 1)`;
      yield* attempt(facts.name, sql, () => this.#anyViolation(facts.name), [value]);
    }
  }

  *#promise(child: string, parent: string, column: string): Op<Value | undefined> {
    const key = nameKey(parent);
    if (!this.#left.has(key)) return undefined;
    const value = yield* promisedKey(this.#facts.get(key)!, column, this.#uses);
    if (value === undefined) return undefined;
    this.#promised.set(key, (this.#promised.get(key) ?? new Map()).set(nameKey(column), value));
    this.#owing.add(child);
    return value;
  }
}

// oxlint-disable-next-line require-yield -- there is nothing to ask
function* nothing(): Op<undefined> {
  return undefined;
}

/** A statement that may fail, a CHECK or a trigger may want it as it is; and one that leaves something wrong is undone. */
function* attempt(
  table: string,
  sql: string,
  wrong: () => Op<string | undefined>,
  values: readonly Value[] = [],
): Op<void> {
  yield* withSavepoint(table, function* () {
    yield* query(sql, values);
    return yield* wrong();
  });
}
