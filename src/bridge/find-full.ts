import type { Host, TemporaryRoom } from './host.ts';
import { isThenable, type DatabaseBridge, type MaybePromise, type Row } from './types.ts';

/** What is full, where it is not the disk of the database: the connection's page limit, or the temporary folder. */
export type Full =
  | { readonly kind: 'pages'; readonly limit: number; readonly used: number; readonly pageSize: number }
  | ({ readonly kind: 'temporary' } & TemporaryRoom);

/** What SQLite has for a limit where nobody has set one: this, or more (sqlite.org/limits.html, section 13). */
const noLimit = 1_073_741_823;

const limitQuery = `SELECT (SELECT max_page_count FROM pragma_max_page_count) AS "limit",
  (SELECT page_count FROM pragma_page_count) AS used, (SELECT page_size FROM pragma_page_size) AS "pageSize"`;

/**
 * Asks the connection that has just reported SQLITE_FULL what is full: the code is the same for a disk, a page limit and
 * temporary files. The page limit has to be asked for here: it is the connection's, and a migration's is set back soon.
 */
export function findFull(bridge: DatabaseBridge, sql: string | undefined, host: Host): MaybePromise<Full | undefined> {
  const room = host.room?.(bridge.file?.());
  const temporary: Full | undefined = room?.isTemporary === true ? { kind: 'temporary', ...room.temporary } : undefined;
  // VACUUM writes another file, to which the limit does not apply.
  if (sql !== undefined && /^\s*VACUUM/i.test(sql)) return temporary;
  const free = Math.min(room?.beside ?? Infinity, room?.temporary.free ?? Infinity);
  const judge = (rows: readonly Row[]): Full | undefined => {
    const [limit, used, pageSize] = ['limit', 'used', 'pageSize'].map((name) => Number(rows[0]?.[name]));
    if (limit === undefined || used === undefined || pageSize === undefined || !(limit < noLimit)) return temporary;
    // What failed is rolled back by now: the limit stopped it if it leaves less room than the disks do.
    return (limit - used) * pageSize <= free ? { kind: 'pages', limit, used, pageSize } : temporary;
  };
  try {
    const rows = bridge.query(limitQuery, []);
    return isThenable(rows) ? rows.then(judge, () => temporary) : judge(rows);
  } catch {
    return temporary;
  }
}
