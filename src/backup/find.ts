import { file, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { BackupPlace } from './create.ts';
import { manifestNameOf, parseBackupName } from './name.ts';
import { listBackups, type StoredBackup } from './store.ts';

/**
 * The backup that is meant: `latest`, its identifier or an unambiguous beginning of that, or the path of its file,
 * which may be in another folder, with its manifest beside it. Errors: `BACKUP_NOT_FOUND`, `BACKUP_AMBIGUOUS`.
 */
export function* findBackup({ database, folder }: BackupPlace, asked: string): Op<StoredBackup> {
  const path = /^(.*)[\\/]([^\\/]+)$/s.exec(asked);
  if (path !== null) {
    const [, elsewhere = '', name = ''] = path;
    const there = yield* listBackups({ folder: elsewhere === '' ? '/' : elsewhere });
    const found = there.find((backup) => backup.file.endsWith(`/${name}`));
    if (found === undefined)
      throw dunlinError('BACKUP_NOT_FOUND', { database, folder: elsewhere, asked: name, known: [] });
    return found;
  }
  const all = yield* listBackups({ folder });
  const id = asked.replace(/\.db(?:\.gz|\.zst)?$/, '');
  const found =
    asked === 'latest'
      ? all.filter((backup) => typeof backup.manifest !== 'string').slice(0, 1)
      : all.filter((backup) => backup.id.startsWith(id));
  const [one] = found;
  const exact = found.find((backup) => backup.id === id);
  const known = all.slice(0, 3).map((backup) => backup.id);
  if (one === undefined || id === '') throw dunlinError('BACKUP_NOT_FOUND', { database, folder, asked, known });
  if (exact === undefined && found.length > 1)
    throw dunlinError('BACKUP_AMBIGUOUS', { asked, ids: found.map((backup) => backup.id) });
  return exact ?? one;
}

/** The newest by its name, which is all that is looked at; one without a manifest does not count. */
export function* newestBackup({
  folder,
}: BackupPlace): Op<
  { readonly id: string; readonly file: string; readonly createdAt: string; readonly bytes: number } | undefined
> {
  const names = yield* file('list', folder);
  const known = new Set(names);
  const found = names
    .map((name) => ({ name, backup: parseBackupName(name) }))
    .filter(({ backup }) => backup !== undefined && known.has(manifestNameOf(backup.id)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .at(-1);
  if (found?.backup === undefined) return undefined;
  const path = `${folder}/${found.name}`;
  const { id, createdAt } = found.backup;
  return { id, file: path, createdAt, bytes: (yield* file('stat', path))?.bytes ?? 0 };
}
