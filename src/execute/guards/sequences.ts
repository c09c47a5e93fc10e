import { query, type Op } from '../../bridge/index.ts';
import { isAutoincrement } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { Declared } from './declared.ts';
import type { Guard, GuardedTable } from './guard.ts';
import type { Loss } from './losses.ts';
import type { Fate } from './names.ts';

/** By table key, the highest id ever given to an AUTOINCREMENT table (sqlite.org/autoinc.html). */
export type Sequences = ReadonlyMap<string, number | bigint>;

export function* readSequences(): Op<Sequences> {
  const rows = yield* query<{ name: string; seq: number | bigint }>(`SELECT name, seq FROM main.sqlite_sequence`);
  return new Map(rows.map((row) => [nameKey(row.name), row.seq]));
}

/**
 * A rebuild restarts the sequence at the highest id still there, so ids of deleted rows would be given again: it is
 * set back. What lowers it otherwise is a loss.
 */
export function* sequenceLosses(
  before: Sequences,
  guard: Guard,
  fateOf: (table: GuardedTable) => Fate,
  declared: Declared,
  notes: string[],
): Op<readonly Loss[]> {
  const now = yield* readSequences();
  const losses: Loss[] = [];
  for (const [key, was] of before) {
    const table = guard.tables.get(key);
    if (table === undefined) continue;
    const fate = fateOf(table);
    if (fate.kind !== 'lives' && fate.kind !== 'rebuilt') continue;
    const after = now.get(nameKey(fate.name));
    if ((after !== undefined && after >= was) || declared.table(table.name)) continue;
    if (fate.kind === 'rebuilt' && isAutoincrement(fate.table?.sql)) {
      yield* setSequence(fate.name, was, after !== undefined);
      notes.push(`the AUTOINCREMENT sequence of ${fate.name} was set back to ${was}, as before the rebuild`);
    } else losses.push({ kind: 'sequence', table: table.name, before: was, after });
  }
  return losses;
}

function* setSequence(table: string, seq: number | bigint, exists: boolean): Op<void> {
  if (exists) yield* query(`UPDATE main.sqlite_sequence SET seq = ? WHERE name = ? COLLATE NOCASE`, [seq, table]);
  else yield* query(`INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)`, [table, seq]);
}
