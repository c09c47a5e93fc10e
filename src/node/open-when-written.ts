import { existsSync } from 'node:fs';
import type { DatabaseBridge, Value } from '../bridge/index.ts';
import { parseDatabase } from './database-url.ts';
import { openDatabase, type OpenDatabaseOptions } from './open-database.ts';

/**
 * The bridge for a run on a path. SQLite makes a missing file as soon as it is opened, and one that was made for a run
 * that is then refused cannot be removed again: another process may have begun to write to it. So until something other
 * than a SELECT is asked, or somebody else has made the file, an empty database in memory stands for it.
 *
 * Errors: those of `openDatabase`, at once, or at the first statement that writes.
 */
export function openWhenWritten(
  given: string,
  options: Omit<OpenDatabaseOptions, 'mode' | 'folder'> = {},
): DatabaseBridge {
  const { path, readOnly } = parseDatabase(given);
  const open = (): DatabaseBridge => openDatabase(given, options).bridge;
  if (path === undefined || readOnly === true || existsSync(path)) return open();
  const { bridge: empty } = openDatabase(given, { ...options, mode: 'read' });
  const functions = new Map<string, (...args: Value[]) => Value>();
  let opened: DatabaseBridge | undefined;
  const real = (): DatabaseBridge => {
    if (opened === undefined) {
      opened = open();
      for (const [name, fn] of functions) opened.registerFunction?.(name, fn);
    }
    return opened;
  };
  const isEmpty = (): boolean => opened === undefined && !existsSync(path);
  const { columns, inTransaction, openSecond, copyInto } = empty;
  return {
    ...empty,
    file: () => real().file?.(),
    query(sql, params) {
      const reads = isEmpty() && /^\s*SELECT\b/i.test(sql);
      return (reads ? empty : real()).query(sql, params);
    },
    script: (sql) => real().script(sql),
    // Nothing is run, so no statement needs the file.
    ...(columns === undefined ? {} : { columns: (sql) => (isEmpty() ? empty : real()).columns?.(sql) }),
    ...(inTransaction === undefined ? {} : { inTransaction: () => (opened ?? empty).inTransaction!() }),
    ...(openSecond === undefined ? {} : { openSecond: (file, plain) => real().openSecond?.(file, plain) }),
    ...(copyInto === undefined ? {} : { copyInto: (file) => real().copyInto!(file) }),
    registerFunction(name, fn) {
      functions.set(name, fn);
      opened?.registerFunction?.(name, fn);
    },
    close() {
      void empty.close?.();
      void opened?.close?.();
    },
  };
}
