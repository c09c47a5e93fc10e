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
import { nameKey, type NameKey } from '../../sql/index.ts';
import type { RunBaseline } from './run-baseline.ts';
import { causeOf, CauseCandidates, type Cause } from './causes.ts';
import type { Loss } from './losses.ts';
import type { Table, TableTracker } from './table-tracker.ts';

/** A child table before the first statement that could break its references. */
interface ChildBefore {
  readonly violations: Violations;
  /** The tables that its foreign keys named. Undefined: no table had the name. */
  readonly parents: ReadonlyMap<string, Table | undefined>;
}

/**
 * Finds foreign key violations that a migration adds. Enforcement is off meanwhile, so nothing else would notice.
 * Violations are compared by the values of their keys: one that replaces another is new, while a rebuild that changes
 * rowids adds none.
 */
export class ReferenceCheck {
  readonly #baseline: RunBaseline;
  readonly #tables: TableTracker;
  readonly #children = new Map<Table, ChildBefore>();
  /** The tables that rows were copied from, by the table they were copied into. */
  readonly #sources = new Map<Table, ReadonlySet<Table>>();
  /** The parents that foreign keys name where the migration wrote them: it decides where those point. */
  readonly #written = new Map<Table, Set<string>>();
  /** The statements that may have broken the references of a child, by verb. */
  readonly #candidates = new Map<Table, Map<string, CauseCandidates>>();

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
  *beforeWrite(key: NameKey, changesKeys: boolean, entry: StepStatement): Op<void> {
    const { verb } = entry.facts;
    // A row does not lose its parent by being deleted, dropped or renamed itself.
    const isHarmless = verb === 'delete' || verb === 'drop' || verb === 'alter';
    const { triggers, references, hasReplaceConflict } = this.#baseline;
    const isAny = changesKeys || hasReplaceConflict || triggers.fires(key);
    for (const reached of triggers.reachableFrom(key)) {
      if (references.has(reached))
        yield* this.#readBefore(this.#tables.at(reached), isHarmless && reached === key ? undefined : entry);
      if (isAny) yield* this.#readChildrenBefore(reached, entry);
      // A new row may be the missing parent, so the known violations of the children are out of date.
      else for (const child of references.childrenOf(reached)) if (child !== reached) this.#forget(child);
    }
  }

  /** Before an index, which a foreign key may need, is dropped. */
  *beforeIndexDrop(index: string, entry: StepStatement): Op<void> {
    const sql = `SELECT tbl_name AS name FROM main.sqlite_schema WHERE type = 'index' AND name = ? COLLATE NOCASE`;
    const found = yield* queryOne<{ name: string }>(sql, [index]);
    if (found !== undefined) yield* this.#readChildrenBefore(nameKey(found.name), entry);
  }

  /** Before a column that refers to another table is added: its default value is in every row at once. */
  *beforeAddColumn(table: Table, entry: StepStatement): Op<void> {
    yield* this.#readBefore(table, entry);
  }

  /**
   * Before rows are copied into a table. Rows that violate a foreign key in the source may violate it in the target.
   */
  *beforeCopy(sources: ReadonlySet<Table>, target: Table | undefined): Op<void> {
    if (target !== undefined) this.#sources.set(target, new Set([...(this.#sources.get(target) ?? []), ...sources]));
    for (const table of sources)
      if (!table.temporary && this.#baseline.references.has(nameKey(this.#tables.nameOf(table))))
        yield* this.#readBefore(table, undefined);
  }

  /** A table or a column with foreign keys was created. */
  created(table: Table | undefined, name: string, references: readonly string[]): void {
    if (references.length === 0) return;
    const parents = references.map(nameKey);
    this.#baseline.references.add(nameKey(name), parents);
    if (table !== undefined) this.#written.set(table, new Set([...(this.#written.get(table) ?? []), ...parents]));
  }

  dropped(name: string): void {
    this.#baseline.references.delete(nameKey(name));
  }

  renamed(from: string, to: string): void {
    this.#baseline.references.rename(nameKey(from), nameKey(to));
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
      // Without the violations from before, new ones cannot be found.
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

  *#readChildrenBefore(parent: string, entry: StepStatement): Op<void> {
    for (const child of this.#baseline.references.childrenOf(parent))
      yield* this.#readBefore(this.#tables.at(child), entry);
  }

  /** `entry`: the statement, if it may break references of the child. */
  *#readBefore(child: Table | undefined, entry: StepStatement | undefined): Op<void> {
    if (child === undefined || child.temporary || child.virtual) return;
    if (entry !== undefined) this.#addCandidate(child, entry);
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
    // No migration has written to a new table of the run since it was created, so it has no rows.
    const violations = known ?? (isUnknown ? yield* readViolations(name) : noViolations);
    const parents = new Map<string, Table | undefined>();
    for (const parent of yield* readParents(name)) parents.set(parent, this.#tables.at(parent));
    this.#children.set(child, { violations, parents });
  }

  /**
   * The statements that may have broken references of a child. The RENAME of a rebuild restores what its DROP broke.
   */
  #causeOf(child: Table, by?: 'alter'): Cause {
    const all = [...this.#candidates].flatMap(([table, verbs]) =>
      this.#tables.present(table) === child ? [...verbs] : [],
    );
    const of = (fits: (verb: string) => boolean): readonly CauseCandidates[] =>
      all.filter(([verb]) => fits(verb)).map(([, candidates]) => candidates);
    if (by !== undefined && of((verb) => verb === by).length > 0) return causeOf(...of((verb) => verb === by));
    const isDropped = of((verb) => verb === 'drop').length > 0;
    return causeOf(...of((verb) => !isDropped || verb !== 'alter'));
  }

  #addCandidate(child: Table, entry: StepStatement): void {
    const verbs = this.#candidates.get(child) ?? new Map<string, CauseCandidates>();
    this.#candidates.set(child, verbs);
    const candidates = verbs.get(entry.facts.verb) ?? new CauseCandidates();
    verbs.set(entry.facts.verb, candidates);
    candidates.add(entry);
  }

  /** The state before, of the table itself, of the tables that it replaced, and of those that rows were copied from. */
  #before(child: Table): readonly ChildBefore[] {
    return [...this.#children].flatMap(([table, before]) => {
      const isSource = [...this.#sources].some(
        ([target, sources]) => sources.has(table) && this.#tables.present(target) === child,
      );
      return this.#tables.present(table) === child || isSource ? [before] : [];
    });
  }

  /** The present key of a parent that had this name before the migration. */
  #presentKey(key: string, table: Table | undefined): string {
    const present = table === undefined ? undefined : this.#tables.present(table);
    return present === undefined ? key : nameKey(this.#tables.nameOf(present));
  }

  /** Whether the migration wrote the key, to a table that the child did not reference: it is new, and never worked. */
  #isOwnMismatch(child: Table, reason: string, before: readonly ChildBefore[]): boolean {
    const parent = nameKey(mismatchedParent(reason) ?? '');
    const known = before.flatMap(({ parents }) => [...parents]);
    return this.#written.has(child) && !known.some(([key, table]) => this.#presentKey(key, table) === parent);
  }

  /** Whether the table never existed in this run, although a foreign key of the child names it. */
  #wasNever(child: Table, parent: string, before: readonly ChildBefore[]): boolean {
    const isNamed = this.#written.has(child) || before.some(({ parents }) => parents.has(parent));
    return isNamed && !this.#baseline.inventory.tables.has(parent) && !this.#baseline.tables.has(parent);
  }

  /** References that a RENAME moved to a table that does not exist, even if no row shows it yet. */
  *#dangling(child: Table, before: readonly ChildBefore[]): Op<readonly string[]> {
    const known = before.flatMap(({ parents }) => [...parents]);
    // A foreign key that never worked is noted, not refused.
    if (known.length === 0) return [];
    const written = this.#written.get(child);
    const dangling: string[] = [];
    for (const parent of yield* readParents(this.#tables.nameOf(child))) {
      // A foreign key may name a table that comes later.
      if (written?.has(parent) === true) continue;
      // If the name is the same as before, DROP TABLE removed the parent, or it was always missing.
      if (known.some(([key, table]) => key === parent && this.#presentKey(key, table) === parent)) continue;
      if ((yield* findTable(parent)) === undefined) dangling.push(parent);
    }
    return dangling;
  }
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, n) => total + n, 0);
}
