import { isDunlinError } from '../errors/index.ts';

/**
 * Reads from a migration file; undefined if it cannot be parsed. Files are parsed on first use. A broken one is reported
 * as edited or when it runs, and does not stop the others.
 */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDunlinError(error)) return undefined;
    throw error;
  }
}

/** Why a migration file cannot be parsed; undefined if it can. */
export function unreadableBecause(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (isDunlinError(error)) return error.message;
    throw error;
  }
}
