import type { Op } from '../bridge/index.ts';
import type { RebuildResult } from '../migration/index.ts';
import { canonical, inMain, nameKey, quote } from '../sql/index.ts';
import { alterInPlace } from './alter.ts';
import { attempt, type RebuildHost } from './attempt.ts';
import type { RebuildLocation, TableChange } from './changes.ts';
import { copyTable } from './copy-table.ts';
import { editTable, requireColumn } from './edit-table.ts';
import { readTable, type RebuiltTableInfo } from './read-table.ts';
import { checkSearches, fittingSearches } from './search.ts';
import { setAside } from './set-aside.ts';

/**
 * Changes a table, in place where SQLite can, else by making a new one and copying the rows
 * (sqlite.org/lang_altertable.html, section 7). Renames come first and are SQLite's own in any case: it follows them
 * into views, triggers and other tables. Expects a transaction with foreign keys off.
 *
 * Errors: `REBUILD_REFUSED`, `REBUILD_INVALID`, `REBUILD_FAILED`, `REBUILD_VALUES_CHANGED`, `OBJECT_BROKEN`.
 */
export function* rebuildTable(
  changes: readonly TableChange[],
  place: RebuildLocation,
  host: RebuildHost,
): Op<RebuildResult> {
  const found = yield* readTable(place.table, place, host.ownTables);
  const parted = setAside(found.table, changes);
  try {
    return yield* rebuildFound(found, parted.changes, place, host);
  } catch (error) {
    throw parted.asWritten(error);
  }
}

function* rebuildFound(
  found: RebuiltTableInfo,
  changes: readonly TableChange[],
  place: RebuildLocation,
  host: RebuildHost,
): Op<RebuildResult> {
  const { name, table, searches } = found;
  // SQLite follows a column that is renamed or dropped in place everywhere but into virtual tables. To ask one costs a
  // look at all of its rows, so it is done where it can matter.
  const names = changes.some(({ kind }) => kind === 'rename-column' || kind === 'drop-column');
  let fitting = names ? yield* fittingSearches(searches) : [];
  const renames = changes.filter((change) => change.kind === 'rename-column');
  // One that an earlier rename makes is found by SQLite.
  const made = new Set(renames.map(({ to }) => nameKey(to)));
  for (const { from } of renames) if (!made.has(nameKey(from))) requireColumn(table, from, place);
  for (const { from, to } of renames) {
    const sql = `ALTER TABLE ${inMain(name)} RENAME COLUMN ${quote(from)} TO ${quote(to)}`;
    yield* attempt(`renaming ${from} to ${to}`, place, () => host.run(sql));
  }
  const others = changes.filter((change) => change.kind !== 'rename-column');
  const facts = renames.length === 0 ? found : yield* readTable(name, place, host.ownTables);
  const edited = editTable(facts.table, others, place);
  const computes = others.some((change) => 'value' in change && change.value !== undefined);
  const same = !computes && canonical(edited.table.sql) === canonical(facts.table.sql);
  if (same || (yield* alterInPlace(name, others, host))) {
    yield* checkSearches(fitting, place);
    return { method: same && renames.length === 0 ? 'none' : 'alter', rows: 0 };
  }
  if (!names) fitting = yield* fittingSearches(searches);
  const rows = yield* copyTable(facts, edited, others, place, host);
  yield* checkSearches(fitting, place);
  return { method: 'rebuild', rows };
}
