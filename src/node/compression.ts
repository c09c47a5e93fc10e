import * as zlib from 'node:zlib';
import type { Packing } from '../bridge/index.ts';

type Transform = (bytes: Uint8Array) => Buffer;

/** Node has zstd from 22.15 on; @types/node of the oldest supported version does not know it. */
const { zstdCompressSync, zstdDecompressSync } = zlib as typeof zlib & {
  readonly zstdCompressSync?: Transform;
  readonly zstdDecompressSync?: Transform;
};

/** The best that this Node has. */
export function bestPacking(): Packing {
  return zstdCompressSync === undefined ? 'gzip' : 'zstd';
}

export function compress(bytes: Uint8Array, by: Packing): Uint8Array {
  return by === 'gzip' ? zlib.gzipSync(bytes, { level: 1 }) : zstdCompressSync!(bytes);
}

export function decompress(bytes: Uint8Array, by: Packing): Uint8Array {
  if (by === 'gzip') return zlib.gunzipSync(bytes);
  if (zstdDecompressSync === undefined) throw new Error('this Node has no zstd; Node 22.15 and later do');
  return zstdDecompressSync(bytes);
}
