import type { Op } from '../../bridge/index.ts';
import type { Registry } from '../../migration/index.ts';
import type { AppliedMigration } from '../types.ts';
import type { Layout, LedgerRow, NewRow, RecordedTexts, RenumberedRow } from './layout.ts';

/**
 * A layout for the migrations of another tool's format, whose versions can be positions: a row belongs to the migration
 * whose identity it has, whatever number it was recorded under. The number in the table stays as it is
 * (docs/internals/decisions/0013-identity-in-other-tools-formats.md).
 */
export function byIdentity(layout: Layout, registry: Registry): Layout {
  /** The numbers in the table, by version. As of the last read, and of what was written since. */
  let numbers = new Map<number, number>();
  const isKnown = (version: number): boolean => registry.get(version) !== undefined;
  const numberOf = (version: number): number => numbers.get(version) ?? version;
  const stored = <T extends AppliedMigration>(row: T): T => ({ ...row, version: numberOf(row.version) });
  const assign = ({ version }: NewRow): void => {
    const taken = new Set(numbers.values());
    numbers.set(version, taken.has(version) ? Math.max(...taken) + 1 : version);
  };

  const own: Layout = {
    ...layout,

    *read(table: string): Op<readonly LedgerRow[]> {
      const rows = yield* layout.read(table);
      const found = findVersions(
        rows.flatMap((row) => (row.ok ? [row.row] : [])),
        registry,
      );
      numbers = new Map([...found].map(([{ version: number }, version]) => [version, number]));
      const known = rows.flatMap((row) => (row.ok && isKnown(found.get(row.row)!) ? [row.row.version] : []));
      const newest = Math.max(0, ...known);
      return rows.map((row) => {
        if (!row.ok) return row;
        const version = found.get(row.row)!;
        return { ok: true, row: { ...row.row, version, isGone: !isKnown(version) && row.row.version < newest } };
      });
    },

    *insert(table: string, row: NewRow): Op<void> {
      assign(row);
      yield* layout.insert(table, stored(row));
    },

    *remove(table: string, row: AppliedMigration): Op<void> {
      yield* layout.remove(table, stored(row));
      numbers.delete(row.version);
    },

    update: (table: string, row: NewRow): Op<void> => layout.update(table, stored(row)),

    // oxlint-disable-next-line require-yield -- the numbers in the table stay; `update` writes the new names
    *renumber(_: string, rows: readonly RenumberedRow[]): Op<void> {
      const moved = rows.map(({ row, to }) => [to, numberOf(row.version)] as const);
      for (const { row } of rows) numbers.delete(row.version);
      for (const [to, number] of moved) numbers.set(to, number);
    },
  };
  const { insertAll, recordFingerprint, texts, reversible } = layout;
  return {
    ...own,
    ...(insertAll !== undefined && {
      *insertAll(table: string, rows: readonly NewRow[]): Op<void> {
        for (const row of rows) assign(row);
        yield* insertAll(table, rows.map(stored));
      },
    }),
    ...(recordFingerprint !== undefined && {
      recordFingerprint: (table: string, version: number, fingerprint: string): Op<void> =>
        recordFingerprint(table, numberOf(version), fingerprint),
    }),
    ...(texts !== undefined && {
      texts: (table: string, version: number): Op<RecordedTexts> => texts(table, numberOf(version)),
    }),
    ...(reversible !== undefined && {
      *reversible(table: string): Op<ReadonlyMap<number, boolean>> {
        const found = yield* reversible(table);
        return new Map(
          [...numbers].flatMap(([version, number]) => (found.has(number) ? [[version, found.get(number)!]] : [])),
        );
      },
    }),
  };
}

/** The version of each row. A row that no migration has gets one above all others. */
function findVersions(
  rows: readonly AppliedMigration[],
  { migrations, format }: Registry,
): ReadonlyMap<AppliedMigration, number> {
  const byId = new Map(migrations.map((migration) => [migration.id, migration.version]));
  // A folder whose versions were numbers before a file came that has none.
  const byNumber = new Map(
    migrations.map(({ origin, version }) => [`${Number(origin?.number)} ${origin?.name}`, version]),
  );
  const found = new Map<AppliedMigration, number>();
  const claimed = new Set<number>();
  const claim = (row: AppliedMigration, version: number | undefined): void => {
    if (version === undefined || found.has(row) || claimed.has(version)) return;
    found.set(row, version);
    claimed.add(version);
  };
  for (const row of rows) claim(row, byId.get(row.name) ?? byNumber.get(`${row.version} ${row.name}`));
  // Where versions are the tool's own, a file with another name under the number is the same one renamed, or a conflict.
  if (format?.numbers === 'versions') for (const row of rows) claim(row, row.version);
  let last = Math.max(0, ...migrations.map(({ version }) => version), ...claimed);
  for (const row of rows) claim(row, found.has(row) ? undefined : ++last);
  return found;
}
