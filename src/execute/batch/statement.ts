import { query, type Op } from '../../bridge/index.ts';
import { dunlinError } from '../../errors/index.ts';
import { head, type Batch, type StepStatement } from '../../plan/index.ts';
import { quote, type ObjectName } from '../../sql/index.ts';
import { keyOrRefusal, refusalOfText } from './refusal.ts';
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
  const fact = refusalOfText(entry, foreignKeys);
  if (fact !== undefined) return refuse(fact);
  const key = yield* keyOrRefusal({ size, parts });
  if (typeof key === 'string') return refuse(key);
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

function tableName({ schema, name }: ObjectName): string {
  return schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`;
}
