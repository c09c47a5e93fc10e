import type { Op } from '../bridge/index.ts';
import type { RunOptions } from './run-options.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Registry } from '../migration/index.ts';
import type { MigrationSet } from '../plan/index.ts';

/** What is known of the file that a connection has open: `FileFacts.identity` of it, and of its write-ahead log. */
export interface OpenedFile {
  database?: string | undefined;
  log?: string | undefined;
}

/** What every part of a run needs to know. */
export interface RunContext {
  /** The database's name for messages: the path as given, or the driver's. */
  readonly database: string;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly options: RunOptions;
  /** The sets, where the registry has only a part of the migrations that they are read from. */
  readonly sets?: readonly MigrationSet[];
  readonly lockTimeoutMs: number;
  /** Whether the bridge is synchronous: then modules are loaded with require() and functions may not be async. */
  readonly sync: boolean;
  readonly host: string;
  readonly pid: number;
  readonly tool: string;
  readonly newRunId: () => string;
  /** As of the host. */
  readonly sha256: (text: string) => string;
  readonly driver: string;
  /** Whether there are files, and so backups. */
  readonly canBackUp: boolean;
  /** The database's file, absolute; undefined for one in memory, or where the bridge does not tell. */
  readonly file: () => string | undefined;
  /** The path by which the database is known, symbolic links not resolved; that of `file` for a given connection. */
  readonly path: () => string | undefined;
  /** The file that the connection has open, and its log; see `rememberFile`. */
  readonly opened: OpenedFile;
  /** As of the bridge: whether a closed connection goes on holding the file. */
  readonly delayedClose: boolean;
  /** Whether this run holds the lock that keeps other runs from the database between its transactions. */
  readonly hasExclusiveLock: boolean;
  /** Whether the database is thrown away afterwards: then nothing has to last. */
  readonly scratch: boolean;
  /** What was wrong with the database before the run; undefined where nobody has looked. */
  readonly flaws?: readonly string[];
}

/** What can be asked of a database: run by a session, with the context of the connection. */
export type Operation<T> = (context: RunContext) => Op<T>;
