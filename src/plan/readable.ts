import { isDunlinError } from '../errors/index.ts';

/**
 * What a migration's file says, or undefined where it cannot be parsed: files are parsed on first use, and one that
 * is broken is reported when it is to run, or as edited; a look at the others goes on without it.
 */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDunlinError(error)) return undefined;
    throw error;
  }
}

/** Why a migration's file cannot be parsed; undefined where it can. */
export function unreadableBecause(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (isDunlinError(error)) return error.message;
    throw error;
  }
}
