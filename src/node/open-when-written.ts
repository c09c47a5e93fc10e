import { existsSync } from 'node:fs';
import type { DatabaseBridge, Value } from '../bridge/index.ts';
import type { DatabaseLocation } from './database-url.ts';
import { openLocation, type OpenDatabaseOptions } from './open-database.ts';

/**
 * The bridge for a run on a path. SQLite creates a missing file when it opens it. If the run is then refused, the file
 * cannot be removed: another process may be writing to it. So an empty database in memory replaces the missing file
 * until the first statement that is not a SELECT, or until another process creates the file.
 *
 * Errors: those of `openDatabase`, at once or at the first statement that writes.
 */
export function openWhenWritten(
  location: DatabaseLocation,
  options: Omit<OpenDatabaseOptions, 'mode' | 'folder'> = {},
): DatabaseBridge {
  const { path, readOnly } = location;
  const open = (): DatabaseBridge => openLocation(location, options).bridge;
  if (path === undefined || readOnly || existsSync(path)) return open();
  const { bridge: empty } = openLocation(location, { ...options, mode: 'read' });
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
    // Nothing runs, so no statement needs the file.
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
