import type { Files } from './files.ts';

/** What a folder of temporary files has left. */
export interface TemporaryRoom {
  readonly folder: string;
  /** Bytes. */
  readonly free: number;
  /** A folder that has more. */
  readonly other: string | undefined;
}

/** What a file system has left. */
export interface Room {
  /** Bytes beside the database; undefined for one in memory. */
  readonly beside: number | undefined;
  /** The folder of temporary files that has the least. */
  readonly temporary: TemporaryRoom;
  /** Whether the database itself is a copy or a scratch database in the folder for temporary files. */
  readonly isTemporary: boolean;
}

/** The powers of the machine, handed in so that the core imports nothing of Node. */
export interface Host {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Blocks the thread; used by synchronous runs only. */
  sleepSync(ms: number): void;
  /** Lets timers and I/O of the process have their turn; where it is missing, `sleep(0)` does. */
  turn?(): Promise<void>;
  /** The SHA-256 of the text's UTF-8 bytes, as lower-case hexadecimal. */
  sha256(text: string): string;
  /** A short random identifier, unique for each run. */
  randomId(): string;
  readonly hostname: string;
  readonly pid: number;
  /** What to say of SQLite's temporary files after `DISK_FULL` or `DISK_ERROR`, if it may have been about them. */
  roomLeft?(database: string | undefined, code: string): string | undefined;
  /** How much room there is where a database lies, and where temporary files do; undefined where that cannot be read. */
  room?(database: string | undefined): Room | undefined;
  /** Where backups are kept; a platform without files has none. */
  readonly files?: Files;
}
