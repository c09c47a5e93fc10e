import { isSqlError, query, script, type Op, type Row, type Value } from '../bridge/index.ts';
import type { RunContext, RunOptions } from '../lock/index.ts';
import { isSquashed, type Migration, type Registry } from '../migration/index.ts';
import type { MigrationSet } from '../plan/index.ts';
import type { Inventory } from '../schema/index.ts';
import { nameKey, quote } from '../sql/index.ts';
import { keptSchema } from './kept-rows.ts';

/** The options of runs on a copy or on an empty database, where what `up` refuses as a precaution does no harm. */
export const trialOptions: Pick<RunOptions, 'backup' | 'outOfOrder' | 'otherTool' | 'mirror' | 'emptyMigrations'> = {
  backup: 'off',
  outOfOrder: 'allow',
  otherTool: 'allow',
  mirror: false,
  emptyMigrations: 'allow',
};

/** Sets up a database for round trips. Nothing in it has to survive a crash. */
export function* prepareScratch(): Op<void> {
  yield* script('PRAGMA synchronous = OFF');
  // Many small transactions: don't create and delete a journal for each.
  yield* script('PRAGMA main.journal_mode = PERSIST');
  // As in a migration; a new connection has them on.
  yield* script('PRAGMA foreign_keys = OFF');
  yield* attachKept();
}

/** Attaches the temporary database for the rows that `runRoundTrip` compares. */
export function* attachKept(): Op<void> {
  yield* script(`ATTACH '' AS ${keptSchema}`);
}

/**
 * A context that knows only these migrations, so that a long history is not read, compared and recorded again for each
 * round trip. The `semver` layout compares labels across the history, so it gets the whole context.
 */
export function onlyThese(
  context: RunContext,
  migrations: readonly Migration[],
  sets: readonly MigrationSet[],
): RunContext {
  if (context.ledger.layout.name === 'semver') return context;
  const files = migrations.filter((migration) => !isSquashed(migration));
  const registry: Registry = {
    source: context.registry.source,
    migrations: files,
    squashes: context.registry.squashes?.filter((squash) => migrations.includes(squash)) ?? [],
    ignored: [],
    get: (wanted) => files.find(({ version }) => version === wanted),
  };
  return { ...context, registry, sets };
}

/** Empties the ledger, as `onlyThese` needs it. */
export function* forgetApplied({ ledger }: RunContext): Op<void> {
  if (ledger.layout.name === 'semver') return;
  const present = yield* query<{ name: string }>(`SELECT name FROM main.sqlite_schema WHERE type = 'table'`);
  const names = new Set(present.map(({ name }) => nameKey(name)));
  for (const table of [ledger.tables.migrations, ledger.tables.attempts])
    if (names.has(nameKey(table))) yield* script(`DELETE FROM main.${quote(table)}`);
}

/** Some rows for a message: `orders (id 1, state 'open')`. */
export function* showRows(tables: readonly string[], inventory: Inventory): Op<readonly string[]> {
  const shown: string[] = [];
  for (const name of tables.slice(0, 2)) {
    if (!inventory.tables.has(nameKey(name))) continue;
    for (const row of yield* someRows(name)) {
      const values = Object.entries(row).map(([column, value]) => `${column} ${show(value)}`);
      shown.push(`${name} (${values.slice(0, 6).join(', ')}${values.length > 6 ? ', ...' : ''})`);
    }
  }
  return shown;
}

/** None where SQLite cannot read them: the module of a virtual table may be missing, a generated column may fail. */
function* someRows(table: string): Op<readonly Row[]> {
  try {
    return yield* query<Row>(`SELECT * FROM main.${quote(table)} LIMIT 2`);
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return [];
  }
}

function show(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 37)}...` : value}'`;
  return value instanceof Uint8Array ? `a blob of ${value.length} bytes` : String(value);
}
