import type { Migration, SqlMigration } from '../../migration/index.ts';
import { byPlainName, digitsOf, fileKeys, fileNameOf, keyOf, plainName } from './names.ts';
import type { ForeignRecords, ForeignRow } from './read-records.ts';

/** A migration that another tool has applied. */
export interface MatchedRecord {
  readonly migration: Migration;
  readonly row: ForeignRow;
  /** What the recorded checksum says of the file; `unchecked` if the tool records none. */
  readonly checksum: 'right' | 'edited' | 'unchecked';
}

/** The rows of another tool's table by migration. */
export interface RecordMatch {
  /** In the order of the rows. */
  readonly matched: readonly MatchedRecord[];
  /** Applied rows that name no migration here. */
  readonly missing: readonly ForeignRow[];
  /** Messages: a row that several migrations fit, a migration that several rows name. */
  readonly ambiguous: readonly string[];
}

const nothing: RecordMatch = { matched: [], missing: [], ambiguous: [] };

export function matchRecords(
  records: ForeignRecords,
  migrations: readonly Migration[],
  sha256: (text: string) => string,
): RecordMatch {
  const rows = records.rows.filter(({ state }) => state === 'applied');
  // A number instead of a table; it has neither a record nor rows in an order.
  if (records.tool === 'user_version') return matchCount(rows[0]!, migrations);
  if (records.record === undefined) return nothing;
  if (records.newestOnly) return matchNewest(rows[0], migrations);
  const byKey = keysOf(records, migrations);
  // An application may name them by a path, or without their number.
  const byName = records.tool === undefined ? byPlainName(migrations) : undefined;
  const matched: MatchedRecord[] = [];
  const missing: ForeignRow[] = [];
  const ambiguous: string[] = [];
  const found = new Set<Migration>();
  for (const row of rows) {
    const named =
      byKey.get(keyOf(row.identity)) ??
      byName?.get(plainName(row.identity)) ??
      sameText(records, row, migrations, sha256);
    const [migration] = named;
    if (migration === undefined) missing.push(row);
    else if (named.length > 1) ambiguous.push(`${row.identity} may be ${named.map(({ id }) => id).join(' or ')}`);
    else if (found.has(migration)) ambiguous.push(`${migration.id} is recorded twice`);
    else {
      found.add(migration);
      matched.push({ migration, row, checksum: compareChecksum(records, row, migration, { all: migrations, sha256 }) });
    }
  }
  return { matched: withoutUnknown(records, matched), missing, ambiguous };
}

/** The repeatable migrations that the tool has run as they are now. Any other one has still to run. */
export function unchangedRepeatables(
  { record, repeatables = [] }: ForeignRecords,
  here: readonly SqlMigration[],
  sha256: (text: string) => string,
): readonly SqlMigration[] {
  return here.filter((migration) => {
    const row = repeatables.findLast(({ identity }) => keyOf(identity) === keyOf(fileNameOf(migration)));
    if (row?.checksum === undefined) return false;
    return record?.checksums?.(migration, sha256, here).includes(row.checksum) === true;
  });
}

/** The migrations by each identity that the tool may have recorded of them. */
function keysOf({ record }: ForeignRecords, migrations: readonly Migration[]): ReadonlyMap<string, Migration[]> {
  const byKey = new Map<string, Migration[]>();
  for (const migration of migrations)
    for (const key of new Set((record?.keys ?? fileKeys)(migration)))
      byKey.set(key, [...(byKey.get(key) ?? []), migration]);
  return byKey;
}

/** For a row whose identity fits no migration: those whose text it has. */
function sameText(
  { record }: ForeignRecords,
  { checksum }: ForeignRow,
  migrations: readonly Migration[],
  sha256: (text: string) => string,
): readonly Migration[] {
  if (record?.findsByChecksum !== true || checksum === undefined) return [];
  return migrations.filter((migration) => record.checksums!(migration, sha256, migrations).includes(checksum));
}

function compareChecksum(
  { record }: ForeignRecords,
  { checksum }: ForeignRow,
  migration: Migration,
  { all, sha256 }: { readonly all: readonly Migration[]; readonly sha256: (text: string) => string },
): MatchedRecord['checksum'] {
  if (checksum === undefined || record?.checksums === undefined) return 'unchecked';
  return record.checksums(migration, sha256, all).includes(checksum) ? 'right' : 'edited';
}

/** If not one recorded checksum fits, the tool was set to another hash function: none of them says anything. */
function withoutUnknown({ record }: ForeignRecords, matched: readonly MatchedRecord[]): readonly MatchedRecord[] {
  const unknown = record?.unknownChecksums === true && matched.every(({ checksum }) => checksum !== 'right');
  return unknown ? matched.map((one) => ({ ...one, checksum: 'unchecked' })) : matched;
}

/** All migrations up to the recorded version are applied. */
function matchNewest(row: ForeignRow | undefined, migrations: readonly Migration[]): RecordMatch {
  if (row === undefined) return nothing;
  const newest = BigInt(row.identity);
  const upTo = migrations.filter((migration) => BigInt(digitsOf(migration)) <= newest);
  const isHere = migrations.some((migration) => BigInt(digitsOf(migration)) === newest);
  return isHere ? all(upTo, row) : { ...nothing, missing: [row] };
}

/** A number of migrations, or the version of the last one. */
function matchCount(row: ForeignRow, migrations: readonly Migration[]): RecordMatch {
  const number = Number(row.identity);
  const counted = migrations[number - 1];
  const named = migrations.find(({ version }) => version === number);
  if (counted !== undefined && named !== undefined && counted !== named)
    return {
      matched: [],
      missing: [],
      ambiguous: [`${number} may be the version ${named.id}, or that ${counted.id} is the last of ${number}`],
    };
  const last = counted ?? named;
  if (last === undefined) return { ...nothing, missing: [row] };
  return all(
    migrations.filter(({ version }) => version <= last.version),
    row,
  );
}

function all(migrations: readonly Migration[], row: ForeignRow): RecordMatch {
  return {
    matched: migrations.map((migration) => ({ migration, row, checksum: 'unchecked' })),
    missing: [],
    ambiguous: [],
  };
}
