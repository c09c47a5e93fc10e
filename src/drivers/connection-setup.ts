import {
  extensionParts,
  isBusy,
  isThenable,
  toSqlError,
  type ConnectionSetup,
  type DriverConnection,
  type Extension,
} from '../bridge/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';

/**
 * Sets up a new connection: loads the extensions, then calls `prepare`, which may use them. Closes the connection if that
 * fails. Errors: `EXTENSION_FAILED`, `PREPARE_FAILED`.
 */
export function setUpConnection<H extends DriverConnection & { close(): unknown }>(
  handle: H,
  { extensions = [], prepare }: ConnectionSetup,
  path: string,
  load: (extension: Extension) => void,
): H {
  try {
    for (const extension of extensions) loadExtension(extension, load);
    const file = path === ':memory:' ? undefined : path;
    if (prepare !== undefined) callPrepare(() => prepare(handle, { file }));
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

function loadExtension(extension: Extension, load: (extension: Extension) => void): void {
  try {
    load(extension);
  } catch (error) {
    const { path, entryPoint } = extensionParts(extension);
    throw dunlinError('EXTENSION_FAILED', { path, entryPoint, reason: thrownReason(error) }, { cause: error });
  }
}

function callPrepare(prepare: () => unknown): void {
  let answer: unknown;
  try {
    answer = prepare();
  } catch (error) {
    // Rethrow SQLITE_BUSY as it is: the run retries it, as for any statement.
    if (isDunlinError(error) || isBusy(toSqlError(error))) throw error;
    throw dunlinError('PREPARE_FAILED', { reason: thrownReason(error) }, { cause: error });
  }
  if (!isThenable(answer)) return;
  answer.then(undefined, () => undefined);
  throw dunlinError('PREPARE_FAILED', { reason: 'it returned a promise, but it must be synchronous' });
}

/** Loads an extension. Without an entry point it passes one argument only: drivers refuse or misread `undefined`. */
export function loadLibrary(
  handle: { loadExtension?(path: string, entryPoint?: string): unknown },
  extension: Extension,
): void {
  const { path, entryPoint } = extensionParts(extension);
  if (entryPoint === undefined) handle.loadExtension!(path);
  else handle.loadExtension!(path, entryPoint);
}
