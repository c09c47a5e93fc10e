import { Buffer } from 'node:buffer';
import type { ConnectionSetup, DriverConnection } from '../../bridge/index.ts';
import {
  bridgeFor,
  isBunSqlite,
  isNodeSqlite,
  nodeSqliteOptions,
  prepareBetterSqlite3,
  prepareBunSqlite,
  prepareNodeSqlite,
  type BetterSqlite3Handle,
  type BunSqliteHandle,
  type NodeSqliteHandle,
} from '../../drivers/index.ts';
import { isFunction, must, type Check } from '../../errors/index.ts';

/**
 * The class of a driver's connections: `Database` of better-sqlite3 or bun:sqlite, or `DatabaseSync` of node:sqlite or
 * \@photostructure/sqlite.
 */
export type DriverClass<Connection extends object> = new (file: never, options: never) => Connection;

/** What every driver's connection has. */
export interface TestConnection extends DriverConnection {
  close(): unknown;
}

/** `DatabaseSync` of node:sqlite since Node 24. */
interface Deserializing {
  deserialize(bytes: Uint8Array): void;
}

/** A driver's class, with what its connections can do. */
export interface Driver {
  /** Which SQLite: the driver and the build of its library. */
  readonly sqlite: string;
  /** How a connection is opened on the bytes of a database; undefined if only on a file. */
  readonly openBytes: ((bytes: Uint8Array, setup: ConnectionSetup) => TestConnection) | undefined;
  readonly openFile: (file: string, setup: ConnectionSetup) => TestConnection;
}

/** `Database` of bun:sqlite. */
type BunConstructor = Constructor & { deserialize(bytes: Uint8Array): TestConnection };

type Constructor = new (file: string | Uint8Array, options?: object) => TestConnection;

export const driverCheck: Check = must(
  'the class of a driver: `Database` of better-sqlite3, or `DatabaseSync` of node:sqlite',
  isFunction,
);

const drivers = new WeakMap<object, Driver>();

/** Errors: `HANDLE_UNKNOWN`. */
export function driverOf(driver: DriverClass<object>): Driver {
  const known = drivers.get(driver);
  if (known !== undefined) return known;
  const examined = examine(driver as unknown as Constructor);
  drivers.set(driver, examined);
  return examined;
}

function examine(open: Constructor): Driver {
  const probe = new open(':memory:');
  try {
    const bridge = bridgeFor(probe);
    const [row] = bridge.query('SELECT sqlite_source_id() AS source', []) as readonly { source: string }[];
    const sqlite = `${bridge.driver} ${row!.source}`;
    if (isBunSqlite(probe)) return bun(open as BunConstructor, sqlite);
    return isNodeSqlite(probe) ? nodeSqlite(open, sqlite, 'deserialize' in probe) : better(open, sqlite);
  } finally {
    probe.close();
  }
}

function nodeSqlite(open: Constructor, sqlite: string, canDeserialize: boolean): Driver {
  const openFile = (file: string, setup: ConnectionSetup, bytes?: Uint8Array): TestConnection => {
    const connection = new open(file, nodeSqliteOptions(setup));
    if (bytes !== undefined) (connection as TestConnection & Deserializing).deserialize(bytes);
    prepareNodeSqlite(connection as TestConnection & NodeSqliteHandle, setup, file);
    return connection;
  };
  return {
    sqlite,
    openFile,
    openBytes: canDeserialize ? (bytes, setup) => openFile(':memory:', setup, bytes) : undefined,
  };
}

function better(open: Constructor, sqlite: string): Driver {
  const prepared = (connection: TestConnection, setup: ConnectionSetup, file: string): TestConnection => {
    prepareBetterSqlite3(connection as TestConnection & BetterSqlite3Handle, setup, file);
    return connection;
  };
  return {
    sqlite,
    openFile: (file, setup) => prepared(new open(file), setup, file),
    openBytes: (bytes, setup) =>
      // It takes a Buffer, and copies it.
      prepared(new open(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)), setup, ':memory:'),
  };
}

function bun(open: BunConstructor, sqlite: string): Driver {
  const prepared = (connection: TestConnection, setup: ConnectionSetup, file: string): TestConnection => {
    prepareBunSqlite(connection as TestConnection & BunSqliteHandle, setup, file);
    return connection;
  };
  return {
    sqlite,
    openFile: (file, setup) => prepared(new open(file), setup, file),
    openBytes: (bytes, setup) => prepared(open.deserialize(bytes), setup, ':memory:'),
  };
}
