import { file, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { latestOf, manifestNameOf, parseBackupName } from './name.ts';
import { listBackups, type StoredBackup } from './stored-backups.ts';
import type { BackupLocation } from './backup-location.ts';

/** An identifier has to begin with at least the day: 20261121. */
const shortest = 8;

/**
 * Finds a backup by `latest`, by its identifier or an unambiguous beginning of that, or by the path of its file, which
 * may be in another folder, with its manifest beside it. Errors: `BACKUP_NOT_FOUND`, `BACKUP_AMBIGUOUS`, and
 * `BACKUP_CORRUPT` if the manifest of the latest is damaged.
 */
export function* findBackup({ database, folder }: BackupLocation, asked: string): Op<StoredBackup> {
  const path = /^(.*)[\\/]([^\\/]+)$/s.exec(asked);
  if (path !== null) {
    const [, elsewhere = '', name = ''] = path;
    const there = yield* listBackups({ folder: elsewhere === '' ? '/' : elsewhere });
    const found = there.find((backup) => backup.file.endsWith(`/${name}`));
    if (found === undefined) {
      const exists = (yield* file('stat', asked)) !== undefined;
      throw dunlinError('BACKUP_NOT_FOUND', { database, folder: elsewhere, asked: name, known: [], exists });
    }
    return found;
  }
  const all = yield* listBackups({ folder });
  const id = asked.replace(/\.db(?:\.gz|\.zst)?$/, '');
  const wanted = asked === 'latest' ? latestOf(all.map((backup) => backup.id)) : id;
  // Every backup of this millennium begins with "2", so that somebody who types that wants a version.
  const found = wanted === undefined || wanted.length < shortest ? [] : all.filter((one) => one.id.startsWith(wanted));
  const [one] = found;
  const exact = found.find((backup) => backup.id === wanted);
  const known = all.slice(0, 3).map((backup) => backup.id);
  if (one === undefined) throw dunlinError('BACKUP_NOT_FOUND', { database, folder, asked, known, exists: false });
  if (exact === undefined && found.length > 1)
    throw dunlinError('BACKUP_AMBIGUOUS', { asked, ids: found.map((backup) => backup.id) });
  const chosen = exact ?? one;
  if (asked === 'latest') refuseDamaged(chosen, all);
  return chosen;
}

/** The one before `latest` has an older state: the user has to decide whether to restore that. */
function refuseDamaged({ id, file: path, manifest }: StoredBackup, all: readonly StoredBackup[]): void {
  if (typeof manifest !== 'string') return;
  const before = latestOf(all.filter((one) => typeof one.manifest !== 'string').map((one) => one.id));
  throw dunlinError('BACKUP_CORRUPT', { id, file: path, findings: [manifest], before });
}

/** The latest backup by its name. One without a manifest does not count. */
export function* newestBackup({
  folder,
}: BackupLocation): Op<
  { readonly id: string; readonly file: string; readonly createdAt: string; readonly bytes: number } | undefined
> {
  const names = yield* file('list', folder);
  const known = new Set(names);
  const backups = names
    .map((name) => ({ name, backup: parseBackupName(name) }))
    .filter(({ backup }) => backup !== undefined && known.has(manifestNameOf(backup.id)));
  const latest = latestOf(backups.flatMap(({ backup }) => backup?.id ?? []));
  const found = backups.find(({ backup }) => backup?.id === latest);
  if (found?.backup === undefined) return undefined;
  const path = `${folder}/${found.name}`;
  const { id, createdAt } = found.backup;
  return { id, file: path, createdAt, bytes: (yield* file('stat', path))?.bytes ?? 0 };
}
