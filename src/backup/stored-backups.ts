import { clock, file, type Op } from '../bridge/index.ts';
import { thrownReason } from '../errors/index.ts';
import type { BackupLocation } from './create-backup.ts';
import { withRetentionLock, whyOutside } from './retention-lock.ts';
import { parseManifest, type Manifest } from './manifest.ts';
import { fileNameOf, isPacking, isRestoring, manifestNameOf, parseBackupName, seriesOf } from './name.ts';
import { ifPermitted } from './permitted.ts';
import { expired, type Retention } from './retention.ts';

const msPerDay = 86_400_000;

/** A backup as it lies in the folder. */
export interface StoredBackup {
  readonly id: string;
  readonly file: string;
  readonly createdAt: string;
  /** On the disk, compressed or not. */
  readonly bytes: number;
  /** A text says what is wrong with it. */
  readonly manifest: Manifest | string;
}

/** The backups in the folder, newest first. */
export function* listBackups({ folder }: Pick<BackupLocation, 'folder'>): Op<readonly StoredBackup[]> {
  const names = new Set(yield* file('list', folder));
  const ids = new Set([...names].flatMap((name) => parseBackupName(name) ?? []).map(({ id }) => id));
  const found: StoredBackup[] = [];
  for (const id of [...ids].toSorted().toReversed()) {
    const read = yield* readManifest(folder, names, id);
    // A death while it was compressed may have left it in both forms: the manifest says which of them counts.
    const meant = typeof read === 'string' ? undefined : fileNameOf(id, read.packed?.packing);
    const forms = [fileNameOf(id), fileNameOf(id, 'gzip'), fileNameOf(id, 'zstd')];
    const name = [...(meant === undefined ? [] : [meant]), ...forms].find((one) => names.has(one))!;
    const path = `${folder}/${name}`;
    found.push({
      id,
      file: path,
      createdAt: parseBackupName(name)!.createdAt,
      bytes: (yield* file('stat', path))?.bytes ?? 0,
      manifest: typeof read === 'string' ? read : manifestOf(read, name, meant),
    });
  }
  return found;
}

function* readManifest(folder: string, names: ReadonlySet<string>, id: string): Op<Manifest | string> {
  const name = manifestNameOf(id);
  if (!names.has(name)) return 'it has no manifest';
  try {
    const manifest = parseManifest(yield* file('read', `${folder}/${name}`));
    return typeof manifest === 'string' || manifest.id === id ? manifest : 'its manifest is of another backup';
  } catch (error) {
    // Another process may have removed it a moment ago.
    return `its manifest cannot be read: ${thrownReason(error)}`;
  }
}

/** Hash and size are those of the plain file: it is as good as the compressed one that a manifest speaks of. */
function manifestOf(manifest: Manifest, name: string, meant: string | undefined): Manifest | string {
  if (name === meant) return manifest;
  return name === fileNameOf(manifest.id) ? { ...manifest, packed: null } : 'its manifest is of another file';
}

/** What is done to the backups after a new one was made. */
export interface RetentionOptions extends Retention {
  /** Whether all but the newest are compressed; default true. */
  readonly compress?: boolean;
}

/** What was done to the backups. */
export interface RetentionResult {
  readonly removed: readonly StoredBackup[];
  /** Why some were left as they are. */
  readonly refusal: string | undefined;
}

/**
 * Removes what is beyond the limits, and compresses all but the newest. `needed` are those that a failed run refers to.
 * The newest one whose manifest is whole is never removed. Those of another user that this one may not change stay as
 * they are. When another process is at it, it does nothing.
 */
export function* applyRetention(
  place: BackupLocation,
  house: RetentionOptions,
  databaseBytes: number,
  needed: ReadonlySet<string>,
): Op<RetentionResult> {
  const now = yield* clock();
  const look = (): Op<Chores> => findChores(place, house, databaseBytes, needed, now);
  const { garbage, gone, plain } = yield* look();
  const nothing: RetentionResult = { removed: [], refusal: undefined };
  if (garbage.length + gone.length + plain.length === 0) return nothing;
  const outside = yield* whyOutside(place);
  if (outside !== undefined) return { removed: [], refusal: outside };
  const done = yield* withRetentionLock(place, function* () {
    const chores = yield* look();
    const removed: StoredBackup[] = [];
    const refusals: (string | undefined)[] = [];
    for (const path of chores.garbage) refusals.push(yield* ifPermitted(file('remove', path)));
    for (const backup of chores.gone) {
      const refusal = yield* ifPermitted(removeBackup(place, backup));
      if (refusal === undefined) removed.push(backup);
      refusals.push(refusal);
    }
    for (const backup of chores.plain) refusals.push(yield* ifPermitted(packBackup(place, backup)));
    return { removed, refusal: refusals.find((refusal) => refusal !== undefined) };
  });
  return done ?? nothing;
}

/** What is said of backups that stay as they are. */
export function retentionNote({ folder }: BackupLocation, refusal: string | undefined): string | undefined {
  return refusal === undefined
    ? undefined
    : `older backups in ${folder} could not be removed or compressed: ${refusal}`;
}

interface Chores {
  /** Files that deaths have left. */
  readonly garbage: readonly string[];
  /** Backups beyond the limits. */
  readonly gone: readonly StoredBackup[];
  /** Backups to compress. */
  readonly plain: readonly StoredBackup[];
}

function* findChores(
  place: BackupLocation,
  house: RetentionOptions,
  databaseBytes: number,
  needed: ReadonlySet<string>,
  now: number,
): Op<Chores> {
  const all = yield* listBackups(place);
  const good = all.filter((backup) => typeof backup.manifest !== 'string');
  const kept = good.map((backup) => ({ ...backup, needed: needed.has(backup.id), series: seriesKey(backup) }));
  const out = new Set(expired(kept, house, databaseBytes, now).map(({ id }) => id));
  const older = house.compress === false ? [] : good.slice(1);
  return {
    garbage: yield* findGarbage(place, good, now),
    gone: good.filter(({ id }) => out.has(id)),
    plain: older.filter(({ id, file: path }) => !out.has(id) && path.endsWith(fileNameOf(id))),
  };
}

function seriesKey({ id, manifest }: StoredBackup): string | undefined {
  const series = seriesOf(id);
  return series === undefined || typeof manifest === 'string' ? undefined : `${series} ${manifest.applied.join()}`;
}

/** The other form of a compressed backup, a manifest alone, pieces of a compression and of a restore. */
function* findGarbage({ folder }: BackupLocation, good: readonly StoredBackup[], now: number): Op<readonly string[]> {
  const files = new Map(good.map((backup) => [backup.id, backup.file]));
  const names = yield* file('list', folder);
  const found: string[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    const other = parseBackupName(name);
    const superfluous = other !== undefined && files.has(other.id) && files.get(other.id) !== path;
    // Who compresses holds the lock of the house; who makes a backup or restores one does not.
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

/** The manifest last: without it nobody would know what the rest of a removed backup was. */
export function* removeBackup(
  { folder }: Pick<BackupLocation, 'folder'>,
  backup: Pick<StoredBackup, 'id' | 'file'>,
): Op<void> {
  yield* file('remove', backup.file);
  yield* file('remove', `${folder}/${manifestNameOf(backup.id)}`);
}

/** Replaces a backup by a compressed one, once that is proven to hold the same bytes. */
function* packBackup({ folder, file: like }: BackupLocation, { id, file: plain, manifest }: StoredBackup): Op<void> {
  if (typeof manifest === 'string') return;
  const packing = yield* file('packing');
  const target = `${folder}/${fileNameOf(id, packing)}`;
  const pieces = yield* file('pack', plain, `${target}.packing`, like, packing);
  const packed = { packing, pieces } as const;
  if ((yield* file('sha256Packed', `${target}.packing`, packed)) !== manifest.sha256) {
    // Whatever is wrong, the plain one is still there.
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
