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
  id: string,
  report: (progress: Progress) => Op<void>,
): Op<void> {
  const refuse = (fact: string): never => {
    throw dunlinError('BATCH_REFUSED', { id, statement: head(entry.statement), fact });
  };
  const key = yield* readTableKey(parts.table);
  if (typeof key === 'string') return refuse(key);
  const moved = parts.assigned.find((column) => key.moves(column));
  if (moved !== undefined) refuse(`it changes ${moved}, by which the batches are told apart`);
  const view = yield* firstView(parts.reads);
  if (view !== undefined)
    refuse(`it reads the view ${view}, which may show ${parts.table.name} as the batch before left it`);
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

/** The first of these names that a view has. */
function* firstView(names: ReadonlySet<string>): Op<string | undefined> {
  for (const name of names) {
    const [found] = yield* query<{ name: string }>(
      `SELECT name FROM pragma_table_list WHERE name = ? COLLATE NOCASE AND type = 'view'`,
      [name],
    );
    if (found !== undefined) return found.name;
  }
  return undefined;
}

function tableName({ schema, name }: ObjectName): string {
  return schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`;
}
