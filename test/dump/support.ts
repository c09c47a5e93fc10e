import { spawnSync } from 'node:child_process';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import type { DatabaseBridge, Row } from '../../src/bridge/index.ts';
import type { DumpOptions } from '../../src/operations/dump.ts';
import type { MigrationRunner } from '../../src/runner/runner.ts';
import type { Variant } from '../support/databases.ts';

/** Whether the sqlite3 command line is there; tests that need it are skipped otherwise. */
export const hasCommandLine: boolean = spawnSync('sqlite3', ['--version']).status === 0;

export async function dumpOf(runner: MigrationRunner, variant: Variant, options: DumpOptions = {}): Promise<string> {
  return variant.api === 'sync' ? runner.dumpSync(options) : await runner.dump(options);
}

/** Ways to make a database from a dump. Each returns what went wrong. */
export const loaders: Readonly<Record<string, (text: string, path: string) => string>> = {
  'better-sqlite3': (text, path) => executed(new BetterSqlite3(path), text),
  'node:sqlite': (text, path) => executed(new DatabaseSync(path), text),
  'the sqlite3 command line': (text, path) => {
    const { status, stderr } = spawnSync('sqlite3', ['-bail', path], { input: text, encoding: 'utf8' });
    return status === 0 ? '' : stderr;
  },
};

function executed(db: { exec(sql: string): unknown; close(): unknown }, text: string): string {
  try {
    db.exec(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  } finally {
    db.close();
  }
}

/** Everything that the schema says, as lines: no shadow tables, and nothing that SQLite makes by itself. */
export function schemaOf(bridge: DatabaseBridge): string[] {
  const rows = bridge.query(
    `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow')`,
    [],
  ) as readonly Row[];
  const numbers = ['encoding', 'user_version', 'application_id'].map(
    (name) => `${name} ${JSON.stringify(bridge.query(`PRAGMA ${name}`, []))}`,
  );
  return [...rows.map((row) => JSON.stringify(row)).toSorted(), ...numbers];
}
