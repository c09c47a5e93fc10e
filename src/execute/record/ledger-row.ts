import type { AppliedMigration, NewRow } from '../../ledger/index.ts';
import { parseFileName, type Migration } from '../../migration/index.ts';
import type { Step } from '../../plan/index.ts';

/** What is applied, by version, while a run changes it. */
export type AppliedRows = Map<number, AppliedMigration>;

/** The row for a step that was just applied. */
export function ledgerRow(step: Step, appliedAt: string, executionTimeMs: number): NewRow {
  // Only a step down can do without its file.
  return migrationRow(step.migration!, appliedAt, executionTimeMs, step.label);
}

/** A migration's row, with the texts that later show an edit or take it back when its file is gone. */
export function migrationRow(
  migration: Migration,
  appliedAt: string,
  executionTimeMs: number,
  label: string | undefined,
): NewRow {
  const sql = migration.kind === 'sql' ? migration.content : undefined;
  return {
    version: migration.version,
    name: migration.name,
    fileName: fileNameOf(migration),
    appliedAt,
    checksum: migration.checksum,
    executionTimeMs,
    schemaVersion: label ?? null,
    textHash: migration.textHash,
    upText: sql === undefined ? migration.text : sql.up.text,
    downText: sql?.down?.text ?? null,
  };
}

/** The file's name; what was given without an ending, as a record's key or a definition may be, gets the one it stands for. */
function fileNameOf(migration: Migration): string {
  const name = migration.file.replace(/^.*[\\/]/s, '');
  return parseFileName(name).kind === migration.kind
    ? name
    : `${migration.id}.${migration.kind === 'sql' ? 'sql' : 'js'}`;
}
