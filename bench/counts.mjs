// What can be counted, and is the same on every machine: statements, commits, calls of fsync.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { migrateSync } from 'dunlin';
import * as dunlin from './tools/dunlin.mjs';
import { oneMore, prepareFolder, runTool, smallMigrations } from './support.mjs';

/** Statements and commits of a new database with 100 migrations, of one more, and of a start with nothing to do. */
export function countStatements() {
  return countRuns((folder, file) => {
    const statements = [];
    const db = new Database(file, { verbose: (sql) => statements.push(sql) });
    migrateSync({ database: db, migrations: folder, commit: 'run' });
    db.close();
    const commits = statements.filter((sql) => /^(?:COMMIT|END)\b/i.test(sql.trim()));
    return { statements: statements.length, commits: commits.length };
  });
}

/** Calls of fsync and fdatasync of the same three; undefined without strace. */
export function countAllSyncs() {
  if (!hasStrace()) return undefined;
  return countRuns((folder, file) => {
    const work = { name: 'dunlin', tool: dunlin, action: 'migrate', folder, databases: [file] };
    return countSyncs(work, join(dirname(file), 'trace'));
  });
}

/** What `count` finds in each of three runs on one database. */
function countRuns(count) {
  const own = mkdtempSync(join(tmpdir(), 'dunlin-counts-'));
  try {
    const folder = join(own, 'migrations');
    const hundred = smallMigrations(100);
    const run = (migrations) => {
      prepareFolder(folder, dunlin, migrations);
      return count(folder, join(own, 'app.db'));
    };
    return { 'fresh-100': run(hundred), one: run([...hundred, oneMore]), nothing: run([...hundred, oneMore]) };
  } finally {
    rmSync(own, { recursive: true });
  }
}

/** Whether processes can be traced here: containers may forbid it. */
export function hasStrace() {
  return spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;
}

/** How often a tool calls fsync and fdatasync. */
export function countSyncs(work, trace) {
  runTool({
    ...work,
    env: { DUNLIN_BENCH_COUNTS: 'yes' },
    under: ['strace', '-f', '-qq', '-e', 'trace=fsync,fdatasync', '-o', trace],
  });
  return readFileSync(trace, 'utf8').match(/\bf(?:data)?sync\(/g)?.length ?? 0;
}
