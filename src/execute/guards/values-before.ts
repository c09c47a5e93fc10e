import { query, queryNumber, script, unlessRefused, type Op } from '../../bridge/index.ts';
import { dunlinError, plural, type DunlinError } from '../../errors/index.ts';
import { readRecordedSchema } from '../../ledger/index.ts';
import type { Step } from '../../plan/index.ts';
import {
  countRows,
  findTable,
  hasRows,
  isAutoincrement,
  isVirtual,
  readColumns,
  readShadowTables,
  toInventory,
  type Column,
  type Inventory,
  type SchemaRow,
} from '../../schema/index.ts';
import { nameKey, quote, type NameKey } from '../../sql/index.ts';
import { handMadeLosses } from './hand-made.ts';
import { readSequences, setSequence, type SequenceRow } from './sequences.ts';

/** A table as it was before the run, and the copy of its values. */
interface TableBefore {
  readonly name: string;
  readonly copy: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly isVirtual: boolean;
  /** The virtual table that keeps its values in this one. */
  readonly owner?: string;
}

/**
 * The values of every table before a run that rolls back and applies again. A DOWN part drops what it names, and no guard
 * counts that as a loss; here the run as a whole may lose nothing. A value that is in another column or table afterwards,
 * because the migration gives it another name, is not lost; nor is a NULL. Must be read and compared in one transaction.
 */
export class ValuesBefore {
  readonly #tables: readonly TableBefore[];
  readonly #before: Inventory;
  /** Virtual tables whose values cannot be read anywhere. */
  readonly #unread: readonly string[];
  /** The schema as migrations left it. */
  readonly #recorded: Inventory;
  readonly #sequences: readonly SequenceRow[];
  /** The new tables that have the rows of one that is gone, by its key. */
  readonly #successors = new Map<NameKey, string>();

  private constructor(
    tables: readonly TableBefore[],
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

  /** `attempts`: the table with the recorded schema. */
  static *read(before: Inventory, attempts: string): Op<ValuesBefore> {
    const tables: TableBefore[] = [];
    const unread: string[] = [];
    for (const { name, sql } of before.tables.values()) {
      const copies = isVirtual(sql)
        ? yield* copyVirtual(name, tables.length)
        : [yield* copyOf(name, tables.length, { isVirtual: false })];
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
    for (const table of this.#tables) lines.push(...(yield* this.#linesOf(table, now)));
    for (const name of this.#unread) lines.push(`${name}: nothing can read the values of this virtual table here`);
    const compared = new Set(this.#tables.map(({ name }) => nameKey(name)));
    lines.push(...handMadeLosses(this.#recorded, this.#before, now, compared));
    lines.push(...(yield* this.#sequenceLosses(now, compared, notes)));
    for (const { copy } of this.#tables) yield* script(`DROP TABLE ${copy}`);
    if (lines.length === 0) return notes;
    const back = steps.filter(({ direction }) => direction === 'down').toReversed();
    // What is applied again has the name of its file.
    const last = back.map(({ version }) => steps.findLast((step) => step.version === version)!);
    const again = last.some(({ direction }) => direction === 'up');
    const facts = { database, ids: last.map(({ id }) => id), again, lines: [...new Set(lines)] };
    const error = dunlinError('REAPPLY_LOSES', facts);
    if (error.message === accepted?.message) return notes;
    throw error;
  }

  /** A table that is made anew gives no id a second time. */
  *#sequenceLosses(now: Inventory, compared: ReadonlySet<NameKey>, notes: string[]): Op<readonly string[]> {
    const after = new Map((yield* readSequences()).map(({ name, seq }) => [nameKey(name), Number(seq)]));
    const isNew = (key: NameKey): boolean => !this.#before.tables.has(key);
    const lines: string[] = [];
    for (const { name, seq } of this.#sequences) {
      const key = nameKey(name);
      const ids = `${name}: AUTOINCREMENT has given ids up to ${seq}`;
      const successor = this.#successors.get(key) ?? now.tables.get(key)?.name;
      if (successor === undefined) {
        // One with rows is reported. An empty one with another name takes its sequence along.
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

  *#linesOf(before: TableBefore, now: Inventory): Op<readonly string[]> {
    const { name, owner, rows } = before;
    if (!before.isVirtual) {
      const lines = yield* this.#lossesOf(before, now);
      if (owner === undefined || lines.length === 0) return lines;
      return [`${owner}: nothing can read the values of this virtual table, and what it stores is not as before`];
    }
    const { result } = yield* unlessRefused(this.#lossesOf(before, now));
    return result ?? [`${name}: ${plural(rows, 'row')} before, and nothing can read the virtual table now`];
  }

  *#lossesOf(before: TableBefore, now: Inventory): Op<readonly string[]> {
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
      present.has(nameKey(column.name)) ? [{ was: i, is: column.name }] : [],
    );
    const lines: string[] = [];
    const lost = yield* lostRows(before, name, shared);
    if (lost > 0) {
      for (const { was } of shared) {
        const values = yield* lostValues(before, was, present);
        if (values > 0) lines.push(gone(`${name}.${before.columns[was]!.name}`, values, 'value'));
      }
      if (lines.length === 0) lines.push(gone(name, lost, 'row'));
    }
    const added = columns.filter((column) => !known.has(nameKey(column.name)));
    const missing = before.columns.flatMap((column, i) => (present.has(nameKey(column.name)) ? [] : [i]));
    for (const [column, values] of yield* renamed(before, lost === 0 ? shared : [], missing, added))
      lines.push(`${name}.${column}: ${plural(values, 'value')}, and the column is gone`);
    return lines;
  }

  /** The new table with the rows of one that is gone, in columns of the same order. */
  *#successorOf(before: TableBefore, now: Inventory): Op<string | undefined> {
    const taken = new Set(this.#successors.values());
    for (const [key, { name, sql }] of now.tables) {
      if (this.#before.tables.has(key) || taken.has(name) || isVirtual(sql) !== before.isVirtual) continue;
      const pairs = (yield* storedColumns(name)).map((column, i) => ({ was: i, is: column.name }));
      if (pairs.length !== before.columns.length || (yield* lostRows(before, name, pairs)) > 0) continue;
      this.#successors.set(nameKey(before.name), name);
      return name;
    }
    return undefined;
  }
}

/** A column of the copy, by its position, and the column that may have its values now. */
interface Pair {
  readonly was: number;
  readonly is: string;
}

/** A generated column has no values of its own, nor has a hidden one of a virtual table. */
function* storedColumns(table: string): Op<readonly Column[]> {
  return (yield* readColumns(table)).filter(({ generated, hidden }) => generated === null && !hidden);
}

/** Copies the values of a table, if it has any. */
function* copyOf(name: string, number: number, kind: Pick<TableBefore, 'isVirtual' | 'owner'>): Op<TableBefore> {
  const columns = yield* storedColumns(name);
  const copy = `temp.dunlin_before_${number}`;
  const rows = yield* countRows(name);
  const list = columns.map((column, i) => `${formOf(column.name)} AS c${i}`).join(', ');
  if (rows > 0) yield* script(`CREATE TEMP TABLE dunlin_before_${number} AS SELECT ${list} FROM main.${quote(name)}`);
  return { ...kind, name, copy, columns, rows };
}

/**
 * Copies the values of a virtual table; of one that does not give them, as a full-text table without content, the tables in
 * which its module stores them. Empty if there are none.
 */
function* copyVirtual(name: string, number: number): Op<readonly TableBefore[]> {
  const { result } = yield* unlessRefused(copyOf(name, number, { isVirtual: true }));
  const shadows = yield* shadowsOf(name);
  if (result !== undefined) {
    const isEmpty = result.columns.map((_, i) => `min(c${i} = 'NULL')`).join(' OR ');
    const givesNone = result.rows > 0 && (yield* hasRows(`(SELECT ${isEmpty} AS none FROM ${result.copy}) WHERE none`));
    if (!givesNone || shadows.length === 0) return [result];
    yield* script(`DROP TABLE ${result.copy}`);
  }
  const copies: TableBefore[] = [];
  for (const shadow of shadows) {
    const copy = yield* copyOf(shadow, number + copies.length, { isVirtual: false, owner: name });
    if (copy.rows > 0) copies.push(copy);
  }
  return copies;
}

function* shadowsOf(name: string): Op<readonly string[]> {
  const rows = yield* query<SchemaRow>('SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY rowid');
  return [...(yield* readShadowTables(rows))].filter((shadow) => shadow.startsWith(`${nameKey(name)}_`));
}

/**
 * A text that differs for different values: quote() tells 1 from 1.0, but stops in a text at a NUL character. No affinity
 * touches it.
 */
function formOf(column: string): string {
  const name = quote(column);
  return `CASE typeof(${name}) WHEN 'text' THEN 'T' || hex(${name}) ELSE quote(${name}) END`;
}

/** The SQL of one text of several; a comma is in none of them. */
function joined(texts: readonly string[]): string {
  return ["''", ...texts].join(" || ',' || ");
}

function gone(what: string, lost: number, unit: 'value' | 'row'): string {
  return `${what}: ${plural(lost, unit)} of before ${lost === 1 ? 'is' : 'are'} gone`;
}

/**
 * Gives each column that is gone the added column with its values, row by row, each added one once. Returns the columns
 * for which there is none, with the number of values that the best has not.
 */
function* renamed(
  before: TableBefore,
  shared: readonly Pair[],
  missing: readonly number[],
  added: readonly Column[],
): Op<readonly (readonly [column: string, values: number])[]> {
  const pairs = [...shared];
  const lost: [string, number][] = [];
  for (const was of missing) {
    let least = yield* queryNumber(`SELECT count(*) FROM ${before.copy} WHERE c${was} <> 'NULL'`);
    let best: Pair | undefined;
    for (const { name: is } of added) {
      if (pairs.some((pair) => pair.is === is)) continue;
      const found = yield* lostRows(before, before.name, [...pairs, { was, is }]);
      if (found < least) [least, best] = [found, { was, is }];
    }
    if (least > 0) lost.push([before.columns[was]!.name, least]);
    else if (best !== undefined) pairs.push(best);
  }
  return lost;
}

/** How many values of a column are not, or less often, in it now: with the key of their row, if that is there. */
function* lostValues({ name, copy, columns }: TableBefore, was: number, present: ReadonlySet<string>): Op<number> {
  const key = columns.flatMap(({ keyPosition }, i) => (keyPosition > 0 ? [i] : []));
  const isKeyed = !key.includes(was) && key.every((i) => present.has(nameKey(columns[i]!.name)));
  const used = isKeyed ? [...key, was] : [was];
  const old = joined(used.map((i) => `c${i}`));
  const now = joined(used.map((i) => formOf(columns[i]!.name)));
  return yield* lacking(
    `SELECT ${old} AS v FROM ${copy} WHERE c${was} <> 'NULL'`,
    `SELECT ${now} AS v FROM main.${quote(name)}`,
  );
}

/** How many of the texts `v` of one query are not, or less often, among those of another. */
function* lacking(before: string, now: string): Op<number> {
  return yield* queryNumber(
    `SELECT total(max(0, b.n - ifnull(a.n, 0))) FROM (SELECT v, count(*) AS n FROM (${before}) GROUP BY 1) b LEFT JOIN (SELECT v, count(*) AS n FROM (${now}) GROUP BY 1) a ON a.v = b.v`,
  );
}

/**
 * How many rows of the copy are not in a table, in the columns of the pairs. Each row of the table is there for one. A NULL
 * may have become any value.
 */
function* lostRows({ copy }: TableBefore, table: string, pairs: readonly Pair[]): Op<number> {
  const from = `main.${quote(table)}`;
  const whole = `SELECT ${joined(pairs.map(({ was }) => `c${was}`))} AS v FROM ${copy}`;
  const lost = yield* lacking(whole, `SELECT ${joined(pairs.map(({ is }) => formOf(is)))} AS v FROM ${from}`);
  const isNull = pairs.map(({ was }) => `c${was} = 'NULL'`);
  if (lost === 0 || !(yield* hasRows(`${copy} WHERE ${isNull.join(' OR ')}`))) return lost;
  const was = pairs.map((pair, i) => `c${pair.was} AS v${i}`).join(', ');
  const nulls = isNull.map((one) => `(${one})`).join(' || ');
  yield* script(`CREATE TEMP TABLE dunlin_old AS SELECT ${was}, ${nulls} AS nulls FROM ${copy}`);
  const is = pairs.map((pair, i) => `${formOf(pair.is)} AS v${i}`).join(', ');
  yield* script(`CREATE TEMP TABLE dunlin_new AS SELECT ${is} FROM ${from}`);
  yield* match(
    pairs.map((_, i) => i),
    '',
  );
  // Those with few NULLs first: they fit fewer rows.
  const masks = yield* query<{ nulls: string }>(
    "SELECT DISTINCT nulls FROM temp.dunlin_old ORDER BY length(replace(nulls, '0', '')), nulls",
  );
  for (const { nulls: mask } of masks)
    yield* match(
      pairs.flatMap((_, i) => (mask[i] === '0' ? [i] : [])),
      `WHERE nulls = '${mask}'`,
    );
  const left = yield* queryNumber('SELECT count(*) FROM temp.dunlin_old');
  yield* script('DROP TABLE temp.dunlin_old; DROP TABLE temp.dunlin_new');
  return left;
}

/** Takes rows that are equal in some columns, each with one other, out of both tables of `lostRows`. */
function* match(columns: readonly number[], where: string): Op<void> {
  const v = joined(columns.map((i) => `v${i}`));
  const numbered = (table: string): string =>
    `(SELECT rowid AS r, ${v} AS v, row_number() OVER (PARTITION BY ${v}) AS n FROM temp.${table}`;
  yield* script(
    `CREATE TEMP TABLE dunlin_pairs AS SELECT o.r AS o, n.r AS n FROM ${numbered('dunlin_old')} ${where}) AS o JOIN ${numbered('dunlin_new')}) AS n ON n.v = o.v AND n.n = o.n`,
  );
  yield* script('DELETE FROM temp.dunlin_old WHERE rowid IN (SELECT o FROM temp.dunlin_pairs)');
  yield* script('DELETE FROM temp.dunlin_new WHERE rowid IN (SELECT n FROM temp.dunlin_pairs)');
  yield* script('DROP TABLE temp.dunlin_pairs');
}
