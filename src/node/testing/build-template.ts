import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../../bridge/index.ts';
import { addSampleRows } from '../../check/index.ts';
import { bridgeFor } from '../../drivers/index.ts';
import { dunlinError } from '../../errors/index.ts';
import { up } from '../../operations/index.ts';
import { openSession, type MigrateOptions } from '../open-session.ts';
import { directoryPath } from '../directory-source.ts';
import { connectionSetup } from '../open-database.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { filesBelow } from './files-below.ts';
import { refuseStaleImports } from './stale-imports.ts';
import { plantSeed } from './seed.ts';
import { isDirectory, type Recipe } from './template-key.ts';

/**
 * Runs the migrations on a new database in a folder of its own, and returns the bytes of its file, all in one: what is in
 * the WAL as well. Errors: those of a run; `SEED_FAILED`, `SAMPLE_ROWS_FAILED`, `TEMPLATE_UNUSABLE`.
 */
export async function buildTemplate(recipe: Recipe): Promise<Uint8Array> {
  const folder = makeTemporaryFolder('template');
  try {
    const file = join(folder, 'template.db');
    await writeDatabase(file, recipe);
    // Nobody has it open any more, or only @photostructure/sqlite, until its statements are collected.
    const bytes = readFileSync(file);
    if (!isSqlite(bytes)) throw dunlinError('TEMPLATE_UNUSABLE', { cause: 'encrypted' });
    return bytes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeDatabase(file: string, { driver, migrations, at, rows, seeds, run }: Recipe): Promise<void> {
  const connection = driver.openFile(file, connectionSetup(run));
  try {
    if (isDirectory(migrations)) refuseStaleImports(filesBelow(directoryPath(migrations)));
    const options = {
      ...run,
      database: connection as unknown as Exclude<MigrateOptions['database'], string>,
      migrations,
    };
    const session = openSession({ ...options, backup: 'off' });
    await session.write(up(at === undefined ? {} : { to: at }));
    const bridge = bridgeFor(connection);
    for (const seed of seeds) plantSeed(connection, () => bridge.inTransaction?.() === true, seed);
    if (rows === 'sample') {
      const tables = await session.write(addSampleRows(at));
      if (tables.length > 0) throw dunlinError('SAMPLE_ROWS_FAILED', { tables });
    }
    const attached = (bridge.query('PRAGMA database_list', []) as readonly Row[])
      .map(({ name }) => String(name))
      .filter((name) => name !== 'main' && name !== 'temp');
    if (attached.length > 0) throw dunlinError('TEMPLATE_UNUSABLE', { cause: 'attached', names: attached });
    // Without a migration nothing was written, and no bytes are no database.
    if (statSync(file).size === 0) connection.exec('PRAGMA user_version = 0');
    bridge.query('PRAGMA wal_checkpoint(TRUNCATE)', []);
  } finally {
    connection.close();
  }
}

/** Byte 0 to 15 of every database that is not encrypted (sqlite.org/fileformat.html, section 1.3.1). */
function isSqlite(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 16)) === 'SQLite format 3\0';
}
