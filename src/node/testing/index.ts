export { migratedDatabase, type MigratedDatabaseOptions } from './migrated-database.ts';
export { testMigration, type MigrationTest, type TestMigrationOptions } from './test-migration.ts';
export type { DriverClass } from './driver-class.ts';
export type { Seed } from './seed.ts';
export * from '../../testing/index.ts';
