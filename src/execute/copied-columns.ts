import type { Op, SqlError } from '../bridge/index.ts';
import type { LackingColumns } from '../errors/index.ts';
import type { StepStatement } from '../plan/index.ts';
import { asNames, copiedNames } from '../schema/index.ts';

/**
 * The statement as it has to run: a name in double quotes that is copied into the column of that name is a column, or
 * missing, on connections too that would read it as a text.
 */
export function* withCopiedNames(entry: StepStatement): Op<StepStatement> {
  const names = yield* copiedNames(entry.statement);
  return names.length === 0 ? entry : { ...entry, statement: asNames(entry.statement, names) };
}

/** The column that a statement copies and that its SELECT does not have, if SQLite refused it for that. */
export function* findLackingColumn({ message }: SqlError, entry: StepStatement): Op<LackingColumns | undefined> {
  const missing = /no such column: (.+?)(?: at offset \d+.*)?$/s.exec(message)?.[1];
  if (missing === undefined) return undefined;
  const found = (yield* copiedNames(entry.statement)).find(({ name }) => name === missing);
  return found === undefined ? undefined : { from: found.from, columns: [found.name] };
}
