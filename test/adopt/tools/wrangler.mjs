import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { files } from '../migrations.mjs';
import { command, installed, npmPackage } from '../project.mjs';

const state = '.wrangler/state/v3/d1/miniflare-D1DatabaseObject';

export const wrangler = {
  ...npmPackage('wrangler'),
  files: files((title, n) => `migrations/000${n}_${title}.sql`),
  beside: () => ({
    'wrangler.json': JSON.stringify({
      name: 'app',
      compatibility_date: '2026-01-01',
      d1_databases: [{ binding: 'DB', database_name: 'app', database_id: 'app' }],
    }),
  }),
  database: (folder) =>
    join(
      state,
      readdirSync(join(folder, state)).find((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite'),
    ),
  to: 'd1',
  rows: 'SELECT id, name FROM d1_migrations ORDER BY id',
  apply: command(
    [process.execPath, installed('wrangler/bin/wrangler.js'), 'd1', 'migrations', 'apply', 'app', '--local'],
    /commands executed successfully/g,
    { env: { WRANGLER_SEND_METRICS: 'false' } },
  ),
};
