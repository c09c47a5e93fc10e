export { draftMigration, formatNames, hasStamps, readFormat, type FormatOptions } from './formats/read-format.ts';
export {
  recordSource,
  toSource,
  type MigrationsGiven,
  type MigrationRecord,
  type RepeatableDefinition,
} from './to-source.ts';
