import { plural } from '../../errors/index.ts';
import type { Adoption } from '../../operations/adopt.ts';
import type { ExportedMigration, ExportResult } from '../../operations/export.ts';
import { migrationId } from './format.ts';
import { ref, type Json } from './json.ts';

/** What was found of another tool: its table, its checksums, and the schema. */
export function renderAdoption(database: string, found: Adoption): string[] {
  const { tool, table, applied, migrations, differences, already } = found;
  const source =
    table === undefined ? 'user_version' : `the table "${table}"${tool === undefined ? '' : ` of ${tool}`}`;
  const [first, last] = [migrations[0], migrations.at(-1)];
  if (first === undefined)
    return [`${database}: adopted already: ${plural(already.length, 'migration')} recorded, ${source} has no others`];
  const checked = migrations.filter(({ checksum }) => checksum === 'right').length;
  const edited = migrations.filter(({ checksum }) => checksum === 'edited').length;
  const unchecked = migrations.length - checked - edited;
  const counts = [
    ...(checked > 0 ? [`${checked} right`] : []),
    ...(edited > 0 ? [`${edited} wrong`] : []),
    ...(unchecked > 0 ? [`${unchecked} cannot be checked`] : []),
  ];
  return [
    `${database}: ${source} records ${applied === undefined ? 'the newest migration' : plural(applied, 'applied migration')}`,
    `  here       ${[...new Set([first, last].map((one) => migrationId(one!)))].join(' to ')}`,
    `  checksums  ${counts.join(', ')}`,
    ...(differences.length === 0
      ? ['  schema     as these migrations make it']
      : differences.map((line) => `  differs    ${line}`)),
  ];
}

export function adoptionDocument({ tool, table, applied, migrations, differences, already, pending }: Adoption): Json {
  return {
    tool: tool ?? null,
    table: table ?? null,
    applied: applied ?? null,
    migrations: migrations.map(({ recorded, appliedAt, checksum, ...migration }) => ({
      ...ref(migration),
      recorded: recorded ?? null,
      appliedAt: appliedAt ?? null,
      checksum,
    })),
    differences,
    already: already.map(ref),
    pending: pending.map(ref),
  };
}

/** What was written into another tool's table. */
export function renderExport({ added, removed }: ExportResult): string[] {
  return [
    ...added.map((one) => `  ${migrationId(one)}  recorded as ${one.recorded}`),
    ...removed.map((one) => `  ${migrationId(one)}  no longer recorded as ${one.recorded}`),
  ];
}

export function exportDocument({ tool, table, added, removed }: ExportResult): Json {
  const exported = ({ recorded, ...migration }: ExportedMigration): Json => ({ ...ref(migration), recorded });
  return { tool: tool ?? null, table: table ?? null, added: added.map(exported), removed: removed.map(exported) };
}
