import { MigrationRunner } from '../../src/node/create-runner.ts';
import type { MigrateOptions } from '../../src/node/open-session.ts';
import type { SquashResult } from '../../src/operations/squash.ts';
import type { MigrationsGiven } from '../../src/source/index.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';

/** A runner that can open scratch databases, as the command line's. */
export function runnerOn(
  db: TestDatabase,
  files: MigrationsGiven,
  options: Partial<MigrateOptions> = {},
): MigrationRunner {
  return new MigrationRunner({ backup: 'off', ...options, database: db.bridge, migrations: files });
}

/** Squashes files, as a record that can be added to them. Call it in a test. */
export async function squashed(
  files: MigrationsGiven,
  to: number,
  options?: Partial<MigrateOptions>,
): Promise<SquashResult> {
  return await runnerOn(openTestDatabase(), files, options).squash({ to });
}

/**
 * Schema, rows, header and ledger of a database as comparable text. The pages of an index differ with the order of
 * its rows, so the shadow tables of virtual tables are left out.
 */
export function stateOf(db: TestDatabase): unknown {
  const [schema, rows] = JSON.parse(db.content()) as [unknown, [name: string, rows: unknown][]];
  return {
    schema,
    rows: rows.filter(([name]) => !/^(?:plain|old|outer_text|places)_/.test(name)),
    found: db.rows(`SELECT name FROM sqlite_schema WHERE name = 'plain'`).length > 0 && {
      plain: db.rows(`SELECT rowid, rank FROM plain WHERE plain MATCH 'words' ORDER BY rank`),
      outside: db.rows(`SELECT rowid FROM outer_text WHERE outer_text MATCH 'b'`),
      old: db.rows(`SELECT docid FROM old WHERE old MATCH 'fourth'`),
      places: db.rows('SELECT id FROM places WHERE x0 > 1'),
    },
    sequences: db.rows('SELECT name, seq FROM sqlite_sequence ORDER BY name'),
    statistics: db.rows(`SELECT name FROM sqlite_schema WHERE name = 'sqlite_stat1'`),
    numbers: [db.value('PRAGMA user_version'), db.value('PRAGMA application_id')],
    ledger: db.rows(
      'SELECT version, name, checksum, schema_version, text_hash, up_text, down_text FROM schema_migrations ORDER BY version',
    ),
  };
}
