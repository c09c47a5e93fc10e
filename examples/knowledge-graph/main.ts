import { cpSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate, MigrationRunner, RollbackManager } from 'dunlin';
import { KnowledgeGraph } from './knowledge-graph.ts';
import { optionsOf, SchemaError, type SchemaPolicy } from './schemas.ts';

type Log = (line: string) => void;

/** Starts of the server in the course of its life, on databases in a folder that is empty at first. */
export async function demo(folder: string, log: Log): Promise<void> {
  const data = join(folder, 'data');

  log('- The first start makes three databases');
  const graph = await start(data, 'migrate', log);
  if (graph === undefined) return;
  const emilie = graph.addNode('Person', 'Émilie du Châtelet', { born: '1706' });
  const voltaire = graph.addNode('Person', 'Voltaire');
  const book = graph.addNode('Work', 'Institutions de physique', { published: '1740' });
  graph.connect(emilie, 'wrote', book);
  graph.connect(emilie, 'knew', voltaire);
  for (const { slug, label, distance, degree } of graph.neighbours('voltaire', 2))
    log(`  ${label} (${slug}): ${distance} from Voltaire, degree ${degree}`);
  graph.close();

  log('- It starts again: nothing to do');
  (await start(data, 'migrate', log))?.close();

  log('- Where an operator migrates, the server waits for it; here for the newest migration of the graph');
  const options = optionsOf(data, 'knowledge_graph');
  await new RollbackManager(options).rollback();
  await start(data, 'require', log);
  const plan = await dryRun(data);
  log(`  dry run: ${plan.join(', ')}`);
  await migrate({ ...options, tool: 'the operator' });
  (await start(data, 'require', log))?.close();

  log('- A newer release has been here: this one does not touch what it does not know');
  const newer = join(folder, 'newer-release');
  cpSync(fileURLToPath(new URL('migrations/settings', import.meta.url)), newer, { recursive: true });
  writeFileSync(join(newer, '003_add_user_roles.sql'), "ALTER TABLE users ADD COLUMN role TEXT DEFAULT 'reader';");
  await migrate({ ...optionsOf(data, 'settings'), migrations: newer });
  await start(data, 'migrate', log);
}

/** Starts the server, or says why not. */
async function start(data: string, policy: SchemaPolicy, log: Log): Promise<KnowledgeGraph | undefined> {
  try {
    const graph = await KnowledgeGraph.open(data, policy);
    for (const line of graph.migrated) log(`  ${line}`);
    log(`  started, ${graph.migrated.length} of 3 databases migrated`);
    return graph;
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    log(`  not started: ${error.message}`);
    return undefined;
  }
}

/** What a run would do to the graph, without doing it. */
async function dryRun(data: string): Promise<readonly string[]> {
  const runner = new MigrationRunner(optionsOf(data, 'knowledge_graph'));
  try {
    const { steps } = await runner.plan();
    return steps.map(({ version, name, description }) => `${version} ${name} (${description})`);
  } finally {
    await runner.close();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'knowledge-graph-'));
  try {
    await demo(folder, (line) => console.log(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
