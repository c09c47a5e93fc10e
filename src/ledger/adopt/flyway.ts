import type { Migration } from '../../migration/index.ts';
import { crc32 } from './hashes.ts';
import { digitsOf, fileKeys, fileNameOf, keyOf, textsOf, titleOf, toSqlTime } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The checksum is that of the lines without their ends, so line endings do not count. */
export const flyway: ToolRecord = {
  tool: 'Flyway',
  names: ['flyway'],
  identity: 'coalesce(t.version, t.script)',
  repeatable: 't.version IS NULL',
  // The digits alone would be those of 1.1 as well as of 1.
  keys: (migration) => [
    ...fileKeys(migration).filter((key) => key !== keyOf(digitsOf(migration))),
    keyOf(versionOf(migration)),
  ],
  appliedAt: 't.installed_on',
  checksum: 'CAST(t.checksum AS TEXT)',
  // Of a repeatable file Flyway takes the text in which the placeholders have their values.
  checksums: (migration) => [
    ...new Set([textsOf(migration)[0]!, migration.origin?.up?.source].flatMap((text) => checksumOf(text))),
  ],
  row: ({ migration, appliedAt, executionTimeMs, index, last }) => {
    const version = versionOf(migration);
    const title = titleOf(migration);
    const name = fileNameOf(migration);
    return {
      installed_rank: Number(last?.['installed_rank'] ?? 0) + 1 + index,
      version,
      description: title.replaceAll('_', ' '),
      type: 'SQL',
      script: /^V.*__/.test(name) ? name : `V${version}__${title}.sql`,
      checksum: Number(checksumOf(textsOf(migration)[0])[0]),
      installed_by: String(last?.['installed_by'] ?? ''),
      installed_on: toSqlTime(appliedAt),
      execution_time: executionTimeMs,
      success: 1,
    };
  },
};

/** `1.2` of `V1_2__roles.sql`: an underscore is a dot. */
function versionOf(migration: Migration): string {
  const [, version] = /^V(.+?)__/.exec(fileNameOf(migration)) ?? [];
  return version?.replaceAll('_', '.') ?? digitsOf(migration);
}

function checksumOf(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  // A signed number of 32 bits.
  return [String(lines.reduce((crc, line) => crc32(line, crc), 0) | 0)];
}
