import { queryNumber, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import {
  countRows,
  findBroken,
  isAutoincrement,
  readChildren,
  readParents,
  readTableInfo,
  type SchemaObjects,
  type TableInfo,
} from '../schema/index.ts';
import { inMain, nameKey, quote } from '../sql/index.ts';
import { runPart, type RebuildCheck, type RebuildHost } from './rebuild-host.ts';
import type { RebuildLocation, TableChange } from './changes.ts';
import { changedValues, comparedColumns } from './compare-values.ts';
import { copyStatement, generatedColumns, planCopy } from './row-copy.ts';
import type { EditedTable } from './edit-table.ts';
import { createStatement, unusedName } from './new-table.ts';
import type { RebuildTarget } from './rebuild-target.ts';
import { keepSequence, readSequence, readStatistics, restoreStatistics } from './table-metadata.ts';

/**
 * The procedure of sqlite.org/lang_altertable.html, section 7. The run does steps 1 and 2, foreign keys off and BEGIN,
 * and 10 to 12, the check of foreign keys, COMMIT and foreign keys on. Returns the number of copied rows.
 */
export function* copyTable(
  target: RebuildTarget,
  edited: EditedTable,
  changes: readonly TableChange[],
  location: RebuildLocation,
  host: RebuildHost,
): Op<number> {
  const { name } = target;
  if (host.foreignKeys) yield* refuseReferred(name, location, host.alwaysOn);
  const newName = yield* unusedName(name);
  const run = (doing: string, sql: string): Op<void> => runPart(doing, location, () => host.run(sql), newName);

  // Step 3: remember what belongs to the table or names it. DROP TABLE drops most of it.
  const sequence = yield* readSequence(name);
  const statistics = yield* readStatistics(name);
  const broken = yield* findBroken(target.dependents);

  // Step 4: the new table, under another name. Renaming the old table instead would rename it in every view and trigger.
  yield* run('creating the new table', createStatement(edited.table, name, inMain(newName)));

  // Step 5: the rows.
  for (const column of replacedColumns(changes)) yield* host.reportStatement(dropColumn(name, column));
  const { rows, unchanged, isCompared } = yield* copyRows(target, edited, newName, location, host, run);
  const keyIsRewritten = changes.some(({ kind }) => kind === 'primary-key');
  host.reportCheck(name, { keyIsRewritten, unchanged, isCompared });

  // Step 6: drop the old table. Step 7: rename the new one. Without legacy_alter_table SQLite refuses that while a view or
  // trigger names the missing table.
  yield* run('dropping the old table', `DROP TABLE ${inMain(name)}`);
  const legacy = yield* queryNumber('PRAGMA legacy_alter_table');
  yield* host.run('PRAGMA legacy_alter_table = ON');
  yield* run('renaming the new table', `ALTER TABLE ${inMain(newName)} RENAME TO ${quote(name)}`);
  if (legacy === 0) yield* host.run('PRAGMA legacy_alter_table = OFF');
  if (sequence !== undefined && isAutoincrement(edited.table.sql)) yield* keepSequence(name, sequence);

  // Step 8: indexes, then triggers, with their texts and in their order.
  for (const object of [...target.indexes, ...target.triggers])
    yield* run(`creating ${object.type} ${object.name} again`, object.sql!);
  yield* restoreStatistics(name, statistics);

  // Step 9: views find the table by its name again, but may not compile any more.
  yield* checkDependents(target.dependents, broken, location);
  return rows;
}

function dropColumn(table: string, column: string): string {
  return `ALTER TABLE ${inMain(table)} DROP COLUMN ${quote(column)}`;
}

/** The columns whose values the changes drop or replace. */
function replacedColumns(changes: readonly TableChange[]): readonly string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'drop-column') return [change.column];
    const replaced = (change.kind === 'define-column' || change.kind === 'change-column') && change.value !== undefined;
    return replaced ? [change.column] : [];
  });
}

/** Copies the rows and compares them. */
function* copyRows(
  { name, table }: RebuildTarget,
  edited: EditedTable,
  newName: string,
  location: RebuildLocation,
  host: RebuildHost,
  run: (doing: string, sql: string) => Op<void>,
): Op<{ readonly rows: number } & Pick<RebuildCheck, 'unchanged' | 'isCompared'>> {
  const [before, after] = [yield* readTableInfo(name), yield* readTableInfo(newName)];
  const generated = generatedColumns(after);
  const copy = planCopy(name, newName, edited.sources, before, after);
  yield* run('copying its rows', copyStatement(copy));
  const [rows, copied] = [yield* countRows(name), yield* countRows(newName)];
  if (copied !== rows)
    throw dunlinError('REBUILD_FAILED', {
      ...location,
      doing: 'copying its rows',
      reason: `${copied} of ${rows} arrived`,
    });
  const columns = comparedColumns(table, edited.table, edited.sources, host.compareAll || becomesRowid(before, after));
  const changed = yield* changedValues(copy, columns, before, after);
  const [first] = changed;
  if (first !== undefined) {
    const lines = changed.map(({ text }) => text);
    throw dunlinError('REBUILD_VALUES_CHANGED', { ...location, lines, column: first.column });
  }
  // A column that is now generated is not copied, but was compared above.
  for (const { column, old: was } of edited.sources)
    if (was !== undefined && generated.has(nameKey(column))) yield* host.reportStatement(dropColumn(name, was));
  // A generated column with the same definition was not compared: the columns it depends on may have changed.
  const isSame = (column: string): boolean =>
    !generated.has(nameKey(column)) || columns.some(({ now }) => now === column);
  const unchanged = edited.sources.flatMap(({ column, old: was }) =>
    was !== undefined && isSame(column) ? [was] : [],
  );
  return { rows, unchanged, isCompared: columns.length > 0 };
}

/** SQLite replaces a NULL in the column that becomes the rowid with a number. */
function becomesRowid(before: TableInfo, after: TableInfo): boolean {
  return after.rowidAlias !== undefined && nameKey(before.rowidAlias ?? '') !== nameKey(after.rowidAlias);
}

/** With foreign keys on, DROP TABLE deletes the rows first, which fires ON DELETE (sqlite.org/foreignkeys.html, section 5). */
function* refuseReferred(name: string, location: RebuildLocation, alwaysOn: boolean): Op<void> {
  const others = yield* readChildren(name);
  const children = (yield* readParents(name)).has(nameKey(name)) ? [...others, `${name} itself`] : others;
  if (children.length > 0)
    throw dunlinError('FOREIGN_KEYS_DROP', { ...location, code: true, alwaysOn, table: name, children, rebuild: true });
}

/**
 * Refuses a change that breaks a view or trigger which names the table. `broken` did not compile before. Errors:
 * `OBJECT_BROKEN`.
 */
function* checkDependents(
  dependents: SchemaObjects,
  broken: ReadonlyMap<string, string>,
  location: RebuildLocation,
): Op<void> {
  const lines: string[] = [];
  for (const [key, reason] of yield* findBroken(dependents)) {
    const object = dependents.get(key);
    if (object !== undefined && !broken.has(key))
      lines.push(`${object.type} ${object.name} no longer compiles (${reason})`);
  }
  if (lines.length > 0) throw dunlinError('OBJECT_BROKEN', { ...location, lines });
}
