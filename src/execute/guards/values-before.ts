import { script, unlessRefused, type Op } from '../../bridge/index.ts';
import { dunlinError, plural, type DunlinError } from '../../errors/index.ts';
import { readRecordedSchema } from '../../ledger/index.ts';
import type { Step } from '../../plan/index.ts';
import { countRows, findTable, isAutoincrement, isVirtual, toInventory, type Inventory } from '../../schema/index.ts';
import { nameKey, type NameKey } from '../../sql/index.ts';
import { handMadeLosses } from './hand-made.ts';
import { countLostRows, countLostValues, findLostColumns } from './lost-rows.ts';
import { readSequences, setSequence, type SequenceRow } from './sequences.ts';
import { copyTable, copyVirtualTable, storedColumns, type TableCopy } from './table-copy.ts';

/**
 * The values of every table before a run that rolls back and applies again. A DOWN part drops what it names, and no guard
 * counts that as a loss; here the run as a whole may lose nothing. A value that is in another column or table afterwards,
 * because the migration gives it another name, is not lost; nor is a NULL. Must be read and compared in one transaction.
 */
export class ValuesBefore {
  readonly #tables: readonly TableCopy[];
  readonly #before: Inventory;
  /** Virtual tables whose values cannot be read anywhere. */
  readonly #unread: readonly string[];
  /** The schema as migrations left it. */
  readonly #recorded: Inventory;
  readonly #sequences: readonly SequenceRow[];
  /** The new tables that have the rows of one that is gone, by its key. */
  readonly #successors = new Map<NameKey, string>();

  private constructor(
    tables: readonly TableCopy[],
    before: Inventory,
    unread: readonly string[],
    recorded: Inventory,
    sequences: readonly SequenceRow[],
  ) {
    this.#tables = tables;
    this.#before = before;
    this.#unread = unread;
    this.#recorded = recorded;
    this.#sequences = sequences;
  }

  /** `attempts` is the name of the attempt log, which has the recorded schema. */
  static *read(before: Inventory, attempts: string): Op<ValuesBefore> {
    const tables: TableCopy[] = [];
    const unread: string[] = [];
    for (const { name, sql } of before.tables.values()) {
      const copies = isVirtual(sql)
        ? yield* copyVirtualTable(name, tables.length)
        : [yield* copyTable(name, tables.length, { isVirtual: false })];
      if (copies.length === 0) unread.push(name);
      tables.push(...copies.filter(({ rows }) => rows > 0));
    }
    const recorded = (yield* readRecordedSchema(attempts))?.schema ?? toInventory([]);
    return new ValuesBefore(tables, before, unread, recorded, yield* readSequences());
  }

  /**
   * Compares, sets AUTOINCREMENT sequences back, of which it returns notes, and deletes the copies. Errors: `REAPPLY_LOSES`,
   * unless `accepted` is the same one.
   */
  *refuseLosses(
    database: string,
    steps: readonly Step[],
    now: Inventory,
    accepted: DunlinError | undefined,
  ): Op<readonly string[]> {
    const notes: string[] = [];
    const lines: string[] = [];
    for (const table of this.#tables) lines.push(...(yield* this.#lossesOf(table, now)));
    for (const name of this.#unread) lines.push(`${name}: nothing can read the values of this virtual table here`);
    const compared = new Set(this.#tables.map(({ name }) => nameKey(name)));
    lines.push(...handMadeLosses(this.#recorded, this.#before, now, compared));
    lines.push(...(yield* this.#sequenceLosses(now, compared, notes)));
    for (const { copy } of this.#tables) yield* script(`DROP TABLE ${copy}`);
    if (lines.length === 0) return notes;
    const rolledBack = steps.filter(({ direction }) => direction === 'down').toReversed();
    // A migration that is applied again is named by its present file.
    const last = rolledBack.map(({ version }) => steps.findLast((step) => step.version === version)!);
    const again = last.some(({ direction }) => direction === 'up');
    const params = { database, ids: last.map(({ id }) => id), again, lines: [...new Set(lines)] };
    const error = dunlinError('REAPPLY_LOSES', params);
    if (error.message === accepted?.message) return notes;
    throw error;
  }

  /** Sets sequences back, so that a table that is made anew gives no id a second time. Returns those that are lost. */
  *#sequenceLosses(now: Inventory, compared: ReadonlySet<NameKey>, notes: string[]): Op<readonly string[]> {
    const after = new Map((yield* readSequences()).map(({ name, seq }) => [nameKey(name), Number(seq)]));
    const isNew = (key: NameKey): boolean => !this.#before.tables.has(key);
    const lines: string[] = [];
    for (const { name, seq } of this.#sequences) {
      const key = nameKey(name);
      const ids = `${name}: AUTOINCREMENT has given ids up to ${seq}`;
      const successor = this.#successors.get(key) ?? now.tables.get(key)?.name;
      if (successor === undefined) {
        // A table with rows is reported already. An empty one that got a new name keeps its sequence under that name.
        const isRenamed = [...after].some(([other, given]) => isNew(other) && given >= Number(seq));
        if (!compared.has(key) && !isRenamed) lines.push(`${ids}, and the table is gone`);
        continue;
      }
      const given = after.get(nameKey(successor));
      if ((given ?? 0) >= Number(seq)) continue;
      if (isAutoincrement(now.tables.get(nameKey(successor))?.sql)) {
        yield* setSequence(successor, seq!, given !== undefined);
        notes.push(`the AUTOINCREMENT sequence of ${successor} was set back to ${seq}, as before`);
      } else lines.push(`${ids}, and ${successor} is without it now`);
    }
    return lines;
  }

  *#lossesOf(before: TableCopy, now: Inventory): Op<readonly string[]> {
    const { name, owner, rows } = before;
    if (!before.isVirtual) {
      const lines = yield* this.#compare(before, now);
      if (owner === undefined || lines.length === 0) return lines;
      return [`${owner}: nothing can read the values of this virtual table, and what it stores is not as before`];
    }
    const { result } = yield* unlessRefused(this.#compare(before, now));
    return result ?? [`${name}: ${plural(rows, 'row')} before, and nothing can read the virtual table now`];
  }

  *#compare(before: TableCopy, now: Inventory): Op<readonly string[]> {
    const { name, rows } = before;
    if ((yield* findTable(name)) === undefined) {
      if ((yield* this.#successorOf(before, now)) !== undefined) return [];
      return [`${name}: ${plural(rows, 'row')} before, and the table is gone`];
    }
    const after = yield* countRows(name);
    if (after < rows) return [`${name}: ${plural(rows, 'row')} before, ${after} after`];
    const columns = yield* storedColumns(name);
    const present = new Set(columns.map((column) => nameKey(column.name)));
    const known = new Set(before.columns.map((column) => nameKey(column.name)));
    const shared = before.columns.flatMap((column, i) =>
      present.has(nameKey(column.name)) ? [{ position: i, column: column.name }] : [],
    );
    const lines: string[] = [];
    const lost = yield* countLostRows(before, name, shared);
    if (lost > 0) {
      for (const { position } of shared) {
        const values = yield* countLostValues(before, position, present);
        if (values > 0) lines.push(lossText(`${name}.${before.columns[position]!.name}`, values, 'value'));
      }
      if (lines.length === 0) lines.push(lossText(name, lost, 'row'));
    }
    const added = columns.filter((column) => !known.has(nameKey(column.name)));
    const missing = before.columns.flatMap((column, i) => (present.has(nameKey(column.name)) ? [] : [i]));
    for (const [column, values] of yield* findLostColumns(before, lost === 0 ? shared : [], missing, added))
      lines.push(`${name}.${column}: ${plural(values, 'value')}, and the column is gone`);
    return lines;
  }

  /** The new table with the rows of one that is gone, in columns of the same order. */
  *#successorOf(before: TableCopy, now: Inventory): Op<string | undefined> {
    const taken = new Set(this.#successors.values());
    for (const [key, { name, sql }] of now.tables) {
      if (this.#before.tables.has(key) || taken.has(name) || isVirtual(sql) !== before.isVirtual) continue;
      const pairs = (yield* storedColumns(name)).map((column, i) => ({ position: i, column: column.name }));
      if (pairs.length !== before.columns.length || (yield* countLostRows(before, name, pairs)) > 0) continue;
      this.#successors.set(nameKey(before.name), name);
      return name;
    }
    return undefined;
  }
}

function lossText(what: string, lost: number, unit: 'value' | 'row'): string {
  return `${what}: ${plural(lost, unit)} of before ${lost === 1 ? 'is' : 'are'} gone`;
}
