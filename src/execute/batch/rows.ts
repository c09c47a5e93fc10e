import { query, queryOne, type Op, type Row, type Value } from '../../bridge/index.ts';
import { dunlinError } from '../../errors/index.ts';
import type { BatchInfo, BatchOptions, BatchResult, Bindable } from '../../migration/index.ts';
import { quote } from '../../sql/index.ts';
import { keyOf, readTableKey, type TableKey } from './key.ts';
import { inRange, walk, type Progress } from './walk.ts';

const defaultSize = 1000;

/** What `db.batch()` walks, once its options are checked. */
interface Source {
  readonly from: string;
  readonly params: readonly Value[];
  readonly key: TableKey;
}

/** Checks the query of a walk and its values, and tells the guards of what it reads. */
type CheckQuery = (
  sql: unknown,
  params: readonly Bindable[],
) => Op<{ readonly sql: string; readonly params: readonly Value[] }>;

/** Gives the rows of a table or a query to `give`, some at a time. */
export function* batchRows(
  options: BatchOptions<Row>,
  id: string,
  checkQuery: CheckQuery,
  give: (rows: Row[], batch: BatchInfo) => Op<void>,
  report: (progress: Progress) => Op<void>,
): Op<BatchResult> {
  const size = batchSize(options, id);
  const { from, params, key } = yield* sourceOf(options, id, checkQuery);
  let rows = 0;
  const { batches } = yield* walk(
    { from, params, key: key.columns, size },
    function* (range, progress) {
      const part = inRange(key.columns, range);
      const found = yield* query(`SELECT * FROM ${from} WHERE ${part.sql} ORDER BY ${key.columns.join(', ')}`, [
        ...params,
        ...part.params,
      ]);
      const batch = { number: progress.batches + 1, done: progress.done, total: progress.total };
      // The rows of a query may be gone since its batch was measured.
      if (found.length > 0) yield* give([...found], batch);
      rows += found.length;
    },
    report,
  );
  return { rows, batches };
}

function* sourceOf(
  { table, query: text, params: values = [], key }: BatchOptions<Row>,
  id: string,
  checkQuery: CheckQuery,
): Op<Source> {
  if (table !== undefined) {
    const found = yield* readTableKey({ schema: undefined, name: table });
    // A string is the reason why the table has no key.
    if (typeof found === 'string') throw dunlinError('BATCH_INVALID', { id, fact: found });
    const from = quote(table);
    yield* checkQuery(`SELECT * FROM ${from}`, []);
    return { from, params: [], key: found };
  }
  const { sql, params } = yield* checkQuery(text, values);
  const given = keyOf(typeof key === 'string' ? [key] : (key ?? []));
  const from = `(${sql}\n)`;
  // `key > ?` is never true of a NULL, and how a text compares with a number depends on the affinity of the expression. Such
  // rows would be skipped silently.
  const facts = given.columns
    .map((column, i) => `sum(${column} IS NULL) AS nulls${i}, count(DISTINCT ${comparisonClass(column)}) AS types${i}`)
    .join(', ');
  const found = yield* queryOne<Record<string, number | null>>(`SELECT ${facts} FROM ${from}`, params);
  for (const i of given.columns.keys()) {
    if (Number(found?.[`nulls${i}`]) > 0)
      throw dunlinError('BATCH_INVALID', { id, fact: '`key` is NULL in some row, which no batch would have' });
    if (Number(found?.[`types${i}`]) > 1)
      throw dunlinError('BATCH_INVALID', { id, fact: '`key` is a text in some rows and a number in others' });
  }
  return { from, params, key: given };
}

/** Checks the options, and returns how many rows a batch has. Throws BATCH_INVALID. */
function batchSize(given: BatchOptions<Row> | null | undefined, id: string): number {
  const { table, query: text, key, params, size = defaultSize, each }: Partial<BatchOptions<Row>> = given ?? {};
  const refuse = (fact: string): never => {
    throw dunlinError('BATCH_INVALID', { id, fact });
  };
  if ((table === undefined) === (text === undefined)) refuse('it takes either `table` or `query`');
  if (table !== undefined && typeof table !== 'string') refuse('`table` has to be a name');
  if (table !== undefined && (key !== undefined || params !== undefined))
    refuse('`key` and `params` belong to a `query`; a table has its own key');
  const keys: readonly unknown[] = Array.isArray(key) ? key : [key];
  if (text !== undefined && (keys.length === 0 || keys.some((name) => typeof name !== 'string' || name === '')))
    refuse('a `query` needs `key`: the column, or columns, of its result that tell its rows apart');
  if (!Number.isSafeInteger(size) || size < 1) refuse('`size` has to be a whole number of rows, 1 or more');
  if (typeof each !== 'function') refuse('`each` has to be a function');
  return size;
}

/** The storage class; integers and reals compare as numbers (sqlite.org/datatype3.html, section 4.1). */
function comparisonClass(column: string): string {
  return `CASE typeof(${column}) WHEN 'real' THEN 'integer' ELSE typeof(${column}) END`;
}
