import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { isDunlinError, MigrationRunner, type DunlinEvent, type RunResult } from 'dunlin';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KnowledgeGraph } from '../../examples/knowledge-graph/knowledge-graph.ts';
import { demo } from '../../examples/knowledge-graph/main.ts';
import {
  databaseNames,
  fileOf,
  optionsOf,
  SchemaError,
  type SchemaPolicy,
} from '../../examples/knowledge-graph/schemas.ts';
import { slug } from '../../examples/knowledge-graph/slug.ts';
import { Folder } from '../cli/harness.ts';
import { blocksOf } from '../docs/markdown.ts';
import { Playground } from '../docs/playground.ts';
import { Stage } from '../scenarios/play.ts';
import { normalise, parseScenario, printScenario } from '../scenarios/scenario.ts';

// The knowledge-graph server of examples/, which uses the built package: `npm run build` comes first, as it does in
// `npm test`.

const root = resolve(import.meta.dirname, '../..');
const application = join(root, 'examples/knowledge-graph');
const text = (name: string): string => readFileSync(join(application, name), 'utf8');
const settings = (name: string): string => join('migrations/settings', name);

/** A copy of the application's migrations and configuration, with what `npm ci` would install. */
class Project extends Stage {
  constructor() {
    super();
    onTestFinished(() => this.remove());
    for (const name of ['migrations', 'dunlin.config.ts'])
      cpSync(join(application, name), join(this.folder, name), { recursive: true });
    mkdirSync(join(this.folder, 'node_modules/.bin'), { recursive: true });
    for (const name of ['better-sqlite3', 'jiti'])
      symlinkSync(join(root, 'node_modules', name), join(this.folder, 'node_modules', name));
    symlinkSync(root, join(this.folder, 'node_modules/dunlin'));
    symlinkSync('../dunlin/dist/cli/dunlin.js', join(this.folder, 'node_modules/.bin/dunlin'));
  }

  /** With the folder of the databases, which the command line does not make. */
  static withData(): Project {
    const project = new Project();
    mkdirSync(join(project.folder, 'data'));
    return project;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** The JSON document of a command. */
  json(command: string): Record<string, any> {
    return JSON.parse(this.run(`${command} --json 2>/dev/null`).output) as Record<string, any>;
  }

  rows(name: string, sql: string): unknown[] {
    return withDatabase(this.path(`data/${name}.db`), (db) => db.prepare(sql).all());
  }
}

function withDatabase<T>(file: string, work: (db: Database.Database) => T): T {
  const db = new Database(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** A folder for the server's databases. */
function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-knowledge-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function withRunner<T>(data: string, work: (runner: MigrationRunner) => Promise<T>): Promise<T> {
  const runner = new MigrationRunner(optionsOf(data, 'knowledge_graph'));
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
}

async function refusal(data: string, policy: SchemaPolicy): Promise<SchemaError> {
  const error = await KnowledgeGraph.open(data, policy).catch((thrown: unknown) => thrown);
  if (!(error instanceof SchemaError)) throw error;
  return error;
}

const notes = `-- Migration: 003_notes
-- Description: What users write down
-- Author: Ada
-- Date: 2026-11-21

-- === UP MIGRATION ===
CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);

-- === DOWN MIGRATION ===
DROP TABLE notes;
`;

describe('the knowledge graph’s migrations', () => {
  const files = databaseNames.flatMap((name) =>
    readdirSync(join(application, 'migrations', name)).map((file) => `migrations/${name}/${file}`),
  );

  it.each(files.filter((file) => file.endsWith('.sql')))('%s has the header and both markers', (file) => {
    const lines = text(file).split('\n');
    expect(lines.slice(0, 4).map((line) => /^-- (\w+): ./.exec(line)?.[1])).toEqual([
      'Migration',
      'Description',
      'Author',
      'Date',
    ]);
    expect(lines[0]).toBe(`-- Migration: ${file.split('/').at(-1)!.replace('.sql', '')}`);
    expect(lines.filter((line) => /^-- === (UP|DOWN) MIGRATION ===$/.test(line))).toHaveLength(2);
  });

  it.each([
    ['DOWN', notes.replace(/-- === DOWN[^]*$/, ''), 'DOWN_MARKER_MISSING'],
    ['UP', notes.replace('-- === UP MIGRATION ===\n', ''), 'UP_MARKER_MISSING'],
  ])('a file without the %s marker is refused before anything runs', (_, content, code) => {
    const project = Project.withData();
    project.write(settings('003_notes.sql'), content);
    const { error } = project.json('dunlin up -d settings');
    expect(error).toMatchObject({ code, location: { file: settings('003_notes.sql') } });
    expect(project.rows('settings', 'SELECT * FROM sqlite_schema')).toEqual([]);
  });

  it('the header is what a plan says of it', () => {
    const project = Project.withData();
    project.write(settings('003_notes.sql'), notes);
    const { steps } = project.json('dunlin plan -d settings');
    expect(steps[2]).toMatchObject({ version: 3, name: 'notes', description: 'What users write down' });
  });

  it('go up, down to nothing, and up again to the same schema', () => {
    const project = Project.withData();
    const objects = (): unknown => databaseNames.map((name) => project.rows(name, 'SELECT sql FROM sqlite_schema'));
    expect(project.run('dunlin up --all').status).toBe(0);
    const before = objects();
    const all = databaseNames.map((name) => `-d ${name}`).join(' ');
    expect(project.run(`dunlin down --all --yes ${all}`).status).toBe(0);
    for (const name of databaseNames)
      expect(project.rows(name, "SELECT name FROM sqlite_schema WHERE tbl_name NOT LIKE 'schema_migration%'")).toEqual(
        [],
      );
    expect(project.run('dunlin up --all').status).toBe(0);
    expect(objects()).toEqual(expect.arrayContaining(before as unknown[]));
  });

  it('005 makes slugs as the application does', () => {
    const functionOf = (file: string): string => /function slug[^]*?^\}$/m.exec(text(file))![0];
    expect(functionOf('migrations/knowledge_graph/005_node_slugs.ts')).toBe(functionOf('slug.ts'));
    expect(['Émilie du Châtelet', '  Ångström (unit) ', 'Ἀριστοτέλης', '中文', '?!'].map(slug)).toEqual([
      'emilie-du-chatelet',
      'angstrom-unit',
      'αριστοτελης',
      '中文',
      'unnamed',
    ]);
  });
});

describe('the operator', () => {
  it('has the session that session.txt shows', () => {
    const project = new Project();
    const path = join(application, 'session.txt');
    const printed = printScenario(parseScenario(text('session.txt')).map((part) => project.play(part)));
    if (process.env['UPDATE_SCENARIOS'] === undefined) expect(printed).toBe(text('session.txt'));
    else writeFileSync(path, printed);
  }, 90_000);

  it('finds what is applied in schema_migrations', () => {
    const project = Project.withData();
    project.run('dunlin up --all');
    const columns = 'SELECT name, type, pk FROM pragma_table_info(?)';
    expect(
      withDatabase(project.path('data/settings.db'), (db) => db.prepare(columns).all('schema_migrations').slice(0, 5)),
    ).toEqual([
      { name: 'version', type: 'INTEGER', pk: 1 },
      { name: 'name', type: 'TEXT', pk: 0 },
      { name: 'applied_at', type: 'TEXT', pk: 0 },
      { name: 'checksum', type: 'TEXT', pk: 0 },
      { name: 'execution_time_ms', type: 'INTEGER', pk: 0 },
    ]);
    const applied = 'SELECT version, name, applied_at, checksum, execution_time_ms FROM schema_migrations';
    expect(project.rows('knowledge_graph', applied)).toEqual(
      ['create_nodes', 'create_edges', 'create_metadata', 'node_degrees', 'node_slugs'].map((name, i) => ({
        version: i + 1,
        name,
        applied_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        execution_time_ms: expect.any(Number),
      })),
    );
  });

  it('has each migration applied in order, completely or not at all', () => {
    const project = Project.withData();
    project.write(settings('3_notes.sql'), 'CREATE TABLE notes (body);');
    project.write(settings('10_broken.sql'), 'INSERT INTO notes VALUES (1);\nINSERT INTO nowhere VALUES (1);');
    const { applied, failed, pending } = project.json('dunlin up -d settings');
    expect(applied.map(({ version }: { version: number }) => version)).toEqual([1, 2, 3]);
    expect([failed, pending]).toMatchObject([{ version: 10, location: { line: 2, statement: 2 } }, []]);
    expect(project.rows('settings', 'SELECT * FROM notes')).toEqual([]);
    project.write(settings('10_broken.sql'), 'INSERT INTO notes VALUES (1);');
    expect(project.json('dunlin up -d settings').applied).toMatchObject([{ version: 10, statements: 1 }]);
    expect(project.rows('settings', 'SELECT * FROM notes')).toEqual([{ body: 1 }]);
  });

  it('rolls the last one back, and removes its record', () => {
    const project = Project.withData();
    project.run('dunlin up --all');
    expect(project.json('dunlin down -d ontology --yes')).toMatchObject({
      from: 3,
      to: 2,
      applied: [{ version: 3, direction: 'down' }],
    });
    expect(project.rows('ontology', 'SELECT version FROM schema_migrations')).toEqual([{ version: 1 }, { version: 2 }]);
    expect(project.rows('ontology', "SELECT name FROM sqlite_schema WHERE name = 'inferred_axioms'")).toEqual([]);
  });

  it('has the whole database verified then: what was wrong before is named, with what puts it right', () => {
    const project = Project.withData();
    project.run('dunlin up --all');
    const damage = parseScenario(text('session.txt')).find(
      (part) => part.kind === 'file' && part.name === 'damage.mjs',
    );
    project.play(damage!);
    expect(project.run('node damage.mjs').status).toBe(0);
    expect(project.json('dunlin down -d ontology --yes')).toMatchObject({
      ok: true,
      applied: [{ version: 3, direction: 'down' }],
      notes: [
        expect.stringMatching(/wrong # of entries in index.*missing from index.* REINDEX "sqlite_autoindex_classes_1"/),
      ],
    });
    withDatabase(project.path('data/ontology.db'), (db) => db.exec('REINDEX "sqlite_autoindex_classes_1"'));
    expect(project.json('dunlin up -d ontology')).toMatchObject({ ok: true, notes: [] });
  });

  it('sees the version, what was applied when and how long it took, and what is pending', () => {
    const project = Project.withData();
    project.run('dunlin up -d knowledge_graph --to 4');
    const status = project.json('dunlin status -d knowledge_graph');
    expect(status).toMatchObject({ version: 4, tooOld: true, pending: [{ version: 5, name: 'node_slugs' }] });
    expect(status['migrations']).toHaveLength(5);
    expect(status['migrations'][3]).toMatchObject({
      state: 'applied',
      appliedAt: expect.stringMatching(/^\d{4}-/),
      executionTimeMs: expect.any(Number),
    });
    expect(status['migrations'][4]).toMatchObject({ state: 'pending', appliedAt: null });
  });

  it('creates the next file, with the header and both markers', () => {
    const project = new Project();
    const made = settings('003_add_user_roles.sql');
    expect(project.run('dunlin create "add_user_roles" -d settings').output).toContain(made);
    expect(project.read(made)).toMatch(
      /^-- Migration: 003_add_user_roles\n-- Description: .+\n-- Author: ada\n-- Date: \d{4}-\d\d-\d\d\n\n-- === UP MIGRATION ===\n\n+-- === DOWN MIGRATION ===\n+$/,
    );
    expect(project.run('dunlin create again -d settings').output).toContain(settings('004_again.sql'));
  });

  it('sees which applied file was edited, unless only comments and spaces changed', () => {
    const project = Project.withData();
    project.run('dunlin up --all');
    const edited = 'migrations/ontology/002_create_properties.sql';
    project.write(edited, `-- a comment\n${project.read(edited).replaceAll('  ', '\t')}`);
    expect(project.run('dunlin up -d ontology').status).toBe(0);
    project.write(edited, project.read(edited).replace("'knew'", "'knows'"));
    const problem = {
      code: 'MIGRATION_EDITED',
      message: expect.stringContaining(edited),
      migration: { version: 2, name: 'create_properties' },
    };
    expect(project.json('dunlin up -d ontology')).toMatchObject({ ok: false, error: problem });
    expect(project.json('dunlin check -d ontology')).toMatchObject({ ok: false, problems: [problem] });
    expect(project.rows('ontology', "SELECT 1 FROM properties WHERE name = 'knows'")).toEqual([]);
  });

  it('is warned of an empty DOWN part, and refused when it would be needed', () => {
    const project = Project.withData();
    project.write(settings('003_notes.sql'), notes.replace('DROP TABLE notes;', '-- nobody will want that'));
    const { steps } = project.json('dunlin plan -d settings');
    expect(steps[2]).toMatchObject({
      reversible: false,
      warnings: [expect.stringContaining('its DOWN part is empty')],
    });
    expect(project.run('dunlin up -d settings').status).toBe(0);
    const { output, status } = project.run('dunlin down -d settings --yes');
    expect(output).toContain('003_notes cannot be rolled back: its DOWN part is empty');
    expect(status).toBe(1);
    expect(project.rows('settings', "SELECT 1 AS there FROM sqlite_schema WHERE name = 'notes'")).toEqual([
      { there: 1 },
    ]);
  });

  it('chooses database and directory by DATABASE_PATH and MIGRATIONS_DIR', () => {
    const project = Project.withData();
    project.run('export DATABASE_PATH=elsewhere.db MIGRATIONS_DIR=migrations/ontology; dunlin up');
    expect(
      withDatabase(project.path('elsewhere.db'), (db) => db.prepare('SELECT name FROM classes').all()),
    ).toHaveLength(4);
    // The path of a database that the configuration has brings its migrations along.
    const { migrations } = project.json('DATABASE_PATH=data/settings.db dunlin status');
    expect(migrations.map(({ file }: { file: string }) => file)).toEqual([
      settings('001_create_settings.sql'),
      settings('002_create_users.sql'),
    ]);
    expect(readdirSync(project.path('data'))).toEqual([]);
  });

  it('runs several databases together; one that fails does not stop the others', () => {
    const project = Project.withData();
    project.write('migrations/ontology/004_broken.sql', 'CREATE TABEL x;');
    const { ok, databases } = project.json('dunlin up --all');
    expect(ok).toBe(false);
    expect(databases).toMatchObject([
      { name: 'settings', ok: true, to: 2 },
      { name: 'ontology', ok: false, applied: [{}, {}, {}], failed: { version: 4 } },
      { name: 'knowledge_graph', ok: true, to: 5 },
    ]);
  });

  it('tries out what would happen, and not a byte changes', async () => {
    const project = Project.withData();
    project.run('dunlin up --all');
    project.write(settings('003_notes.sql'), `${notes.replace('-- === DOWN', 'DELETE FROM users;\n-- === DOWN')}`);
    const file = project.path('data/settings.db');
    const before = readFileSync(file);
    for (const command of ['plan', 'up --dry-run'])
      expect(project.json(`dunlin ${command} -d settings`).steps).toMatchObject([
        { version: 3, touches: { creates: ['notes'], writes: ['users'] } },
      ]);
    const runner = new MigrationRunner({ database: file, migrations: project.path('migrations/settings') });
    const plan = await runner.plan();
    await runner.close();
    expect(plan.steps[0]!.statements.map(({ summary }) => summary)).toEqual([
      'creates table notes',
      'deletes rows of users',
    ]);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(project.path('data')).toSorted()).toEqual(databaseNames.map((name) => `${name}.db`).toSorted());
  });

  it('sees that a database is locked, and what to do', async () => {
    const project = Project.withData();
    project.run('dunlin up --all');
    project.write(settings('003_notes.sql'), notes);
    const holding = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import Database from ${JSON.stringify(join(root, 'node_modules/better-sqlite3/lib/index.js'))};
      const db = new Database(${JSON.stringify(project.path('data/settings.db'))});
      db.exec('BEGIN IMMEDIATE'); console.log('locked'); setInterval(() => {}, 1000);`,
    ]);
    await once(holding.stdout, 'data');
    const { output, status } = project.run('dunlin up -d settings --lock-timeout 200ms');
    expect(output).toContain('LOCKED');
    expect(output.replaceAll(/\s+/g, ' ')).toMatch(
      /data\/settings\.db is in use by another process: waited .* Nothing was changed while it waited\. Try again; /,
    );
    expect(status).toBe(75);
    // With another program gone the same call goes through.
    const waiting = project.run(`(sleep 0.5; kill ${holding.pid}) & dunlin up -d settings --quiet; echo $?`);
    expect(waiting.output.trim()).toBe('0');
  });
});

describe('the CI of the knowledge graph', () => {
  /** The commands of the workflow, but for those that get the packages, which are there. */
  const commands = [...text('ci.yml').matchAll(/^ +- run: (.+)$/gm)].map(([, command]) => command!);
  const own = commands.filter((command) => command !== 'npm ci');

  /** Runs them as GitHub does, up to the first that fails. */
  function ci(project: Project): {
    readonly code: number | null;
    readonly at: string | undefined;
    readonly output: string;
  } {
    let output = '';
    for (const at of own) {
      const step = project.run(`export CI=true npm_config_update_notifier=false; set -eo pipefail; ${at}`);
      output += step.output;
      if (step.status !== 0) return { code: step.status, at, output };
    }
    return { code: 0, at: undefined, output };
  }

  it('goes up, looks, goes down and up again', () => {
    expect(commands[0]).toBe('npm ci');
    expect(own.filter((command) => command.startsWith('npx dunlin ')).map((command) => command.split(' ')[2])).toEqual([
      'check',
      'up',
      'status',
      'down',
      'up',
      'check',
    ]);
    const project = new Project();
    expect(ci(project)).toMatchObject({ code: 0, at: undefined });
    expect(project.rows('knowledge_graph', 'SELECT max(version) AS version FROM schema_migrations')).toEqual([
      { version: 5 },
    ]);
  }, 60_000);

  it.each([
    ['a file without its DOWN marker', 3, /check --all --allow/, 'UP MIGRATION', notes.replace(/-- === DOWN[^]*$/, '')],
    ['a migration that fails', 3, /check --all --allow/, 'near "TABEL"', notes.replace('CREATE TABLE', 'CREATE TABEL')],
    [
      'a DOWN part that fails',
      3,
      /check --all --allow/,
      'DOWN_FAILS',
      notes.replace('DROP TABLE notes', 'DROP TABLE note'),
    ],
    ['an empty DOWN part', 1, /down/, 'its DOWN part is empty', notes.replace('DROP TABLE notes;\n', '')],
    [
      'a DOWN part that forgets',
      3,
      /check --all --allow/,
      'table notes is left behind',
      notes.replace('DROP TABLE notes;', 'SELECT 1;'),
    ],
  ])(
    'fails for %s with the exit code %i',
    (_, code, step, fact, content) => {
      const project = new Project();
      project.write(settings('003_notes.sql'), content);
      const result = ci(project);
      expect(result).toMatchObject({ code, at: expect.stringMatching(step) });
      expect(result.output).toContain(fact);
    },
    60_000,
  );
});

describe('the knowledge-graph server', () => {
  it('migrates its three databases when it starts, and answers', async () => {
    const data = dataFolder();
    const graph = await KnowledgeGraph.open(data, 'migrate');
    expect(graph.migrated.map((line) => line.split(':')[0])).toEqual(databaseNames);
    const ada = graph.addNode('Person', 'Ada');
    const notes = graph.addNode('Work', 'Notes', { published: '1843' });
    const engine = graph.addNode('Thing', 'Analytical Engine');
    graph.connect(ada, 'wrote', notes);
    graph.connect(notes, 'about', engine);
    expect(graph.neighbours('analytical-engine')).toMatchObject([{ slug: 'notes', degree: 2 }]);
    expect(graph.neighbours('ada', 9).map(({ label, distance }) => [label, distance])).toEqual([
      ['Notes', 1],
      ['Analytical Engine', 2],
    ]);
    expect(graph.neighbours('nobody')).toEqual([]);
    expect(() => graph.addNode('Ghost', 'Boo')).toThrow('no class Ghost');
    expect(() => graph.connect(engine, 'wrote', notes)).toThrow('A Thing never wrote a Work');
    expect(() => graph.connect(ada, 'invented', engine)).toThrow('no property invented');
    expect(() => graph.connect(ada, 'wrote', 99)).toThrow('no such node');
    graph.close();
    const again = await KnowledgeGraph.open(data, 'require');
    expect(again.migrated).toEqual([]);
    again.close();
  });

  it('does not start on a schema that is too old when an operator is to migrate, and makes no file', async () => {
    const data = dataFolder();
    const error = await refusal(data, 'require');
    expect(error).toMatchObject({ database: 'settings', message: expect.stringContaining('dunlin up -d settings') });
    expect(readdirSync(data)).toEqual([]);
    (await KnowledgeGraph.open(data, 'migrate')).close();
    await withRunner(data, (runner) => runner.down());
    expect((await refusal(data, 'require')).message).toBe(
      'knowledge_graph is too old (version 4), it lacks node_slugs: run `dunlin up -d knowledge_graph`',
    );
  });

  it('does not start on a schema that is too new or not what was applied, and changes no database', async () => {
    const data = dataFolder();
    (await KnowledgeGraph.open(data, 'migrate')).close();
    const file = fileOf(data, 'knowledge_graph');
    // It would be migrated, if the graph were not of a newer release.
    rmSync(fileOf(data, 'settings'));
    withDatabase(file, (db) =>
      db.exec(`INSERT INTO schema_migrations (version, name, applied_at, checksum, execution_time_ms, text_hash)
        VALUES (6, 'of_a_newer_release', '2027-01-01T00:00:00Z', 'sha256:0', 1, 'sha256:0')`),
    );
    const tooNew = await refusal(data, 'migrate');
    expect(tooNew).toMatchObject({ database: 'knowledge_graph', message: expect.stringContaining('newer release') });
    expect(isDunlinError(tooNew.cause) && tooNew.cause.code).toBe('DATABASE_AHEAD');
    expect(existsSync(fileOf(data, 'settings'))).toBe(false);

    withDatabase(file, (db) =>
      db.exec(`DELETE FROM schema_migrations WHERE version = 6;
        UPDATE schema_migrations SET checksum = 'sha256:${'0'.repeat(64)}', text_hash = 'sha256:0' WHERE version = 2`),
    );
    expect((await refusal(data, 'migrate')).message).toContain('002_create_edges.sql was edited');
  });

  it('does not start when a migration cannot run; what was done before it stays', async () => {
    const data = dataFolder();
    await withRunner(data, (runner) => runner.up({ to: 4 }));
    withDatabase(fileOf(data, 'knowledge_graph'), (db) => db.exec('ALTER TABLE nodes ADD COLUMN slug TEXT'));
    const error = await refusal(data, 'migrate');
    expect(error).toMatchObject({ database: 'knowledge_graph', message: expect.stringContaining('duplicate column') });
    const versions = (file: string): unknown =>
      withDatabase(file, (db) => db.prepare('SELECT max(version) FROM schema_migrations').pluck().get());
    expect(databaseNames.map((name) => versions(fileOf(data, name)))).toEqual([2, 3, 4]);

    const holder = new Database(fileOf(data, 'knowledge_graph'));
    holder.exec('ALTER TABLE nodes DROP COLUMN slug; BEGIN IMMEDIATE');
    const locked = await KnowledgeGraph.open(data, 'migrate', { lockTimeoutMs: 50 }).catch((thrown: unknown) => thrown);
    holder.close();
    expect(locked).toMatchObject({ database: 'knowledge_graph', cause: { code: 'LOCKED' } });
    (await KnowledgeGraph.open(data, 'migrate')).close();
  });

  it('prints what its README says', async () => {
    const said: string[] = [];
    await demo(dataFolder(), (line) => said.push(line));
    expect(/```text\n(- .*?)```/s.exec(text('README.md'))?.[1]).toBe(`${said.join('\n')}\n`);
  });
});

type BatchEvent = Extract<DunlinEvent, { type: 'migration:batch' }>;

interface Backfill {
  readonly result: RunResult;
  readonly batches: readonly BatchEvent[];
  readonly lines: readonly string[];
}

describe('a million nodes', () => {
  const count = 1_000_000;
  const took: Record<string, number> = {};

  /** The graph as 003 leaves it, with so many nodes, and an edge from every tenth of them to the one before. */
  async function graphOf(nodes: number): Promise<string> {
    const data = dataFolder();
    await withRunner(data, (runner) => runner.up({ to: 3 }));
    withDatabase(fileOf(data, 'knowledge_graph'), (db) => {
      db.exec(`PRAGMA synchronous = OFF; BEGIN;
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${nodes})
        INSERT INTO nodes SELECT i, 'Person', 'Née ' || i FROM n;
        INSERT INTO edges (source, relation, target) SELECT id, 'knew', id - 1 FROM nodes WHERE id % 10 = 0;
        COMMIT`);
    });
    return data;
  }

  async function backfill(data: string, to: number, migrations?: Record<string, string>): Promise<Backfill> {
    const batches: BatchEvent[] = [];
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const given = optionsOf(data, 'knowledge_graph', {
      onEvent: (event) => void (event.type === 'migration:batch' && batches.push(event)),
      logger: { info: log, warn: log, error: log },
    });
    const runner = new MigrationRunner({ ...given, ...(migrations === undefined ? {} : { migrations }) });
    try {
      return { result: await runner.up({ to }), batches, lines };
    } finally {
      await runner.close();
    }
  }

  const degrees = (data: string): unknown =>
    withDatabase(fileOf(data, 'knowledge_graph'), (db) =>
      db.prepare('SELECT count(*) AS nodes, sum(degree) AS sum, sum(degree * id) AS weighted FROM nodes').get(),
    );

  /** That it was informed 100 times how far it is, 10,000 rows further each time, and how long the rest would take. */
  function expectProgress({ batches, lines }: Backfill, migration: string): void {
    const done = [...new Set(batches.map((event) => event.done))];
    expect(done).toEqual(Array.from({ length: 100 }, (_, i) => (i + 1) * 10_000));
    for (const event of batches) expect(event).toMatchObject({ migration: { name: migration }, total: count });
    const half = batches.find((event) => event.done === count / 2)!;
    expect(half.remainingMs).toBeGreaterThan(half.elapsedMs / 3);
    expect(half.remainingMs).toBeLessThan(half.elapsedMs * 3);
    expect(batches.at(-1)).toMatchObject({ done: count, remainingMs: 0 });
    expect(lines.filter((line) => /: \d+ of 1000000 rows/.test(line)).at(-1)).toContain('1000000 of 1000000 rows');
  }

  it('get their degrees by an UPDATE in batches, and their slugs by code in batches, with progress', async () => {
    const data = await graphOf(count);
    const plain = dataFolder();
    cpSync(data, plain, { recursive: true });

    const sql = await backfill(data, 4);
    expectProgress(sql, 'node_degrees');
    expect(sql.batches[0]!.statement).toBe(2);
    expect(degrees(data)).toMatchObject({ nodes: count, sum: count / 5 });

    // The same without the `batch` line: the same outcome, and not much faster.
    const folder = join(application, 'migrations/knowledge_graph');
    const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
    const atOnce = Object.fromEntries(
      names.map((name) => [name, readFileSync(join(folder, name), 'utf8').replace(/^-- dunlin: batch.*$/m, '')]),
    );
    const reference = await backfill(plain, 4, atOnce);
    expect(reference.batches).toEqual([]);
    expect(degrees(plain)).toEqual(degrees(data));

    const code = await backfill(data, 5);
    expectProgress(code, 'node_slugs');
    expect(code.batches[0]!.statement).toBeUndefined();
    const wrong = "SELECT count(*) FROM nodes WHERE slug <> 'nee-' || id";
    expect(withDatabase(fileOf(data, 'knowledge_graph'), (db) => db.prepare(wrong).pluck().get())).toBe(0);

    for (const [what, { result }] of Object.entries({ batched: sql, 'at once': reference, code }))
      took[what] = result.applied[0]!.executionTimeMs;
    console.log(`a million rows, in ms: ${JSON.stringify(took)}`);
    expect(took['batched']).toBeLessThan(took['at once']! * 4);
  }, 180_000);

  it('are as they were when the last batch fails', async () => {
    const data = await graphOf(45_000);
    const file = fileOf(data, 'knowledge_graph');
    withDatabase(file, (db) => db.exec("UPDATE nodes SET label = '' WHERE id = 44999"));
    const contents = (): unknown => withDatabase(file, (db) => db.prepare('SELECT * FROM nodes').all());
    const before = contents();
    const folder = join(application, 'migrations/knowledge_graph');
    const base = Object.fromEntries(
      ['001_create_nodes.sql', '002_create_edges.sql', '003_create_metadata.sql'].map((name) => [
        name,
        readFileSync(join(folder, name), 'utf8'),
      ]),
    );
    const failing = `-- dunlin: batch 10000
UPDATE nodes SET label = CASE label WHEN '' THEN NULL ELSE upper(label) END;`;
    const seen: number[] = [];
    const options = optionsOf(data, 'knowledge_graph', {
      onEvent: (event) => void (event.type === 'migration:batch' && seen.push(event.done)),
    });
    const runner = new MigrationRunner({ ...options, migrations: { ...base, '004_upper.sql': failing } });
    await expect(runner.up()).rejects.toMatchObject({ code: 'STATEMENT_FAILED', failed: { version: 4 } });
    await runner.close();
    expect(seen).toEqual([10_000, 20_000, 30_000, 40_000]);
    expect(contents()).toEqual(before);
  });

  it('show how far it is on the operator’s terminal', async () => {
    const data = await graphOf(45_000);
    const folder = new Folder();
    onTestFinished(() => folder.remove());
    const options = ['-d', fileOf(data, 'knowledge_graph'), '-m', join(application, 'migrations/knowledge_graph')];
    const { code, err } = await folder.run(['up', '--to', '4', ...options], { columns: 100 });
    expect(code).toBe(0);
    for (const rows of ['10,000', '20,000', '30,000', '40,000'])
      expect(normalise(err, folder.path)).toContain(
        `004_node_degrees  migration 1 of 1, statement 2: ${rows} of 45,000 rows, about <time> left`,
      );
    expect(err).toContain('statement 2: 45,000 of 45,000 rows');
  });
});

it('the page about batches has examples that work', () => {
  const [example] = blocksOf('docs/reference/migration-files.md', 'js');
  const place = new Playground();
  place.sql(
    'app.db',
    `CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
    INSERT INTO posts SELECT i, CASE WHEN i <= 24000 THEN 'Title ' || i END FROM n;
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO users (email) VALUES ('ada@example.org')`,
  );
  place.write('migrations/001_slugs.mjs', example!.text);
  const sql = blocksOf('docs/reference/migration-files.md', 'sql').find(({ text }) =>
    text.includes('-- dunlin: batch'),
  );
  place.write('migrations/002_domains.sql', sql!.text);
  const events = place
    .shell('dunlin up -d app.db --events')
    .data.split('\n')
    .filter((line) => line.includes(':batch"'));
  expect(events.map((line) => (JSON.parse(line) as BatchEvent).done)).toEqual([10_000, 20_000, 24_000, 1]);
  expect(place.rows('app.db', "SELECT count(*) AS n FROM posts WHERE slug = 'title ' || id")).toEqual([{ n: 24_000 }]);
  expect(place.rows('app.db', 'SELECT domain FROM users')).toEqual([{ domain: 'example.org' }]);
});

describe('the documentation of what the application uses', () => {
  it('is generated from the sources, and has every name that the application imports', async () => {
    const page = readFileSync(join(root, 'docs/reference/api.md'), 'utf8');
    expect(page).toContain('GENERATED by `npm run docs` from the sources');
    const { apiPage } = (await import(/* @vite-ignore */ pathToFileURL(join(root, 'scripts/docs/api.mjs')).href)) as {
      readonly apiPage: (root: string) => Promise<string>;
    };
    expect(page.endsWith(await apiPage(root)), 'run `npm run docs`').toBe(true);

    const sources = readdirSync(application, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const imported = sources.flatMap((file) =>
      [...text(file).matchAll(/^import (?:type )?\{([^}]*)\} from 'dunlin';/gm)].flatMap(
        ([, names]) => names!.match(/\w+(?=\s*(?:,|$))/g) ?? [],
      ),
    );
    expect(imported).toContain('MigrationDatabase');
    const described = [...page.matchAll(/^### (\w+)\n\n```ts\n/gm)].map(([, name]) => name);
    expect(imported.filter((name) => !described.includes(name))).toEqual([]);
  });
});
