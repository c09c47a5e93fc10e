import {
  clock,
  connect,
  disconnect,
  file,
  queryOn,
  type Op,
  connectPlain,
  isSqlError,
  script,
  type FileStat,
  type SqlError,
} from '../bridge/index.ts';
import {
  cleanUp,
  deleteFiles,
  findBackup,
  folderOf,
  extractVerified,
  toRunBackup,
  type BackupLocation,
  type StoredBackup,
  manifestOf,
  whyUnreadable,
} from '../backup/index.ts';
import { dunlinError, thrownReason } from '../errors/index.ts';
import {
  withExclusiveLock,
  type RunContext,
  withWriteLock,
  rememberFile,
  retryBusy,
  withSettings,
  backUpPresent,
  requireBackupLocation,
  type PresentState,
} from '../lock/index.ts';
import { copyAttempts } from '../ledger/index.ts';
import { planReplacement, planRestore, type RestorePlan } from './restore-plan.ts';
import {
  confirmRestore,
  flawNotes,
  restoreImpossible,
  replacementOf,
  restoreAttempt,
  type RestoreRequest,
  type RestoreResult,
} from './restored-copy.ts';

/** The database and what SQLite keeps beside it. SQLite would play a journal that is left behind into the next file. */
const endings = ['', '-wal', '-journal', '-shm'] as const;

/** Which processes may not have the file open when it is replaced. */
export type ProcessesToCheck = 'all' | 'others' | 'none';

/**
 * Restores a database that is missing or that SQLite cannot read: moves what is left of it aside, and the backup in its
 * place. Run it on a connection to something else. A crash leaves the damaged database, or none, or the backup.
 *
 * With `prepared` it completes the restore of an encrypted database, which `prepareReplacement` has backed up: replaces its
 * file and keeps no copy of it. With `none` it does not check that nobody has the file open. A file that is a mount of its own
 * is copied aside and overwritten: a crash then leaves one that is no database. Errors: `RESTORE_IN_USE`, and those of
 * `extractVerified`.
 */
export function* replaceDatabase(
  context: RunContext,
  location: BackupLocation,
  request: RestoreRequest,
  processes: ProcessesToCheck,
  prepared?: PreparedReplacement,
): Op<RestoreResult> {
  // First, so that a typing error in the database's name leaves no lock file.
  const backup = yield* findBackup(location, request.backup);
  return yield* withExclusiveLock(
    context,
    (locked) => replaceUnderLock({ context: locked, location, backup, request, processes, prepared }),
    location.file,
  );
}

interface Replacement {
  readonly context: RunContext;
  readonly location: BackupLocation;
  readonly backup: StoredBackup;
  readonly request: RestoreRequest;
  readonly processes: ProcessesToCheck;
  readonly prepared: PreparedReplacement | undefined;
}

function* replaceUnderLock({
  context,
  location,
  backup,
  request,
  processes,
  prepared,
}: Replacement): Op<RestoreResult> {
  const started = yield* clock();
  yield* refuseInUse(location, processes);
  const copy = replacementOf(location);
  yield* deleteFiles(copy);
  const manifest = yield* extractVerified(context.database, backup, copy);
  const damaged: string[] = [];
  const plan = prepared?.plan ?? planReplacement(context, backup, manifest);
  let note: string | undefined;
  let inPlace = false;
  try {
    if (prepared === undefined) yield* confirmRestore(context, request, plan);
    const now = new Date(yield* clock());
    const attempt = restoreAttempt(context, backup, context.newRunId(), now.toISOString());
    const connection = yield* connect(copy);
    if (connection === undefined) throw restoreImpossible(context);
    try {
      yield* copyAttempts(connection, context.ledger.tables.attempts, prepared?.attempts ?? [], attempt);
      if (manifest.journalMode === 'wal') yield* queryOn(connection, 'PRAGMA main.journal_mode = WAL');
    } finally {
      yield* disconnect(connection);
    }
    yield* file('sync', copy);
    // The answer to the question may have taken a while.
    yield* refuseInUse(location, processes);
    if (prepared === undefined) damaged.push(...(yield* putAside(location, now)));
    else yield* refuseChanged(location, prepared);
    inPlace = !(yield* renamed(copy, location.file));
    if (inPlace) yield* writeInPlace(location, copy, prepared?.safety?.id);
    yield* file('syncFolder', folderOf(location.file));
  } finally {
    note = yield* cleanUp(copy);
  }
  const mount = inPlace ? `${location.file} is mounted by itself and was written in place: ${mountAdvice}` : undefined;
  const notes = [...flawNotes(manifest), note, mount].filter((text) => text !== undefined);
  return {
    plan,
    before: toRunBackup(prepared?.safety),
    damaged,
    notes,
    durationMs: Math.round((yield* clock()) - started),
  };
}

function* refuseInUse({ database, file: path }: BackupLocation, processes: ProcessesToCheck): Op<void> {
  if (processes === 'none') return;
  for (const ending of endings) {
    if ((yield* file('stat', `${path}${ending}`)) === undefined) continue;
    const open = yield* file('isOpen', `${path}${ending}`, processes);
    if (open !== false) throw dunlinError('RESTORE_IN_USE', { database, known: open === true });
  }
}

/** Refuses if somebody has written since, or if there is a journal, which SQLite would play into the next file. */
function* refuseChanged({ database, file: path }: BackupLocation, { stat }: PreparedReplacement): Op<void> {
  const now = yield* file('stat', path);
  let changed = now?.bytes !== stat?.bytes || now?.modifiedAt !== stat?.modifiedAt || now?.identity !== stat?.identity;
  for (const ending of endings)
    if (ending !== '' && (yield* file('stat', `${path}${ending}`)) !== undefined) changed = true;
  if (changed) throw dunlinError('RESTORE_IN_USE', { database, known: true });
}

/** Moves the database first: while its journal is there, no program takes the missing file for a new database. */
function* putAside({ file: path }: BackupLocation, now: Date): Op<readonly string[]> {
  const target = `${path}.damaged-${now.toISOString().replaceAll(/[-:.]/g, '')}`;
  const moved: string[] = [];
  for (const ending of endings) {
    if ((yield* file('stat', `${path}${ending}`)) === undefined) continue;
    // A file that is a mount of its own stays, and is overwritten.
    if (!(yield* renamed(`${path}${ending}`, `${target}${ending}`)))
      yield* file('copy', `${path}${ending}`, `${target}${ending}`, path);
    moved.push(`${target}${ending}`);
  }
  yield* file('syncFolder', folderOf(path));
  return moved;
}

const mountAdvice = 'mount its folder instead, so that what SQLite keeps beside it is kept as well';

/**
 * Renames a file. False if the system cannot: a single file that is mounted (`docker run -v app.db:/app.db`) cannot be
 * renamed or replaced.
 */
function* renamed(from: string, to: string): Op<boolean> {
  try {
    yield* file('rename', from, to);
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'EBUSY') return false;
    throw error;
  }
}

/** Unlike a rename this can stop half-way. */
function* writeInPlace({ database, file: path }: BackupLocation, copy: string, before: string | undefined): Op<void> {
  try {
    yield* file('overwrite', copy, path);
  } catch (error) {
    const findings = [`it could not be written in place: ${thrownReason(error)}`];
    throw dunlinError('RESTORE_UNPROVEN', { database, findings, before }, { cause: error });
  }
}

/** The result of `prepareReplacement`. */
export interface PreparedReplacement extends PresentState {
  readonly plan: RestorePlan;
  /** Of the file, under the lock: if its time or size changes, somebody has written. */
  readonly stat: FileStat | undefined;
}

/**
 * SQLite's error for an encrypted copy on a connection without a key; undefined for any other copy. SQLite's backup API
 * opens its target without a key, so it cannot write into such a database.
 */
export function* whyEncrypted(copy: string): Op<SqlError | undefined> {
  const plain = yield* connectPlain(copy);
  if (plain === undefined) return undefined;
  try {
    return yield* whyUnreadable(plain);
  } catch (error) {
    // Any other error is not about a key.
    if (!isSqlError(error)) throw error;
    return undefined;
  } finally {
    yield* disconnect(plain);
  }
}

/**
 * Asks whether to restore an encrypted database, and backs up its present state, on its connection. When that is closed,
 * `replaceDatabase` replaces the file. Leaves WAL mode, so that everything is in that one file.
 */
export function* prepareReplacement(context: RunContext, request: RestoreRequest): Op<PreparedReplacement> {
  yield* rememberFile(context);
  const location = yield* requireBackupLocation(context);
  const backup = yield* findBackup(location, request.backup);
  const plan = yield* retryBusy(context, 'read', () => planRestore(context, backup, manifestOf(backup)));
  yield* confirmRestore(context, request, plan);
  return yield* withSettings(context, function* () {
    yield* retryBusy(context, 'leave WAL mode', () => script('PRAGMA main.journal_mode = DELETE'));
    return yield* withWriteLock(context, function* () {
      const present = yield* backUpPresent(context, location);
      return { plan, ...present, stat: yield* file('stat', location.file) };
    });
  });
}
