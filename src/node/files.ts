import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import process from 'node:process';
import * as compression from 'node:zlib';
import type { Files, Packed } from '../bridge/index.ts';

type Transform = (bytes: Uint8Array) => Buffer;

/** Node has zstd from 22.15 on; @types/node of the oldest supported version does not know it. */
const zlib = compression as typeof compression & {
  readonly zstdCompressSync?: Transform;
  readonly zstdDecompressSync?: Transform;
};

const chunkBytes = 4 << 20;
const windows = process.platform === 'win32';

/** Dunlin's own files, on Node. Nothing here may be given the path of a database that is in use. */
export const nodeFiles: Files = {
  stat(path) {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : { bytes: stats.size, modifiedAt: stats.mtimeMs };
  },
  list: (folder) => (statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder)),
  makeFolder(folder, like) {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) giveTo(folder, like);
  },
  create(path, like) {
    closeSync(openNew(path, like));
  },
  read: (path) => readFileSync(path, 'utf8'),
  write(path, text, like) {
    const descriptor = openNew(path, like);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
  sync(path) {
    // Windows syncs only what is open for writing.
    withFile(path, windows ? 'r+' : 'r', fsyncSync);
  },
  syncFolder(folder) {
    // Windows cannot open a folder; NTFS keeps its names in a journal.
    if (!windows) withFile(folder, 'r', fsyncSync);
  },
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
  remove: (path) => rmSync(path, { force: true }),
  sha256(path) {
    const hash = createHash('sha256');
    eachChunk(path, (chunk) => void hash.update(chunk));
    return hash.digest('hex');
  },
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  packing: () => (zlib.zstdCompressSync === undefined ? 'gzip' : 'zstd'),
  pack(from, to, like, packing) {
    const pieces: number[] = [];
    writeNew(to, like, (write) =>
      eachChunk(from, (chunk) => {
        const piece = packing === 'gzip' ? zlib.gzipSync(chunk, { level: 6 }) : zlib.zstdCompressSync!(chunk);
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

/** Opens a file that must not exist; its mode and owner are those of `like`, whatever the umask. */
function openNew(path: string, like: string): number {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    giveTo(path, like);
  } catch (error) {
    closeSync(descriptor);
    rmSync(path, { force: true });
    throw error;
  }
  return descriptor;
}

function giveTo(path: string, like: string): void {
  const model = statSync(like, { throwIfNoEntry: false });
  if (model === undefined || windows) return;
  const isFolder = statSync(path).isDirectory();
  if (!isFolder) chmodSync(path, model.mode & 0o666);
  // Only root can give files away, and only root leaves some that their user could not remove.
  if (process.getuid?.() === 0) chownSync(path, model.uid, model.gid);
}

function withFile(path: string, flags: string, work: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags);
  try {
    work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function eachChunk(path: string, use: (chunk: Buffer) => void): void {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  withFile(path, 'r', (descriptor) => {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer))
      use(buffer.subarray(0, read));
  });
}

/** A new file that is filled piece by piece; on the disk when this returns, gone when it throws. */
function writeNew(path: string, like: string, fill: (write: (chunk: Uint8Array) => void) => void): void {
  const descriptor = openNew(path, like);
  try {
    fill((chunk) => {
      for (let at = 0; at < chunk.length;) at += writeSync(descriptor, chunk, at);
    });
    fsyncSync(descriptor);
  } catch (error) {
    closeSync(descriptor);
    rmSync(path, { force: true });
    throw error;
  }
  closeSync(descriptor);
}

function eachPiece(path: string, { packing, pieces }: Packed, use: (chunk: Uint8Array) => void): void {
  withFile(path, 'r', (descriptor) => {
    for (const length of pieces) {
      const piece = Buffer.allocUnsafe(length);
      if (readSync(descriptor, piece) < length) throw new Error('it is shorter than its manifest says');
      if (packing === 'zstd' && zlib.zstdDecompressSync === undefined)
        throw new Error('this Node has no zstd; Node 22.15 and later do');
      use(packing === 'gzip' ? zlib.gunzipSync(piece) : zlib.zstdDecompressSync!(piece));
    }
    if (readSync(descriptor, Buffer.allocUnsafe(1)) > 0) throw new Error('it is longer than its manifest says');
  });
}
