import { plural, type MigrationRef } from '../../errors/index.ts';
import type { Adoption } from '../../operations/adopt.ts';
import type { ExportedMigration } from '../../execute/mirror/foreign-table.ts';
import type { ExportResult } from '../../operations/export.ts';
import { migrationId } from './format.ts';
import { ref, type Json } from './json.ts';

/** `the table "knex_migrations" of Knex` */
export function tableOf({ tool, table }: Pick<Adoption, 'tool' | 'table'>): string {
  return table === undefined ? 'user_version' : `the table "${table}"${tool === undefined ? '' : ` of ${tool}`}`;
}

/** What was found of another tool: its table, its checksums, and the schema. */
export function renderAdoption(database: string, found: Adoption): string[] {
  const { applied, migrations, differences, onlyInNew, already } = found;
  const source = tableOf(found);
  if (migrations.length === 0)
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
    `  here       ${rangesOf(found).join(', ')}`,
    `  checksums  ${counts.join(', ')}`,
    ...(differences.length === 0
      ? ['  schema     as these migrations make it']
      : differences.map((line) => `  differs    ${line}`)),
    ...(onlyInNew.length === 0 ? [] : [`  note       new databases will have: ${onlyInNew.join(', ')}`]),
  ];
}

const mostRanges = 4;

/** `001_users to 003_tags, 005_more`: those between two others are in the range only if all of them are. */
function rangesOf({ migrations, already, pending }: Adoption): readonly string[] {
  const recorded = new Set(migrations.map(({ version }) => version));
  const ranges: MigrationRef[][] = [];
  let open: MigrationRef[] | undefined;
  for (const one of [...migrations, ...already, ...pending].toSorted((a, b) => a.version - b.version)) {
    if (!recorded.has(one.version)) open = undefined;
    else if (open === undefined) ranges.push((open = [one]));
    else open.push(one);
  }
  const shown = ranges.slice(0, ranges.length > mostRanges ? mostRanges - 1 : mostRanges);
  const rest = ranges.slice(shown.length).flat().length;
  return [
    ...shown.map((range) => [...new Set([range[0]!, range.at(-1)!].map(migrationId))].join(' to ')),
    ...(rest === 0 ? [] : [`${rest} more`]),
  ];
}

export function adoptionDocument({
  tool,
  table,
  applied,
  migrations,
  differences,
  onlyInNew,
  already,
  repeatables,
  pending,
}: Adoption): Json {
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
    onlyInNew,
    already: already.map(ref),
    repeatables: repeatables.map(ref),
    pending: pending.map(ref),
  };
}

/** What was written into another tool's table. */
export function renderExport({ added, removed, updated }: ExportResult): string[] {
  return [
    ...added.map((one) => `  ${migrationId(one)}  recorded as ${one.recorded}`),
    ...removed.map((one) => `  ${migrationId(one)}  no longer recorded as ${one.recorded}`),
    ...updated.map((one) => `  ${migrationId(one)}  recorded as ${one.recorded} with the present checksum`),
  ];
}

export function exportDocument({ tool, table, added, removed, updated }: ExportResult): Json {
  const exported = ({ recorded, ...migration }: ExportedMigration): Json => ({ ...ref(migration), recorded });
  return {
    tool: tool ?? null,
    table: table ?? null,
    added: added.map(exported),
    removed: removed.map(exported),
    updated: updated.map(exported),
  };
}
