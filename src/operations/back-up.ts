import { emit, type Op } from '../bridge/index.ts';
import {
  createBackup,
  findPlace,
  houseNote,
  keepHouse,
  pragma,
  type Backup,
  type BackupPlace,
  type BackupReason,
  type Housework,
  type StoredBackup,
} from '../backup/index.ts';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import { begin, lockedAnew, withSettings, type RunContext } from '../execute/index.ts';
import { neededBackups, readLedger } from '../ledger/index.ts';
import { isEmpty, readInventory } from '../schema/index.ts';

/** Makes a backup because somebody asks for one. Errors: `BACKUP_IMPOSSIBLE`, `BACKUP_FAILED` and the others of backups. */
export function* backUpNow(context: RunContext): Op<Backup> {
  const place = yield* placeOfRun(context);
  const made = yield* withSettings(context, () =>
    lockedAnew(context, function* () {
      if (yield* holdsNothing())
        throw dunlinError('BACKUP_IMPOSSIBLE', { database: context.database, reason: 'it is empty' });
      return yield* backUp(context, place, { kind: 'manual' });
    }),
  );
  yield* tidy(context, place, made.bytes);
  return made;
}

/** Where the run's backups are; for a database that is no file there is no such place. */
export function* placeOfRun(context: RunContext): Op<BackupPlace> {
  const { database } = context;
  const place = yield* findPlace(context);
  if (place === undefined) throw dunlinError('BACKUP_IMPOSSIBLE', { database, reason: 'it is in memory only' });
  return place;
}

/** Whether there is neither a table nor a view. */
export function* holdsNothing(): Op<boolean> {
  return isEmpty(yield* readInventory(() => false));
}

/** Makes a backup under the write lock, which the caller holds. */
export function* backUp(context: RunContext, place: BackupPlace, reason: BackupReason): Op<Backup> {
  const { database, driver, tool } = context;
  const applied = (yield* readLedger(context.ledger)).applied.map((row) => row.version);
  const made = yield* createBackup(place, {
    reason,
    applied,
    runId: null,
    tool,
    sync: context.sync,
    relock: () => begin(context),
  });
  if (made === undefined)
    throw dunlinError('BACKUP_IMPOSSIBLE', { database, reason: `${driver} opens no second connection` });
  return made;
}

/** Removes and compresses older backups. That it fails is no failure of what came before it: a note says so. */
export function* tidy(
  context: RunContext,
  place: BackupPlace,
  bytes: number,
  inUse: readonly string[] = [],
): Op<string | undefined> {
  try {
    return houseNote(place, (yield* prune(context, place, bytes, inUse)).refusal);
  } catch (error) {
    return houseNote(place, isDunlinError(error) ? error.message : thrownReason(error));
  }
}

/** `prune` because somebody asks for it. Returns what was removed; an event says what could not be. */
export function* pruneNow(context: RunContext): Op<readonly StoredBackup[]> {
  const place = yield* placeOfRun(context);
  const { removed, refusal } = yield* prune(context, place);
  const note = houseNote(place, refusal);
  if (note !== undefined) yield* emit({ type: 'backup:note', note });
  return removed;
}

/** Removes what is beyond the limits, and compresses all but the newest. */
function* prune(context: RunContext, place: BackupPlace, bytes?: number, inUse: readonly string[] = []): Op<Housework> {
  const { exists } = yield* readLedger(context.ledger);
  const needed = exists.attempts ? yield* neededBackups(context.ledger.tables.attempts) : [];
  const size = bytes ?? Number(yield* pragma(undefined, 'page_count')) * Number(yield* pragma(undefined, 'page_size'));
  return yield* keepHouse(place, context.options.backups ?? {}, size, new Set([...needed, ...inUse]));
}
