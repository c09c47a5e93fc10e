import { readFileSync } from 'node:fs';
import { checkOptions, must, dunlinError } from '../errors/index.ts';
import { sharedChecks, emptyRegistry, Session } from '../runner/index.ts';
import type { Checks } from '../errors/check-options.ts';
import { loadSchema } from '../operations/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import type { Inventory } from '../schema/index.ts';
import type { DriverName } from './driver.ts';
import { nodeHost } from './node-host.ts';
import { reasonOf } from './messages.ts';
import { openDatabase, connectionSetup } from './open-database.ts';
import type { DatabaseBridge } from '../bridge/index.ts';

/** Options of `readSchemaFile`. */
export interface SchemaFileOptions extends Pick<
  RunOptions,
  'doubleQuotedStrings' | 'extensions' | 'functions' | 'layout' | 'prepare' | 'tables'
> {
  /** Which driver reads it. Default: the first that works. */
  readonly driver?: DriverName;
}

const pathCheck: Checks = {
  path: must('the path of an SQL file', (value) => typeof value === 'string' && value !== ''),
};
const { doubleQuotedStrings, extensions, functions, layout, prepare, tables } = sharedChecks;
const schemaFileChecks: Checks = {
  doubleQuotedStrings,
  extensions,
  functions,
  layout,
  prepare,
  tables,
  driver: () => undefined,
};

/**
 * Reads the schema of an SQL file, for `compareSchemas`: a dump, or a file written by hand. Its statements run in an empty
 * database in memory; Dunlin's own tables are excluded. Errors: `FILE_UNREADABLE`, `SCHEMA_FILE_FAILED`.
 *
 * ```ts
 * const changes = compareSchemas(await runner.schema(), await readSchemaFile('schema.sql'));
 * ```
 */
export async function readSchemaFile(path: string, options: SchemaFileOptions = {}): Promise<Inventory> {
  checkOptions({ path }, pathCheck, ['path']);
  checkOptions(options, schemaFileChecks);
  const text = read(path);
  const { driver, doubleQuotedStrings, extensions, functions = {}, prepare, ...rest } = options;
  const setup = connectionSetup({ doubleQuotedStrings, extensions, prepare });
  const open = (): DatabaseBridge => openDatabase(':memory:', { driver, ...setup }).bridge;
  const parts = { bridge: open, registry: () => emptyRegistry(nodeHost), host: nodeHost, database: path, owned: true };
  const session = new Session(parts, { ...rest, functions });
  try {
    return await session.write((context) => loadSchema(context, path, text));
  } finally {
    await session.close();
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw dunlinError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, { cause: error });
  }
}
