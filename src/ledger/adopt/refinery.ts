import type { Migration } from '../../migration/index.ts';
import { rustInteger, rustString, sipHash13 } from './hashes.ts';
import { digitsOf, textsOf, titleOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The checksum is of the name, the version and the text. Versions have 32 bits, or 64 with a feature of the crate. */
export const refinery: ToolRecord = {
  tool: 'refinery',
  names: ['refinery'],
  identity: 't.version',
  appliedAt: 't.applied_on',
  checksum: 't.checksum',
  checksums: checksumsOf,
  row: (exported) => ({
    version: Number(digitsOf(exported.migration)),
    name: titleOf(exported.migration).replace(/^_/, ''),
    applied_on: exported.appliedAt,
    checksum: checksumsOf(exported.migration)[0]!,
  }),
};

function checksumsOf(migration: Migration): readonly string[] {
  return textsOf(migration).flatMap((text) => {
    const name = rustString(titleOf(migration).replace(/^_/, ''));
    const version = Number(digitsOf(migration));
    const sql = rustString(text);
    return ([4, 8] as const).map((bytes) => String(sipHash13([...name, ...rustInteger(version, bytes), ...sql])));
  });
}
