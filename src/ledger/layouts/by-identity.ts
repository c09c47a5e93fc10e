import type { Op } from '../../bridge/index.ts';
import type { Migration, Registry } from '../../migration/index.ts';
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
  const stored = <T extends AppliedMigration>(row: T): T => ({
    ...row,
    version: numberOf(row.version),
    name: registry.get(row.version)?.id ?? row.name,
  });
  const assign = ({ version }: NewRow): void => {
    const taken = new Set(numbers.values());
    numbers.set(version, taken.has(version) ? Math.max(...taken) + 1 : version);
  };

  const own: Layout = {
    ...layout,

    *read(table: string): Op<readonly LedgerRow[]> {
      const rows = yield* layout.read(table);
      const found = findPlaces(
        rows.flatMap((row) => (row.ok ? [row.row] : [])),
        registry,
        layout,
      );
      numbers = new Map([...found].map(([{ version: number }, { version }]) => [version, number]));
      const known = rows.flatMap((row) => (row.ok && isKnown(found.get(row.row)!.version) ? [row.row.version] : []));
      // A newer release gives its rows numbers above those of all files here.
      const newest = Math.max(0, ...registry.migrations.map(({ version }) => version), ...known);
      return rows.map((row) => {
        if (!row.ok) return row;
        const place = found.get(row.row)!;
        const isGone = !isKnown(place.version) && row.row.version <= newest;
        return { ok: true, row: { ...row.row, ...place, isGone } };
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

/** The migration of each row that has one: by its identity, or by number and name in a layout that has only those. */
function findFiles(
  rows: readonly AppliedMigration[],
  migrations: readonly Migration[],
): ReadonlyMap<AppliedMigration, Migration> {
  const byId = new Map(migrations.map((migration) => [migration.id, migration]));
  const byNumber = new Map(
    migrations.map((migration) => [`${Number(migration.origin?.number)} ${migration.origin?.name}`, migration]),
  );
  const found = new Map<AppliedMigration, Migration>();
  const claimed = new Set<Migration>();
  const claim = (row: AppliedMigration, migration: Migration | undefined): void => {
    if (migration === undefined || claimed.has(migration)) return;
    found.set(row, migration);
    claimed.add(migration);
  };
  for (const row of rows) claim(row, byId.get(row.name));
  for (const row of rows) if (!found.has(row)) claim(row, byNumber.get(`${row.version} ${row.name}`));
  return found;
}

/** The version and name of a row in the folder as it is now. */
type Place = Pick<AppliedMigration, 'version' | 'name'>;

/** The place of each row. One that has neither a migration nor a version of its own gets a version above all others. */
function findPlaces(
  rows: readonly AppliedMigration[],
  { migrations, format }: Registry,
  layout: Layout,
): ReadonlyMap<AppliedMigration, Place> {
  const files = findFiles(rows, migrations);
  const found = new Map<AppliedMigration, Place>(
    [...files].map(([row, { version, name }]) => [row, { version, name }]),
  );
  const claimed = new Set([...found.values()].map(({ version }) => version));
  // Where versions are the tool's own, a file with another name under the number is the same one renamed, or a conflict.
  const forms = format?.numbers === 'versions' ? new Set(migrations.map(formOf)) : [];
  for (const row of rows) {
    if (found.has(row)) continue;
    const place = layout.name === 'filename' ? row : splitIdentity(row.name, forms);
    if (place === undefined || claimed.has(place.version)) continue;
    found.set(row, { version: place.version, name: place.name });
    claimed.add(place.version);
  }
  let last = Math.max(0, ...migrations.map(({ version }) => version), ...claimed);
  for (const row of rows) if (!found.has(row)) found.set(row, { version: ++last, name: row.name });
  return found;
}

/** A pattern for what stands before the names of a folder: that of `V3__` matches `V12__`, but not `V1.2__`. */
function formOf({ id, name }: Migration): string {
  return id
    .slice(0, id.length - name.length)
    .replaceAll(/\W/g, String.raw`\$&`)
    .replaceAll(/\d+/g, String.raw`\d+`);
}

/** Whether a name is a whole identity, with the version in front of it. */
export function isIdentity(name: string, migrations: readonly Migration[]): boolean {
  return splitIdentity(name, new Set(migrations.map(formOf))) !== undefined;
}

/** The version and name in a recorded identity. */
function splitIdentity(identity: string, forms: Iterable<string>): Place | undefined {
  for (const form of forms) {
    const [number] = new RegExp(`^${form}(?!\\d)`).exec(identity) ?? [''];
    const digits = number.replaceAll(/\D/g, '');
    if (digits !== '') return { version: Number(digits), name: identity.slice(number.length) };
  }
  return undefined;
}
