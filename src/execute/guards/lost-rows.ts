import { query, queryNumber, script, type Op } from '../../bridge/index.ts';
import { hasRows, type Column } from '../../schema/index.ts';
import { nameKey, quote, valueForm } from '../../sql/index.ts';
import type { TableCopy } from './table-copy.ts';

/** A column of a copy, by its position, and the column that may have its values now. */
export interface ColumnPair {
  readonly position: number;
  readonly column: string;
}

/**
 * Counts the rows of a copy that a table lacks, in the columns of the pairs. Each row of the table matches one row of the
 * copy. A NULL may have become any value.
 */
export function* countLostRows({ copy }: TableCopy, table: string, pairs: readonly ColumnPair[]): Op<number> {
  const from = `main.${quote(table)}`;
  const old = `SELECT ${joinForms(pairs.map(({ position }) => `c${position}`))} AS v FROM ${copy}`;
  const now = `SELECT ${joinForms(pairs.map(({ column }) => valueForm(quote(column))))} AS v FROM ${from}`;
  const lost = yield* countMissing(old, now);
  const isNull = pairs.map(({ position }) => `c${position} = 'NULL'`);
  if (lost === 0 || !(yield* hasRows(`${copy} WHERE ${isNull.join(' OR ')}`))) return lost;
  const oldColumns = pairs.map(({ position }, i) => `c${position} AS v${i}`).join(', ');
  const mask = isNull.map((one) => `(${one})`).join(' || ');
  const newColumns = pairs.map(({ column }, i) => `${valueForm(quote(column))} AS v${i}`).join(', ');
  yield* script(`CREATE TEMP TABLE dunlin_old AS SELECT ${oldColumns}, ${mask} AS nulls FROM ${copy}`);
  yield* script(`CREATE TEMP TABLE dunlin_new AS SELECT ${newColumns} FROM ${from}`);
  const positions = pairs.map((_, i) => i);
  yield* removeMatches(positions, '');
  // Rows with few NULLs first: they match fewer rows.
  const masks = yield* query<{ nulls: string }>(
    "SELECT DISTINCT nulls FROM temp.dunlin_old ORDER BY length(replace(nulls, '0', '')), nulls",
  );
  for (const { nulls } of masks) {
    const filled = positions.filter((i) => nulls[i] === '0');
    yield* removeMatches(filled, `WHERE nulls = '${nulls}'`);
  }
  const left = yield* queryNumber('SELECT count(*) FROM temp.dunlin_old');
  yield* script('DROP TABLE temp.dunlin_old; DROP TABLE temp.dunlin_new');
  return left;
}

/** Removes rows that are equal in some columns, in pairs, from both tables of `countLostRows`. */
function* removeMatches(positions: readonly number[], where: string): Op<void> {
  const v = joinForms(positions.map((i) => `v${i}`));
  const numbered = (table: string): string =>
    `(SELECT rowid AS r, ${v} AS v, row_number() OVER (PARTITION BY ${v}) AS n FROM temp.${table}`;
  yield* script(
    `CREATE TEMP TABLE dunlin_pairs AS SELECT o.r AS o, n.r AS n FROM ${numbered('dunlin_old')} ${where}) AS o JOIN ${numbered('dunlin_new')}) AS n ON n.v = o.v AND n.n = o.n`,
  );
  yield* script('DELETE FROM temp.dunlin_old WHERE rowid IN (SELECT o FROM temp.dunlin_pairs)');
  yield* script('DELETE FROM temp.dunlin_new WHERE rowid IN (SELECT n FROM temp.dunlin_pairs)');
  yield* script('DROP TABLE temp.dunlin_pairs');
}

/** Counts the values that a column has now less often, each with the key of its row if the key is still there. */
export function* countLostValues(
  { name, copy, columns }: TableCopy,
  position: number,
  present: ReadonlySet<string>,
): Op<number> {
  const key = columns.flatMap(({ keyPosition }, i) => (keyPosition > 0 ? [i] : []));
  const isKeyed = !key.includes(position) && key.every((i) => present.has(nameKey(columns[i]!.name)));
  const used = isKeyed ? [...key, position] : [position];
  const old = joinForms(used.map((i) => `c${i}`));
  const now = joinForms(used.map((i) => valueForm(quote(columns[i]!.name))));
  return yield* countMissing(
    `SELECT ${old} AS v FROM ${copy} WHERE c${position} <> 'NULL'`,
    `SELECT ${now} AS v FROM main.${quote(name)}`,
  );
}

/**
 * Pairs each missing column with the added column that has its values, row by row; an added column is used once. Returns
 * the columns without a partner, with the number of values that the best candidate lacks.
 */
export function* findLostColumns(
  before: TableCopy,
  shared: readonly ColumnPair[],
  missing: readonly number[],
  added: readonly Column[],
): Op<readonly (readonly [column: string, values: number])[]> {
  const pairs = [...shared];
  const lost: [string, number][] = [];
  for (const position of missing) {
    let least = yield* queryNumber(`SELECT count(*) FROM ${before.copy} WHERE c${position} <> 'NULL'`);
    let best: ColumnPair | undefined;
    for (const { name: column } of added) {
      if (pairs.some((pair) => pair.column === column)) continue;
      const found = yield* countLostRows(before, before.name, [...pairs, { position, column }]);
      if (found < least) [least, best] = [found, { position, column }];
    }
    if (least > 0) lost.push([before.columns[position]!.name, least]);
    else if (best !== undefined) pairs.push(best);
  }
  return lost;
}

/** Counts the texts `v` of one query that another has less often. */
function* countMissing(old: string, now: string): Op<number> {
  return yield* queryNumber(
    `SELECT total(max(0, b.n - ifnull(a.n, 0))) FROM (SELECT v, count(*) AS n FROM (${old}) GROUP BY 1) b LEFT JOIN (SELECT v, count(*) AS n FROM (${now}) GROUP BY 1) a ON a.v = b.v`,
  );
}

/** SQL of one text made of several. No form has a comma. */
function joinForms(forms: readonly string[]): string {
  return ["''", ...forms].join(" || ',' || ");
}
