import Database from 'better-sqlite3';
import { runSync } from '../../../src/bridge/index.ts';
import { betterSqlite3Bridge } from '../../../src/drivers/index.ts';
import {
  declareLosses,
  fillPlaceholders,
  generateMigration,
  type GeneratedMigration,
} from '../../../src/generate/index.ts';
import { nodeHost } from '../../../src/node/index.ts';
import type { Inventory } from '../../../src/schema/index.ts';
import { unquote } from '../../../src/sql/index.ts';
import type { Renames } from './rows.ts';

/** What was generated, in the words of the check. */
export interface Generated {
  readonly migration: GeneratedMigration;
  readonly up: string;
  readonly down: string;
  /** `table.column` of values that the author has to give, in either direction. */
  readonly placeholders: ReadonlySet<string>;
  readonly downPlaceholders: ReadonlySet<string>;
  readonly undecided: readonly string[];
}

/** Generates a migration. What is in `renames` is renamed; of the rest nothing is, unless it may stay `undecided`. */
export function generate(
  from: Inventory,
  to: Inventory,
  renames: Renames,
  rest: 'distinct' | 'undecided' = 'distinct',
  prepare?: (database: Database.Database) => void,
): Generated {
  const scratch = new Database(':memory:');
  try {
    prepare?.(scratch);
    const list = [
      ...Object.entries(renames.tables).map(([table, name]) => ({ table, to: name })),
      ...Object.entries(renames.columns).flatMap(([table, names]) =>
        Object.entries(names).map(([column, name]) => ({ table, column, to: name })),
      ),
    ];
    const request = { from, to, renames: list, ...(rest === 'distinct' ? { distinct: 'all' as const } : {}) };
    const migration = runSync(generateMigration(request), betterSqlite3Bridge(scratch), nodeHost);
    const keys = (direction: 'up' | 'down'): ReadonlySet<string> =>
      new Set(migration.placeholders.filter((one) => one.direction === direction).map(({ key }) => plainKey(key)));
    return {
      migration,
      up: migration.up,
      down: migration.down,
      placeholders: keys('up'),
      downPlaceholders: keys('down'),
      undecided: migration.undecided.map(({ table, column }) => (column === undefined ? table : `${table}.${column}`)),
    };
  } finally {
    scratch.close();
  }
}

/** The key of a placeholder without quotes. */
function plainKey(key: string): string {
  const [, table, column] = /^("(?:[^"]|"")*"|[^".]+)\.(.*)$/s.exec(key)!;
  return `${unquote(table!)}.${unquote(column!)}`;
}

/** The file of a migration, with its placeholders filled and its losses declared. */
export function fileOf(
  { up, down }: Generated,
  fills: Readonly<Record<'up' | 'down', ReadonlyMap<string, string>>>,
): string {
  const filled = (text: string, values: ReadonlyMap<string, string>): string =>
    fillPlaceholders(text, (key) => values.get(plainKey(key)) ?? `'filled'`);
  return declareLosses(
    `-- === UP MIGRATION ===\n${filled(up, fills.up)}\n-- === DOWN MIGRATION ===\n${filled(down, fills.down)}\n`,
  );
}
