export { draftMigration, formatNames, hasStamps, readFormat, type FormatOptions } from './formats/read-format.ts';
export {
  recordSource,
  toPlainSource,
  toSource,
  type MigrationsGiven,
  type MigrationRecord,
  type RepeatableDefinition,
} from './to-source.ts';
