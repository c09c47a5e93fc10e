import { files } from '../migrations.mjs';
import { command, installed, npmPackage } from '../project.mjs';

// Of its two schema engines, the one in WebAssembly is in the npm package. It needs a driver adapter and `engine: 'js'`,
// which version 7 no longer has. The other programs are downloads that this command does not start: it only wants to have
// paths of them.

/** `prisma migrate`, and the environment and the configuration that it needs. */
export const migrate = [process.execPath, installed('prisma/build/index.js'), 'migrate'];
export const env = {
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  CHECKPOINT_DISABLE: '1',
};

export const configuration = {
  'prisma.config.mjs': `
import { PrismaBetterSQLite3 } from '@prisma/adapter-better-sqlite3';
import { defineConfig } from 'prisma/config';
export default defineConfig({
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new PrismaBetterSQLite3({ url: 'file:./app.db' }),
});`,
};
/** The beginning of a schema. */
export const datasource = 'datasource db {\n  provider = "sqlite"\n  url      = "file:./app.db"\n}\n';

export const prisma = {
  ...npmPackage('prisma'),
  files: files((title, n) => `prisma/migrations/2024010200000${n}_${title}/migration.sql`),
  beside: () => ({
    'prisma/migrations/migration_lock.toml': 'provider = "sqlite"\n',
    'prisma/schema.prisma': datasource,
    ...configuration,
  }),
  options: ['--migrations', 'prisma/migrations'],
  to: 'prisma',
  rows: 'SELECT checksum, migration_name, rolled_back_at, applied_steps_count FROM _prisma_migrations ORDER BY migration_name',
  apply: command([...migrate, 'deploy'], /─ migration\.sql/g, { env }),
};
