import { DunlinError, isDunlinError } from '../errors/index.ts';

/** The error of a run on a copy, with a hint about the real database instead of the copy. */
export function errorOnCopy(error: unknown, database: string): unknown {
  // An error from before the run, such as a wrong version, is not about the copy.
  if (!isDunlinError(error) || error.applied === undefined || error.code === 'TEMPORARY_FOLDER_FULL') return error;
  const where = `This was a copy in the folder for temporary files, and is removed again: ${database} itself is unchanged.`;
  return new DunlinError(error.code, error.message, `${where} ${error.hint}`, { ...error, cause: error.cause });
}
