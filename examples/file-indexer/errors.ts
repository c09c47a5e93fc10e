import { isDunlinError, type DunlinError } from 'dunlin';

export type IndexErrorCode = 'INDEX_BUSY' | 'INDEX_TOO_NEW' | 'INDEX_DAMAGED' | 'UPGRADE_FAILED';

/** What the rest of the program catches. The window shows `message`; `cause` goes into the log file. */
export class IndexError extends Error {
  override readonly name: string = 'IndexError';
  readonly code: IndexErrorCode;

  constructor(code: IndexErrorCode, message: string, cause: DunlinError) {
    super(message, { cause });
    this.code = code;
  }
}

/** Dunlin's codes in the program's own words. */
const words: Readonly<Record<string, readonly [IndexErrorCode, string]>> = {
  LOCKED: ['INDEX_BUSY', 'Another window is busy with the index. Close it, or try again in a minute.'],
  DATABASE_AHEAD: ['INDEX_TOO_NEW', 'A newer version of this program has used the index. Please install that version.'],
  SCHEMA_VERSION_DAMAGED: ['INDEX_DAMAGED', 'The index does not say which version it has.'],
};

/** Converts Dunlin's errors into the program's; returns any other unchanged. */
export function toIndexError(error: unknown): unknown {
  if (!isDunlinError(error)) return error;
  const [code, text] = words[error.code] ?? ['UPGRADE_FAILED', 'The index could not be upgraded.'];
  return new IndexError(code, `${text}\n${error.message}\n${error.hint}`, error);
}
