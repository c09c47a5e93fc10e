import { query, queryOne, type Op, type Row, type Value } from '../../bridge/index.ts';
import { inMain, literal } from '../../sql/index.ts';
import { insertRows } from '../insert-rows.ts';
import type { AppliedMigration } from '../types.ts';
import {
  insertion,
  loadTime,
  type Layout,
  type LedgerRow,
  type NewRow,
  type RecordedTexts,
  type RenumberedRow,
} from './layout.ts';
import { checkRow } from './check-row.ts';

/** The longest text of a migration, in UTF-16 units, that is stored. */
export const maxText = 1_000_000;

/**
 * `schema_migrations`: one row per applied migration, by version, with everything that later commands need if the file is
 * missing.
 */
export const standard: Layout = {
  name: 'standard',
  defaultTable: 'schema_migrations',
  columns: [
    { name: 'version', primaryKey: true },
    { name: 'name' },
    { name: 'applied_at' },
    { name: 'checksum' },
    { name: 'execution_time_ms' },
    { name: 'schema_version' },
    { name: 'text_hash' },
    { name: 'fingerprint' },
    { name: 'up_text' },
    { name: 'down_text' },
  ],

  // `checksum` is the hash of the normal form, `text_hash` that of the file's bytes, `fingerprint` that of the schema after
  // the run.
  create: (table: string): string => `CREATE TABLE ${inMain(table)} (
  version            INTEGER PRIMARY KEY,
  name               TEXT NOT NULL,
  applied_at         TEXT NOT NULL,
  checksum           TEXT NOT NULL,
  execution_time_ms  INTEGER NOT NULL,
  schema_version     TEXT,
  text_hash          TEXT NOT NULL,
  fingerprint        TEXT,
  up_text            TEXT,
  down_text          TEXT
)`,

  *read(table: string): Op<readonly LedgerRow[]> {
    // Without the texts: with a thousand migrations they are most of the table, and few commands need them.
    const rows = yield* query(
      `SELECT version, name, applied_at, checksum, execution_time_ms, schema_version, text_hash FROM ${inMain(table)} ORDER BY version`,
    );
    return rows.map(toLedgerRow);
  },

  *insert(table: string, row: NewRow): Op<void> {
    yield* standard.insertAll!(table, [row]);
  },

  *insertAll(table: string, rows: readonly NewRow[]): Op<void> {
    const values = rows.map((row) => Object.values(toColumns(row)));
    if (rows.length > 0) yield* insertRows(table, Object.keys(toColumns(rows[0]!)).join(', '), values);
  },

  *remove(table: string, row: AppliedMigration): Op<void> {
    yield* query(`DELETE FROM ${inMain(table)} WHERE version = ?`, [row.version]);
  },

  *update(table: string, row: NewRow): Op<void> {
    const { version, applied_at: _, ...columns } = toColumns(row);
    const assignments = Object.keys(columns).map((column) => `${column} = ?`);
    yield* query(`UPDATE ${inMain(table)} SET ${assignments.join(', ')} WHERE version = ?`, [
      ...Object.values(columns),
      version!,
    ]);
  },

  *renumber(table: string, rows: readonly RenumberedRow[]): Op<void> {
    // The key must be unique after each statement, so first free all the old versions.
    for (const { row } of rows)
      yield* query(`UPDATE ${inMain(table)} SET version = ? WHERE version = ?`, [-row.version, row.version]);
    for (const { row, to } of rows)
      yield* query(`UPDATE ${inMain(table)} SET version = ? WHERE version = ?`, [to, -row.version]);
  },

  *dump(table: string): Op<readonly string[]> {
    const rows = yield* query<{ version: number; name: string; checksum: string; schema_version: string | null }>(
      `SELECT version, name, checksum, schema_version FROM ${inMain(table)} ORDER BY version`,
    );
    return rows.map((row) =>
      insertion(table, {
        version: literal(row.version),
        name: literal(row.name),
        applied_at: loadTime,
        checksum: literal(row.checksum),
        execution_time_ms: '0',
        schema_version: literal(row.schema_version),
        // Depends on one machine's line endings; without it the checksums are compared.
        text_hash: "''",
      }),
    );
  },

  *recordFingerprint(table: string, version: number, fingerprint: string): Op<void> {
    yield* query(`UPDATE ${inMain(table)} SET fingerprint = ? WHERE version = ?`, [fingerprint, version]);
  },

  *texts(table: string, version: number): Op<RecordedTexts> {
    const row = yield* queryOne<{ up_text: string | null; down_text: string | null }>(
      `SELECT up_text, down_text FROM ${inMain(table)} WHERE version = ?`,
      [version],
    );
    return { up: row?.up_text ?? null, down: row?.down_text ?? null };
  },

  // A NULL `down_text` may also be a text that was too long to store: `describeRecorded` ignores this for such files.
  *reversible(table: string): Op<ReadonlyMap<number, boolean>> {
    // White space and semicolons are no statement; what begins with a comment has to be parsed.
    const rows = yield* query<{ version: number; reversible: number }>(
      `SELECT version, down_text IS NOT NULL AS reversible FROM ${inMain(table)}
        WHERE up_text IS NOT NULL
          AND (down_text IS NULL OR substr(ltrim(down_text, char(9, 10, 12, 13, 32, 59)), 1, 2) NOT IN ('', '--', '/*'))`,
    );
    return new Map(rows.map(({ version, reversible }) => [version, reversible === 1]));
  },
};

function toLedgerRow(row: Row): LedgerRow {
  return checkRow(`version ${String(row['version'])}`, {
    version: row['version'],
    name: row['name'],
    appliedAt: row['applied_at'],
    checksum: row['checksum'],
    executionTimeMs: row['execution_time_ms'],
    schemaVersion: row['schema_version'],
    textHash: row['text_hash'],
  });
}

/** A row's values by column. Their order is the same for every row. */
function toColumns(row: NewRow): Readonly<Record<string, Value>> {
  return {
    version: row.version,
    name: row.name,
    applied_at: row.appliedAt,
    checksum: row.checksum ?? '',
    execution_time_ms: row.executionTimeMs ?? 0,
    schema_version: row.schemaVersion,
    text_hash: row.textHash ?? '',
    up_text: nullIfTooLong(row.upText),
    down_text: nullIfTooLong(row.downText),
  };
}

function nullIfTooLong(text: string | null): string | null {
  return text !== null && text.length <= maxText ? text : null;
}
