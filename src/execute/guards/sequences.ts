import { query, queryOne, type Op } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { isAutoincrement, type Inventory } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { DeclaredLosses } from './declared-losses.ts';
import { causeOf, CauseCandidates } from './causes.ts';
import type { Loss } from './losses.ts';
import type { Table, TableTracker } from './table-tracker.ts';

/** The highest id ever given to an AUTOINCREMENT table (sqlite.org/autoinc.html). */
export type SequenceRow = { readonly name: string; readonly seq: number | bigint | null };

/**
 * Finds AUTOINCREMENT sequences that a migration lowers. A rebuild restarts the sequence at the highest id that is left,
 * so ids of deleted rows would be given again: the sequence is restored. Anything else that lowers it is a loss.
 */
export class SequenceCheck {
  readonly #tables: TableTracker;
  #before: ReadonlyMap<Table, number | bigint> | undefined;
  /** The statements that write sqlite_sequence. */
  readonly #writers = new CauseCandidates();

  constructor(tables: TableTracker) {
    this.#tables = tables;
  }

  get isRead(): boolean {
    return this.#before !== undefined;
  }

  /** Before a statement that may lower a sequence. */
  *readBefore(): Op<void> {
    if (this.#before !== undefined) return;
    const found = new Map<Table, number | bigint>();
    for (const { name, seq } of yield* readSequences()) {
      const table = this.#tables.at(nameKey(name));
      // A sequence of 0 gave no id.
      if (table !== undefined && !this.#tables.isNew(table) && seq !== null && seq > 0) found.set(table, seq);
    }
    this.#before = found;
  }

  /** Before a statement that writes sqlite_sequence itself. */
  *beforeWrite(entry: StepStatement): Op<void> {
    yield* this.readBefore();
    this.#writers.add(entry);
  }

  /** `dropOf`: the statement that dropped a table, and its sequence with it. */
  *losses(
    now: Inventory,
    declared: DeclaredLosses,
    notes: string[],
    dropOf: (table: Table) => StepStatement | undefined,
  ): Op<readonly Loss[]> {
    if (this.#before === undefined) return [];
    const rows = new Map((yield* readSequences()).map(({ name, seq }) => [nameKey(name), seq]));
    const losses: Loss[] = [];
    for (const [table, before] of this.#before) {
      const present = this.#tables.present(table);
      if (present === undefined || declared.includesTable(table.name)) continue;
      const name = this.#tables.nameOf(present);
      const after = rows.get(nameKey(name));
      if (after !== undefined && after !== null && after >= before) continue;
      if (present !== table && isAutoincrement(now.tables.get(nameKey(name))?.sql)) {
        yield* setSequence(name, before, rows.has(nameKey(name)));
        notes.push(`the AUTOINCREMENT sequence of ${name} was set back to ${before}, as before the rebuild`);
      } else {
        const entry = dropOf(table);
        const cause = entry === undefined ? causeOf(this.#writers) : { entry };
        losses.push({ kind: 'sequence', table: table.name, before, after: after ?? undefined, ...cause });
      }
    }
    return losses;
  }
}

/** The sequences of all tables. */
export function* readSequences(): Op<readonly SequenceRow[]> {
  const exists = yield* queryOne(`SELECT 1 AS found FROM main.sqlite_schema WHERE name = 'sqlite_sequence'`);
  return exists === undefined ? [] : yield* query<SequenceRow>('SELECT name, seq FROM main.sqlite_sequence');
}

export function* setSequence(table: string, seq: number | bigint, exists: boolean): Op<void> {
  if (exists) yield* query(`UPDATE main.sqlite_sequence SET seq = ? WHERE name = ? COLLATE NOCASE`, [seq, table]);
  else yield* query(`INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)`, [table, seq]);
}
