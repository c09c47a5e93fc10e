import { query, type Op, type Row, type Value } from '../../bridge/index.ts';
import { parseFileName, type Migration } from '../../migration/index.ts';
import { inMain, literal } from '../../sql/index.ts';
import type { AppliedMigration } from '../types.ts';
import { checkRow } from './check-row.ts';
import { insertion, loadTime, type Layout, type LedgerRow, type NewRow, type RenumberedRow } from './layout.ts';

/**
 * A small table by file name, which many applications use: id, filename, checksum, applied_at. It has no durations and
 * no texts, so a migration without its file cannot be rolled back.
 */
export const filename: Layout = {
  name: 'filename',
  defaultTable: 'migrations',
  columns: [{ name: 'id', primaryKey: true }, { name: 'filename' }, { name: 'checksum' }, { name: 'applied_at' }],

  create: (table: string): string => `CREATE TABLE ${inMain(table)} (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  filename    TEXT NOT NULL UNIQUE,
  checksum    TEXT NOT NULL,
  applied_at  TEXT NOT NULL
)`,

  *read(table: string): Op<readonly LedgerRow[]> {
    const rows = yield* query(`SELECT id, filename, checksum, applied_at FROM ${inMain(table)} ORDER BY id`);
    return rows.map(toLedgerRow);
  },

  *insert(table: string, row: NewRow): Op<void> {
    yield* query(`INSERT INTO ${inMain(table)} (filename, checksum, applied_at) VALUES (?, ?, ?)`, [
      row.fileName,
      row.checksum,
      row.appliedAt,
    ]);
  },

  *remove(table: string, row: AppliedMigration): Op<void> {
    for (const id of yield* idsOf(table, row.version)) yield* query(`DELETE FROM ${inMain(table)} WHERE id = ?`, [id]);
  },

  *update(table: string, row: NewRow): Op<void> {
    for (const id of yield* idsOf(table, row.version))
      yield* query(`UPDATE ${inMain(table)} SET filename = ?, checksum = ? WHERE id = ?`, [
        row.fileName,
        row.checksum,
        id,
      ]);
  },

  *renumber(table: string, rows: readonly RenumberedRow[]): Op<void> {
    const found: (readonly [id: number, to: number])[] = [];
    for (const { row, to } of rows) for (const id of yield* idsOf(table, row.version)) found.push([id, to]);
    // Not a real file's name; `update` sets that.
    for (const [id, to] of found)
      yield* query(`UPDATE ${inMain(table)} SET filename = ? WHERE id = ?`, [`${to}_renumbered_${id}.sql`, id]);
  },

  *dump(table: string): Op<readonly string[]> {
    const rows = yield* query<{ filename: string; checksum: string }>(
      `SELECT filename, checksum FROM ${inMain(table)}`,
    );
    return rows
      .toSorted((a, b) => (versionOf(a.filename) ?? 0) - (versionOf(b.filename) ?? 0))
      .map(({ filename, checksum }) =>
        insertion(table, { filename: literal(filename), checksum: literal(checksum), applied_at: loadTime }),
      );
  },
};

function toLedgerRow(row: Row): LedgerRow {
  const name = row['filename'];
  const parsed = typeof name === 'string' ? parseFileName(name) : undefined;
  const label = `${String(row['id'])} (${String(name)})`;
  if (parsed === undefined || (parsed.kind !== 'sql' && parsed.kind !== 'code'))
    return { ok: false, label, fact: 'does not name a migration file' };
  return checkRow(label, {
    version: parsed.version,
    name: parsed.name,
    appliedAt: toIso(row['applied_at']),
    checksum: row['checksum'],
    executionTimeMs: null,
    schemaVersion: null,
    textHash: null,
  });
}

/** Custom tables often have seconds or milliseconds since the epoch. */
function toIso(value: Value | undefined): Value | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return value;
  const date = new Date(value < 100_000_000_000 ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? value : date.toISOString();
}

/** The keys of the rows of a version; more than one only in a damaged table. */
function* idsOf(table: string, version: number): Op<readonly number[]> {
  const rows = yield* query<{ id: number; filename: string }>(`SELECT id, filename FROM ${inMain(table)}`);
  return rows.filter(({ filename }) => versionOf(filename) === version).map(({ id }) => id);
}

function versionOf(name: string): number | undefined {
  const parsed = parseFileName(name);
  return parsed.kind === 'sql' || parsed.kind === 'code' ? parsed.version : undefined;
}

/** The file's name. A record or a definition without an ending gets the one of its kind. */
export function recordedFileName(migration: Migration): string {
  const name = migration.file.replace(/^.*[\\/]/s, '');
  return parseFileName(name).kind === migration.kind
    ? name
    : `${migration.id}.${migration.kind === 'sql' ? 'sql' : 'js'}`;
}

/** Whether the name by which a migration would be recorded says which one it is. */
export function isRecordable(migration: Migration): boolean {
  const parsed = parseFileName(recordedFileName(migration));
  return 'version' in parsed && parsed.version === migration.version && parsed.name === migration.name;
}
