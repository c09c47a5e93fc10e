import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DatabaseBridge } from '../bridge/index.ts';
import type { TemporaryDatabase } from '../check/index.ts';
import { bridgeFor } from '../drivers/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { createRegistry } from '../migration/index.ts';
import { type RunnerParts } from '../runner/index.ts';
import { toSource } from '../source/index.ts';
import { backupOf } from './driver.ts';
import type { MigrateOptions } from './create-runner.ts';
import { parseDatabase } from './database-url.ts';
import { directorySource } from './directory-source.ts';
import { nodeHost } from './node-host.ts';
import { openDatabase, setupOf, type OpenDatabaseOptions } from './open-database.ts';
import { makeTemporaryFolder, temporaryFull } from './temporary-folder.ts';
import { openWhenWritten } from './open-when-written.ts';

/** What a session works with: where the database and its migrations are, and how to make copies. */
export function partsOf(options: MigrateOptions): RunnerParts {
  const { database, migrations } = options;
  const source =
    typeof migrations === 'string' || migrations instanceof URL ? directorySource(migrations) : toSource(migrations);
  const common = {
    registry: () => createRegistry(source, nodeHost),
    host: nodeHost,
    copy: (bridge: DatabaseBridge, write: (path: string) => Promise<void>) => copyOf(bridge, write, options),
  };
  if (typeof database !== 'string') {
    const bridge = bridgeFor(database, backupOf(database), setupOf(options));
    const scratch = (): Promise<TemporaryDatabase> => scratchDatabase(options, bridge);
    return { ...common, scratch, bridge: () => bridge, database: nameOf(bridge), owned: false };
  }
  const open = (mode: 'read' | 'write'): DatabaseBridge =>
    mode === 'read'
      ? openDatabase(database, { mode, ...openingOf(options) }).bridge
      : openWhenWritten(database, openingOf(options));
  const scratch = (): Promise<TemporaryDatabase> => scratchDatabase(options);
  const { name, path } = parseDatabase(database);
  return { ...common, scratch, bridge: open, database: name, path, owned: true };
}

/** How messages call a connection that was handed in: by its file, where the driver can tell. */
function nameOf(bridge: DatabaseBridge): string {
  if (bridge.file === undefined) return `the ${bridge.driver} connection`;
  return basename(bridge.file() ?? ':memory:');
}

/** How a path is opened. */
function openingOf(options: MigrateOptions): OpenDatabaseOptions {
  return { ...(options.driver === undefined ? {} : { driver: options.driver }), ...setupOf(options) };
}

/** A copy in a folder of its own. */
function copyOf(
  bridge: DatabaseBridge,
  write: (path: string) => Promise<void>,
  options: MigrateOptions,
): Promise<TemporaryDatabase> {
  const database = typeof options.database === 'string' ? options.database : nameOf(bridge);
  return temporaryDatabase(database, options, write, bridge);
}

/** An empty database in a folder of its own. */
function scratchDatabase(options: MigrateOptions, bridge?: DatabaseBridge): Promise<TemporaryDatabase> {
  return temporaryDatabase('an empty database', options, (path) => Promise.resolve(writeFileSync(path, '')), bridge);
}

/** Opens a database that is removed together with its folder. */
async function temporaryDatabase(
  name: string,
  options: MigrateOptions,
  make: (path: string) => Promise<void>,
  given: DatabaseBridge | undefined,
): Promise<TemporaryDatabase> {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    folder = makeTemporaryFolder('try');
    const path = join(folder, 'copy.db');
    await make(path);
    const bridge = await openTemporary(path, options, given);
    for (const [fn, body] of Object.entries(options.functions ?? {})) bridge.registerFunction?.(fn, body);
    return {
      bridge,
      dispose: async () => {
        await bridge.close?.();
        remove();
      },
    };
  } catch (error) {
    remove();
    if (isDunlinError(error) && error.code === 'LOCKED') throw error;
    throw (
      temporaryFull(error) ??
      dunlinError('COPY_FAILED', { database: name, reason: thrownReason(error) }, { cause: error })
    );
  }
}

/** By the SQLite library of the connection that was given: another one may not be able to read what that one wrote. */
async function openTemporary(
  path: string,
  options: MigrateOptions,
  given: DatabaseBridge | undefined,
): Promise<DatabaseBridge> {
  const second = typeof options.database === 'string' ? undefined : await given?.openSecond?.(path);
  if (second === undefined) return openDatabase(path, openingOf(options)).bridge;
  try {
    await second.query('SELECT 1 FROM sqlite_schema LIMIT 1', []);
    return second;
  } catch (error) {
    await second.close?.();
    throw error;
  }
}
