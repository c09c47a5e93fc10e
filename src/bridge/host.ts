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

/** What is known of a file without opening it. */
export interface FileStat {
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** The same for all names of one file, another for every other file (device and inode); undefined where there is none. */
  readonly identity?: string | undefined;
}

/**
 * The files that Dunlin itself keeps: backups and their manifests. Never the database's own: closing any descriptor of
 * it drops the locks that the process has on it (https://sqlite.org/howtocorrupt.html, section 2.2). What opens nothing,
 * `stat`, `mayWrite`, `isOpen`, `heldLocks` and `rename`, may be given a database that is beyond opening; so may `copy` and
 * `overwrite`, when nobody has it open.
 */
export interface Files {
  stat(path: string): FileStat | undefined;
  /** Whether this user may write a file, on a file system that may be written. Opens nothing. */
  mayWrite(path: string): boolean;
  /** The names in a folder; none if there is no folder. */
  list(folder: string): readonly string[];
  /** Makes a folder, if there is none, with the reach of the folder of `like`, but for nobody who may not read `like`. */
  makeFolder(folder: string, like: string): void;
  /** Makes an empty file that no more people can read than `like`. Fails if there is one. */
  create(path: string, like: string): void;
  read(path: string): string;
  /** Writes a new file, readable as `like` is, and waits until it is on the disk. */
  write(path: string, text: string, like: string): void;
  /** Waits until what was written to a file is on the disk. */
  sync(path: string): void;
  /** Waits until the names in a folder are on the disk, where the system can. */
  syncFolder(folder: string): void;
  /** Writes a copy, readable as `like` is, and waits until it is on the disk. */
  copy(from: string, to: string, like: string): void;
  /**
   * Writes what is in a file over another one, which keeps its name and owner, and waits until it is on the disk. Its
   * beginning is written last: until then SQLite takes it for no database.
   */
  overwrite(from: string, to: string): void;
  /** Whether a process, or another one, has a file open, as far as can be seen; undefined where the system does not tell. */
  isOpen(path: string, by: 'all' | 'others'): boolean | undefined;
  /** Those of some files on which this process has a lock; undefined where the system does not show its locks. */
  heldLocks(paths: readonly string[]): readonly string[] | undefined;
  rename(from: string, to: string): void;
  /** Removes a file; that there is none is no error. */
  remove(path: string): void;
  /** In lower-case hexadecimal. */
  sha256(path: string): string;
  /** How much can still be written to the file system of a folder. */
  freeBytes(folder: string): number;
  /** The best format that this system has. */
  packing(): Packing;
  /**
   * Writes a compressed copy, readable as `like` is, and waits until it is on the disk. It is made of pieces, so that
   * memory does not grow with the file, and the usual programs (gunzip, zstd -d) read it. Returns the pieces' lengths.
   */
  pack(from: string, to: string, like: string, packing: Packing): readonly number[];
  unpack(from: string, to: string, like: string, packed: Packed): void;
  /** The SHA-256 of what a compressed file holds. */
  sha256Packed(path: string, packed: Packed): string;
}

export type Packing = 'gzip' | 'zstd';

/** How a file is compressed. */
export interface Packed {
  readonly packing: Packing;
  /** The lengths of its pieces, in bytes. */
  readonly pieces: readonly number[];
}
