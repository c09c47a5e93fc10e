import { query, queryOne, type Op } from '../../bridge/index.ts';
import { isAutoincrement, type Inventory } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { Declared } from './declared.ts';
import type { Cause } from './causes.ts';
import type { Loss } from './losses.ts';
import type { Table, TableTracker } from './tables.ts';

/** The highest id ever given to an AUTOINCREMENT table (sqlite.org/autoinc.html). */
export type Sequences = ReadonlyMap<Table, number | bigint>;

type SequenceRow = { readonly name: string; readonly seq: number | bigint | null };

/** Reads the sequences of the tables that a migration found; none where no table ever had AUTOINCREMENT. */
export function* readSequences(tables: TableTracker): Op<Sequences> {
  const found = new Map<Table, number | bigint>();
  for (const { name, seq } of yield* readRows()) {
    const table = tables.at(nameKey(name));
    // A sequence of 0 gave no id.
    if (table !== undefined && !tables.isNew(table) && seq !== null && seq > 0) found.set(table, seq);
  }
  return found;
}

/**
 * A rebuild restarts the sequence at the highest id still there, so ids of deleted rows would be given again: it is
 * set back. What lowers it otherwise is a loss.
 */
export function* sequenceLosses(
  before: Sequences,
  tables: TableTracker,
  now: Inventory,
  declared: Declared,
  notes: string[],
  causeOf: (table: Table) => Cause,
): Op<readonly Loss[]> {
  const rows = new Map((yield* readRows()).map(({ name, seq }) => [nameKey(name), seq]));
  const losses: Loss[] = [];
  for (const [table, was] of before) {
    const present = tables.present(table);
    if (present === undefined || declared.table(table.name)) continue;
    const name = tables.nameOf(present);
    const after = rows.get(nameKey(name));
    if (after !== undefined && after !== null && after >= was) continue;
    if (present !== table && isAutoincrement(now.tables.get(nameKey(name))?.sql)) {
      yield* setSequence(name, was, rows.has(nameKey(name)));
      notes.push(`the AUTOINCREMENT sequence of ${name} was set back to ${was}, as before the rebuild`);
    } else
      losses.push({ kind: 'sequence', table: table.name, before: was, after: after ?? undefined, ...causeOf(table) });
  }
  return losses;
}

function* readRows(): Op<readonly SequenceRow[]> {
  const exists = yield* queryOne(`SELECT 1 AS found FROM main.sqlite_schema WHERE name = 'sqlite_sequence'`);
  return exists === undefined ? [] : yield* query<SequenceRow>('SELECT name, seq FROM main.sqlite_sequence');
}

function* setSequence(table: string, seq: number | bigint, exists: boolean): Op<void> {
  if (exists) yield* query(`UPDATE main.sqlite_sequence SET seq = ? WHERE name = ? COLLATE NOCASE`, [seq, table]);
  else yield* query(`INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)`, [table, seq]);
}
