import { connect, disconnect, file, isSqlError, queryOn, type DatabaseBridge, type Op } from '../bridge/index.ts';
import { differences, portray, pragma, type Portrait } from './portrait.ts';

type Check = 'quick_check' | 'integrity_check';

/** What is wrong with a copy, in words: it is opened as whoever restores it will, and held against a portrait. */
export function* inspect(path: string, original: Portrait, check: Check): Op<readonly string[]> {
  const stat = yield* file('stat', path);
  const found: string[] = [];
  let copy: DatabaseBridge | undefined;
  try {
    copy = yield* connect(path);
    // A driver may report success without a file, and an empty file passes every check of SQLite's.
    const pages = Number(yield* pragma(copy, 'page_count'));
    const bytes = pages * Number(yield* pragma(copy, 'page_size'));
    if (stat === undefined || stat.bytes !== bytes || pages === 0)
      found.push(`the file has ${stat?.bytes ?? 0} bytes, its ${pages} pages ${bytes}`);
    found.push(...(yield* examine(copy, original, check)));
  } catch (error) {
    if (!isSqlError(error)) throw error;
    found.push(error.message);
  } finally {
    if (copy !== undefined) yield* disconnect(copy);
  }
  return found;
}

/** The same for an open connection. A flaw that the portrait has as well is none of the copy. */
export function* examine(on: DatabaseBridge | undefined, original: Portrait, check: Check): Op<readonly string[]> {
  const known = new Set(['ok', ...(original.flaws ?? [])]);
  const rows = yield* queryOn(on, `PRAGMA main.${check}(100)`);
  const found = rows.map((row) => String(Object.values(row)[0])).filter((finding) => !known.has(finding));
  return [...found, ...differences(original, yield* portray(on))];
}
