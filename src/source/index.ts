export { recordSource, toSource, type MigrationsGiven, type MigrationRecord } from './to-source.ts';
