import { query, script, type Op } from '../bridge/index.ts';
import { madeKey, repeatableVersion } from '../migration/index.ts';
import { inMain } from '../sql/index.ts';
import { repeatableColumn, undoneByRestores } from './attempts.ts';

/** What the database says of repeatable migrations. */
export interface RepeatableState {
  /** The last run of each, by its name. */
  readonly recorded: ReadonlyMap<string, RecordedRepeatable>;
  /** The SQL of the tables, views, indexes and triggers that exist, by `madeKey`. */
  readonly objects: ReadonlyMap<string, string | undefined>;
}

/** The last time that a repeatable migration ran. */
export interface RecordedRepeatable {
  readonly name: string;
  readonly checksum: string;
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
}

/** Reads what ran last, and what exists. `hasColumn`: the attempt log has checksums. */
export function* readRepeatables(attempts: string, hasColumn: boolean): Op<RepeatableState> {
  const objects = yield* query<{ type: string; name: string; sql: string | null }>(
    `SELECT type, name, sql FROM main.sqlite_schema`,
  );
  return {
    recorded: hasColumn ? yield* readRecorded(attempts) : new Map(),
    objects: new Map(objects.map(({ type, name, sql }) => [madeKey(type, name), sql ?? undefined])),
  };
}

/** A reset deletes what they made, so nothing before it counts. */
function* readRecorded(attempts: string): Op<ReadonlyMap<string, RecordedRepeatable>> {
  const undone = yield* undoneByRestores(attempts);
  const [reset] = yield* query<{ id: number }>(
    `SELECT id FROM ${inMain(attempts)} WHERE direction = 'reset' AND status = 'ok'${undone} ORDER BY id DESC LIMIT 1`,
  );
  const rows = yield* query<{ id: number; name: string; finished_at: string; [repeatableColumn]: string }>(
    `SELECT id, name, finished_at, ${repeatableColumn} FROM ${inMain(attempts)} WHERE version = ? AND ${repeatableColumn} IS NOT NULL AND status = 'ok'${undone} ORDER BY id`,
    [repeatableVersion],
  );
  const valid = rows.filter(({ id }) => id > (reset?.id ?? 0));
  return new Map(
    valid.map((row) => [row.name, { name: row.name, checksum: row[repeatableColumn], appliedAt: row.finished_at }]),
  );
}

/** Adds the column for checksums to an attempt log that lacks it. */
export function* createRepeatableColumn(attempts: string): Op<void> {
  yield* script(`ALTER TABLE ${inMain(attempts)} ADD COLUMN ${repeatableColumn} TEXT`);
}

/** Instead of a checksum: what the migration made may not be there any more as it made it. */
export const outdated = '';

/** Marks the runs of a repeatable migration as outdated, so that it runs again where it has a file. */
export function* markOutdated(attempts: string, name: string): Op<void> {
  yield* query(
    `UPDATE ${inMain(attempts)} SET ${repeatableColumn} = ? WHERE version = ? AND name = ? AND ${repeatableColumn} IS NOT NULL`,
    [outdated, repeatableVersion, name],
  );
}

/** Lets a repeatable migration run again. */
export function* forgetRepeatable(attempts: string, name: string): Op<void> {
  yield* query(`UPDATE ${inMain(attempts)} SET ${repeatableColumn} = NULL WHERE version = ? AND name = ?`, [
    repeatableVersion,
    name,
  ]);
}
