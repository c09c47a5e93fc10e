import type { Op } from '../bridge/index.ts';
import type { DunlinError } from '../errors/index.ts';
import type { RunContext } from '../lock/index.ts';
import { readLedger } from '../ledger/index.ts';
import { withHolders } from '../migration/index.ts';
import { fileOf } from '../plan/index.ts';

/** Adds to the error of duplicate versions which of the files the database has applied. */
export function* explainDuplicates(context: RunContext, error: DunlinError): Op<DunlinError> {
  const { applied, problems } = yield* readLedger(context.ledger);
  if (applied.length === 0 || problems.length > 0) return error;
  return withHolders(error, (group) => {
    const row = applied.find(({ version }) => version === group[0]?.version);
    const file = row === undefined ? undefined : fileOf(row, group)?.file;
    const other = row === undefined || file !== undefined ? undefined : `${row.version} ${row.name}`;
    return { name: context.database, isDatabase: true, file, other };
  });
}
