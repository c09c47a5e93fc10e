import type { Op } from '../bridge/index.ts';
import { findTable, isAutoincrement, readTableInfo, terminated } from '../schema/index.ts';
import { literal, quoteIfNeeded } from '../sql/index.ts';
import { copyStatement, planCopy } from './row-copy.ts';
import { createStatement, freeName } from './new-table.ts';
import { readRebuildTarget, type RebuildTarget } from './rebuild-target.ts';

/**
 * The SQL of a rebuild that changes nothing yet, for somebody to change by hand: as it stands it is valid, and leaves
 * the table as it is. Errors: `REBUILD_REFUSED`.
 */
export function* rebuildScript(table: string, ownTables: readonly string[]): Op<string> {
  const facts = yield* readRebuildTarget(table, { table }, ownTables);
  const { name } = facts;
  const created = yield* freeName(name);
  const info = yield* readTableInfo(name);
  const sources = info.columns.map((column) => ({
    column: column.name,
    value: quoteIfNeeded(column.name),
    old: column.name,
  }));
  const copy = planCopy(name, created, sources, info, info);
  const analysed = (yield* findTable('sqlite_stat1')) !== undefined;
  const parts = [
    part(HEAD),
    part('The new table. Change it to what it is to be.', createStatement(facts.table, name, quoteIfNeeded(created))),
    ...(isAutoincrement(facts.table.sql) ? [part(SEQUENCE, sequenceStatement(name, created))] : []),
    part(ROWS, copyStatement(copy, quoteIfNeeded)),
    part('The old table goes, and its indexes and triggers with it.', `DROP TABLE ${quoteIfNeeded(name)}`),
    part(RENAME, 'PRAGMA legacy_alter_table = ON', rename(name, created), 'PRAGMA legacy_alter_table = OFF'),
    ...belongings(facts),
    ...(analysed ? [part('What ANALYZE had found out.', `ANALYZE ${quoteIfNeeded(name)}`)] : []),
  ];
  return parts.join('\n\n');
}

const HEAD = `The procedure of sqlite.org/lang_altertable.html, section 7. Foreign keys are off during a migration, so that no other
table's rows change; that no row, column, index, trigger or view is missing in the end is checked before COMMIT.`;
const SEQUENCE = 'No id is given twice: the sequence goes on where it was.';
const ROWS = `The rows. A column that is new needs a value here, or a DEFAULT above. A new type converts values without a word: a
column of numbers makes 123 of '00123'.`;
const RENAME = `The new table takes the name. Without legacy_alter_table SQLite would refuse it while a view or trigger names the table
that is missing at this moment.`;

function part(comment: string, ...statements: readonly string[]): string {
  const lines = comment.split('\n').map((line) => `-- ${line}`);
  return [...lines, ...statements.map(terminated)].join('\n');
}

function sequenceStatement(name: string, created: string): string {
  return `INSERT INTO sqlite_sequence (name, seq)\n  SELECT ${literal(created)}, seq FROM sqlite_sequence WHERE name = ${literal(name)}`;
}

function rename(name: string, created: string): string {
  return `ALTER TABLE ${quoteIfNeeded(created)} RENAME TO ${quoteIfNeeded(name)}`;
}

function belongings({ indexes, triggers }: RebuildTarget): readonly string[] {
  const texts = [...indexes, ...triggers].map(({ sql }) => sql!);
  return texts.length === 0 ? [] : [part('Its indexes and triggers, as they were.', ...texts)];
}
