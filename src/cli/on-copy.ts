import { DunlinError, isDunlinError } from '../errors/index.ts';

/** A failure that says which database it happened to: a hint about "the database" would be read as the real one. */
export function onCopy(error: unknown, database: string): unknown {
  // An error before the run (a wrong version, for one) is not about the copy.
  if (!isDunlinError(error) || error.applied === undefined || error.code === 'TEMPORARY_FOLDER_FULL') return error;
  const where = `This was a copy in the folder for temporary files, and is removed again: ${database} itself is unchanged.`;
  return new DunlinError(error.code, error.message, `${where} ${error.hint}`, { ...error, cause: error.cause });
}
