import type { Op } from '../bridge/index.ts';
import type { RebuildResult } from '../migration/index.ts';
import { canonical, quote } from '../sql/index.ts';
import { alterInPlace } from './alter.ts';
import { attempt, type RebuildHost } from './attempt.ts';
import type { RebuildPlace, TableChange } from './changes.ts';
import { copyTable } from './copy-table.ts';
import { editTable } from './edit-table.ts';
import { readTable } from './read-table.ts';

/**
 * Changes a table, in place where SQLite can, else by making a new one and copying the rows
 * (sqlite.org/lang_altertable.html, section 7). Renames come first and are SQLite's own in any case: it follows them
 * into views, triggers and other tables. Expects a transaction with foreign keys off.
 *
 * Errors: `REBUILD_REFUSED`, `REBUILD_INVALID`, `REBUILD_FAILED`, `REBUILD_VALUES_CHANGED`.
 */
export function* rebuildTable(
  changes: readonly TableChange[],
  place: RebuildPlace,
  host: RebuildHost,
): Op<RebuildResult> {
  const { name } = yield* readTable(place.table, place, host.ownTables);
  const renames = changes.filter((change) => change.kind === 'rename-column');
  for (const { from, to } of renames) {
    const sql = `ALTER TABLE main.${quote(name)} RENAME COLUMN ${quote(from)} TO ${quote(to)}`;
    yield* attempt(`renaming ${from} to ${to}`, place, () => host.run(sql));
  }
  const others = changes.filter((change) => change.kind !== 'rename-column');
  const facts = yield* readTable(name, place, host.ownTables);
  const edited = editTable(facts.table, others, place);
  const computes = others.some((change) => 'value' in change && change.value !== undefined);
  if (!computes && canonical(edited.table.sql) === canonical(facts.table.sql))
    return { method: renames.length > 0 ? 'alter' : 'none', rows: 0 };
  if (yield* alterInPlace(name, others, host)) return { method: 'alter', rows: 0 };
  return { method: 'rebuild', rows: yield* copyTable(facts, edited, others, place, host) };
}
