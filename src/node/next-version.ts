import { readdirSync } from 'node:fs';
import { formatVersion, maxVersion, parseFileName } from '../migration/index.ts';
import { dunlinError } from '../errors/index.ts';

/** How new migrations are numbered: 003 after 002, or the time to the second in UTC, such as 20261121093000. */
export type Numbering = 'sequential' | 'timestamp';

/** Whether a version is a time to the second: 14 digits without leading zeros. */
export function isTimeStamp(version: number): boolean {
  return String(version).length === 14;
}

/** The file of a migration, with the digits of its version. */
export interface NumberedFile {
  readonly version: number;
  readonly digits: string;
  readonly file: string;
}

/** The files of migrations in a folder, by version. */
export function numberedFiles(folder: string): readonly NumberedFile[] {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = entry.isDirectory() ? undefined : parseFileName(entry.name);
    return name !== undefined && 'version' in name
      ? [{ version: name.version, digits: formatVersion(name), file: entry.name }]
      : [];
  });
  return found.sort((a, b) => a.version - b.version);
}

/**
 * The digits of the next migration's version, always higher than `newest`. Without a `numbering` it continues the newest
 * one's. Errors: `VERSIONS_EXHAUSTED`.
 */
export function nextVersion(newest: NumberedFile | undefined, now: number, numbering?: Numbering): string {
  const stamp = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14);
  const isStamp =
    numbering === undefined ? newest !== undefined && isTimeStamp(newest.version) : numbering === 'timestamp';
  if (newest === undefined) return isStamp ? stamp : formatVersion(1);
  if (newest.version === maxVersion) throw dunlinError('VERSIONS_EXHAUSTED', { file: newest.file });
  // Two migrations in one second, or a newest one from a clock that is ahead.
  return isStamp && Number(stamp) > newest.version
    ? stamp
    : String(newest.version + 1).padStart(newest.digits.length, '0');
}
