import type { Packing } from '../bridge/index.ts';

/** Why a backup was created. The file's name says so. */
export type BackupReason =
  | { readonly kind: 'before-run'; readonly direction: 'up' | 'down'; readonly version: number }
  | { readonly kind: 'manual' }
  | { readonly kind: 'before-reset' }
  | { readonly kind: 'before-restore' };

const endings: Readonly<Record<Packing, string>> = { gzip: '.gz', zstd: '.zst' };

/** What a backup's file name says. */
export interface BackupName {
  /** The name without `.db` and what follows it: what people type. */
  readonly id: string;
  /** ISO 8601, UTC, whole milliseconds. */
  readonly createdAt: string;
}

/**
 * The identifier of a new backup: `20261121T091204123Z-before-0003`. Names sort by time, and say what they precede.
 */
export function backupId(time: Date, reason: BackupReason): string {
  return `${time.toISOString().replaceAll(/[-:.]/g, '')}-${suffix(reason)}`;
}

function suffix(reason: BackupReason): string {
  switch (reason.kind) {
    case 'before-run':
      return `before-${reason.direction === 'down' ? 'down-' : ''}${String(reason.version).padStart(4, '0')}`;
    case 'manual':
    case 'before-reset':
    case 'before-restore':
      return reason.kind;
  }
}

export function fileNameOf(id: string, packing?: Packing): string {
  return `${id}.db${packing === undefined ? '' : endings[packing]}`;
}

/** The name of a file in the folder until it is complete, verified and on the disk. */
export function unfinished(path: string): string {
  return `${path}.tmp`;
}

/** What SQLite keeps beside a file. */
const beside = '(?:-journal|-wal|-shm)?$';
const unfinishedName = new RegExp(`^(.*)\\.tmp${beside}`, 's');
const restoringName = new RegExp(`^(.*?)(?:\\.db(?:\\.gz|\\.zst)?)?\\.restoring(?:-\\w+)?${beside}`, 's');

/** Whether a file is left of an unfinished backup: the backup, its manifest, or what SQLite has beside it. */
export function isUnfinished(name: string): boolean {
  return isOfBackup(unfinishedName.exec(name)?.[1]);
}

/** Whether it is left of a compression. */
export function isPacking(name: string): boolean {
  return name.endsWith('.packing') && isOfBackup(name.slice(0, -'.packing'.length));
}

/** Whether it is left of a verification or a restore, which work on a copy of the backup. */
export function isRestoring(name: string): boolean {
  const id = restoringName.exec(name)?.[1];
  return id !== undefined && isOfBackup(fileNameOf(id));
}

/** Other files may have the same endings: Dunlin's have the name of a backup. */
function isOfBackup(name: string | undefined): boolean {
  return name !== undefined && parseBackupName(name.replace(/\.json$/, '.db')) !== undefined;
}

export function manifestNameOf(id: string): string {
  return `${id}.json`;
}

/** What an automatic backup precedes, `before-0003`: runs that fail one after the other leave several of one kind. */
export function seriesOf(id: string): string | undefined {
  return /-(before-(?:down-)?\d+)$/.exec(id)?.[1];
}

/**
 * The newest of these identifiers. Backups that a restore created come last: somebody did not want that state, and
 * `latest` must not bring it back in an emergency.
 */
export function latestOf(ids: readonly string[]): string | undefined {
  const newestFirst = ids.toSorted().toReversed();
  return newestFirst.find((id) => !id.endsWith('-before-restore')) ?? newestFirst[0];
}

/** Parses a file's name; undefined if it is not that of a backup. */
export function parseBackupName(fileName: string): BackupName | undefined {
  const found = /^((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-[a-z0-9-]+)\.db(?:\.gz|\.zst)?$/.exec(fileName);
  if (found === null) return undefined;
  const [, id, year, month, day, hour, minute, second, ms] = found;
  const createdAt = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
  return Number.isNaN(Date.parse(createdAt)) ? undefined : { id: id!, createdAt };
}
