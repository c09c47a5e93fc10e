import type { RunResult } from '../lock/run-options.ts';
import { readStatus, upChecks, upWithChecked, type Status, type UpOptions } from '../operations/index.ts';
import { openSession, type WebMigrateOptions } from './options.ts';

export * from '../index.ts';
export { sqliteWasmBridge, sqlJsBridge, waSqliteBridge } from '../drivers/index.ts';
export type {
  SqliteWasmHandle,
  SqliteWasmStatement,
  SqlJsHandle,
  SqlJsStatement,
  WaSqliteApi,
} from '../drivers/index.ts';
export { bridgeFor, type WaSqliteHandle, type WebDatabase } from './bridge-for.ts';
export { exclusively, type ExclusiveOptions } from './exclusively.ts';
export { onMigrating, type MigratingMessage } from './announce.ts';
export { MigrationRunner } from './runner.ts';
export type { WebMigrateOptions } from './options.ts';
export { webHost } from './web-host.ts';

/** In the notes of each run that changes something, as there is no way back. */
const noBackup =
  'no backup was made: a browser has no files. Save the bytes of the database before, or give backup: "off"';

/**
 * Applies every pending migration, or those up to `to`, or `steps` of them, on a database that is open in this page or
 * worker. With nothing pending it writes nothing. Wrap it, and the opening, in `exclusively`.
 *
 * A failing migration is rolled back, those before it stay, and the DunlinError thrown says how far it got.
 *
 * ```ts
 * import { migrate } from 'dunlin/web';
 *
 * await migrate({ database: db, migrations: import.meta.glob('./migrations/*.sql', { eager: true, query: '?raw' }) });
 * ```
 */
export async function migrate(options: WebMigrateOptions & UpOptions): Promise<RunResult> {
  const result = await openSession(options, upChecks).write(upWithChecked(options));
  if (result.applied.length === 0 || options.backup === 'off') return result;
  return { ...result, notes: [...result.notes, noBackup] };
}

/**
 * Where the database stands: what is applied, what is pending, and whether its schema is as recorded. Writes nothing.
 *
 * ```ts
 * const { pending } = await status({ database: db, migrations });
 * ```
 */
export async function status(options: WebMigrateOptions): Promise<Status> {
  return await openSession(options).read(readStatus);
}
