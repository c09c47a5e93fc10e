import type { Migration } from '../../migration/index.ts';
import { fileNameOf, textsOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The hash is that of atlas.sum: of the names and texts of all files up to this one. */
export const atlas: ToolRecord = {
  tool: 'Atlas',
  names: ['atlas'],
  identity: 't.version',
  appliedAt: 't.executed_at',
  checksum: 't.hash',
  checksums: (migration, sha256, all) => {
    const files = all.slice(0, all.indexOf(migration) + 1);
    return [rawText, withLf, withCrlf].map((text) =>
      toBase64(sha256(files.map((file) => fileNameOf(file) + text(file)).join(''))),
    );
  },
  row: () => 'Atlas counts the statements of a file in its own way, so `atlas migrate set` has to record it',
};

const rawText = (migration: Migration): string => textsOf(migration)[0]!;
const withLf = (migration: Migration): string => rawText(migration).replaceAll('\r\n', '\n');
const withCrlf = (migration: Migration): string => withLf(migration).replaceAll('\n', '\r\n');

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 (RFC 4648, section 4) of the 32 bytes that hexadecimal digits stand for. */
function toBase64(hex: string): string {
  const bits = BigInt(`0x${hex}00`);
  const letters = Array.from({ length: 44 }, (_, at) => digits[Number((bits >> BigInt(6 * (43 - at))) & 63n)]!);
  return `${letters.slice(0, 43).join('')}=`;
}
