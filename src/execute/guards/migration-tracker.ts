import { isTableOrView } from '../../schema/index.ts';
import { nameKey, type ParsedStatement, type SqlStatement } from '../../sql/index.ts';
import { OriginReader } from './column-origins.ts';
import { CopyTracker } from './copy-tracker.ts';
import { RowBookkeeping } from './row-bookkeeping.ts';
import type { RunBaseline } from './run-baseline.ts';
import { schemaOf, TableTracker, type Table } from './table-tracker.ts';

/** What a statement of this verb says. */
export type Parsed<Verb extends ParsedStatement['verb']> = Extract<ParsedStatement, { verb: Verb }>;

/** Follows tables, their rows and the copies between them. The loss detector and the forecast of `plan` share it. */
export class MigrationTracker {
  readonly baseline: RunBaseline;
  readonly tables: TableTracker;
  readonly rows: RowBookkeeping;
  readonly origins: OriginReader;
  readonly copies: CopyTracker;

  constructor(baseline: RunBaseline) {
    this.baseline = baseline;
    const hidden = baseline.temporary.filter(isTableOrView).map(({ name }) => name);
    this.tables = new TableTracker(baseline.tables, hidden);
    this.rows = new RowBookkeeping(this.tables, baseline.counts);
    this.origins = new OriginReader(this.tables, baseline.views);
    this.copies = new CopyTracker(this.tables, this.origins, this.rows);
  }

  /** After CREATE. Returns the table that it made. */
  created(facts: Parsed<'create'>, statement: SqlStatement): Table | undefined {
    const { baseline, tables } = this;
    const { name } = facts.name;
    if (facts.object === 'trigger') baseline.triggers.add(facts.table, statement, facts.deletes);
    if (facts.object === 'view') {
      baseline.views.add(name, statement);
      if (facts.temporary) tables.createTemporaryView(name);
    }
    if (facts.object !== 'table') return undefined;
    if (facts.ifNotExists && tables.find({ schema: schemaOf(facts), name }) !== undefined) return undefined;
    baseline.hasReplaceConflict ||= facts.replacesOnConflict;
    baseline.hasVirtual ||= facts.virtual;
    return tables.create(name, facts.temporary, facts.virtual);
  }

  /** After DROP of a table or view. */
  dropped({ object, name }: Parsed<'drop'>): void {
    if (object !== 'table' && object !== 'view') return;
    const table = this.tables.find(name);
    if (table !== undefined) this.tables.drop(table, this.copies.wasRead(table));
    else if (!this.tables.isMain(name)) this.tables.dropTemporaryView(name.name);
  }

  /** After ALTER TABLE. */
  altered({ name, change }: Parsed<'alter'>): void {
    const table = this.tables.find(name);
    if (change.kind === 'rename-table') {
      if (this.tables.isMain(name)) this.baseline.triggers.rename(name.name, change.to);
      if (table !== undefined) this.tables.rename(table, change.to);
    } else if (table !== undefined && change.kind === 'rename-column') {
      const [from, to] = [nameKey(change.from), nameKey(change.to)];
      this.copies.renameColumn(table, from, to);
      this.rows.renameColumn(table, from, to);
    }
  }
}
