import {
  mentions,
  nameKey,
  returned,
  selection,
  sources,
  type ObjectName,
  type SqlStatement,
  type StatementFacts,
} from '../../sql/index.ts';
import type { Carriage, Selection } from './columns.ts';
import type { GuardedTable } from './guard.ts';
import type { TableNames } from './names.ts';
import type { Views } from './views.ts';

/** Rows taken from tables and put into another. */
interface Copy {
  readonly reads: ReadonlySet<GuardedTable>;
  /** The key of the table that it fills; undefined for a temporary one, for none, and for one that was dropped. */
  target: string | undefined;
  taken: Selection;
}

/** The statements of a migration that take rows from tables: what a rebuild carries is seen here. */
export class Copies {
  readonly #names: TableNames;
  readonly #views: Views;
  readonly #copies: Copy[] = [];
  /** The copies among which those are that rebuilt a table, the last time. */
  readonly #legs = new Map<GuardedTable, { readonly from: number; readonly to: number }>();

  constructor(names: TableNames, views: Views) {
    this.#names = names;
    this.#views = views;
  }

  /** Notes a statement that succeeded. A SELECT counts, and so does RETURNING: code may write elsewhere what it read. */
  note(facts: StatementFacts, statement: SqlStatement): void {
    if (facts.verb === 'update' || facts.verb === 'delete') this.#noteReturned(facts.name, statement);
    const into = targetOf(facts);
    if (into === undefined && facts.verb !== 'select') return;
    const names = sources(statement);
    if (names.size === 0) return;
    const target = into !== undefined && this.#names.isMain(into) ? nameKey(into.name) : undefined;
    const own = target === undefined ? undefined : this.#names.at(target);
    const { tables, taken } = this.#read(statement, names, new Set());
    // What a table takes from itself is carried nowhere.
    if (own !== undefined) tables.delete(own);
    this.#add(tables, target, taken);
  }

  /** What a statement reads, and of that what it takes: of `SELECT *` from a view what the view takes. */
  #read(
    statement: SqlStatement,
    names: ReadonlySet<string>,
    seen: Set<string>,
  ): { readonly tables: Set<GuardedTable>; readonly taken: Selection } {
    // A name may mean a temporary table here: taken for a read of the database's own it costs a question at most.
    const tables = new Set([...names].flatMap((name) => this.#names.at(name) ?? []));
    const taken = selection(statement) ?? { mentions: mentions(statement), star: false };
    let through: Selection | undefined;
    const isDirect = tables.size > 0;
    for (const name of names) {
      const view = this.#names.at(name) === undefined && !seen.has(name) ? this.#views.get(name) : undefined;
      if (view === undefined) continue;
      const inner = this.#read(view, sources(view), seen.add(name));
      for (const table of inner.tables) tables.add(table);
      through = merge(through, inner.taken);
    }
    if (through === undefined || isDirect || !taken.star) return { tables, taken };
    return { tables, taken: merge({ ...taken, star: false }, through) };
  }

  #noteReturned(name: ObjectName, statement: SqlStatement): void {
    const table = this.#names.find(name);
    const taken = returned(statement);
    if (table !== undefined && taken !== undefined) this.#add(new Set([table]), undefined, taken);
  }

  #add(reads: ReadonlySet<GuardedTable>, target: string | undefined, taken: Selection): void {
    for (const table of reads) table.taken = merge(table.taken, taken);
    const closed = Math.max(0, ...[...this.#legs.values()].map(({ to }) => to));
    const same = this.#copies.slice(closed).find((copy) => copy.target === target && equal(copy.reads, reads));
    if (same === undefined) this.#copies.push({ reads, target, taken });
    else same.taken = merge(same.taken, taken);
  }

  /** Whether a statement read the table since it was rebuilt, if it was. */
  hasRead(table: GuardedTable): boolean {
    return this.#copies.slice(this.#legs.get(table)?.to).some((copy) => copy.reads.has(table));
  }

  /** What tells one rebuild of a table from the next. Undefined: it was not rebuilt. */
  lastRebuild(table: GuardedTable): unknown {
    return this.#legs.get(table);
  }

  /** The table lives on in another, which is where its rows were carried: what is read from now on is another matter. */
  succeeded(table: GuardedTable): void {
    const from = this.#legs.get(table)?.to ?? 0;
    this.#legs.set(table, { from, to: this.#copies.length });
  }

  rename(from: string, to: string): void {
    for (const copy of this.#copies) if (copy.target === nameKey(from)) copy.target = nameKey(to);
  }

  drop(name: string): void {
    for (const copy of this.#copies) if (copy.target === nameKey(name)) copy.target = undefined;
  }

  /** How the rows of a rebuilt table came into its successor. Undefined: nothing read it, so nothing was carried. */
  carriage(table: GuardedTable, successor: string, older: boolean): Carriage | undefined {
    const { from, to } = this.#legs.get(table) ?? {};
    const reading = this.#copies.slice(from, to).filter((copy) => copy.reads.has(table));
    const filling = this.#copies.filter((copy) => copy.target === nameKey(successor));
    const out = reading.map((copy) => copy.taken);
    // A successor older than the migration was filled by an earlier one of the run, if by any.
    if (older && table.taken !== undefined) out.push(table.taken);
    if (out.length === 0) return undefined;
    const direct = older || filling.some((copy) => reading.includes(copy));
    return { out, onward: direct ? [] : filling.map((copy) => copy.taken) };
  }
}

function targetOf(facts: StatementFacts): ObjectName | undefined {
  if (facts.verb === 'insert' || facts.verb === 'update') return facts.name;
  if (facts.verb !== 'create' || facts.object !== 'table' || !facts.asSelect) return undefined;
  return { schema: facts.temporary ? 'temp' : 'main', name: facts.name.name };
}

function merge(before: Selection | undefined, taken: Selection): Selection {
  if (before === undefined) return taken;
  return { mentions: new Set([...before.mentions, ...taken.mentions]), star: before.star || taken.star };
}

function equal(a: ReadonlySet<GuardedTable>, b: ReadonlySet<GuardedTable>): boolean {
  return a.size === b.size && [...a].every((table) => b.has(table));
}
