import { files } from '../migrations.mjs';
import { command, installed } from '../project.mjs';

// Of its two schema engines, the one in WebAssembly is in the npm package, and works through a driver adapter. The other
// programs are downloads that this command does not start: it only wants to have paths of them.
const env = {
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  CHECKPOINT_DISABLE: '1',
};

export const prisma = {
  package: 'prisma',
  files: files((title, n) => `prisma/migrations/2024010200000${n}_${title}/migration.sql`),
  beside: () => ({
    'prisma/migrations/migration_lock.toml': 'provider = "sqlite"\n',
    'prisma/schema.prisma': 'datasource db {\n  provider = "sqlite"\n  url      = "file:./app.db"\n}\n',
    'prisma.config.mjs': `
import { PrismaBetterSQLite3 } from '@prisma/adapter-better-sqlite3';
import { defineConfig } from 'prisma/config';
export default defineConfig({
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new PrismaBetterSQLite3({ url: 'file:./app.db' }),
});`,
  }),
  options: ['--migrations', 'prisma/migrations'],
  to: 'prisma',
  rows: 'SELECT checksum, migration_name, rolled_back_at, applied_steps_count FROM _prisma_migrations ORDER BY migration_name',
  apply: command([process.execPath, installed('prisma/build/index.js'), 'migrate', 'deploy'], /─ migration\.sql/g, {
    env,
  }),
};
