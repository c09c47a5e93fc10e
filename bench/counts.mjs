// What can be counted, and is the same on every machine: statements, commits, calls of fsync.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrateSync } from 'dunlin';
import * as dunlin from './tools/dunlin.mjs';
import { oneMore, prepareFolder, runTool, smallMigrations } from './support.mjs';

/** Statements and commits of a new database with 100 migrations, of one more, and of a start with nothing to do. */
export function countStatements() {
  const own = mkdtempSync(join(tmpdir(), 'dunlin-counts-'));
  try {
    const folder = join(own, 'migrations');
    const hundred = smallMigrations(100);
    const run = (migrations) => {
      prepareFolder(folder, dunlin, migrations);
      const statements = [];
      const db = new Database(join(own, 'app.db'), { verbose: (sql) => statements.push(sql) });
      migrateSync({ database: db, migrations: folder, commit: 'run' });
      db.close();
      const commits = statements.filter((sql) => /^(?:COMMIT|END)\b/i.test(sql.trim()));
      return { statements: statements.length, commits: commits.length };
    };
    return { 'fresh-100': run(hundred), one: run([...hundred, oneMore]), nothing: run([...hundred, oneMore]) };
  } finally {
    rmSync(own, { recursive: true });
  }
}

/** Calls of fsync and fdatasync of the same three; undefined without strace. */
export function countAllSyncs() {
  if (!hasStrace()) return undefined;
  const own = mkdtempSync(join(tmpdir(), 'dunlin-counts-'));
  try {
    const folder = join(own, 'migrations');
    const hundred = smallMigrations(100);
    const run = (migrations) => {
      prepareFolder(folder, dunlin, migrations);
      const work = { name: 'dunlin', tool: dunlin, action: 'migrate', folder, databases: [join(own, 'app.db')] };
      return countSyncs(work, join(own, 'trace'));
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
