import { query, type Op } from '../../bridge/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { Declared } from './declared.ts';
import type { Guard, GuardedTable } from './guard.ts';
import type { Loss } from './losses.ts';

/** The AUTOINCREMENT sequences by table key: the highest id ever given (sqlite.org/autoinc.html). */
export function* readSequences(): Op<ReadonlyMap<string, number>> {
  const rows = yield* query<{ name: string; seq: number }>(`SELECT name, seq FROM sqlite_sequence`);
  return new Map(rows.map((row) => [nameKey(row.name), Number(row.seq)]));
}

interface Fate {
  readonly kind: 'lives' | 'rebuilt' | 'replaced' | 'dropped' | 'lost';
  readonly name: string;
  readonly autoincrement: boolean;
}

/**
 * A rebuild restarts the sequence at the highest id still there, so ids of deleted rows would be given again: it is
 * set back. What lowers it otherwise is a loss.
 */
export function* sequenceLosses(
  before: ReadonlyMap<string, number>,
  guard: Guard,
  fateOf: (table: GuardedTable) => Fate,
  declared: Declared,
  notes: string[],
): Op<readonly Loss[]> {
  const now = yield* readSequences();
  const losses: Loss[] = [];
  for (const table of guard.tables.values()) {
    const was = before.get(nameKey(table.name));
    const fate = fateOf(table);
    if (was === undefined || fate.kind === 'dropped' || fate.kind === 'replaced' || fate.kind === 'lost') continue;
    const after = now.get(nameKey(fate.name));
    if ((after !== undefined && after >= was) || declared.table(table.name)) continue;
    if (fate.kind === 'rebuilt' && fate.autoincrement) {
      yield* setSequence(fate.name, was, after !== undefined);
      notes.push(`the AUTOINCREMENT sequence of ${fate.name} was set back to ${was}, as before the rebuild`);
    } else losses.push({ kind: 'sequence', table: table.name, before: was, after });
  }
  return losses;
}

function* setSequence(table: string, seq: number, exists: boolean): Op<void> {
  if (exists) yield* query(`UPDATE sqlite_sequence SET seq = ? WHERE name = ? COLLATE NOCASE`, [seq, table]);
  else yield* query(`INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)`, [table, seq]);
}
