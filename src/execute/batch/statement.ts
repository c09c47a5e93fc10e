import { query, type Op } from '../../bridge/index.ts';
import { dunlinError } from '../../errors/index.ts';
import { head, type Batch, type StepStatement } from '../../plan/index.ts';
import { quote, type ObjectName } from '../../sql/index.ts';
import { readTableKey } from './key.ts';
import { inRange, walk, type Progress } from './walk.ts';

/**
 * Runs an UPDATE or DELETE for a range of its table's rows at a time: the same rows change in the same way as at once,
 * and it can be told how far it is. All of it stays in the migration's transaction.
 */
export function* runBatches(
  entry: StepStatement,
  { size, parts }: Batch,
  { id, foreignKeys }: { readonly id: string; readonly foreignKeys: boolean },
  report: (progress: Progress) => Op<void>,
): Op<void> {
  const refuse = (fact: string): never => {
    throw dunlinError('BATCH_REFUSED', { id, statement: head(entry.statement), fact });
  };
  const key = yield* readTableKey(parts.table);
  if (typeof key === 'string') return refuse(key);
  const moved = parts.assigned.find((column) => key.moves(column));
  if (moved !== undefined) refuse(`it changes ${moved}, by which the batches are told apart`);
  if (foreignKeys) refuse('foreign keys are enforced, and what they do to other rows could change what is left to do');
  const { conflict } = entry.facts as { readonly conflict?: string };
  if (conflict !== undefined) refuse(`OR ${conflict.toUpperCase()} depends on the order of the rows`);
  const trigger = yield* firstTrigger(parts.table.name);
  if (trigger !== undefined)
    refuse(`the trigger ${trigger} fires on ${parts.table.name}, and what it does could change what is left to do`);
  const other = yield* firstOther(parts.reads);
  if (other !== undefined)
    refuse(`it reads ${other}, no table of its own, which may show ${parts.table.name} as the batch before left it`);
  const from = tableName(parts.table);
  yield* walk(
    { from, params: [], key: key.columns, size },
    function* (range) {
      const { sql, params } = inRange(key.columns, range, `${quote(parts.alias)}.`);
      // The condition may end in a `--` comment.
      const where = parts.condition === undefined ? '' : `(${parts.condition}\n) AND `;
      yield* query(`${parts.head}\nWHERE ${where}${sql}`, params);
    },
    report,
  );
}

function* firstTrigger(table: string): Op<string | undefined> {
  const all =
    'SELECT name, type, tbl_name FROM main.sqlite_schema UNION ALL SELECT name, type, tbl_name FROM temp.sqlite_schema';
  const [found] = yield* query<{ name: string }>(
    `SELECT name FROM (${all}) WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE LIMIT 1`,
    [table],
  );
  return found?.name;
}

/** The first of these names that a view or a virtual table has. */
function* firstOther(names: ReadonlySet<string>): Op<string | undefined> {
  for (const name of names) {
    const [found] = yield* query<{ name: string; type: string }>(
      `SELECT name, type FROM pragma_table_list WHERE name = ? COLLATE NOCASE AND type IN ('view', 'virtual')`,
      [name],
    );
    if (found !== undefined) return `the ${found.type === 'view' ? 'view' : 'virtual table'} ${found.name}`;
  }
  return undefined;
}

function tableName({ schema, name }: ObjectName): string {
  return schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`;
}
