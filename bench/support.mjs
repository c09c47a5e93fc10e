import { spawnSync } from 'node:child_process';

const leastPairs = 11;
const leastMilliseconds = 3000;

/** The texts of `count` small migrations: a table, an index, a row. */
export function texts(count) {
  const record = {};
  for (let version = 1; version <= count; version++)
    record[`${String(version).padStart(4, '0')}_table_${version}.sql`] =
      `-- Table ${version} of the benchmark\n${statementsOf(version).join(';\n')};\n`;
  return record;
}

/** The same as lists of statements, for a bare loop. */
export function statements(count) {
  return Array.from({ length: count }, (_, index) => statementsOf(index + 1));
}

function statementsOf(version) {
  return [
    `CREATE TABLE t${version} (\n  id INTEGER PRIMARY KEY,\n  name TEXT NOT NULL,\n  created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP\n)`,
    `CREATE INDEX idx_t${version}_name ON t${version} (name)`,
    `INSERT INTO t${version} (name) VALUES ('one')`,
  ];
}

/**
 * Runs two pieces of work in turns and compares them pair by pair, after one pair to warm up. Quick ones take more
 * pairs: ten milliseconds of processor time are a coarse measure.
 */
export function measurePair(ours, bare) {
  const rows = [];
  const began = performance.now();
  for (let pair = 0; pair <= leastPairs || performance.now() - began < leastMilliseconds; pair++) {
    const row = pair % 2 === 0 ? [time(ours), time(bare)] : [time(bare), time(ours)].toReversed();
    if (pair > 0) rows.push(row);
  }
  const [a, b] = [median(rows.map((row) => row[0].cpu)), median(rows.map((row) => row[1].cpu))];
  const [wallA, wallB] = [median(rows.map((row) => row[0].wall)), median(rows.map((row) => row[1].wall))];
  const ratio = median(rows.map((row) => row[0].cpu / row[1].cpu));
  const least = Math.min(...rows.map((row) => row[0].cpu)) / Math.min(...rows.map((row) => row[1].cpu));
  return {
    ratio,
    text: `${ratio.toFixed(2)} x (least ${least.toFixed(2)} x); processor ${a.toFixed(1)} ms against ${b.toFixed(1)} ms, clock ${wallA.toFixed(1)} ms against ${wallB.toFixed(1)} ms`,
  };
}

function time(work) {
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const wall = performance.now();
  work();
  const used = process.cpuUsage(cpu);
  return { cpu: (used.user + used.system) / 1000, wall: performance.now() - wall };
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** How many milliseconds Node takes for these arguments, from its start to its end. */
export function timeProcess(args, cwd) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - began;
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
