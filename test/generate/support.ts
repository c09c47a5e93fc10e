import Database from 'better-sqlite3';
import { runSync } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import {
  declareLosses,
  fillPlaceholders,
  generateMigration,
  type GeneratedMigration,
  type GenerateRequest,
} from '../../src/generate/index.ts';
import { MigrationRunner, nodeHost } from '../../src/node/index.ts';
import { compareEffectively, readInventory, type Inventory } from '../../src/schema/index.ts';

function inventoryOf(source: string | Database.Database): Inventory {
  const database = typeof source === 'string' ? new Database(':memory:') : source;
  if (typeof source === 'string') database.exec(source);
  return runSync(
    readInventory((table) => table.startsWith('schema_migration')),
    betterSqlite3Bridge(database),
    nodeHost,
  );
}

/** Generates the migration from one schema, as SQL, to another. */
export function generate(
  from: string,
  to: string | Database.Database,
  options: Omit<GenerateRequest, 'from' | 'to'> = {},
): GeneratedMigration {
  const scratch = betterSqlite3Bridge(new Database(':memory:'));
  return runSync(generateMigration({ from: inventoryOf(from), to: inventoryOf(to), ...options }), scratch, nodeHost);
}

/** The text of a migration file, with values for its placeholders and its losses declared. */
export function fileOf({ up, down }: GeneratedMigration, values: Readonly<Record<string, string>> = {}): string {
  const filled = fillPlaceholders(
    `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`,
    (key) => values[key],
  );
  return declareLosses(filled);
}

/** A database with the schema `from` and rows, to which the migration was applied, foreign keys on. */
export function applied(
  from: string,
  rows: string,
  file: string,
): { database: Database.Database; runner: MigrationRunner } {
  const database = new Database(':memory:');
  database.exec(from);
  database.exec(rows);
  database.pragma('foreign_keys = ON');
  const runner = new MigrationRunner({ database, migrations: { '001_generated.sql': file }, backup: 'off' } as never);
  runner.upSync();
  return { database, runner };
}

/** The differences in effect of a database from a schema. */
export function differences(database: Database.Database, wanted: string): readonly string[] {
  return compareEffectively(inventoryOf(database), inventoryOf(wanted))
    .filter(
      ({ kind, parts }) => kind !== 'changed' || parts.length === 0 || parts.some((part) => part.kind !== 'moved'),
    )
    .map(({ kind, type, name }) => `${type} ${name} ${kind}`);
}
