import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  rmdirSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import type { Files, Packed } from '../bridge/index.ts';
import { bestPacking, compress, decompress } from './compression.ts';
import { heldLocks, isOpen } from './process-files.ts';
import { mayAccess } from './side-files.ts';
import { brokenLinkReason } from './special-files.ts';

const chunkBytes = 4 << 20;
const windows = process.platform === 'win32';

/** Operations on Dunlin's own files, on Node. Don't call them with the path of an open database. */
export const nodeFiles: Files = {
  stat(path) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    // Windows does not replace an open file, and has file systems without inode numbers.
    const identity = windows ? undefined : `${stats.dev}:${stats.ino}`;
    return { bytes: stats.size, modifiedAt: stats.mtimeMs, identity };
  },
  mayWrite: (path) => mayAccess(path, 'W_OK'),
  list(folder) {
    refuseBrokenLink(folder);
    return statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder);
  },
  makeFolder(folder, like) {
    refuseBrokenLink(folder);
    const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (first === undefined || windows) return;
    // Its parents may be new too, and need permissions for the same users.
    for (let created = resolve(folder); created.length >= first.length; created = dirname(created)) {
      const open = withFile(created, 'r', (descriptor) => allowInto(descriptor, like));
      if (!open && dirname(created) === dirname(resolve(like))) {
        rmdirSync(created);
        throw new Error(
          `the owner of the database could not write a folder that this user makes beside it; let the owner make the first backup (\`dunlin backup create\`)`,
        );
      }
      syncParent(created);
    }
  },
  create(path, like) {
    closeSync(openNew(path, like));
  },
  read(path) {
    requireRegular(path);
    return readFileSync(path, 'utf8');
  },
  write(path, text, like) {
    writeNew(path, like, (write) => write(new TextEncoder().encode(text)));
  },
  sync(path) {
    // Windows syncs only files that are open for writing.
    withFile(path, windows ? 'r+' : 'r', flush);
  },
  syncFolder(folder) {
    // Windows cannot open a folder; NTFS keeps its names in a journal.
    if (!windows) withFile(folder, 'r', flush);
  },
  copy(from, to, like) {
    writeNew(to, like, (write) => eachChunk(from, write));
  },
  overwrite(from, to) {
    requireRegular(from);
    withFile(to, 'r+', (descriptor) => {
      ftruncateSync(descriptor, 0);
      flush(descriptor);
      let at = 0;
      let beginning: Uint8Array | undefined;
      eachChunk(from, (chunk) => {
        // The header is in the first page, and the smallest page has 512 bytes.
        beginning ??= chunk.slice(0, 512);
        for (let done = at === 0 ? beginning.length : 0; done < chunk.length;)
          done += writeSync(descriptor, chunk, done, chunk.length - done, at + done);
        at += chunk.length;
      });
      flush(descriptor);
      if (beginning !== undefined) writeSync(descriptor, beginning, 0, beginning.length, 0);
      flush(descriptor);
    });
  },
  isOpen,
  heldLocks,
  rename(from, to) {
    for (let left = windows ? 20 : 0; ; left--) {
      try {
        return renameSync(from, to);
      } catch (error) {
        // A virus scanner or an indexer has it open for a moment.
        if (left === 0 || !['EPERM', 'EBUSY', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? ''))
          throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      }
    }
  },
  remove(path) {
    try {
      // rmSync treats a file without write permission as a folder, and reports that it is not one.
      unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  },
  sha256(path) {
    const hash = createHash('sha256');
    eachChunk(path, (chunk) => void hash.update(chunk));
    return hash.digest('hex');
  },
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  packing: () => bestPacking(),
  pack(from, to, like, packing) {
    const pieces: number[] = [];
    writeNew(to, like, (write) =>
      eachChunk(from, (chunk) => {
        const piece = compress(chunk, packing);
        pieces.push(piece.length);
        write(piece);
      }),
    );
    return pieces;
  },
  unpack(from, to, like, packed) {
    writeNew(to, like, (write) => eachPiece(from, packed, write));
  },
  sha256Packed(path, packed) {
    const hash = createHash('sha256');
    eachPiece(path, packed, (chunk) => void hash.update(chunk));
    return hash.digest('hex');
  },
};

/** Refuses a broken link, which would look like a folder without backups. */
function refuseBrokenLink(folder: string): void {
  for (const path of [dirname(folder), folder]) {
    const reason = brokenLinkReason(path);
    if (reason !== undefined) throw Object.assign(new Error(`${path} cannot be used: ${reason}`), { syscall: 'stat' });
  }
}

/** Creates a file that must not exist, with the read permissions of `like`, whatever the umask. */
function openNew(path: string, like: string): number {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    if (!windows) allow(descriptor, like);
  } catch (error) {
    closeSync(descriptor);
    rmSync(path, { force: true });
    throw error;
  }
  return descriptor;
}

function allow(descriptor: number, like: string): void {
  const mode = statSync(like, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return;
  const given = giveTo(descriptor, like);
  // Without the database's group, this process's group must not get the permissions of that group.
  const others = mode & 0o006;
  // The owner must be able to write it, even if the database is read-only.
  const shared = given ? mode & 0o066 : others | (others << 3);
  permitted(() => fchmodSync(descriptor, 0o600 | shared));
}

/**
 * Sets the permissions of a new folder: users may enter it if they may enter the folder of `like` and read `like`, and
 * write it if they may write both. The content counts as the database, because a backup there can be restored. Returns
 * whether the owner of `like` can write the folder, according to the modes: otherwise that user's runs could make no
 * backup. The owner is assumed to be in the group of the file, which SQLite's journals need too.
 */
function allowInto(descriptor: number, like: string): boolean {
  const database = statSync(like, { throwIfNoEntry: false });
  if (database === undefined) return true;
  const given = giveTo(descriptor, like);
  const beside = statSync(dirname(like));
  const others = reach(database.mode) & beside.mode & 0o7;
  // In the folder's mode, the database's group may count as others.
  const ofGroup = database.gid === beside.gid ? beside.mode >> 3 : beside.mode;
  // As in `allow`: this process's group must not get the permissions of the database's group.
  const group = given ? reach(database.mode >> 3) & ofGroup & 0o7 : others;
  // The setgid bit gives new files the group; in a folder with the sticky bit each user removes only their own.
  const special = ((group | others) & 0o2) === 0 ? 0 : beside.mode & (given ? 0o3000 : 0o1000);
  const set = permitted(() => fchmodSync(descriptor, special | 0o700 | (group << 3) | others));
  return !set || fstatSync(descriptor).uid === database.uid || ((given ? group : others) & 0o2) !== 0;
}

/** The permissions on a folder that correspond to a class's permissions on a file: read and write. */
function reach(mode: number): number {
  return (mode & 0o4) === 0 ? 0 : 0o5 | (mode & 0o2);
}

/**
 * Sets the owner and group of `like`, as far as this user may; otherwise root would leave files that the database's own
 * user could not remove. It uses the descriptor, because another file may be at the path by now.
 */
export function giveTo(descriptor: number, like: string): boolean {
  const [model, own] = [statSync(like, { throwIfNoEntry: false }), fstatSync(descriptor)];
  if (model === undefined) return false;
  const uid = process.getuid?.() === 0 ? model.uid : own.uid;
  if (own.uid === uid && own.gid === model.gid) return true;
  return permitted(() => fchownSync(descriptor, uid, model.gid));
}

/**
 * Errors of file systems without owners or modes, and of Node's permission model, which refuses calls on descriptors. Then
 * only the owner can use the file.
 */
const unable = ['EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS', 'ERR_ACCESS_DENIED'];

function permitted(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (unable.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Node's permission model refuses fsync; then a power failure may lose the last writes. */
function flush(descriptor: number): void {
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ACCESS_DENIED') throw error;
  }
}

/**
 * Syncs the parent, which holds the name of a new folder: without it, everything synced in the folder could be lost. A
 * parent that this user may write but not read cannot be synced.
 */
function syncParent(folder: string): void {
  try {
    withFile(dirname(folder), 'r', flush);
  } catch (error) {
    if (!['EACCES', 'ERR_ACCESS_DENIED'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

export function withFile<T>(path: string, flags: string, work: (descriptor: number) => T): T {
  const descriptor = openSync(path, flags);
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Refuses a pipe, among others: opening it would wait for a writer, perhaps forever. */
function requireRegular(path: string): void {
  if (!statSync(path).isFile()) throw Object.assign(new Error('it is not a regular file'), { syscall: 'open' });
}

function eachChunk(path: string, use: (chunk: Uint8Array) => void): void {
  requireRegular(path);
  const buffer = new Uint8Array(chunkBytes);
  withFile(path, 'r', (descriptor) => {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer))
      use(buffer.subarray(0, read));
  });
}

/** Writes a new file piece by piece. It is on the disk when this returns, and deleted when this throws. */
function writeNew(path: string, like: string, fill: (write: (chunk: Uint8Array) => void) => void): void {
  const descriptor = openNew(path, like);
  try {
    fill((chunk) => {
      for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
    });
    flush(descriptor);
  } catch (error) {
    closeSync(descriptor);
    rmSync(path, { force: true });
    throw error;
  }
  closeSync(descriptor);
}

function eachPiece(path: string, { packing, pieces }: Packed, use: (chunk: Uint8Array) => void): void {
  requireRegular(path);
  withFile(path, 'r', (descriptor) => {
    for (const length of pieces) {
      const piece = new Uint8Array(length);
      if (readSync(descriptor, piece) < length) throw new Error('it is shorter than its manifest says');
      use(decompress(piece, packing));
    }
    if (readSync(descriptor, new Uint8Array(1)) > 0) throw new Error('it is longer than its manifest says');
  });
}
