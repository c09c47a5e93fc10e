import type { Host } from '../bridge/index.ts';
import type { FormatFile } from './format.ts';
import { readText } from './registry.ts';
import { repeatableVersion } from './repeatable.ts';
import { SqlFile } from './sql-migration.ts';
import type { SqlMigration } from './types.ts';

/**
 * Seed files, in order of name. Like repeatable migrations they have no version and can run again; they are not recorded,
 * and run whenever they are asked for. Errors: `NOT_UTF8`, and those of reading a file.
 */
export function readSeeds(files: readonly FormatFile[], host: Pick<Host, 'sha256'>): readonly SqlMigration[] {
  const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map((file) => {
    const name = file.name.replace(/^.*\//, '').replace(/\.sql$/i, '');
    return new SqlFile({ version: repeatableVersion, name, id: file.path, file: file.path }, readText(file), host);
  });
}
