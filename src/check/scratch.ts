import { isSqlError, query, script, type Op, type Row, type Value } from '../bridge/index.ts';
import type { RunContext } from '../lock/index.ts';
import { readContent } from '../ledger/index.ts';
import type { Migration, Registry } from '../migration/index.ts';
import type { MigrationSet } from '../plan/index.ts';
import type { Inventory } from '../schema/index.ts';
import { nameKey, quote } from '../sql/index.ts';
import { keptSchema } from './kept-rows.ts';

/** Makes ready a database that rounds are run on. Nothing in it has to last. */
export function* prepareScratch(): Op<void> {
  yield* script('PRAGMA synchronous = OFF');
  // A journal that is neither made nor removed for each of many small transactions.
  yield* script('PRAGMA main.journal_mode = PERSIST');
  // As in a migration; a new connection has them on.
  yield* script('PRAGMA foreign_keys = OFF');
  yield* attachKept();
}

/** Makes the temporary database for the rows that `goRound` compares. */
export function* attachKept(): Op<void> {
  yield* script(`ATTACH '' AS ${keptSchema}`);
}

export function* inventoryOf(context: RunContext): Op<Inventory> {
  return yield* readContent(context.ledger);
}

/**
 * The context in which a single migration, or a set, runs, whatever came before it: what is applied is not read,
 * compared and recorded again for each. In the `semver` layout the labels are held against each other, so there it is.
 */
export function withoutBackups(
  context: RunContext,
  members: readonly Migration[],
  sets: readonly MigrationSet[],
): RunContext {
  if (context.ledger.layout.name === 'semver') return context;
  const registry: Registry = {
    source: context.registry.source,
    migrations: members,
    ignored: [],
    get: (asked) => members.find(({ version }) => version === asked),
  };
  return { ...context, registry, sets };
}

/** Forgets that anything was applied; see `loneContext`. */
export function* forgetApplied({ ledger }: RunContext): Op<void> {
  if (ledger.layout.name === 'semver') return;
  const present = yield* query<{ name: string }>(`SELECT name FROM main.sqlite_schema WHERE type = 'table'`);
  const names = new Set(present.map(({ name }) => nameKey(name)));
  for (const table of [ledger.tables.migrations, ledger.tables.attempts])
    if (names.has(nameKey(table))) yield* script(`DELETE FROM main.${quote(table)}`);
}

/** Some rows as people read it: `orders (id 1, state 'open')`. */
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
