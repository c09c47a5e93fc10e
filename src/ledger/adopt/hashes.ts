/** The hash functions of other tools' checksums, which no platform has in common. */

// Every runtime has TextEncoder, but the core is compiled without the types of any runtime.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const mask = (1n << 64n) - 1n;

/** CRC-32 (ISO 3309) of the text's UTF-8 bytes, continued from an earlier part, as an unsigned number. */
export function crc32(text: string, before = 0): number {
  let crc = ~before;
  for (const byte of new TextEncoder().encode(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** SHA-384 (FIPS 180-4, section 6.5) of the text's UTF-8 bytes. */
export function sha384(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  // The message, a bit, zeros, and the length in bits in the last 16 bytes.
  const padded = new Uint8Array(Math.ceil((bytes.length + 17) / 128) * 128);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  let length = BigInt(bytes.length) * 8n;
  for (let at = padded.length - 1; length > 0n; at--, length >>= 8n) padded[at] = Number(length & 0xffn);
  const state = [...constants().initial];
  for (let block = 0; block < padded.length; block += 128) addBlock(state, padded.subarray(block, block + 128));
  return new Uint8Array(state.slice(0, 6).flatMap((word) => bytesOf(word)));
}

function addBlock(state: bigint[], block: Uint8Array): void {
  const words: bigint[] = [];
  for (let at = 0; at < 128; at += 8) words.push(bigEndian(block.subarray(at, at + 8)));
  for (let i = 16; i < 80; i++) {
    const [a, b] = [words[i - 15]!, words[i - 2]!];
    const small0 = right(a, 1n) ^ right(a, 8n) ^ (a >> 7n);
    const small1 = right(b, 19n) ^ right(b, 61n) ^ (b >> 6n);
    words.push((words[i - 16]! + small0 + words[i - 7]! + small1) & mask);
  }
  let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  const { rounds } = constants();
  for (const [i, word] of words.entries()) {
    const big1 = right(e, 14n) ^ right(e, 18n) ^ right(e, 41n);
    const first = h + big1 + ((e & f) ^ (~e & mask & g)) + rounds[i]! + word;
    const big0 = right(a, 28n) ^ right(a, 34n) ^ right(a, 39n);
    const second = big0 + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & mask, c, b, a, (first + second) & mask];
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = (state[i]! + word) & mask;
}

function right(word: bigint, by: bigint): bigint {
  return ((word >> by) | (word << (64n - by))) & mask;
}

function left(word: bigint, by: bigint): bigint {
  return right(word, 64n - by);
}

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((word, byte) => (word << 8n) | BigInt(byte), 0n);
}

function bytesOf(word: bigint): number[] {
  return [56n, 48n, 40n, 32n, 24n, 16n, 8n, 0n].map((by) => Number((word >> by) & 0xffn));
}

/** The constants of SHA-384. Computed on first use: that takes milliseconds, and few databases need them. */
interface Constants {
  /** The first 64 bits of the fractional parts of the square roots of the 9th to 16th prime (FIPS 180-4, 5.3.4). */
  readonly initial: readonly bigint[];
  /** The same of the cube roots of the first 80 primes (FIPS 180-4, 4.2.3). */
  readonly rounds: readonly bigint[];
}

let computed: Constants | undefined;

function constants(): Constants {
  computed ??= {
    initial: primes(16)
      .slice(8)
      .map((prime) => root(BigInt(prime) << 128n, 2n) & mask),
    rounds: primes(80).map((prime) => root(BigInt(prime) << 192n, 3n) & mask),
  };
  return computed;
}

function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** The whole part of a root, bit by bit. */
function root(of: bigint, degree: bigint): bigint {
  let result = 0n;
  for (let bit = 1n << 70n; bit > 0n; bit >>= 1n) if ((result | bit) ** degree <= of) result |= bit;
  return result;
}

/** SipHash-1-3 with a key of zeros, as Rust's standard library has it, of some bytes. */
export function sipHash13(bytes: readonly number[]): bigint {
  const v: [bigint, bigint, bigint, bigint] = [
    0x736f6d6570736575n,
    0x646f72616e646f6dn,
    0x6c7967656e657261n,
    0x7465646279746573n,
  ];
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) addWord(v, littleEndian(bytes.slice(at, at + 8)));
  // The last word has the rest, and the length in its highest byte.
  addWord(v, (BigInt(bytes.length & 0xff) << 56n) | littleEndian(bytes.slice(whole)));
  v[2] ^= 0xffn;
  for (let i = 0; i < 3; i++) sipRound(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

function addWord(v: [bigint, bigint, bigint, bigint], word: bigint): void {
  v[3] ^= word;
  sipRound(v);
  v[0] ^= word;
}

function sipRound(v: [bigint, bigint, bigint, bigint]): void {
  v[0] = (v[0] + v[1]) & mask;
  v[1] = left(v[1], 13n) ^ v[0];
  v[0] = left(v[0], 32n);
  v[2] = (v[2] + v[3]) & mask;
  v[3] = left(v[3], 16n) ^ v[2];
  v[0] = (v[0] + v[3]) & mask;
  v[3] = left(v[3], 21n) ^ v[0];
  v[2] = (v[2] + v[1]) & mask;
  v[1] = left(v[1], 17n) ^ v[2];
  v[2] = left(v[2], 32n);
}

function littleEndian(bytes: readonly number[]): bigint {
  return bytes.reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n);
}

/** The bytes that Rust hashes for a `str`: its UTF-8, and one that no UTF-8 has. */
export function rustString(text: string): readonly number[] {
  return [...new TextEncoder().encode(text), 0xff];
}

/** The bytes that Rust hashes for a whole number, little-endian. */
export function rustInteger(value: number, bytes: 4 | 8): readonly number[] {
  return Array.from({ length: bytes }, (_, at) => Number((BigInt(value) >> BigInt(8 * at)) & 0xffn));
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
