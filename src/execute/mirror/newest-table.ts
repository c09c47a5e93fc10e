import { query, script, type Op } from '../../bridge/index.ts';
import { refOf } from '../../errors/index.ts';
import type { RowValues } from '../../ledger/index.ts';
import type { Migration } from '../../migration/index.ts';
import { inMain } from '../../sql/index.ts';
import {
  refused,
  type ExportedMigration,
  type ForeignChanges,
  type ForeignTable,
  type ListedChanges,
  type PlannedMove,
  type Purpose,
} from './foreign-table.ts';
import { columnOf, insertRow, type OpenedRecords } from './row-table.ts';

/** A record of the newest version, which only says that everything up to it is applied: one row, or `user_version`. */
export class NewestTable implements ForeignTable {
  readonly behind: ForeignChanges;
  readonly #purpose: Purpose;
  readonly #opened: OpenedRecords;
  readonly #applied: Set<Migration>;

  constructor(purpose: Purpose, opened: OpenedRecords) {
    this.#purpose = purpose;
    this.#opened = opened;
    const { name, match, how, applied } = opened;
    this.#applied = new Set(this.#migrations.filter(({ version }) => applied.has(version)));
    const known = new Set(match.matched.map(({ migration }) => migration));
    this.behind = {
      added: [...this.#applied]
        .filter((migration) => !known.has(migration))
        .map((migration) => ({ migration, appliedAt: '', executionTimeMs: 0 })),
      // A file that was put below the newest is pending, and was never recorded.
      removed: [...known].filter((migration) => !this.#applied.has(migration) && how.of(migration) !== undefined),
      updated: [],
    };
    const [other] = match.missing;
    const newest = match.matched.at(-1);
    const foreign = newest !== undefined && how.of(newest.migration) === undefined ? newest : undefined;
    if (other !== undefined || foreign !== undefined)
      throw refused(
        purpose,
        name,
        [`it is at ${other?.identity ?? foreign!.row.identity}, which Dunlin has neither applied nor adopted`],
        other === undefined
          ? 'Adopt its records first: `dunlin adopt`.'
          : `Its numbers are not those of the migrations here: let ${name} record itself what was applied.`,
      );
  }

  get tool(): string | undefined {
    return this.#opened.records.tool;
  }

  get table(): string | undefined {
    return this.#opened.records.table;
  }

  get #migrations(): readonly Migration[] {
    return this.#purpose.context.registry.migrations;
  }

  has(migration: Migration): boolean {
    return this.#opened.match.matched.some((one) => one.migration === migration);
  }

  list({ added, removed }: ForeignChanges): ListedChanges {
    if (added.length + removed.length > 0) this.#refuseGap(this.#applied);
    const listed = (migration: Migration): ExportedMigration => ({
      ...refOf(migration),
      recorded: this.#recorded(migration),
    });
    return { added: added.map(({ migration }) => listed(migration)), removed: removed.map(listed), updated: [] };
  }

  refuse(moves: readonly PlannedMove[]): void {
    const applied = new Set(this.#applied);
    for (const { version, direction } of moves) {
      const migration = this.#purpose.context.registry.get(version);
      if (migration === undefined) continue;
      if (direction === 'up') applied.add(migration);
      else applied.delete(migration);
      this.#refuseGap(applied);
    }
  }

  *write({ added, removed }: ForeignChanges): Op<void> {
    if (added.length + removed.length === 0) return;
    for (const { migration } of added) this.#applied.add(migration);
    for (const migration of removed) this.#applied.delete(migration);
    const { table, made } = this.#opened.records;
    if (table === undefined) {
      yield* script(`PRAGMA main.user_version = ${this.#applied.size}`);
      return;
    }
    if (made !== undefined) yield* script(made);
    yield* query(`DELETE FROM ${inMain(table)}`);
    const newest = this.#migrations.findLast((migration) => this.#applied.has(migration));
    if (newest !== undefined) yield* insertRow(table, this.#rowOf(newest));
  }

  #refuseGap(applied: ReadonlySet<Migration>): void {
    const { name } = this.#opened;
    const newest = this.#migrations.findLast((migration) => applied.has(migration));
    const gap = this.#migrations.find(
      (migration) => !applied.has(migration) && migration.version < (newest?.version ?? 0),
    );
    if (gap !== undefined)
      throw refused(
        this.#purpose,
        name,
        [`${gap.id} is pending, and ${name} records the newest only, so it would never run it`],
        'Apply it first: `dunlin up --out-of-order`.',
      );
  }

  #recorded(migration: Migration): string {
    const { record, table } = this.#opened.records;
    if (table === undefined) return String(this.#migrations.indexOf(migration) + 1);
    return String(this.#rowOf(migration)[columnOf(record!.identity)]);
  }

  #rowOf(migration: Migration): RowValues {
    const { sha256 } = this.#purpose.context;
    const usage = { constant: new Set<string>(), filled: new Set<string>() };
    const nothing = { appliedAt: '', executionTimeMs: 0, index: 0, last: undefined, checksumsFit: false, usage };
    return this.#opened.records.record!.row({ migration, sha256, all: this.#migrations, ...nothing }) as RowValues;
  }
}
