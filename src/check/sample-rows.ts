import { script, type Op } from '../bridge/index.ts';
import { readContent } from '../ledger/index.ts';
import type { Operation, RunContext } from '../lock/index.ts';
import { isVirtual } from '../schema/index.ts';
import { fillTables } from './sample/fill.ts';
import { hintsOfMigrations } from './sample/hints.ts';

/** A table that accepts no sample row, and why. */
export interface EmptyTable {
  readonly table: string;
  readonly reason: string;
}

/**
 * Puts sample rows into the empty tables of a database that is migrated up to `at`, or completely. Returns the tables that
 * stay empty, apart from virtual ones and those that a later migration fills.
 */
export function addSampleRows(at: number = Infinity): Operation<readonly EmptyTable[]> {
  return (context) => addTo(context, at);
}

function* addTo({ ledger, registry: { migrations } }: RunContext, at: number): Op<readonly EmptyTable[]> {
  const inventory = yield* readContent(ledger);
  const { hints, links } = hintsOfMigrations(migrations);
  const without = links.filledLater(migrations.filter(({ version }) => version <= at).length);
  yield* script('PRAGMA foreign_keys = OFF');
  const { empty } = yield* fillTables({ inventory, without, hints });
  const virtual = new Set([...inventory.tables.values()].flatMap(({ name, sql }) => (isVirtual(sql) ? [name] : [])));
  return [...empty].flatMap(([table, reason]) => (virtual.has(table) ? [] : [{ table, reason }]));
}
