import { queryOne, script, type Op } from '../../bridge/index.ts';
import { dunlinError, plural } from '../../errors/index.ts';
import type { Step } from '../../plan/index.ts';
import { countRows, isVirtual, readColumns, type Column, type Inventory } from '../../schema/index.ts';
import { nameKey, quote } from '../../sql/index.ts';

/** A table as it was before the run, and the copy of its values. */
interface TableBefore {
  readonly name: string;
  readonly copy: string;
  readonly columns: readonly Column[];
  readonly rows: number;
}

/**
 * The values of every table before a run that rolls back and applies again. A DOWN part drops what it names, and no guard
 * counts that as a loss; here the run as a whole may lose nothing. A value that is in another column or table afterwards,
 * because the migration gives it another name, is not lost; nor is a NULL. Must be read and compared in one transaction.
 */
export class ValuesBefore {
  readonly #tables: readonly TableBefore[];
  readonly #before: Inventory;

  private constructor(tables: readonly TableBefore[], before: Inventory) {
    this.#tables = tables;
    this.#before = before;
  }

  static *read(before: Inventory): Op<ValuesBefore> {
    const tables: TableBefore[] = [];
    for (const { name, sql } of before.tables.values()) {
      const rows = isVirtual(sql) ? 0 : yield* countRows(name);
      if (rows === 0) continue;
      const columns = yield* storedColumns(name);
      const copy = `temp.dunlin_before_${tables.length}`;
      // quote() tells 1 from 1.0 and from '1', and no affinity touches its text.
      const list = columns.map((column, i) => `quote(${quote(column.name)}) AS c${i}`).join(', ');
      yield* script(`CREATE TEMP TABLE dunlin_before_${tables.length} AS SELECT ${list} FROM main.${quote(name)}`);
      tables.push({ name, copy, columns, rows });
    }
    return new ValuesBefore(tables, before);
  }

  /** Compares, and deletes the copies. Errors: `REAPPLY_LOSES`. */
  *refuseLosses(database: string, steps: readonly Step[], now: Inventory): Op<void> {
    const lines: string[] = [];
    for (const table of this.#tables) lines.push(...(yield* this.#lossesOf(table, now)));
    for (const { copy } of this.#tables) yield* script(`DROP TABLE ${copy}`);
    if (lines.length === 0) return;
    const back = steps.filter(({ direction }) => direction === 'down').toReversed();
    // What is applied again has the name of its file.
    const last = back.map(({ version }) => steps.findLast((step) => step.version === version)!);
    const again = last.some(({ direction }) => direction === 'up');
    throw dunlinError('REAPPLY_LOSES', { database, ids: last.map(({ id }) => id), again, lines });
  }

  *#lossesOf(before: TableBefore, now: Inventory): Op<readonly string[]> {
    const { name, rows } = before;
    if (!now.tables.has(nameKey(name))) {
      for (const table of this.#newTables(now)) {
        const columns = yield* storedColumns(table);
        if (columns.length === before.columns.length && (yield* lostRows(before, table, columns)) === 0) return [];
      }
      return [`${name}: ${plural(rows, 'row')} before, and the table is gone`];
    }
    const after = yield* countRows(name);
    if (after < rows) return [`${name}: ${plural(rows, 'row')} before, ${after} after`];
    const columns = yield* storedColumns(name);
    const present = new Set(columns.map((column) => nameKey(column.name)));
    const known = new Set(before.columns.map((column) => nameKey(column.name)));
    const added = columns.filter((column) => !known.has(nameKey(column.name)));
    const lines: string[] = [];
    for (const column of before.columns) {
      const isThere = present.has(nameKey(column.name));
      const lost = yield* fewest(before, column, isThere ? [column] : added);
      if (lost === 0) continue;
      const what = `${name}.${column.name}: ${plural(lost, 'value')}`;
      lines.push(isThere ? `${what} of before ${lost === 1 ? 'is' : 'are'} gone` : `${what}, and the column is gone`);
    }
    return lines;
  }

  *#newTables(now: Inventory): Generator<string, void> {
    for (const [key, { name, sql }] of now.tables) if (!this.#before.tables.has(key) && !isVirtual(sql)) yield name;
  }
}

/** A generated column has no values of its own. */
function* storedColumns(table: string): Op<readonly Column[]> {
  return (yield* readColumns(table)).filter(({ generated }) => generated === null);
}

/** How many values of a column no row has any more, in that of the candidates which lacks the fewest. */
function* fewest(before: TableBefore, column: Column, candidates: readonly Column[]): Op<number> {
  const { name, columns } = before;
  const was = columns.indexOf(column);
  const key = columns.filter(({ keyPosition }) => keyPosition > 0 && columns[was]!.keyPosition === 0);
  const present = yield* storedColumns(name);
  const hasKey = key.every((one) => present.some((other) => nameKey(other.name) === nameKey(one.name)));
  const pair = (value: string, ofKey: (one: Column) => string): string =>
    [...(hasKey ? key.map(ofKey) : []), value].join(" || ',' || ");
  const old = pair(`c${was}`, (one) => `c${columns.indexOf(one)}`);
  let least = yield* missing(before, old, `c${was} <> 'NULL'`, undefined);
  for (const candidate of candidates) {
    const value = pair(`quote(${quote(candidate.name)})`, (one) => `quote(${quote(one.name)})`);
    least = Math.min(
      least,
      yield* missing(before, old, `c${was} <> 'NULL'`, `SELECT ${value} AS v FROM main.${quote(name)}`),
    );
  }
  return least;
}

/** How many rows of a table are not in another one, whose columns have the same order. */
function* lostRows(before: TableBefore, table: string, columns: readonly Column[]): Op<number> {
  const joined = (texts: readonly string[]): string => texts.join(" || ',' || ");
  const rows = `SELECT ${joined(columns.map(({ name }) => `quote(${quote(name)})`))} AS v FROM main.${quote(table)}`;
  return yield* missing(before, joined(columns.map((_, i) => `c${i}`)), 'true', rows);
}

/** How many of the texts that `old` makes of each row of the copy are not, or less often, among those of the query. */
function* missing({ copy }: TableBefore, old: string, where: string, rows: string | undefined): Op<number> {
  const now = rows ?? 'SELECT NULL AS v WHERE false';
  const row = yield* queryOne(
    `SELECT total(max(0, b.n - ifnull(a.n, 0))) AS lost FROM (SELECT ${old} AS v, count(*) AS n FROM ${copy} WHERE ${where} GROUP BY 1) b LEFT JOIN (SELECT v, count(*) AS n FROM (${now}) GROUP BY 1) a ON a.v = b.v`,
  );
  return Number(row!['lost']);
}
