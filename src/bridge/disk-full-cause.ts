import type { Host, TemporaryRoom } from './host.ts';
import { isThenable, type DatabaseBridge, type MaybePromise, type Row } from './types.ts';

/** What is full, if not the disk of the database: the connection's page limit, or the folder for temporary files. */
export type FullCause =
  | { readonly kind: 'pages'; readonly limit: number; readonly used: number; readonly pageSize: number }
  | ({ readonly kind: 'temporary' } & TemporaryRoom);

/** SQLite's default limit is this or more (sqlite.org/limits.html, section 13). */
const noLimit = 1_073_741_823;

const limitQuery = `SELECT (SELECT max_page_count FROM pragma_max_page_count) AS "limit",
  (SELECT page_count FROM pragma_page_count) AS used, (SELECT page_size FROM pragma_page_size) AS "pageSize"`;

/**
 * Finds out what is full after SQLITE_FULL: a disk, the page limit and temporary files have the same code. The page limit
 * must be read now, because it belongs to the connection and the run resets it after the migration.
 */
export function findFullCause(
  bridge: DatabaseBridge,
  sql: string | undefined,
  host: Host,
): MaybePromise<FullCause | undefined> {
  const room = host.room?.(bridge.file?.());
  const temporary: FullCause | undefined =
    room?.isTemporary === true ? { kind: 'temporary', ...room.temporary } : undefined;
  // VACUUM writes another file, which has no page limit.
  if (sql !== undefined && /^\s*VACUUM/i.test(sql)) return temporary;
  const free = Math.min(room?.beside ?? Infinity, room?.temporary.free ?? Infinity);
  const toCause = (rows: readonly Row[]): FullCause | undefined => {
    const [limit, used, pageSize] = ['limit', 'used', 'pageSize'].map((name) => Number(rows[0]?.[name]));
    if (limit === undefined || used === undefined || pageSize === undefined || !(limit < noLimit)) return temporary;
    // The failed statement is rolled back by now. The page limit was the cause if it leaves no more space than the disks do.
    return (limit - used) * pageSize <= free ? { kind: 'pages', limit, used, pageSize } : temporary;
  };
  try {
    const rows = bridge.query(limitQuery, []);
    return isThenable(rows) ? rows.then(toCause, () => temporary) : toCause(rows);
  } catch {
    return temporary;
  }
}
