import { dunlinError, isPlain, shown } from '../errors/index.ts';
import type { MigrationDefinition, MigrationSource } from '../migration/index.ts';
import { definitionsSource } from './definitions.ts';
import { recordSource } from './record.ts';
import type { MigrationRecord } from './types.ts';

/** What migrations may be given as, a directory's path apart. */
export type MigrationsGiven = MigrationSource | MigrationRecord | readonly MigrationDefinition<never>[];

/** The source that a record, an array of definitions or a source stands for. Throws SOURCE_INVALID for anything else. */
export function toSource(given: MigrationsGiven): MigrationSource {
  if (Array.isArray(given)) return definitionsSource(given);
  if (typeof given === 'object' && given !== null) {
    if (isSource(given)) return given;
    // A Map, a URL or a promise has no entries, which would pass for a record without migrations.
    if (isPlain(given)) return recordSource(given as MigrationRecord);
  }
  throw dunlinError('SOURCE_INVALID', { given: typeof given === 'string' ? `the text ${shown(given)}` : shown(given) });
}

function isSource(given: object): given is MigrationSource {
  return 'read' in given && typeof given.read === 'function' && 'name' in given && typeof given.name === 'string';
}
