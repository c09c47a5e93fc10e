import { platform } from './platform.ts';

/** SHA-256 (FIPS 180-4, section 6.2) of the text's UTF-8 bytes, in hexadecimal: that of browsers is asynchronous. */
export function sha256(text: string): string {
  const { roundConstants, initialState } = (constants ??= computeConstants());
  const state = Uint32Array.from(initialState);
  const bytes = padded(platform().TextEncoder, text);
  const view = new DataView(bytes.buffer);
  const w = new Uint32Array(64);
  for (let block = 0; block < bytes.length; block += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(block + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [a, b] = [w[i - 15]!, w[i - 2]!];
      const s0 = right(a, 7) ^ right(a, 18) ^ (a >>> 3);
      const s1 = right(b, 17) ^ right(b, 19) ^ (b >>> 10);
      w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
    }
    addBlock(state, w, roundConstants);
  }
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
}

function addBlock(state: Uint32Array, w: Uint32Array, k: readonly number[]): void {
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const t1 = h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + k[i]! + w[i]!;
    const t2 = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i]! += word));
}

function right(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The text's bytes, a 1, zeros, and the length in bits, to whole blocks of 64 bytes. */
function padded(encoder: new () => { encode(text: string): Uint8Array }, text: string): Uint8Array {
  const bytes = new encoder().encode(text);
  const all = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  all.set(bytes);
  all[bytes.length] = 0x80;
  new DataView(all.buffer).setBigUint64(all.length - 8, BigInt(bytes.length) * 8n);
  return all;
}

interface Constants {
  /** The first 32 bits of the fractions of the first 64 primes' cube roots. */
  readonly roundConstants: readonly number[];
  /** The same of the first 8 primes' square roots. */
  readonly initialState: readonly number[];
}

let constants: Constants | undefined;

function computeConstants(): Constants {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  const fraction = (root: number): number => ((root % 1) * 2 ** 32) >>> 0;
  return {
    roundConstants: primes.map((prime) => fraction(Math.cbrt(prime))),
    initialState: primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime))),
  };
}
