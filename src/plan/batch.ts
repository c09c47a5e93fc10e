import { dunlinError, type DunlinError } from '../errors/index.ts';
import { batchable, nameKey, type Batchable, type SqlStatement, type ParsedStatement } from '../sql/index.ts';
import { head, statementSource } from './source-location.ts';

/** A statement that runs for a range of its rows at a time. */
export interface Batch {
  readonly size: number;
  readonly parts: Batchable;
}

/** Plans a statement below a `batch` directive; undefined without one. */
export function planBatch(
  statement: SqlStatement,
  facts: ParsedStatement,
  context: {
    readonly id: string;
    readonly file: string;
    readonly text: string;
    readonly batches?: ReadonlyMap<number, number>;
  },
  number: number,
): { readonly batch?: Batch; readonly problem?: DunlinError } | undefined {
  const size = context.batches?.get(statement.offset);
  if (size === undefined) return undefined;
  const parts = batchable(statement, facts);
  if (parts !== undefined && !parts.reads.has(nameKey(parts.table.name))) return { batch: { size, parts } };
  const fact =
    parts === undefined
      ? 'it is no UPDATE or DELETE without ORDER BY, LIMIT and RETURNING'
      : `it reads ${parts.table.name} itself, and a batch would see what the one before it changed`;
  const refused = { id: context.id, statement: head(statement), fact };
  return { problem: dunlinError('BATCH_REFUSED', refused, statementSource(statement, context, number)) };
}
