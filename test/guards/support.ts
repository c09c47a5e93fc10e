import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, onTestFinished } from 'vitest';
import type { DatabaseBridge } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge, nodeSqliteBridge } from '../../src/drivers/index.ts';
import { isDunlinError, type DunlinError } from '../../src/errors/index.ts';
import { migrateSync, type MigrateOptions } from '../../src/node/index.ts';
import { contentOf } from '../support/databases.ts';

export type Driver = 'better-sqlite3' | 'node:sqlite';

const drivers: readonly Driver[] = ['better-sqlite3', 'node:sqlite'];

/** An application's connection in memory, as the driver opens it: with foreign keys on. */
export interface Connection {
  readonly handle: BetterSqlite3.Database | InstanceType<typeof DatabaseSync>;
  readonly bridge: DatabaseBridge;
}

/** Runs tests once per driver. Call `open` in a test. */
export function onBothDrivers(name: string, body: (open: (schema?: string) => Connection) => void): void {
  describe.each(drivers)(`${name}, %s`, (driver) => {
    body((schema) => open(driver, schema));
  });
}

export function open(driver: Driver = 'better-sqlite3', schema: string = ''): Connection {
  const connection = connect(driver);
  onTestFinished(() => void connection.bridge.close?.());
  void connection.bridge.script(schema);
  return connection;
}

export function connect(driver: Driver): Connection {
  if (driver === 'node:sqlite') {
    const handle = new DatabaseSync(':memory:');
    return { handle, bridge: nodeSqliteBridge(handle) };
  }
  const handle = new BetterSqlite3(':memory:');
  return { handle, bridge: betterSqlite3Bridge(handle) };
}

/** What a migration may be here: SQL, or a definition without its version. */
export type Given = string | object;

/** Migrations as a record, numbered from 1. */
export function numbered(migrations: readonly Given[]): Record<string, Given> {
  return Object.fromEntries(
    migrations.map((migration, index) => [
      `${String(index + 1).padStart(3, '0')}_step.${typeof migration === 'string' ? 'sql' : 'js'}`,
      migration,
    ]),
  );
}

type Options = Omit<MigrateOptions, 'database' | 'migrations'>;

/** Applies migrations; returns the notes that they led to. */
export function apply(
  { handle }: Connection,
  migrations: Given | readonly Given[],
  options: Options = {},
): readonly string[] {
  const kept: string[] = [];
  const notes: string[] = [];
  const list = Array.isArray(migrations) ? (migrations as readonly Given[]) : [migrations as Given];
  const listen: Options['onEvent'] = (event) => {
    if (event.type === 'migration:note') notes.push(event.note);
    else if (event.type === 'migration:rebuilt' && event.kept.length > 0)
      kept.push(`rebuilds ${event.table} and keeps: ${event.kept.join(', ')}`);
  };
  migrateSync({ database: handle, migrations: numbered(list) as never, onEvent: listen, ...options });
  return [...kept, ...notes];
}

/** The error with which migrations fail, having changed nothing: no row, no object, no setting of the connection. */
export function refused(
  connection: Connection,
  migrations: Given | readonly Given[],
  options: Options = {},
): DunlinError {
  const before = snapshot(connection);
  let failure: unknown;
  try {
    // Of several migrations those before the failing one would stay; here all are rolled back.
    apply(connection, migrations, Array.isArray(migrations) ? { atomic: 'run', ...options } : options);
  } catch (error) {
    failure = error;
  }
  expect(snapshot(connection)).toEqual(before);
  if (failure === undefined) expect.fail('it did not fail');
  if (!isDunlinError(failure)) throw failure;
  return failure;
}

/** Schema, rows, sequences, and what a run sets on the connection. */
function snapshot({ bridge }: Connection): unknown {
  const hasSequences = rows(bridge, `SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).length > 0;
  return {
    content: contentOf(bridge),
    sequences: hasSequences
      ? rows(bridge, `SELECT name, seq FROM main.sqlite_sequence WHERE name NOT LIKE 'schema_migration%' ORDER BY name`)
      : [],
    settings: ['foreign_keys', 'legacy_alter_table', 'synchronous'].map((name) => rows(bridge, `PRAGMA ${name}`)),
    inTransaction: bridge.inTransaction?.(),
  };
}

/** The content of a database as text, tables left out by name. */
export function content({ bridge }: Connection): string {
  return contentOf(bridge);
}

export function rows(bridge: DatabaseBridge, sql: string): readonly Record<string, unknown>[] {
  return bridge.query(sql, []) as readonly Record<string, unknown>[];
}

/** The first column of the first row. */
export function value({ bridge }: Connection, sql: string): unknown {
  return Object.values(rows(bridge, sql)[0] ?? {})[0];
}

/** The first column of every row. */
export function column({ bridge }: Connection, sql: string): unknown[] {
  return rows(bridge, sql).map((row) => Object.values(row)[0]);
}
