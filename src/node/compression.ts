import type { Packing } from '../bridge/index.ts';

type Transform = (bytes: Uint8Array) => Buffer;

/** Node has zstd from 22.15 on; @types/node of the oldest supported version does not know it. */
type Zlib = typeof import('node:zlib') & {
  readonly zstdCompressSync?: Transform;
  readonly zstdDecompressSync?: Transform;
};

// Loaded on first use: it takes milliseconds that most starts don't need.
const zlib = (): Zlib => process.getBuiltinModule('node:zlib');

export function bestPacking(): Packing {
  return zlib().zstdCompressSync === undefined ? 'gzip' : 'zstd';
}

export function compress(bytes: Uint8Array, by: Packing): Uint8Array {
  return by === 'gzip' ? zlib().gzipSync(bytes, { level: 1 }) : zlib().zstdCompressSync!(bytes);
}

export function decompress(bytes: Uint8Array, by: Packing): Uint8Array {
  if (by === 'gzip') return zlib().gunzipSync(bytes);
  const { zstdDecompressSync } = zlib();
  if (zstdDecompressSync === undefined) throw new Error('this Node has no zstd; Node 22.15 and later do');
  return zstdDecompressSync(bytes);
}
