// Runs the suites that try to break what Dunlin promises, and writes what they found into docs/explanation/reliability.md:
// `npm run reliability`, which takes about ten minutes; everything instead of a sample with DUNLIN_ROUNDS=full.
// With --partial it reports suites that tried nothing, and does not fail.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import Database from 'better-sqlite3';
import { insertGenerated } from './docs/insert.mjs';
import { promises, suites } from './docs/promises.mjs';
import { findSuites, reliabilityTables } from './docs/reliability.mjs';

const root = join(fileURLToPath(import.meta.url), '../..');
const partial = process.argv.includes('--partial');
const files = findSuites(root);
const { points, tests } = run([...new Set([...files.values()].flat())]);

const { page, problems } = reliabilityTables({
  promises,
  suites,
  files,
  points,
  failed: countFailed(tests),
  skipped: tests
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'pending' || status === 'skipped')
    .map(({ fullName }) => fullName),
  about: aboutThisRun(),
});
for (const problem of problems) console.error(problem);
if (problems.length > 0 && !partial) process.exit(1);

const path = join(root, 'docs/explanation/reliability.md');
writeFileSync(path, insertGenerated(readFileSync(path, 'utf8'), '`npm run reliability` from a run', page));
const broken = tests.filter(({ status }) => status === 'failed').map(({ name }) => relative(root, name));
if (broken.length > 0) {
  console.error(`Failed: ${broken.join(', ')}`);
  process.exitCode = 1;
}

/** The fault points that the suites noted, and the results of the tests. */
function run(testFiles) {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-reliability-'));
  try {
    const [notes, report] = [join(folder, 'points'), join(folder, 'report.json')];
    spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        ...testFiles,
        '--reporter=default',
        '--reporter=json',
        `--outputFile=${report}`,
      ],
      { cwd: root, stdio: 'inherit', env: { ...process.env, DUNLIN_FAULT_POINTS: notes } },
    );
    if (!existsSync(report)) throw new Error('the tests have not run');
    const noted = new Map();
    for (const line of existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []) {
      const { suite, points: tried } = JSON.parse(line);
      noted.set(suite, (noted.get(suite) ?? 0) + tried);
    }
    return { points: noted, tests: JSON.parse(readFileSync(report, 'utf8')).testResults };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Failed tests of each file. One that could not even be loaded has no failed test in it. */
function countFailed(results) {
  return new Map(
    results.map(({ name, status, assertionResults }) => {
      const failures = assertionResults.filter((test) => test.status === 'failed').length;
      return [relative(root, name).replaceAll('\\', '/'), status === 'failed' ? Math.max(1, failures) : failures];
    }),
  );
}

function aboutThisRun() {
  const sql = 'SELECT sqlite_version() AS version';
  const [one, other] = [new Database(':memory:'), new DatabaseSync(':memory:')];
  const drivers = `better-sqlite3 (SQLite ${one.prepare(sql).get().version}) and @photostructure/sqlite (SQLite ${other.prepare(sql).get().version})`;
  one.close();
  other.close();
  const how = process.env.DUNLIN_ROUNDS === 'full' ? 'Everything' : 'A sample, as CI runs it';
  const day = new Date().toISOString().slice(0, 10);
  return `${how}: ${day}, Node ${process.versions.node}, ${drivers}, ${platform()} ${arch()}.`;
}
