import { clock, file, type Op } from '../bridge/index.ts';
import { fileNameOf, isPacking, isRestoring, manifestNameOf, parseBackupName, seriesOf } from './name.ts';
import { ifPermitted } from './permitted.ts';
import type { BackupOptions } from './options.ts';
import { expired, msPerDay } from './retention.ts';
import { listBackups, removeBackup, type StoredBackup } from './stored-backups.ts';
import { closeLock, openLock, takeLock } from './lock-file.ts';
import type { BackupLocation } from './backup-location.ts';

export interface RetentionResult {
  readonly removed: readonly StoredBackup[];
  /** Why some stay that should have been removed or compressed. */
  readonly refusal: string | undefined;
}

/**
 * Removes backups beyond the limits, and compresses all but the newest. Keeps those in `needed`, and the newest one with
 * a good manifest. Skips those that this user may not change. Does nothing while another process does the same.
 */
export function* applyRetention(
  location: BackupLocation,
  options: BackupOptions,
  databaseBytes: number,
  needed: ReadonlySet<string>,
): Op<RetentionResult> {
  const now = yield* clock();
  const readPlan = (): Op<MaintenancePlan> => planMaintenance(location, options, databaseBytes, needed, now);
  const { garbage, gone, plain } = yield* readPlan();
  const nothing: RetentionResult = { removed: [], refusal: undefined };
  if (garbage.length + gone.length + plain.length === 0) return nothing;
  const outside = yield* whyOutside(location);
  if (outside !== undefined) return { removed: [], refusal: outside };
  const done = yield* withRetentionLock(location, function* () {
    const plan = yield* readPlan();
    const removed: StoredBackup[] = [];
    const refusals: (string | undefined)[] = [];
    for (const path of plan.garbage) refusals.push(yield* ifPermitted(file('remove', path)));
    for (const backup of plan.gone) {
      const refusal = yield* ifPermitted(removeBackup(location, backup));
      if (refusal === undefined) removed.push(backup);
      refusals.push(refusal);
    }
    for (const backup of plan.plain) refusals.push(yield* ifPermitted(packBackup(location, backup)));
    return { removed, refusal: refusals.find((refusal) => refusal !== undefined) };
  });
  return done ?? nothing;
}

export function retentionNote({ folder }: BackupLocation, refusal: string | undefined): string | undefined {
  return refusal === undefined
    ? undefined
    : `older backups in ${folder} could not be removed or compressed: ${refusal}`;
}

interface MaintenancePlan {
  /** Files that crashes have left. */
  readonly garbage: readonly string[];
  /** Backups beyond the limits. */
  readonly gone: readonly StoredBackup[];
  /** Backups to compress. */
  readonly plain: readonly StoredBackup[];
}

function* planMaintenance(
  location: BackupLocation,
  options: BackupOptions,
  databaseBytes: number,
  needed: ReadonlySet<string>,
  now: number,
): Op<MaintenancePlan> {
  const all = yield* listBackups(location);
  const good = all.filter((backup) => typeof backup.manifest !== 'string');
  const kept = good.map((backup) => ({ ...backup, needed: needed.has(backup.id), series: seriesKey(backup) }));
  const out = new Set(expired(kept, options, databaseBytes, now).map(({ id }) => id));
  const older = options.compress === false ? [] : good.slice(1);
  return {
    garbage: yield* findGarbage(location, good, now),
    gone: good.filter(({ id }) => out.has(id)),
    plain: older.filter(({ id, file: path }) => !out.has(id) && path.endsWith(fileNameOf(id))),
  };
}

function seriesKey({ id, manifest }: StoredBackup): string | undefined {
  const series = seriesOf(id);
  return series === undefined || typeof manifest === 'string' ? undefined : `${series} ${manifest.applied.join()}`;
}

/** The other form of a compressed backup, a manifest alone, what is left of a compression or a restore. */
function* findGarbage({ folder }: BackupLocation, good: readonly StoredBackup[], now: number): Op<readonly string[]> {
  const files = new Map(good.map((backup) => [backup.id, backup.file]));
  const names = yield* file('list', folder);
  const found: string[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    const other = parseBackupName(name);
    const superfluous = other !== undefined && files.has(other.id) && files.get(other.id) !== path;
    // Compression holds the retention lock; creating and restoring do not.
    const dead = superfluous || isPacking(name);
    const aged = isAloneManifest(name, names) || isRestoring(name);
    if (dead || (aged && now - ((yield* file('stat', path))?.modifiedAt ?? now) > msPerDay)) found.push(path);
  }
  return found;
}

function isAloneManifest(name: string, names: readonly string[]): boolean {
  const id = /^(.*)\.json$/.exec(name)?.[1];
  if (id === undefined || parseBackupName(fileNameOf(id)) === undefined) return false;
  return !names.some((one) => parseBackupName(one)?.id === id);
}

/** Replaces a backup by a compressed one, after verifying that it unpacks to the same bytes. */
function* packBackup({ folder, file: like }: BackupLocation, { id, file: plain, manifest }: StoredBackup): Op<void> {
  if (typeof manifest === 'string') return;
  const packing = yield* file('packing');
  const target = `${folder}/${fileNameOf(id, packing)}`;
  const pieces = yield* file('pack', plain, `${target}.packing`, like, packing);
  const packed = { packing, pieces } as const;
  if ((yield* file('sha256Packed', `${target}.packing`, packed)) !== manifest.sha256) {
    // The plain one is still there.
    yield* file('remove', `${target}.packing`);
    return;
  }
  const path = `${folder}/${manifestNameOf(id)}`;
  yield* file('write', `${path}.packing`, `${JSON.stringify({ ...manifest, packed }, undefined, 1)}\n`, like);
  yield* file('rename', `${target}.packing`, target);
  yield* file('rename', `${path}.packing`, path);
  yield* file('syncFolder', folder);
  yield* file('remove', plain);
}

const lockOf = ({ folder }: BackupLocation): string => `${folder}/housekeeping.lock`;

/**
 * Why this user cannot take the lock: the file is another user's, and not writable. SQLite would report success, because
 * on a file that it cannot write it takes a read lock instead.
 */
function* whyOutside(location: BackupLocation): Op<string | undefined> {
  const lock = lockOf(location);
  if ((yield* file('stat', lock)) === undefined || (yield* file('mayWrite', lock))) return undefined;
  return `this user may not write ${lock}`;
}

/** Runs an operation under the lock of the folder; undefined: another process has the lock. */
function* withRetentionLock<T>(location: BackupLocation, operation: () => Op<T>): Op<T | undefined> {
  const lock = yield* openLock(lockOf(location), location.file);
  if (lock === undefined) return undefined;
  try {
    return (yield* takeLock(lock)) ? yield* operation() : undefined;
  } finally {
    yield* closeLock(lock);
  }
}
