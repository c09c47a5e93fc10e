import type { Op } from '../bridge/index.ts';
import type { RebuildResult } from '../migration/index.ts';
import { canonical, inMain, nameKey, quote } from '../sql/index.ts';
import { alterInPlace } from './alter.ts';
import { runPart, type RebuildHost } from './rebuild-host.ts';
import type { RebuildLocation, TableChange } from './changes.ts';
import { copyTable } from './copy-table.ts';
import { editTable, requireColumn } from './edit-table.ts';
import { readRebuildTarget, type RebuildTarget } from './rebuild-target.ts';
import { refuseOutOfSync, tablesInSync } from './external-content.ts';
import { freeColumnNames } from './free-column-names.ts';

/**
 * Changes a table in place if SQLite can, else creates a new one and copies the rows (sqlite.org/lang_altertable.html,
 * section 7). Renames always run first, with ALTER TABLE: SQLite renames the column in views, triggers and other tables
 * too. Expects a transaction with foreign keys off.
 *
 * Errors: `REBUILD_REFUSED`, `REBUILD_INVALID`, `REBUILD_FAILED`, `REBUILD_VALUES_CHANGED`, `OBJECT_BROKEN`.
 */
export function* rebuildTable(
  changes: readonly TableChange[],
  location: RebuildLocation,
  host: RebuildHost,
): Op<RebuildResult> {
  const found = yield* readRebuildTarget(location.table, location, host.ownTables);
  const parted = freeColumnNames(found.table, changes);
  try {
    return yield* rebuildFound(found, parted.changes, location, host);
  } catch (error) {
    throw parted.asWritten(error);
  }
}

function* rebuildFound(
  found: RebuildTarget,
  changes: readonly TableChange[],
  location: RebuildLocation,
  host: RebuildHost,
): Op<RebuildResult> {
  const { name, table, ftsTables } = found;
  // SQLite does not rename or drop a column in virtual tables. Checking one reads all its rows, so do it only if a change
  // can matter.
  const names = changes.some(({ kind }) => kind === 'rename-column' || kind === 'drop-column');
  let inSync = names ? yield* tablesInSync(ftsTables) : [];
  const renames = changes.filter((change) => change.kind === 'rename-column');
  // SQLite finds a column that an earlier rename creates.
  const made = new Set(renames.map(({ to }) => nameKey(to)));
  for (const { from } of renames) if (!made.has(nameKey(from))) requireColumn(table, from, location);
  for (const { from, to } of renames) {
    const sql = `ALTER TABLE ${inMain(name)} RENAME COLUMN ${quote(from)} TO ${quote(to)}`;
    yield* runPart(`renaming ${from} to ${to}`, location, () => host.run(sql));
  }
  const others = changes.filter((change) => change.kind !== 'rename-column');
  const facts = renames.length === 0 ? found : yield* readRebuildTarget(name, location, host.ownTables);
  const edited = editTable(facts.table, others, location);
  const computes = others.some((change) => 'value' in change && change.value !== undefined);
  const same = !computes && canonical(edited.table.sql) === canonical(facts.table.sql);
  if (same || (yield* alterInPlace(name, others, host))) {
    yield* refuseOutOfSync(inSync, location);
    return { method: same && renames.length === 0 ? 'none' : 'alter', rows: 0 };
  }
  if (!names) inSync = yield* tablesInSync(ftsTables);
  const rows = yield* copyTable(facts, edited, others, location, host);
  yield* refuseOutOfSync(inSync, location);
  return { method: 'rebuild', rows };
}
