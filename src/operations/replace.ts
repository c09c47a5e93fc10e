import { clock, connect, disconnect, file, queryOn, type Op } from '../bridge/index.ts';
import { clearUp, discard, findBackup, unfold, type BackupPlace, type StoredBackup } from '../backup/index.ts';
import { dunlinError } from '../errors/index.ts';
import { alone, type RunContext } from '../execute/index.ts';
import { carryAttempts } from '../ledger/index.ts';
import { planReplacement } from './restore-plan.ts';
import { ask, impossible, restoreAttempt, type RestoreOrder, type RestoreResult } from './restore-work.ts';

/** The database and what SQLite keeps beside it. A journal that is left behind would be played into the next file. */
const endings = ['', '-wal', '-journal', '-shm'] as const;

/** Whose having the file open stands in the way of replacing it. */
export type Users = 'all' | 'others' | 'none';

/**
 * Restores a database that is missing or that SQLite cannot read: puts what is left of it aside, and the backup in its
 * place. Run it on a connection to something else. A death leaves the damaged database, or none, or the backup.
 *
 * With `none` it does without the certainty that nobody has the file open. Errors: `RESTORE_IN_USE`, and those of `unfold`.
 */
export function* replace(
  context: RunContext,
  place: BackupPlace,
  order: RestoreOrder,
  users: Users,
): Op<RestoreResult> {
  // A slip in the database's name must not leave a lock file beside nothing.
  const backup = yield* findBackup(place, order.backup);
  return yield* alone(context, (lone) => replaceAlone(lone, place, backup, order, users), place.file);
}

function* replaceAlone(
  context: RunContext,
  place: BackupPlace,
  backup: StoredBackup,
  order: RestoreOrder,
  users: Users,
): Op<RestoreResult> {
  const started = yield* clock();
  yield* refuseInUse(place, users);
  const copy = `${place.file}-restoring`;
  yield* discard(copy);
  const manifest = yield* unfold(context.database, backup, copy);
  const damaged: string[] = [];
  const plan = planReplacement(context, backup, manifest);
  let note: string | undefined;
  try {
    yield* ask(context, order, plan);
    const now = new Date(yield* clock());
    const attempt = restoreAttempt(context, backup, context.newRunId(), now.toISOString());
    const connection = yield* connect(copy);
    if (connection === undefined) throw impossible(context);
    try {
      yield* carryAttempts(connection, context.ledger.tables.attempts, [], attempt);
      if (manifest.journalMode === 'wal') yield* queryOn(connection, 'PRAGMA main.journal_mode = WAL');
    } finally {
      yield* disconnect(connection);
    }
    yield* file('sync', copy);
    // The question may have taken its time.
    yield* refuseInUse(place, users);
    damaged.push(...(yield* putAside(place, now)));
    yield* file('rename', copy, place.file);
    yield* file('syncFolder', folderOf(place.file));
  } finally {
    note = yield* clearUp(copy);
  }
  const notes = note === undefined ? [] : [note];
  return { plan, before: undefined, damaged, notes, durationMs: Math.round((yield* clock()) - started) };
}

function* refuseInUse({ database, file: path }: BackupPlace, users: Users): Op<void> {
  if (users === 'none') return;
  for (const ending of endings) {
    if ((yield* file('stat', `${path}${ending}`)) === undefined) continue;
    const open = yield* file('isOpen', `${path}${ending}`, users);
    if (open !== false) throw dunlinError('RESTORE_IN_USE', { database, known: open === true });
  }
}

/** The database first: while its journal is still there, nobody takes what is missing for a new database. */
function* putAside({ file: path }: BackupPlace, now: Date): Op<readonly string[]> {
  const target = `${path}.damaged-${now.toISOString().replaceAll(/[-:.]/g, '')}`;
  const moved: string[] = [];
  for (const ending of endings) {
    if ((yield* file('stat', `${path}${ending}`)) === undefined) continue;
    yield* file('rename', `${path}${ending}`, `${target}${ending}`);
    moved.push(`${target}${ending}`);
  }
  yield* file('syncFolder', folderOf(path));
  return moved;
}

function folderOf(path: string): string {
  return path.replace(/[\\/][^\\/]*$/s, '') || '/';
}
