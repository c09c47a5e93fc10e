import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { root } from './markdown.ts';

type All = (sql: string) => readonly unknown[];

/** Opens a connection in memory, as an application does. */
const opened: Readonly<Record<string, () => { readonly all: All; close(): unknown }>> = {
  'better-sqlite3': () => {
    const database = new BetterSqlite3(':memory:');
    const all: All = (sql) => {
      const statement = database.prepare(sql);
      return statement.reader ? statement.all() : [statement.run()].slice(1);
    };
    return { all, close: () => database.close() };
  },
  '@photostructure/sqlite': () => withModule(DatabaseSync),
  'node:sqlite': () =>
    withModule((createRequire(import.meta.url)('node:sqlite') as { DatabaseSync: Opener }).DatabaseSync),
};

type Opener = new (file: string) => { prepare(sql: string): { all(): unknown[] }; close(): void };

function withModule(Database: Opener): { readonly all: All; close(): unknown } {
  const database = new Database(':memory:');
  return { all: (sql) => database.prepare(sql).all(), close: () => database.close() };
}

const hasNodeSqlite = Number.parseInt(process.versions.node, 10) >= 22;

/** The first column of the first row, `nothing` or `error`. */
function resultOf(all: All, sql: string): string {
  try {
    const [row] = all(sql);
    return row === undefined ? 'nothing' : String(Object.values(row as object)[0]);
  } catch {
    return 'error';
  }
}

const page = readFileSync(join(root, 'docs/reference/drivers.md'), 'utf8');
const table = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const head = table[0]!;
const rows = table.slice(1);

describe('the page about drivers', () => {
  it('has a table of all drivers', () => {
    expect(head.slice(2)).toEqual(Object.keys(opened));
    expect(rows.length).toBeGreaterThan(12);
  });

  it.each(Object.keys(opened))('says what %s does', (driver) => {
    if (driver === 'node:sqlite' && !hasNodeSqlite) return;
    const connection = opened[driver]!();
    onTestFinished(() => void connection.close());
    connection.all('CREATE TABLE t (x)');
    const column = head.indexOf(driver);
    const found = rows.map(([what, sql]) => `${what}: ${resultOf(connection.all, sql!.replaceAll('`', ''))}`);
    expect(found).toEqual(rows.map((cells) => `${cells[0]}: ${cells[column]}`));
  });
});
