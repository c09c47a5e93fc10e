import { queryOne, type Op } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import {
  findTable,
  mismatchedParent,
  noViolations,
  readParents,
  readViolations,
  type Violations,
} from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { RunBaseline } from './run-baseline.ts';
import { causeOf, Suspects, type Cause } from './causes.ts';
import type { Loss } from './losses.ts';
import type { Table, TableTracker } from './tables.ts';

/** A child table before the first statement that could break its references. */
interface ChildBefore {
  readonly violations: Violations;
  /** The tables that its foreign keys named; undefined where the name was of none. */
  readonly parents: ReadonlyMap<string, Table | undefined>;
}

/**
 * Finds foreign key violations that a migration adds. Enforcement is off meanwhile, so nothing else would notice. Rows
 * are told apart by the values of their keys: one violation in place of another is new, a rebuild that numbers the rows
 * anew is none.
 */
export class ReferenceCheck {
  readonly #baseline: RunBaseline;
  readonly #tables: TableTracker;
  readonly #children = new Map<Table, ChildBefore>();
  /** The tables that rows were copied from, by the table they were copied into. */
  readonly #sources = new Map<Table, ReadonlySet<Table>>();
  /** Tables whose foreign keys the migration itself wrote: where those point is up to it. */
  readonly #rewritten = new Set<Table>();
  /** The statements that may have broken the references of a child, by verb. */
  readonly #suspects = new Map<Table, Map<string, Suspects>>();

  constructor(baseline: RunBaseline, tables: TableTracker) {
    this.#baseline = baseline;
    this.#tables = tables;
  }

  /** Whether no statement could break a reference. */
  get isEmpty(): boolean {
    return this.#children.size === 0;
  }

  /**
   * Before a statement writes rows of a table, drops or renames it. `changesKeys`: rows may go or keys may change, also
   * by a trigger.
   */
  *written(key: string, changesKeys: boolean, entry: StepStatement): Op<void> {
    const { verb } = entry.facts;
    // No row refers to nothing because it goes itself, or its table does or gets another name.
    const isHarmless = verb === 'delete' || verb === 'drop' || verb === 'alter';
    const { triggers, references, replaces } = this.#baseline;
    const isAny = changesKeys || replaces || triggers.fires(key);
    for (const reached of triggers.from(key)) {
      if (references.has(reached))
        yield* this.#take(this.#tables.at(reached), isHarmless && reached === key ? undefined : entry);
      if (isAny) yield* this.#takeChildren(reached, entry);
      // A new row may be the parent that was missing: what is known of the children is out of date.
      else for (const child of this.#baseline.childrenOf(reached)) this.#forget(child);
    }
  }

  /** Before an index, which a foreign key may need, is dropped. */
  *indexDropped(index: string, entry: StepStatement): Op<void> {
    const sql = `SELECT tbl_name AS name FROM main.sqlite_schema WHERE type = 'index' AND name = ? COLLATE NOCASE`;
    const found = yield* queryOne<{ name: string }>(sql, [index]);
    if (found !== undefined) yield* this.#takeChildren(nameKey(found.name), entry);
  }

  /** Before a column that refers to another table is added: its default value is in every row at once. */
  *columnAdded(table: Table, entry: StepStatement): Op<void> {
    yield* this.#take(table, entry);
  }

  /** Before rows are copied into a table: those that violated a foreign key where they come from may do so there. */
  *copied(sources: ReadonlySet<Table>, target: Table | undefined): Op<void> {
    if (target !== undefined) this.#sources.set(target, new Set([...(this.#sources.get(target) ?? []), ...sources]));
    for (const table of sources)
      if (!table.temporary && this.#baseline.references.has(nameKey(this.#tables.nameOf(table))))
        yield* this.#take(table, undefined);
  }

  /** A table, or a column of it, was made that refers to others. */
  created(table: Table | undefined, name: string, references: readonly string[]): void {
    if (references.length === 0) return;
    const key = nameKey(name);
    const parents = this.#baseline.references.get(key) ?? new Set();
    for (const parent of references) parents.add(nameKey(parent));
    this.#baseline.references.set(key, parents);
    if (table !== undefined) this.#rewritten.add(table);
  }

  dropped(name: string): void {
    this.#baseline.references.delete(nameKey(name));
  }

  /** Follows a rename. The old name is kept as a parent too: with legacy_alter_table its children do not follow. */
  renamed(from: string, to: string): void {
    const [fromKey, toKey] = [nameKey(from), nameKey(to)];
    const { references } = this.#baseline;
    const parents = references.get(fromKey);
    references.delete(fromKey);
    if (parents !== undefined) references.set(toKey, parents);
    for (const set of references.values()) if (set.has(fromKey)) set.add(toKey);
  }

  /** The violations that are new, and references that point nowhere since a rename. */
  *losses(): Op<readonly Loss[]> {
    const losses: Loss[] = [];
    const present = new Set([...this.#children.keys()].map((child) => this.#tables.present(child)));
    for (const child of present) {
      if (child === undefined || child.temporary) continue;
      const name = (yield* findTable(this.#tables.nameOf(child))) ?? this.#tables.nameOf(child);
      const found = yield* readViolations(name);
      this.#baseline.violations.set(child, found);
      const before = this.#before(child);
      // Where SQLite could not tell before, it can't be told what is new.
      if (before.some(({ violations }) => violations.unknown !== undefined)) continue;
      if (found.unknown !== undefined && !this.#isOwnMismatch(child, found.unknown, before))
        losses.push({ kind: 'mismatch', child: name, reason: found.unknown, ...this.#causeOf(child) });
      const added: string[] = [];
      for (const [parent, values] of found.byParent) {
        const loss = yield* this.#added(child, name, parent, values, before);
        if (loss === undefined) continue;
        losses.push(loss);
        added.push(parent);
      }
      for (const parent of yield* this.#dangling(child, before))
        if (!added.includes(parent))
          losses.push({ kind: 'dangling', child: name, parent, ...this.#causeOf(child, 'alter') });
    }
    return losses;
  }

  /** Compares the violations of one parent with those that there were, by their values. */
  *#added(
    child: Table,
    name: string,
    parent: string,
    values: ReadonlyMap<string, number>,
    before: readonly ChildBefore[],
  ): Op<Loss | undefined> {
    const had = new Map<string, number>();
    for (const { violations, parents } of before)
      for (const [key, old] of violations.byParent) {
        // Without legacy_alter_table the key follows a renamed parent, with it it stays with the name.
        if (key !== parent && this.#presentKey(key, parents.get(key)) !== parent) continue;
        for (const [value, rows] of old) had.set(value, (had.get(value) ?? 0) + rows);
      }
    const more = [...values].filter(([value, rows]) => rows > (had.get(value) ?? 0));
    if (more.length === 0) return undefined;
    const found = yield* findTable(parent);
    return {
      kind: 'violation',
      child: name,
      parent: found ?? parent,
      before: sum(had.values()),
      after: sum(values.values()),
      added: sum(more.map(([value, rows]) => rows - (had.get(value) ?? 0))),
      values: more
        .map(([value]) => value)
        .filter((value) => value !== '')
        .slice(0, 3),
      missing: found === undefined && this.#wasNever(child, parent, before),
      ...this.#causeOf(child),
    };
  }

  #forget(child: string): void {
    const table = this.#tables.at(child);
    if (table !== undefined) this.#baseline.violations.set(table, undefined);
  }

  *#takeChildren(parent: string, entry: StepStatement): Op<void> {
    for (const child of this.#baseline.childrenOf(parent)) yield* this.#take(this.#tables.at(child), entry);
    if (this.#baseline.references.get(parent)?.has(parent) === true) yield* this.#take(this.#tables.at(parent), entry);
  }

  /** `entry`: the statement that may break its references, if it can. */
  *#take(child: Table | undefined, entry: StepStatement | undefined): Op<void> {
    if (child === undefined || child.temporary || child.virtual) return;
    if (entry !== undefined) this.#suspect(child, entry);
    if (this.#children.has(child)) return;
    const { violations: cache } = this.#baseline;
    const isUnknown = cache.has(child) || child.existedBeforeRun;
    const known = cache.get(child);
    cache.delete(child);
    if (this.#tables.isNew(child)) {
      this.#children.set(child, { violations: noViolations, parents: new Map() });
      return;
    }
    const name = this.#tables.nameOf(child);
    // A table that the run made and that no migration has written since has no rows.
    const violations = known ?? (isUnknown ? yield* readViolations(name) : noViolations);
    const parents = new Map<string, Table | undefined>();
    for (const parent of yield* readParents(name)) parents.set(parent, this.#tables.at(parent));
    this.#children.set(child, { violations, parents });
  }

  /** The statements that may have broken a child. The RENAME of a rebuild puts back what its DROP took away. */
  #causeOf(child: Table, by?: 'alter'): Cause {
    const all = [...this.#suspects].flatMap(([table, verbs]) =>
      this.#tables.present(table) === child ? [...verbs] : [],
    );
    const of = (fits: (verb: string) => boolean): readonly Suspects[] =>
      all.filter(([verb]) => fits(verb)).map(([, suspects]) => suspects);
    if (by !== undefined && of((verb) => verb === by).length > 0) return causeOf(...of((verb) => verb === by));
    const isDropped = of((verb) => verb === 'drop').length > 0;
    return causeOf(...of((verb) => !isDropped || verb !== 'alter'));
  }

  #suspect(child: Table, entry: StepStatement): void {
    const verbs = this.#suspects.get(child) ?? new Map<string, Suspects>();
    this.#suspects.set(child, verbs);
    const suspects = verbs.get(entry.facts.verb) ?? new Suspects();
    verbs.set(entry.facts.verb, suspects);
    suspects.add(entry);
  }

  /** What is known of the tables that a table took the place of, of itself, and of those that rows were copied from. */
  #before(child: Table): readonly ChildBefore[] {
    return [...this.#children].flatMap(([table, before]) => {
      const isSource = [...this.#sources].some(
        ([target, sources]) => sources.has(table) && this.#tables.present(target) === child,
      );
      return this.#tables.present(table) === child || isSource ? [before] : [];
    });
  }

  /** The key under which a parent goes on that had this name before the migration. */
  #presentKey(key: string, table: Table | undefined): string {
    const present = table === undefined ? undefined : this.#tables.present(table);
    return present === undefined ? key : nameKey(this.#tables.nameOf(present));
  }

  /** A key that the migration wrote itself, to a table that the child did not refer to: it is new, and never worked. */
  #isOwnMismatch(child: Table, reason: string, before: readonly ChildBefore[]): boolean {
    const parent = nameKey(mismatchedParent(reason) ?? '');
    const known = before.flatMap(({ parents }) => [...parents]);
    return this.#rewritten.has(child) && !known.some(([key, table]) => this.#presentKey(key, table) === parent);
  }

  /** A parent that the text of the child's key names, and that no rename or DROP TABLE of this run took away. */
  #wasNever(child: Table, parent: string, before: readonly ChildBefore[]): boolean {
    const isNamed = this.#rewritten.has(child) || before.some(({ parents }) => parents.has(parent));
    return isNamed && !this.#baseline.inventory.tables.has(parent) && !this.#baseline.tables.has(parent);
  }

  /** References that a rename led to a table that does not exist, although no row may show it yet. */
  *#dangling(child: Table, before: readonly ChildBefore[]): Op<readonly string[]> {
    const known = before.flatMap(({ parents }) => [...parents]);
    if (this.#rewritten.has(child) || known.length === 0) return [];
    const dangling: string[] = [];
    for (const parent of yield* readParents(this.#tables.nameOf(child))) {
      // That the parent was dropped by name, or was missing all along, was not done by a rename.
      if (known.some(([key, table]) => key === parent && this.#presentKey(key, table) === parent)) continue;
      if ((yield* findTable(parent)) === undefined) dangling.push(parent);
    }
    return dangling;
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, n) => total + n, 0);
}
