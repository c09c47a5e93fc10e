import { queryOne, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import {
  countRows,
  findBroken,
  isAutoincrement,
  readChildren,
  readParents,
  readTableInfo,
  type TableInfo,
} from '../schema/index.ts';
import { inMain, nameKey, quote } from '../sql/index.ts';
import { attempt, type RebuildCheck, type RebuildHost } from './attempt.ts';
import type { RebuildLocation, TableChange } from './changes.ts';
import { changedValues } from './compare-values.ts';
import { comparedColumns } from './compared.ts';
import { copyStatement, generatedColumns, planCopy } from './copy.ts';
import { checkDependents } from './dependents.ts';
import type { EditedTable } from './edit-table.ts';
import { createStatement, freeName } from './new-table.ts';
import type { RebuiltTableInfo } from './read-table.ts';
import { keepSequence, readSequence } from './sequence.ts';
import { putStatistics, takeStatistics } from './statistics.ts';

/**
 * The procedure of sqlite.org/lang_altertable.html, section 7. Its steps 1 and 2, foreign keys off and BEGIN, are the
 * run's; so are 10 to 12, the check of foreign keys, COMMIT and foreign keys on. Returns how many rows were copied.
 */
export function* copyTable(
  facts: RebuiltTableInfo,
  edited: EditedTable,
  changes: readonly TableChange[],
  place: RebuildLocation,
  host: RebuildHost,
): Op<number> {
  const { name } = facts;
  if (host.foreignKeys) yield* refuseReferred(name, place);
  const created = yield* freeName(name);
  const run = (doing: string, sql: string): Op<void> => attempt(doing, place, () => host.run(sql), created);

  // Step 3: remember what belongs to the table or names it. DROP TABLE takes most of it along.
  const sequence = yield* readSequence(name);
  const statistics = yield* takeStatistics(name);
  const broken = yield* findBroken(facts.dependents);

  // Step 4: the new table, under another name. To rename the old one away would rename it everywhere.
  yield* run('creating the new table', createStatement(edited.table, name, inMain(created)));

  // Step 5: the rows.
  for (const column of givenUp(changes)) yield* host.declare(dropColumn(name, column));
  const { rows, same, isCompared } = yield* copyRows(facts, edited, created, place, host, run);
  const keyIsRewritten = changes.some(({ kind }) => kind === 'primary-key');
  host.checked(name, { keyIsRewritten, same, isCompared });

  // Step 6: the old table. Step 7: the new one takes its name. Without legacy_alter_table SQLite refuses as long as a
  // view or trigger names the table that is missing at this moment.
  yield* run('dropping the old table', `DROP TABLE ${inMain(name)}`);
  const legacy = yield* queryOne<{ legacy_alter_table: number }>('PRAGMA legacy_alter_table');
  yield* host.run('PRAGMA legacy_alter_table = ON');
  yield* run('renaming the new table', `ALTER TABLE ${inMain(created)} RENAME TO ${quote(name)}`);
  if (Number(legacy?.legacy_alter_table) === 0) yield* host.run('PRAGMA legacy_alter_table = OFF');
  if (sequence !== undefined && isAutoincrement(edited.table.sql)) yield* keepSequence(name, sequence);

  // Step 8: indexes, then triggers, word by word as they were, in their order.
  for (const object of [...facts.indexes, ...facts.triggers])
    yield* run(`creating ${object.type} ${object.name} again`, object.sql!);
  yield* putStatistics(name, statistics);

  // Step 9, views: they find the table by its name again. Whether they can use what they find has to be asked.
  yield* checkDependents(facts.dependents, broken, place);
  return rows;
}

function dropColumn(table: string, column: string): string {
  return `ALTER TABLE ${inMain(table)} DROP COLUMN ${quote(column)}`;
}

/** The columns whose values are given up, as the changes plainly say. */
function givenUp(changes: readonly TableChange[]): readonly string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'drop-column') return [change.column];
    const replaced = (change.kind === 'define-column' || change.kind === 'change-column') && change.value !== undefined;
    return replaced ? [change.column] : [];
  });
}

/** Copies the rows, and proves it. */
function* copyRows(
  { name, table }: RebuiltTableInfo,
  edited: EditedTable,
  created: string,
  place: RebuildLocation,
  host: RebuildHost,
  run: (doing: string, sql: string) => Op<void>,
): Op<{ readonly rows: number } & Pick<RebuildCheck, 'same' | 'isCompared'>> {
  const [before, after] = [yield* readTableInfo(name), yield* readTableInfo(created)];
  const generated = generatedColumns(after);
  const copy = planCopy(name, created, edited.sources, before, after);
  yield* run('copying its rows', copyStatement(copy));
  const [rows, copied] = [yield* countRows(name), yield* countRows(created)];
  if (copied !== rows)
    throw dunlinError('REBUILD_FAILED', {
      ...place,
      doing: 'copying its rows',
      reason: `${copied} of ${rows} arrived`,
    });
  const columns = comparedColumns(table, edited.table, edited.sources, host.compareAll || becomesRowid(before, after));
  const changed = yield* changedValues(copy, columns, before, after);
  const [first] = changed;
  if (first !== undefined) {
    const lines = changed.map(({ text }) => text);
    throw dunlinError('REBUILD_VALUES_CHANGED', { ...place, lines, column: first.column });
  }
  // A column that is computed now is not copied; that it has the same values was just seen.
  for (const { column, old: was } of edited.sources)
    if (was !== undefined && generated.has(nameKey(column))) yield* host.declare(dropColumn(name, was));
  // A generated column that kept its definition was not compared: what it is computed from may have changed.
  const isSame = (column: string): boolean =>
    !generated.has(nameKey(column)) || columns.some(({ now: one }) => one === column);
  const same = edited.sources.flatMap(({ column, old: was }) => (was !== undefined && isSame(column) ? [was] : []));
  return { rows, same, isCompared: columns.length > 0 };
}

/** A NULL in the column that becomes the rowid is given a number of SQLite's own choice. */
function becomesRowid(before: TableInfo, after: TableInfo): boolean {
  return after.rowidAlias !== undefined && nameKey(before.rowidAlias ?? '') !== nameKey(after.rowidAlias);
}

/** With foreign keys on, DROP TABLE deletes the rows first, which fires ON DELETE (sqlite.org/foreignkeys.html, section 5). */
function* refuseReferred(name: string, place: RebuildLocation): Op<void> {
  const others = yield* readChildren(name);
  const children = (yield* readParents(name)).has(nameKey(name)) ? [...others, `${name} itself`] : others;
  if (children.length > 0)
    throw dunlinError('FOREIGN_KEYS_DROP', { ...place, code: true, table: name, children, rebuild: true });
}
