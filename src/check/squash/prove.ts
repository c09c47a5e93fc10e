import { query, sleep, type Op } from '../../bridge/index.ts';
import { readState, run } from '../../execute/index.ts';
import { recordedFileName } from '../../ledger/index.ts';
import type { RunContext } from '../../lock/index.ts';
import {
  SqlFile,
  squashHead,
  startOf,
  wholeHistory,
  type Identity,
  type Migration,
  type Registry,
  type ReplacedMigration,
  type SqlMigration,
} from '../../migration/index.ts';
import { replayTo } from '../replay.ts';
import { catchFailure } from '../round-trip.ts';
import { trialOptions } from '../scratch.ts';
import { findDefaults, findMoments, numbersSet } from './moments.ts';
import { contentDifferences, short, readStorage, readWholeContent, type Content } from './content.ts';

/** What a part of the history makes, and the migrations in it. */
export interface History {
  readonly content: Content;
  readonly replaces: readonly ReplacedMigration[];
  /** The values with which the migrations have set how the file is stored. */
  readonly storage: readonly string[];
  /** Values of rows that contain the date of the run, which no migration has in its text. */
  readonly dated: readonly string[];
  /** What writes the time or chance into tables that have rows. */
  readonly moments: readonly string[];
  readonly hasCode: boolean;
}

/**
 * Runs the migrations up to a version, without a squash of them, in an empty database, whose context this is. Errors:
 * `REPLAY_FAILED`.
 */
export function* readHistory(given: RunContext, to: number): Op<History> {
  const registry = beforeSquash(given.registry, to);
  const context: RunContext = { ...given, registry, ledger: { ...given.ledger, registry } };
  const before = yield* readStorage();
  yield* replayTo(context, to);
  const storage = [...(yield* readStorage())].flatMap(([name, value]) =>
    before.get(name) === value ? [] : [`${name} = ${value}`],
  );
  const { state } = yield* readState(context);
  const labels = new Map(state.applied.map(({ version, schemaVersion }) => [version, schemaVersion ?? undefined]));
  const migrations = historyOf(context.registry, to);
  const content = yield* readWholeContent(context.ledger, numbersSet(migrations));
  const replaces = migrations.flatMap((migration) =>
    replacedBy(migration).map((one) => ({ ...one, label: labels.get(one.version) })),
  );
  return {
    content,
    storage,
    replaces,
    dated: yield* findDated(content, migrations),
    moments: [...findMoments(content, migrations), ...(yield* findDefaults(content))],
    hasCode: migrations.some(({ kind }) => kind !== 'sql'),
  };
}

/** The migrations that a replay runs: the files, or an older squash where they are gone. */
function historyOf(registry: Registry, to: number): readonly Migration[] {
  return startOf(wholeHistory(registry), to);
}

function replacedBy(migration: Migration): readonly ReplacedMigration[] {
  if (migration.kind === 'sql' && migration.squash !== undefined) return migration.squash.replaces;
  const { version, name, id, checksum } = migration;
  return [{ version, name, id, checksum, fileName: recordedFileName(migration), label: undefined }];
}

/** Two runs of one day differ in the time, and not in the date. */
function* findDated({ rows, statements }: Content, migrations: readonly Migration[]): Op<readonly string[]> {
  const [now] = yield* query<{ utc: string; local: string }>(
    `SELECT date('now') AS utc, date('now', 'localtime') AS local`,
  );
  const days = [now!.utc, now!.local].filter((day) => !migrations.some(({ text }) => text.includes(day)));
  const isDated = (text: string): boolean => days.some((day) => text.includes(day));
  const found = rows.flatMap(({ table, rows: values }) => {
    const row = values.find(isDated);
    return row === undefined ? [] : [`table ${table} has the row (${row}), with the date of today`];
  });
  return [...found, ...statements.filter(isDated).map((one) => `this has the date of today: ${short(one)}`)];
}

/** Longer than the resolution of CURRENT_TIMESTAMP, which is a second. */
const pauseMs = 1100;

/** Runs the history once more, later: what differs depends on the time or on chance. */
export function* readHistoryAgain(context: RunContext, to: number, first: History): Op<readonly string[]> {
  yield* sleep(pauseMs);
  return contentDifferences(first.content, (yield* readHistory(context, to)).content);
}

/** The squash as a file. */
export function squashFile(
  { sha256 }: Pick<RunContext, 'sha256'>,
  identity: Identity,
  { content, replaces }: History,
): SqlMigration {
  const statements =
    content.statements.length === 0 ? ['-- These migrations leave nothing behind.'] : content.statements;
  const body = `${statements.join('\n\n')}\n`;
  const { checksum } = new SqlFile(identity, body, { sha256 });
  const head = [
    ...squashHead({ checksum, replaces }),
    `-- Written by \`dunlin squash --to ${identity.version}\`. A new database runs this file in place of those above.`,
    '-- It is proven to make the same schema and the same rows, so any edit of its statements is refused.',
  ];
  return new SqlFile(identity, `${head.join('\n')}\n\n${body}`, { sha256 }, undefined, { checksum, replaces });
}

/**
 * Runs a squash in an empty database, whose context this is, and returns where that is not what the history makes, in
 * words.
 */
export function* findDifferences(context: RunContext, squash: SqlMigration, expected: Content): Op<readonly string[]> {
  let found: readonly string[] = [];
  const error = yield* catchFailure(context, function* () {
    found = contentDifferences(expected, yield* readSquashed(context, squash, expected));
  });
  return error === undefined ? found.slice(0, 3) : [error.message.replace(/\.$/, '')];
}

function* readSquashed(context: RunContext, squash: SqlMigration, { numbers }: Content): Op<Content> {
  const registry: Registry = {
    source: context.registry.source,
    migrations: [],
    squashes: [squash],
    ignored: [],
    get: () => undefined,
  };
  const { backups: _, drift: __, together: ___, ...options } = context.options;
  const ledger = { ...context.ledger, registry };
  yield* run({ ...context, registry, ledger, sets: [], options: { ...options, ...trialOptions } }, { kind: 'up' });
  return yield* readWholeContent(context.ledger, numbers);
}

/** Whether the files that a squash replaces are all there, or an older squash has those that are not. */
export function canProve(registry: Registry, { version, squash }: SqlMigration): boolean {
  const replayed = historyOf(beforeSquash(registry, version), version).flatMap(replacedBy);
  const versions = new Set(replayed.map((one) => one.version));
  return squash!.replaces.every((one) => versions.has(one.version));
}

/** The registry before a squash was made. */
function beforeSquash(registry: Registry, version: number): Registry {
  const squashes = (registry.squashes ?? []).filter((one) => one.version < version);
  // They run after the squash, as after the files.
  return { ...registry, squashes, repeatables: undefined };
}

/** `readHistory`; undefined if the migrations cannot be applied to a new database. */
export function* tryHistory(context: RunContext, to: number): Op<History | undefined> {
  let history: History | undefined;
  yield* catchFailure(context, function* () {
    history = yield* readHistory(context, to);
  });
  return history;
}
