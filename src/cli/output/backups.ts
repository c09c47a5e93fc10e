import type { BackupInfo } from '../../backup/index.ts';
import { plural } from '../../errors/index.ts';
import { formatVersion } from '../../migration/index.ts';
import type { RestorePlan, RestoreResult } from '../../restore/index.ts';
import type { Style } from './color.ts';
import { bytes, migrationId, time } from './format.ts';
import { backup, fields, ref, type Json } from './json.ts';
import { table } from './table.ts';

/** The backups, the newest first; one that is not sound says why in its row. */
export function renderBackups(backups: readonly BackupInfo[], { colors, width }: Style): string[] {
  const rows = backups.map((backup) => [
    backup.id,
    time(backup.createdAt),
    backup.version === undefined ? '' : formatVersion(backup.version),
    bytes(backup.bytes),
    backup.problem ?? (backup.compressed ? `of ${bytes(backup.databaseBytes ?? 0)}, compressed` : ''),
  ]);
  return table(
    [
      { title: 'backup' },
      { title: 'made', below: true },
      { title: 'version' },
      { title: 'size', align: 'right' },
      { title: '', below: true },
    ],
    rows,
    {
      width,
      title: colors.dim,
      style: (text, row, column) => (column === 4 && backups[row]!.problem !== undefined ? colors.red(text) : text),
    },
  );
}

/** So many tables are named in a question; of more only the number is said. */
const shownTables = 12;

/** What a restore would take away and bring back, before the question. */
export function renderLosses(plan: RestorePlan, database: string): string[] {
  if (!plan.readable)
    return [
      `${database} cannot be read, so its content is unknown. What is left of it is kept beside it.`,
      `The backup is from ${time(plan.backup.createdAt)}${plan.backup.version === undefined ? '' : `, at version ${formatVersion(plan.backup.version)}`}.`,
    ];
  const lines = [`What has changed in ${database} since ${time(plan.backup.createdAt)} would be undone:`];
  for (const migration of plan.undone) lines.push(`  ${migrationId(migration)} would be pending again`);
  if (plan.back.length > 0) lines.push(`  ${plan.back.map(formatVersion).join(', ')} would be applied again`);
  for (const { table: name, present, restored } of plan.rows.slice(0, shownTables))
    lines.push(`  ${name}: ${rowsIn(present)} now, ${rowsIn(restored)} then`);
  const rest = plan.rows.length - shownTables;
  if (rest > 0) lines.push(`  and ${plural(rest, 'more table')}`);
  if (plan.undone.length + plan.back.length + plan.rows.length === 0)
    lines.push('  no migration, and no number of rows; rows that were changed are not counted');
  return lines;
}

function rowsIn(n: number | undefined): string {
  return n === undefined ? 'no table' : plural(n, 'row');
}

export function backupDocument(one: BackupInfo): Json {
  return {
    ...fields(one, 'id', 'file', 'createdAt', 'bytes', 'databaseBytes'),
    ...fields(one, 'compressed', 'version', 'problem', 'flaws'),
  };
}

export function restoreDocument({ plan, before, damaged, notes, durationMs }: RestoreResult): Json {
  return {
    backup: backupDocument(plan.backup),
    before: backup(before),
    damaged,
    undone: plan.undone.map(ref),
    back: plan.back,
    rows: plan.rows.map((row) => fields(row, 'table', 'present', 'restored')),
    notes,
    durationMs,
  };
}
