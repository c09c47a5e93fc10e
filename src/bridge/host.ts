/** Free space in a folder for temporary files. */
export interface TemporaryRoom {
  readonly folder: string;
  /** Bytes. */
  readonly free: number;
  /** A folder with more space. */
  readonly other: string | undefined;
}

/** Free space where a database is, and for temporary files. */
export interface Room {
  /** Bytes in the database's folder; undefined for a database in memory. */
  readonly beside: number | undefined;
  /** The folder for temporary files with the least space. */
  readonly temporary: TemporaryRoom;
  /** Whether the database itself is a copy or a scratch database in the folder for temporary files. */
  readonly isTemporary: boolean;
}

/** The platform's functions, passed in so that the core imports nothing of Node. */
export interface Host {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Blocks the thread; used by synchronous runs only. */
  sleepSync(ms: number): void;
  /** Lets the process run timers and I/O. Default: `sleep(0)`. */
  turn?(): Promise<void>;
  /** A run with a signal gives a turn at most once in so many milliseconds. Default: after each event. */
  readonly turnEveryMs?: number;
  /** The SHA-256 of the text's UTF-8 bytes, as lower-case hexadecimal. */
  sha256(text: string): string;
  /** A short random identifier, unique for each run. */
  randomId(): string;
  readonly hostname: string;
  readonly pid: number;
  /** A hint about SQLite's temporary files after `DISK_FULL` or `DISK_ERROR`, if they may be the cause. */
  roomLeft?(database: string | undefined, code: string): string | undefined;
  /** The free space for a database and for temporary files; undefined where it cannot be read. */
  room?(database: string | undefined): Room | undefined;
  /** The files for backups; undefined on a platform without files. */
  readonly files?: Files;
}

/** A file's properties, read without opening it. */
export interface FileStat {
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Device and inode: equal for all names of one file. Undefined where the system has none. */
  readonly identity?: string | undefined;
}

/**
 * Operations on Dunlin's own files: backups and their manifests. Don't use them on a database: closing any descriptor of
 * it drops the process's locks on it (https://sqlite.org/howtocorrupt.html, section 2.2). `stat`, `mayWrite`, `isOpen`,
 * `heldLocks` and `rename` open nothing, so they are safe for a database; `copy` and `overwrite` are safe for one that no
 * process has open.
 */
export interface Files {
  stat(path: string): FileStat | undefined;
  /** Whether this user may write a file, on a file system that may be written. Opens nothing. */
  mayWrite(path: string): boolean;
  /** The names in a folder; empty if the folder is missing. */
  list(folder: string): readonly string[];
  /** Creates a missing folder with the permissions of `like`'s folder, except for users who may not read `like`. */
  makeFolder(folder: string, like: string): void;
  /** Creates an empty file with the read permissions of `like`. Fails if the file exists. */
  create(path: string, like: string): void;
  read(path: string): string;
  /** Writes a new file with the read permissions of `like`, and waits until it is on the disk. */
  write(path: string, text: string, like: string): void;
  /** Waits until a file's content is on the disk. */
  sync(path: string): void;
  /** Waits until a folder's names are on the disk, where the system supports it. */
  syncFolder(folder: string): void;
  /** Writes a copy with the read permissions of `like`, and waits until it is on the disk. */
  copy(from: string, to: string, like: string): void;
  /**
   * Overwrites a file with another one's content, keeping name and owner, and waits until it is on the disk. It writes
   * the beginning last, so that SQLite rejects an incomplete file.
   */
  overwrite(from: string, to: string): void;
  /** Whether any process, or another one, has a file open, as far as this user may see; undefined if unknown. */
  isOpen(path: string, by: 'all' | 'others'): boolean | undefined;
  /** The files on which this process has a lock; undefined where the system does not show locks. */
  heldLocks(paths: readonly string[]): readonly string[] | undefined;
  rename(from: string, to: string): void;
  /** Removes a file; a missing file is not an error. */
  remove(path: string): void;
  /** In lower-case hexadecimal. */
  sha256(path: string): string;
  /** The free space in a folder's file system. */
  freeBytes(folder: string): number;
  /** The best format on this system. */
  packing(): Packing;
  /**
   * Writes a compressed copy with the read permissions of `like`, and waits until it is on the disk. It compresses in
   * pieces, so memory does not grow with the file; gunzip and `zstd -d` can read it. Returns the pieces' lengths.
   */
  pack(from: string, to: string, like: string, packing: Packing): readonly number[];
  unpack(from: string, to: string, like: string, packed: Packed): void;
  /** The SHA-256 of a compressed file's content. */
  sha256Packed(path: string, packed: Packed): string;
}

export type Packing = 'gzip' | 'zstd';

/** How a file is compressed. */
export interface Packed {
  readonly packing: Packing;
  /** The lengths of its pieces, in bytes. */
  readonly pieces: readonly number[];
}
