import type { Op } from '../bridge/index.ts';
import {
  describeBackup,
  findBackup,
  manifestOf,
  readSummary,
  type BackupInfo,
  type BackupLocation,
  type Manifest,
  type StoredBackup,
} from '../backup/index.ts';
import { refOf, type MigrationRef } from '../errors/index.ts';
import { retryBusy, type RunContext, requireBackupLocation } from '../lock/index.ts';
import { isLedgerTable, readLedger } from '../ledger/index.ts';

/** What a restore would change, between the present state and the backup. */
export interface RestorePlan {
  readonly backup: BackupInfo;
  /** False: the database is missing or damaged, and a restore moves what is left of it aside. */
  readonly readable: boolean;
  /** Migrations that were applied since the backup; they will be pending again. */
  readonly undone: readonly MigrationRef[];
  /** Versions that were rolled back since the backup; they will be applied again. */
  readonly back: readonly number[];
  /** Tables whose number of rows differs; undefined if there is no such table, or it cannot be read. */
  readonly rows: readonly {
    readonly table: string;
    readonly present: number | undefined;
    readonly restored: number | undefined;
  }[];
}

/** What restoring a backup would change. Does not verify the backup. */
export function* readRestorePlan(context: RunContext, asked: string): Op<RestorePlan> {
  const backup = yield* findBackup(yield* requireBackupLocation(context), asked);
  const manifest = manifestOf(backup);
  return yield* retryBusy(context, 'read', () => planRestore(context, backup, manifest));
}

/** The same for a database that cannot be read. */
export function* readReplacementPlan(context: RunContext, location: BackupLocation, asked: string): Op<RestorePlan> {
  const backup = yield* findBackup(location, asked);
  return planReplacement(context, backup, manifestOf(backup));
}

/** Compares the present state with a backup. Writes nothing. */
export function* planRestore(context: RunContext, backup: StoredBackup, manifest: Manifest): Op<RestorePlan> {
  const { applied } = yield* readLedger(context.ledger);
  const now = new Set(applied.map((row) => row.version));
  const then = new Set(manifest.applied);
  return {
    backup: describeBackup(backup),
    readable: true,
    undone: applied.filter((row) => !then.has(row.version)).map(refOf),
    back: manifest.applied.filter((version) => !now.has(version)),
    rows: compareRows(context, countsOf((yield* readSummary()).tables), manifest),
  };
}

/** The same without a present state that can be read. */
export function planReplacement(context: RunContext, backup: StoredBackup, manifest: Manifest): RestorePlan {
  const rows = compareRows(context, new Map(), manifest);
  return { backup: describeBackup(backup), readable: false, undone: [], back: [], rows };
}

function compareRows(
  context: RunContext,
  now: ReadonlyMap<string, number>,
  { portrait }: Manifest,
): RestorePlan['rows'] {
  const then = countsOf(portrait.tables);
  return [...new Set([...now.keys(), ...then.keys()])]
    .filter((table) => !isLedgerTable(context.ledger, table) && !table.startsWith('sqlite_'))
    .toSorted()
    .map((table) => ({ table, present: now.get(table), restored: then.get(table) }))
    .filter((row) => row.present !== row.restored);
}

function countsOf(tables: readonly { readonly name: string; readonly rows: number }[]): ReadonlyMap<string, number> {
  return new Map(tables.map(({ name, rows }) => [name, rows]));
}
