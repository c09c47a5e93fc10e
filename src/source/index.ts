export { definitionsSource } from './definitions.ts';
export { recordSource } from './record.ts';
export { toSource } from './to-source.ts';
export type { MigrationsGiven } from './to-source.ts';
export type { MigrationRecord, MigrationSource, SourceContents, SourceEntry } from './types.ts';
