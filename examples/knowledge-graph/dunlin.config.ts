import type { DatabaseConfig } from 'dunlin';

export type DatabaseName = 'settings' | 'knowledge_graph' | 'ontology';

// The command line and the server read this file, so both use the same databases and migrations.
const data = process.env['KNOWLEDGE_DATA'] ?? 'data';

const config: { readonly databases: Readonly<Record<DatabaseName, DatabaseConfig>> } = {
  databases: {
    settings: { path: `${data}/settings.db`, migrations: 'migrations/settings' },
    ontology: { path: `${data}/ontology.db`, migrations: 'migrations/ontology' },
    // An import may hold its write lock for a while.
    knowledge_graph: {
      path: `${data}/knowledge_graph.db`,
      migrations: 'migrations/knowledge_graph',
      lockTimeoutMs: 60_000,
    },
  },
};

export default config;
