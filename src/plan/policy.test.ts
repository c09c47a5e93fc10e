import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { splitStatements } from '../sql/index.ts';
import { head, locationOf } from './source-location.ts';
import { applyPolicy } from './policy.ts';
import { pragmaPolicy, restorablePragmas } from './pragmas.ts';
import { tried } from '../../test/support/fault-points.ts';

/** What is decided about each statement: `run`, `skip`, or the code of the refusal. */
function decide(text: string, noTransaction = false, foreign = false): string {
  const { statements, problems } = applyPolicy(splitStatements(text), {
    id: '001_a',
    file: 'm/001_a.sql',
    text,
    noTransaction,
    foreign,
  });
  return statements
    .map((entry) => {
      const refused = problems.find((problem) => problem.location?.statement === entry.number);
      return refused?.code ?? (entry.skip === undefined ? 'run' : 'skip');
    })
    .join(' ');
}

const control = 'TRANSACTION_CONTROL';

describe('statements in a migration: run, skip or refuse', () => {
  it.each([
    // A transaction is ended in any spelling: refused.
    ['COMMIT', control],
    ['commit', control],
    ['COMMIT TRANSACTION', control],
    ['END', control],
    ['END TRANSACTION', control],
    ['\uFEFFCOMMIT', control],
    [';;COMMIT', control],
    ['/*x*/COMMIT', control],
    ['/*x*/ -- y\n COMMIT', control],
    ['-- y\nEND', control],
    ['\tCoMmIt ;', control],
    ['ROLLBACK', control],
    ['ROLLBACK TRANSACTION', control],
    ['ROLLBACK TO x', control],
    ['ROLLBACK TRANSACTION TO SAVEPOINT x', control],
    ['/**/rollback/**/to/**/x', control],
    ['RELEASE x', control],
    ['RELEASE SAVEPOINT x', control],
    ['RELEASE dunlin_migration', control],
    ['SELECT 1; COMMIT', `run ${control}`],
    // Nothing gives a parameter its value.
    ['INSERT INTO t VALUES (?)', 'PARAMETER_WITHOUT_VALUE'],
    ['SELECT 1; UPDATE t SET a = :a', 'run PARAMETER_WITHOUT_VALUE'],
    ["INSERT INTO t VALUES ('?', ':a')", 'run'],
    // Half open: refused.
    ['BEGIN', control],
    ['BEGIN IMMEDIATE', control],
    ['SAVEPOINT x', control],
    ['SAVEPOINT', control],
    ['RELEASE', control],
    ['SAVEPOINT "x"; SELECT 1', `${control} run`],
    ['BEGIN; SELECT 1', `${control} run`],
    ['SELECT 1; BEGIN', `run ${control}`],
    // Balanced: skipped.
    ['BEGIN; SELECT 1; COMMIT', 'skip run skip'],
    ['BEGIN EXCLUSIVE TRANSACTION; SELECT 1; END TRANSACTION;', 'skip run skip'],
    ['SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3', 'run skip run skip run'],
    ['BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; COMMIT', 'skip run skip skip run skip'],
    ['SAVEPOINT a; SELECT 1; RELEASE a', 'skip run skip'],
    ['SAVEPOINT a; SAVEPOINT b; RELEASE b; RELEASE SAVEPOINT A', 'skip skip skip skip'],
    ['SAVEPOINT a; SAVEPOINT b; RELEASE a', 'skip skip skip'],
    ['BEGIN; SAVEPOINT a; COMMIT', 'skip skip skip'],
    // Balanced the other way round: what a tool has begun is left for a while.
    ['COMMIT; SELECT 1; BEGIN; SELECT 2', 'skip run skip run'],
    [
      'COMMIT TRANSACTION; PRAGMA foreign_keys = OFF; BEGIN TRANSACTION; SELECT 1; COMMIT TRANSACTION; PRAGMA foreign_keys = ON; BEGIN TRANSACTION',
      'skip skip skip run skip skip skip',
    ],
    ['COMMIT; BEGIN; COMMIT', `skip skip ${control}`],
    ['COMMIT; COMMIT; BEGIN', `skip ${control} skip`],
    ['COMMIT; BEGIN; BEGIN; COMMIT', 'skip skip skip skip'],
    // Unbalanced or nested: refused at the statement that is wrong.
    ['BEGIN; BEGIN; COMMIT', `skip ${control} skip`],
    ['BEGIN; COMMIT; COMMIT', `skip skip ${control}`],
    ['BEGIN; SELECT 1; ROLLBACK', `${control} run ${control}`],
    ['SAVEPOINT a; COMMIT', `${control} ${control}`],
    ['SAVEPOINT a; BEGIN; RELEASE a', `skip ${control} skip`],
    ['SAVEPOINT a; RELEASE b', `${control} ${control}`],
    ['SAVEPOINT a; RELEASE a; RELEASE a', `skip skip ${control}`],
    // Words that only look like it: run.
    ['EXPLAIN COMMIT', 'run'],
    ["SELECT 'COMMIT'", 'run'],
    ['CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END', 'run'],
    ['CREATE TABLE "commit" (a)', 'run'],
    // Another database, or around SQLite's safeguards: refused.
    ["ATTACH 'b.db' AS b", 'STATEMENT_REFUSED'],
    ['DETACH b', 'STATEMENT_REFUSED'],
    ["VACUUM INTO 'b.db'", 'STATEMENT_REFUSED'],
    ['PRAGMA writable_schema = ON', 'STATEMENT_REFUSED'],
    ['PRAGMA case_sensitive_like = ON', 'STATEMENT_REFUSED'],
    ['PRAGMA schema_version = 7', 'STATEMENT_REFUSED'],
    ['PRAGMA schema_version', 'run'],
    ["PRAGMA temp_store_directory = '/tmp'", 'STATEMENT_REFUSED'],
    ["PRAGMA main.Temp_Store_Directory('')", 'STATEMENT_REFUSED'],
    ["PRAGMA data_store_directory = 'C:\\'", 'STATEMENT_REFUSED'],
    ['PRAGMA temp_store_directory', 'run'],
    ['PRAGMA max_page_count = 100', 'run'],
    ['PRAGMA temp.max_page_count(5)', 'run'],
    ['PRAGMA max_page_count', 'run'],
    ['PRAGMA analysis_limit = 400', 'run'],
    ['PRAGMA writable_schema', 'run'],
    // Outside a transaction only.
    ['VACUUM', 'NEEDS_NO_TRANSACTION'],
    ['PRAGMA journal_mode = WAL', 'NEEDS_NO_TRANSACTION'],
    ['PRAGMA main.journal_mode(wal)', 'NEEDS_NO_TRANSACTION'],
    ['PRAGMA auto_vacuum = 1', 'NEEDS_NO_TRANSACTION'],
    ['PRAGMA page_size = 8192', 'NEEDS_NO_TRANSACTION'],
    ['PRAGMA wal_checkpoint', 'NEEDS_NO_TRANSACTION'],
    ['PRAGMA journal_mode', 'run'],
    // What the run does anyway, or a setting of the connection: skipped.
    ['PRAGMA foreign_keys = OFF', 'skip'],
    ['PRAGMA Foreign_Keys(0)', 'skip'],
    ['PRAGMA foreign_key_check', 'skip'],
    ["PRAGMA foreign_key_check('a')", 'skip'],
    ['PRAGMA defer_foreign_keys = ON', 'skip'],
    ['PRAGMA synchronous = OFF', 'skip'],
    ["PRAGMA encoding = 'UTF-16'", 'skip'],
    // A setting that counts here: runs, and is set back afterwards.
    ['PRAGMA legacy_alter_table = ON', 'run'],
    ['PRAGMA user_version = 3', 'run'],
    ['PRAGMA table_info(a)', 'run'],
    // Not SQL.
    ["SELECT 'open", 'SQL_ILLEGAL'],
    ['SELECT \u0001', 'SQL_ILLEGAL'],
  ])('%j: %s', (text, expected) => {
    expect(decide(text)).toBe(expected);
  });

  it.each([
    ['VACUUM; SELECT 1', 'skip run'],
    ['DROP INDEX IF EXISTS t.x', 'skip'],
    ['DROP INDEX t.x', 'STATEMENT_REFUSED'],
    ['INSERT INTO other.t VALUES (1)', 'STATEMENT_REFUSED'],
    ['PRAGMA journal_mode = WAL', 'NEEDS_NO_TRANSACTION'],
  ])('in a file of another tool: %j: %s', (text, expected) => {
    expect(decide(text, false, true)).toBe(expected);
  });

  it.each([
    ['VACUUM', 'run'],
    ['PRAGMA journal_mode = WAL', 'run'],
    ['PRAGMA wal_checkpoint(TRUNCATE)', 'run'],
    ['REINDEX', 'run'],
    ['ANALYZE', 'run'],
    ['SELECT 1', 'run'],
    ['PRAGMA optimize', 'run'],
    ["VACUUM INTO 'b.db'", 'STATEMENT_REFUSED'],
    ['CREATE TABLE a (b)', 'NOT_WITHOUT_TRANSACTION'],
    ['INSERT INTO a VALUES (1)', 'NOT_WITHOUT_TRANSACTION'],
    ['BEGIN; VACUUM; COMMIT', 'skip run skip'],
    ['COMMIT', control],
  ])('without a transaction, %j: %s', (text, expected) => {
    expect(decide(text, true)).toBe(expected);
  });

  it('lets no spelling pass that ends a transaction of SQLite', () => {
    const db = new BetterSqlite3(':memory:');
    const spellings = ['', '\uFEFF', ';', ';;', '/*x*/', '--x\n', ' \t\r\n\f'].flatMap((before) =>
      ['COMMIT', 'commit', 'END', 'End Transaction', 'ROLLBACK', 'ROLLBACK TRANSACTION'].map((word) => before + word),
    );
    const escaped = spellings.filter((sql) => {
      db.exec('BEGIN');
      db.exec(sql);
      if (db.inTransaction) throw new Error(`${JSON.stringify(sql)} does not end a transaction: the list is wrong`);
      return decide(sql) !== control;
    });
    db.close();
    tried('escapes', spellings.length);
    expect(escaped).toEqual([]);
  });

  it('says where and why, and what to do', () => {
    const text = 'CREATE TABLE a (b);\n  COMMIT;\n';
    const { problems } = applyPolicy(splitStatements(text), {
      id: '001_a',
      file: 'm/001_a.sql',
      text,
      noTransaction: false,
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      code: control,
      message: '001_a: COMMIT has no BEGIN in this migration: it would end the transaction of the run.',
      location: { file: 'm/001_a.sql', line: 2, column: 3, offset: 22, statement: 2 },
      source: text,
    });
    expect(problems[0]?.hint).toMatch(/^Nothing was changed\. Remove it/);
  });
});

describe('head', () => {
  it('shows a statement on one line, cut to a width', () => {
    const [statement] = splitStatements('SELECT\n  1,\n\t2');
    expect(head(statement!)).toBe('SELECT 1, 2');
    expect(head(statement!, 8)).toBe('SELECT …');
    expect(locationOf(statement!, 'f', 3)).toEqual({ file: 'f', line: 1, column: 1, offset: 0, statement: 3 });
  });
});

describe('pragmaPolicy', () => {
  it('sets back what ROLLBACK does not', () => {
    for (const name of restorablePragmas) {
      expect(pragmaPolicy(name, '1').kind).toBe('restore');
      expect(pragmaPolicy(name, undefined).kind).toBe('run');
    }
  });
});
