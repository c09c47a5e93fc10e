import { databaseError, isSqlError, queryOne, script, type Op } from '../bridge/index.ts';
import { plural } from '../errors/index.ts';
import { TriggerClosure, type DeclaredLosses } from '../execute/index.ts';
import { countRows, isVirtual, readColumns, type Inventory } from '../schema/index.ts';
import {
  classify,
  nameKey,
  quote,
  setColumns,
  splitStatements,
  tablesRead,
  valueForm,
  type ParsedStatement,
  type SqlStatement,
  type NameKey,
} from '../sql/index.ts';

/** The attached database with the rows from before. Its tables have names that no migration uses. */
export const keptSchema = 'dunlin_before';

/** A table as it was before the round trip. */
interface Kept {
  readonly name: string;
  readonly copy: string;
  readonly columns: readonly string[];
  rows: number;
  /** How many rows it had after the first phase. */
  after: number | undefined;
}

/**
 * Compares the rows before and after a round trip. Copies a table before the first statement that touches it. Leaves out
 * the changes that the first phase announces: what an UPDATE sets, a DELETE or DROP removes or a declaration names, and
 * what its triggers did. The second phase has to undo the first, so its own DELETE excuses nothing; nor is a table lost that
 * was renamed, or copied before it was dropped.
 */
export class KeptRows {
  readonly #before: Inventory;
  readonly #closure: TriggerClosure;
  readonly #kept: Map<NameKey, Kept> = new Map();
  readonly #leaveOut: (table: string) => boolean;
  /** Keys of tables whose rows a rollback cannot restore. */
  readonly #lost: Set<NameKey> = new Set();
  /** Keys of tables whose row count alone is compared. */
  readonly #rewritten: Set<NameKey> = new Set();
  /** Keys of tables that fired triggers in the first phase. */
  readonly #firing: Set<NameKey> = new Set();
  /** Keys of tables that those triggers may have changed. */
  readonly #triggered: Set<NameKey> = new Set();
  /** Columns whose values a rollback need not restore, as `table.column` by keys. */
  readonly #excused: Set<string> = new Set();
  /** By the key of a table, the keys of those that its rows were copied to. A renamed table is one of them. */
  readonly #copied: Map<NameKey, Set<NameKey>> = new Map();
  /** By `table.column`, the new key of a renamed column. */
  readonly #renamed: Map<string, NameKey> = new Map();
  #isFirstPhase = true;

  constructor(before: Inventory, leaveOut: (table: string) => boolean) {
    this.#before = before;
    this.#leaveOut = leaveOut;
    this.#closure = new TriggerClosure([...before.others.values()].filter(({ type }) => type === 'trigger'));
  }

  get touched(): readonly string[] {
    return [...this.#kept.values()].map(({ name }) => name);
  }

  /** Call before each statement. */
  *beforeStatement(sql: string): Op<void> {
    if (!/\b(?:insert|replace|update|delete|drop|alter|create)\b/i.test(sql)) return;
    for (const statement of splitStatements(sql)) yield* this.#keepTouched(statement);
  }

  *#keepTouched(statement: SqlStatement): Op<void> {
    const parsed = classify(statement);
    switch (parsed.verb) {
      case 'insert':
      case 'update':
      case 'delete': {
        const key = nameKey(parsed.name.name);
        yield* this.#keep(key);
        if (this.#isFirstPhase) this.#noteChange(parsed, statement);
        if (!this.#closure.fires(key)) break;
        for (const reached of this.#closure.reachableFrom(key)) {
          yield* this.#keep(reached);
          if (this.#isFirstPhase) this.#triggered.add(reached);
        }
        if (this.#isFirstPhase) this.#firing.add(key);
        break;
      }
      case 'drop':
        if (parsed.object === 'table') yield* this.#keep(nameKey(parsed.name.name));
        break;
      case 'alter': {
        const key = nameKey(parsed.name.name);
        yield* this.#keep(key);
        if (parsed.change.kind === 'rename-table') this.#closure.rename(parsed.name.name, parsed.change.to);
        if (!this.#isFirstPhase) break;
        if (parsed.change.kind === 'rename-table') this.#noteCopy(key, nameKey(parsed.change.to));
        if (parsed.change.kind === 'rename-column')
          this.#renamed.set(`${key}.${nameKey(parsed.change.from)}`, nameKey(parsed.change.to));
        break;
      }
      case 'create':
        if (parsed.object === 'trigger') this.#closure.add(parsed.table, statement, parsed.deletes);
        else if (parsed.object === 'table' && this.#isFirstPhase)
          for (const read of tablesRead(statement)) this.#noteCopy(read, nameKey(parsed.name.name));
        break;
      default:
    }
  }

  #noteChange(
    parsed: Extract<ParsedStatement, { verb: 'insert' | 'update' | 'delete' }>,
    statement: SqlStatement,
  ): void {
    const key = nameKey(parsed.name.name);
    if (parsed.verb === 'delete' || parsed.conflict === 'replace') this.#lost.add(key);
    for (const column of setColumns(statement)) this.#excused.add(`${key}.${column}`);
    if (parsed.verb === 'insert') for (const read of tablesRead(statement)) this.#noteCopy(read, key);
  }

  #noteCopy(from: NameKey, to: NameKey): void {
    this.#copied.set(from, (this.#copied.get(from) ?? new Set()).add(to));
  }

  /** Whether a table that is gone was moved: as many rows as it had are in a table that it was copied to. */
  *#isMoved(key: NameKey, rows: number, now: Inventory, seen: Set<NameKey> = new Set([key])): Op<boolean> {
    for (const to of this.#copied.get(key) ?? []) {
      if (seen.has(to)) continue;
      seen.add(to);
      const table = now.tables.get(to);
      if (table !== undefined && !isVirtual(table.sql) && (yield* countRows(table.name)) >= rows) return true;
      if (yield* this.#isMoved(to, rows, now, seen)) return true;
    }
    return false;
  }

  *#keep(key: NameKey): Op<void> {
    const table = this.#before.tables.get(key);
    if (table === undefined || this.#kept.has(key) || isVirtual(table.sql) || this.#leaveOut(table.name)) return;
    const columns = (yield* readColumns(table.name)).map(({ name }) => name);
    const copy = `${keptSchema}.dunlin_before_${this.#kept.size}`;
    const list = columns.map((name, i) => `${valueForm(quote(name))} AS c${i}`).join(', ');
    const kept = { name: table.name, copy, columns, rows: 0, after: undefined };
    this.#kept.set(key, kept);
    yield* this.#ifReadable(key, function* () {
      yield* script(`CREATE TABLE ${copy} AS SELECT ${list} FROM main.${quote(table.name)}`);
      kept.rows = yield* countRows(table.name);
      return undefined;
    });
  }

  /** Leaves out a table whose rows SQLite cannot read, because a generated column fails. */
  *#ifReadable<T>(key: NameKey, comparison: () => Op<T>): Op<T | undefined> {
    try {
      return yield* comparison();
    } catch (error) {
      if (!isSqlError(error) || databaseError(error, '') !== undefined) throw error;
      this.#lost.add(key);
      return undefined;
    }
  }

  /** Call after the first phase. It succeeded, so everything that is gone was announced. */
  *afterFirstPhase(now: Inventory, declared: DeclaredLosses): Op<void> {
    for (const [key, kept] of this.#kept) {
      if (declared.includesTable(kept.name)) this.#lost.add(key);
      for (const column of kept.columns)
        if (declared.includesColumn(kept.name, column)) this.#excused.add(`${key}.${nameKey(column)}`);
      if (!now.tables.has(key)) {
        if (!(yield* this.#isMoved(key, kept.rows, now))) this.#lost.add(key);
        continue;
      }
      kept.after = yield* countRows(kept.name);
      if (kept.after < kept.rows) this.#lost.add(key);
      if (this.#triggered.has(key)) yield* this.#excuseTriggers(key, kept);
      const present = yield* readColumnKeys(kept.name);
      for (const column of kept.columns.map(nameKey)) {
        const renamed = this.#renamed.get(`${key}.${column}`);
        if (!present.has(column) && (renamed === undefined || !present.has(renamed)))
          this.#excused.add(`${key}.${column}`);
      }
    }
    this.#isFirstPhase = false;
  }

  /** What triggers changed in the first phase is measured: a rollback need not restore that. */
  *#excuseTriggers(key: NameKey, kept: Kept): Op<void> {
    if (kept.after !== kept.rows) (this.#firing.has(key) ? this.#rewritten : this.#lost).add(key);
    else
      yield* this.#ifReadable(
        key,
        function* (this: KeptRows) {
          const present = yield* readColumnKeys(kept.name);
          for (const [i, name] of kept.columns.entries())
            if (present.has(nameKey(name)) && (yield* valuesDiffer(kept, [{ name, i }])))
              this.#excused.add(`${key}.${nameKey(name)}`);
        }.bind(this),
      );
  }

  /** Call after the second phase. Returns the differences from before, one per line. */
  *compareAfterBack(now: Inventory, declared: DeclaredLosses): Op<readonly string[]> {
    const lines: string[] = [];
    for (const [key, kept] of this.#kept) {
      if (this.#lost.has(key) || !now.tables.has(key) || declared.includesTable(kept.name)) continue;
      const rows = yield* countRows(kept.name);
      if (rows !== kept.rows) {
        lines.push(`table ${kept.name}: ${plural(kept.rows, 'row')} before, ${rows} after up and down`);
        this.#lost.add(key);
      } else if (!this.#rewritten.has(key))
        lines.push(...((yield* this.#ifReadable(key, () => this.#compareValues(key, kept, declared))) ?? []));
    }
    return lines;
  }

  /** Call after the third phase. Returns the tables whose row count differs from that after the first. */
  *compareAfterAgain(now: Inventory): Op<readonly string[]> {
    const lines: string[] = [];
    for (const [key, { name, after }] of this.#kept) {
      if (this.#lost.has(key) || after === undefined || !now.tables.has(key)) continue;
      const rows = yield* countRows(name);
      if (rows !== after)
        lines.push(`table ${name}: ${plural(after, 'row')} after the first up, ${rows} after the second`);
    }
    return lines;
  }

  *dropCopies(): Op<void> {
    for (const { copy } of this.#kept.values()) yield* script(`DROP TABLE IF EXISTS ${copy}`);
  }

  /** Compares whole rows first, and single columns only if they differ. */
  *#compareValues(key: NameKey, kept: Kept, declared: DeclaredLosses): Op<readonly string[]> {
    const present = yield* readColumnKeys(kept.name);
    const columns = kept.columns
      .map((name, i) => ({ name, i }))
      .filter(
        ({ name }) =>
          present.has(nameKey(name)) &&
          !this.#excused.has(`${key}.${nameKey(name)}`) &&
          !declared.includesColumn(kept.name, name),
      );
    if (columns.length === 0 || !(yield* valuesDiffer(kept, columns))) return [];
    const lines: string[] = [];
    for (const column of columns)
      if (yield* valuesDiffer(kept, [column])) lines.push(`${kept.name}.${column.name}: values differ`);
    return lines.length > 0 ? lines : [`table ${kept.name}: values are in other rows than before`];
  }
}

function* readColumnKeys(table: string): Op<ReadonlySet<NameKey>> {
  return new Set((yield* readColumns(table)).map(({ name }) => nameKey(name)));
}

/** Whether the columns have other values than before, or some values more or less often. */
function* valuesDiffer({ name, copy }: Kept, columns: readonly { name: string; i: number }[]): Op<boolean> {
  const places = columns.map((_, i) => i + 1).join(', ');
  const now = columns.map(({ name: column }) => valueForm(quote(column))).join(', ');
  const before = columns.map(({ i }) => `c${i}`).join(', ');
  const row = yield* queryOne(
    `SELECT ${now}, count(*) FROM main.${quote(name)} GROUP BY ${places} EXCEPT SELECT ${before}, count(*) FROM ${copy} GROUP BY ${places} LIMIT 1`,
  );
  return row !== undefined;
}
