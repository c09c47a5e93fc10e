import type { Op } from '../bridge/index.ts';
import { findTable, isAutoincrement, readTableInfo, terminated } from '../schema/index.ts';
import { literal, quoteIfNeeded } from '../sql/index.ts';
import { copyStatement, planCopy } from './row-copy.ts';
import { createStatement, unusedName } from './new-table.ts';
import { readRebuildTarget, type RebuildTarget } from './rebuild-target.ts';

/**
 * The SQL of a rebuild that changes nothing yet, for somebody to change by hand: as it stands it is valid, and leaves
 * the table as it is. Errors: `REBUILD_REFUSED`.
 */
export function* rebuildScript(table: string, ownTables: readonly string[]): Op<string> {
  const facts = yield* readRebuildTarget(table, { table }, ownTables);
  const { name } = facts;
  const newName = yield* unusedName(name);
  const info = yield* readTableInfo(name);
  const sources = info.columns.map((column) => ({
    column: column.name,
    value: quoteIfNeeded(column.name),
    old: column.name,
  }));
  const copy = planCopy(name, newName, sources, info, info);
  const analysed = (yield* findTable('sqlite_stat1')) !== undefined;
  const parts = [
    part(HEAD),
    part('The new table. Change it as you need.', createStatement(facts.table, name, quoteIfNeeded(newName))),
    ...(isAutoincrement(facts.table.sql) ? [part(SEQUENCE, sequenceStatement(name, newName))] : []),
    part(ROWS, copyStatement(copy, quoteIfNeeded)),
    part('The old table goes, and its indexes and triggers with it.', `DROP TABLE ${quoteIfNeeded(name)}`),
    part(RENAME, 'PRAGMA legacy_alter_table = ON', renameStatement(name, newName), 'PRAGMA legacy_alter_table = OFF'),
    ...indexesAndTriggers(facts),
    ...(analysed ? [part('Collects the statistics of ANALYZE again.', `ANALYZE ${quoteIfNeeded(name)}`)] : []),
  ];
  return parts.join('\n\n');
}

const HEAD = `The procedure of sqlite.org/lang_altertable.html, section 7. Foreign keys are off during a migration, so that no other
table's rows change; that no row, column, index, trigger or view is missing in the end is checked before COMMIT.`;
const SEQUENCE = 'Keeps the AUTOINCREMENT counter, so that no id is given twice.';
const ROWS = `The rows. A column that is new needs a value here, or a DEFAULT above. A new type converts values silently: in a
column of numbers '00123' becomes 123.`;
const RENAME = `The new table takes the name. Without legacy_alter_table SQLite would refuse it while a view or trigger names the table
that is missing at this moment.`;

function part(comment: string, ...statements: readonly string[]): string {
  const lines = comment.split('\n').map((line) => `-- ${line}`);
  return [...lines, ...statements.map(terminated)].join('\n');
}

/** Copies the AUTOINCREMENT counter to the new table. */
export function sequenceStatement(name: string, newName: string): string {
  return `INSERT INTO sqlite_sequence (name, seq)\n  SELECT ${literal(newName)}, seq FROM sqlite_sequence WHERE name = ${literal(name)}`;
}

/** Gives the new table its name. */
export function renameStatement(name: string, newName: string): string {
  return `ALTER TABLE ${quoteIfNeeded(newName)} RENAME TO ${quoteIfNeeded(name)}`;
}

function indexesAndTriggers({ indexes, triggers }: RebuildTarget): readonly string[] {
  const texts = [...indexes, ...triggers].map(({ sql }) => sql!);
  return texts.length === 0 ? [] : [part('Its indexes and triggers, as they were.', ...texts)];
}
