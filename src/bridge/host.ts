import type { Files } from './files.ts';

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
  /** Where backups are kept; a platform without files has none. */
  readonly files?: Files;
}
