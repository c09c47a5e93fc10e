export { recordSource } from './record.ts';
export { toSource, type MigrationsGiven } from './to-source.ts';
export type { MigrationRecord } from './types.ts';
