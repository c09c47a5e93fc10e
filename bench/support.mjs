import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** Where the other tools are installed, from bench/peers; below the project's own node_modules they find better-sqlite3. */
export const peersFolder = join(root, 'node_modules/.cache/bench-peers');
export const peers = join(peersFolder, 'node_modules');

/** Imports modules of the other tools. */
export async function load(specifiers) {
  const { load: from } = await import(pathToFileURL(join(peersFolder, 'load.mjs')).href);
  return Promise.all(specifiers.map(from));
}
const child = join(root, 'bench/child.mjs');

/** A folder with the migration files of a tool, as it wants them. */
export function prepareFolder(folder, tool, migrations) {
  mkdirSync(folder, { recursive: true });
  tool.prepare(folder, migrations);
  return folder;
}

/** `count` small migrations: a table, an index, a row. */
export function smallMigrations(count) {
  return Array.from({ length: count }, (_, index) => {
    const n = index + 1;
    return {
      name: `${String(n).padStart(5, '0')}_table_${n}`,
      statements: [
        `CREATE TABLE t${n} (\n  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL,\n  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP\n)`,
        `CREATE INDEX idx_t${n}_name ON t${n} (name)`,
        `INSERT INTO t${n} (name) VALUES ('one')`,
      ],
    };
  });
}

/** 100 migrations of 50 statements: a table and its rows. */
export function manyStatements() {
  return Array.from({ length: 100 }, (_, index) => {
    const n = index + 1;
    const rows = Array.from(
      { length: 49 },
      (__, i) => `INSERT INTO seed${n} (id, name, price) VALUES (${i + 1}, 'Item ${i + 1} of ${n}', ${i}.5)`,
    );
    return {
      name: `${String(n).padStart(5, '0')}_seed_${n}`,
      statements: [`CREATE TABLE seed${n} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL)`, ...rows],
    };
  });
}

/** One more, for a database with tables in it. */
export const oneMore = { name: '90001_more', statements: ["ALTER TABLE t1 ADD COLUMN note TEXT NOT NULL DEFAULT ''"] };

const hasTaskset =
  process.platform === 'linux' && spawnSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' }).status === 0;

/** On one core and on all, or as many of these as there can be. */
export function modesOf({ modes = ['pinned', 'free'] }) {
  return hasTaskset ? modes : ['free'];
}

/** The last core: the first one serves more interrupts. */
const lastCore = () =>
  /Cpus_allowed_list:\s*(?:.*[-,])?(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';

/** What a shell says about the processor time of what it ran. Without one only the clock is known. */
const timed = ['bash', '-c', 'TIMEFORMAT="cpu %3U %3S"; time "$@"', 'bash'];
const hasBash = spawnSync('bash', ['-c', 'true'], { stdio: 'ignore' }).status === 0;

/**
 * Runs a command line to its end; on one core where `pinned`. In milliseconds: `wall` by the clock, `cpu` of all its
 * threads. `under` is the program that it runs under. Throws with what it printed if it fails.
 */
export function runCommand(command, { pinned = false, env = {}, cwd = root, under = [] } = {}) {
  const [program, ...args] = [
    ...(pinned ? ['taskset', '-c', lastCore()] : []),
    ...(hasBash ? timed : []),
    ...under,
    ...command,
  ];
  const began = performance.now();
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1e9,
  });
  const wall = performance.now() - began;
  if (status !== 0) throw new Error(`${command.join(' ')}: ${error ?? ''}${stderr}${stdout}`.slice(0, 3000));
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(stderr) ?? [];
  return { wall, ...(user === undefined ? {} : { cpu: (Number(user) + Number(system)) * 1000 }), stdout, stderr };
}

/**
 * Runs one tool in a process of its own: `wall` and `cpu` of the process, `ready` until its modules were loaded, `work` and
 * `workCpu` after that, `warm` and `warmCpu` the least of further times; `peak` in MB.
 */
export function runTool({ name, tool, action, folder, databases, node = process.execPath, ...options }) {
  const command = tool.commands?.[action];
  if (command !== undefined)
    return runCommand(command(folder, databases[0], { node, env: options.env ?? {} }), options);
  const { wall, cpu, stderr } = runCommand([node, child, JSON.stringify({ name, action, folder, databases })], options);
  return { wall, cpu, ...JSON.parse(/^\{.*\}$/m.exec(stderr)[0]) };
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** A table with an index, of about this size. */
export function makeDatabase(Database, path, megabytes) {
  const db = new Database(path);
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE INDEX ta ON t (a)');
  db.prepare(
    'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?) INSERT INTO t SELECT i, hex(randomblob(20)), hex(randomblob(60)) FROM c',
  ).run(megabytes * 4300);
  db.close();
}

/** The version of an installed package. */
export function versionOf(name, folder = peers) {
  const file = join(folder, name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}
