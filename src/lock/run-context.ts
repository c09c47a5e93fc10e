import type { EngineFacts, Op } from '../bridge/index.ts';
import type { DunlinError } from '../errors/index.ts';
import type { RunRecorder } from './run-recorder.ts';
import type { RunOptions } from './run-options.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Registry } from '../migration/index.ts';
import type { MigrationSet } from '../plan/index.ts';

/** The file that a connection has open: `FileStat.identity` of it, and of its write-ahead log. */
export interface OpenedFile {
  database?: string | undefined;
  log?: string | undefined;
}

/** What every part of a run needs. */
export interface RunContext {
  /** The database's name for messages: the path as given, or the driver's. */
  readonly database: string;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly options: RunOptions;
  /** The sets, if the registry has only a part of the migrations that declare them. */
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
  /** As of the bridge. */
  readonly engine: EngineFacts;
  /** Whether the database is a file, so that backups are possible. */
  readonly canBackUp: boolean;
  /** The database's file, absolute; undefined for one in memory, or if the bridge does not report it. */
  readonly file: () => string | undefined;
  /** The path of the database, symbolic links not resolved; that of `file` for an existing connection. */
  readonly path: () => string | undefined;
  /** The file that the connection has open, and its log; see `rememberFile`. */
  readonly opened: OpenedFile;
  /** As of the bridge: whether a closed connection still holds the file for a while. */
  readonly delayedClose: boolean;
  /** Whether this run holds the exclusive lock, which keeps other runs out between its transactions. */
  readonly hasExclusiveLock: boolean;
  /** Whether the database is deleted afterwards: then nothing has to be durable. */
  readonly scratch: boolean;
  /** What the integrity check found before the run; undefined if it did not run. */
  readonly flaws?: readonly string[];
  /** Whether the run as a whole may lose no value that was there before it, not even by a DOWN part. */
  readonly keepsValues?: boolean;
  /** The losses that somebody has accepted, as `REAPPLY_LOSES` named them; any other are refused. */
  readonly acceptedLosses?: DunlinError | undefined;
  /** The statements are to run on another database: see `RunRecorder`. */
  readonly recorder?: RunRecorder | undefined;
}

/** An operation on a database. A session runs it with the context of its connection. */
export type Operation<T> = (context: RunContext) => Op<T>;
