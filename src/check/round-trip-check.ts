import { emit, type Op } from '../bridge/index.ts';
import { dunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { findAllInvalid, isDiskError, linesOf, readState, prepareMove, readSets, run } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import type { Migration } from '../migration/index.ts';
import type { Rounds, PresentObjects } from './types.ts';
import { inSets, type MigrationSet } from '../plan/index.ts';
import { fillTables, type FillRequest } from './sample/fill.ts';
import { Links } from './sample/links.ts';
import { collectUses, type Uses } from './sample/uses.ts';
import { compareSchemas, type Inventory } from '../schema/index.ts';
import { nameKey } from '../sql/index.ts';
import { failureFinding, isCertain, notTried, rowsFinding, seededTable } from './findings.ts';
import { failureOf, runRoundTrip, scratchName, type Failed, type RoundTrip } from './round-trip.ts';
import { forgetApplied, inventoryOf, withoutBackups, showRows } from './scratch.ts';

const emptyPlace = 'a scratch database';

const madeUpHow = 'with made-up rows';

/** What is left to find out on a database without made-up rows. */
export interface Suspect {
  /** One, or those of a set. */
  readonly members: readonly Migration[];
  /** Nothing is known yet: they are to be tried once more. */
  readonly again: boolean;
  /** Undefined: nothing is asked, the database is only needed. */
  readonly failed: Failed | undefined;
  readonly rows: readonly string[];
  /** The schema that the migration began with. */
  readonly before: Inventory;
}

const codes = { first: 'FAILS_ON_EMPTY', back: 'DOWN_FAILS', again: 'UP_AGAIN_FAILS' } as const;

/**
 * All migrations, one after the other or set by set, there and back and there again with made-up rows in every table.
 * Where one fails or leaves something behind, the same without made-up rows tells whether the rows were the reason. The
 * journey goes on with a database to which everything so far was applied once.
 */
export class RoundTripCheck {
  readonly #problems: DunlinError[] = [];
  readonly #warnings: DunlinError[] = [];
  readonly #notes: string[] = [];
  readonly #uses: Uses = new Map();
  readonly #links: Links = new Links();
  readonly #present: PresentObjects;
  readonly #migrations: readonly Migration[];
  readonly #empty: Map<string, string> = new Map();
  /** Tables that stay empty for the present migration: it inserts rows of its own, for which no others make room. */
  readonly #seeded: Set<string> = new Set();
  #sets: readonly MigrationSet[] = [];
  /** The present migration, or those of its set. */
  #members: readonly Migration[] = [];
  #at = 0;
  #reversed = 0;

  constructor(present: PresentObjects, migrations: readonly Migration[]) {
    this.#present = present;
    this.#migrations = migrations;
    // What the migrations ask of values in time to come, the rows should have from the beginning.
    for (const migration of migrations) {
      const text = migration.kind === 'sql' ? migration.text : '';
      collectUses(text, this.#uses);
      this.#links.read(text);
    }
    this.#links.spread(this.#uses);
  }

  get result(): Rounds {
    const empty = [...this.#empty].map(([table, reason]) => `no row could be made up for ${table}: ${reason}`);
    return {
      tried: this.#at,
      reversed: this.#reversed,
      problems: this.#problems,
      warnings: this.#warnings,
      notes: [...this.#notes, ...empty],
    };
  }

  /** Goes on from where it is, on a database that has all before that applied. Undefined: it is done. */
  *next(context: RunContext): Op<Suspect | undefined> {
    const migrations = this.#migrations;
    yield* forgetApplied(context);
    let inventory = yield* inventoryOf(context);
    let look: Pick<FillRequest, 'tables' | 'widened'> = {};
    const { sets, problems } = yield* readSets(context);
    this.#sets = sets;
    if (problems.length > 0) return this.#leaveRest('the sets have problems of their own');
    for (const members of inSets(migrations.slice(this.#at), sets)) {
      this.#members = members;
      const migration = members[0]!;
      if (context.options.signal?.aborted === true) return this.#leaveRest('it was interrupted');
      yield* emit({ type: 'check:round', migration: refOf(migration), index: this.#at + 1, total: migrations.length });
      const lone = withoutBackups(context, members, sets);
      if (yield* isBroken(lone, members, sets)) return this.#leaveRest(`${migration.id} has problems of its own`);
      yield* this.#fill({ inventory, ...look });
      const round = yield* runRoundTrip(lone, { members, where: scratchName, before: inventory, first: 'up' });
      yield* forgetApplied(context);
      const { failed } = round;
      const seeded = failed?.way === 'first' ? seededTable(failed) : undefined;
      if (seeded !== undefined && !this.#seeded.has(seeded)) {
        this.#seeded.add(seeded);
        return { members, again: true, failed: undefined, rows: [], before: inventory };
      }
      this.#problems.push(...round.findings);
      this.#warnings.push(...round.warnings);
      if (round.reversed) this.#reversed += members.length;
      if (round.unsound || failed !== undefined) {
        const rows = failed?.way === 'first' ? yield* showRows(concerned(failed, round, inventory), inventory) : [];
        return { members, again: false, failed, rows, before: inventory };
      }
      this.#at += members.length;
      look = this.#seeded.size > 0 ? {} : changed(inventory, round);
      this.#seeded.clear();
      inventory = round.inventory;
    }
    yield* this.#judgeEnd(context);
    return undefined;
  }

  *#fill(order: FillRequest): Op<void> {
    const without = new Set([...this.#links.halfMade(this.#at), ...this.#seeded]);
    const { rows, empty } = yield* fillTables({ ...order, without, uses: this.#uses });
    for (const table of rows.keys()) this.#empty.delete(table);
    // They had rows for all migrations before.
    if (this.#seeded.size === 0) for (const [table, reason] of empty) this.#empty.set(table, reason);
  }

  /**
   * Applies everything before the present migration, or that one too, to the database that has no made-up rows. False:
   * there is no going on.
   */
  *follow(context: RunContext, until: 'before' | 'after'): Op<boolean> {
    const last = until === 'before' ? this.#migrations[this.#at - 1] : this.#members.at(-1);
    const error =
      last === undefined ? undefined : yield* failureOf(context, () => run(context, { kind: 'up', to: last.version }));
    if (error !== undefined) {
      this.#failedOnEmpty(context.registry.get(error.failed?.version ?? -1) ?? last!, error);
      return false;
    }
    if (until === 'after') {
      this.#at += this.#members.length;
      this.#seeded.clear();
    }
    return true;
  }

  /**
   * Runs the migration in question there, back and there again without made-up rows, on a copy of the database that
   * follows. What fails there as well fails whatever the rows. False: there is no going on.
   */
  *confirm(context: RunContext, { members, failed, rows, before }: Suspect): Op<boolean> {
    if (failed === undefined) return true;
    yield* forgetApplied(context);
    const lone = withoutBackups(context, members, this.#sets);
    const found = yield* inventoryOf(context);
    const round = yield* runRoundTrip(lone, { members, where: emptyPlace, before: found, first: 'up' });
    if (round.failed?.way === 'first') {
      this.#failedOnEmpty(round.failed.migration, round.failed.error);
      return false;
    }
    if (failed.way === 'first') this.#warnings.push(...round.warnings);
    if (failed.way !== round.failed?.way) {
      const finding =
        failed.way === 'first'
          ? rowsFinding(failed, scratchName, rows)
          : failureFinding(codes[failed.way], failed, scratchName);
      (isCertain(failed, before) ? this.#problems : this.#warnings).push(finding);
    }
    if (round.failed !== undefined)
      this.#problems.push(failureFinding(codes[round.failed.way], round.failed, emptyPlace));
    this.#problems.push(...round.findings);
    return true;
  }

  /** Call it for an error that is not of a migration: what could not be tried for it is a finding. */
  abort(error: DunlinError): void {
    if (!isDiskError(error)) return this.#leaveUntried(error.message);
    this.#problems.push(error);
    this.#leaveRest('the disk was full, or failed');
  }

  /** What can never work when all migrations are applied, and nothing else makes what it needs. */
  *#judgeEnd(context: RunContext): Op<void> {
    const { tables, invalid } = this.#present;
    const found = (yield* findAllInvalid(context)).filter(
      ({ line, missing }) => !invalid.has(line) && !(missing !== undefined && tables.has(nameKey(missing))),
    );
    if (found.length > 0)
      this.#problems.push(dunlinError('OBJECTS_INVALID', { where: emptyPlace, lines: linesOf(found) }));
  }

  /** What the migrations need and the application brings along: nothing is wrong with them, and nothing was tried. */
  #failedOnEmpty(migration: Migration, error: DunlinError): void {
    const [, table] = /no such (?:table|view): (?:main\.)?(\w+)/.exec(error.message) ?? [];
    const [, what] = /no such ((?:function|module|collation sequence): \w+)/.exec(error.message) ?? [];
    const { id } = migration;
    this.#at = this.#migrations.indexOf(migration);
    if (table !== undefined && this.#present.tables.has(nameKey(table)))
      // The database at hand has it: that is how one says that the application makes it.
      return this.#leaveRest(`${id} needs the table ${table}, which no migration makes`);
    if (what !== undefined)
      return this.#leaveUntried(`${id} needs the ${what.replace(':', '')}, which is not registered here`);
    this.#problems.push(failureFinding('FAILS_ON_EMPTY', { migration, error }, emptyPlace));
    this.#leaveRest(`${id} cannot be applied to a new database`, this.#at + 1);
  }

  /** Says that nothing is known of the rest, where nothing else says so. */
  #leaveUntried(reason: string): void {
    const untried = this.#migrations.slice(this.#at);
    if (untried.length > 0) this.#problems.push(notTried(untried, madeUpHow, reason));
  }

  /** The same where the reason is known: it was asked for, or is a problem itself. */
  #leaveRest(reason: string, from: number = this.#at): undefined {
    const untried = this.#migrations.slice(from);
    if (untried.length > 0) this.#notes.push(notTried(untried, madeUpHow, reason).message.replace(/\.$/, ''));
    return undefined;
  }
}

/** What cannot be read or must not run was told of already. */
function* isBroken(context: RunContext, members: readonly Migration[], sets: readonly MigrationSet[]): Op<boolean> {
  const { comparison } = yield* readState(context);
  for (const { version } of members)
    if ((yield* prepareMove(context, { version, direction: 'up' }, comparison, sets)).problems.length > 0) return true;
  return false;
}

/** The tables that a failure is about: those its message names first. */
function concerned({ error }: Failed, { touched }: RoundTrip, inventory: Inventory): readonly string[] {
  const words = new Set(error.message.split(/[^\p{L}\p{N}_$]+/u).map(nameKey));
  const named = [...inventory.tables].filter(([key]) => words.has(key)).map(([, { name }]) => name);
  return [...new Set([...named, ...touched])];
}

/** The tables that may have become empty, and those that have columns nobody has filled. */
function changed(before: Inventory, round: RoundTrip): { tables: ReadonlySet<string>; widened: ReadonlySet<string> } {
  const tables = new Set(round.touched.map(nameKey));
  const widened = new Set<string>();
  for (const change of compareSchemas(before, round.inventory)) {
    if (change.type !== 'table') continue;
    const key = nameKey(change.name);
    tables.add(key);
    if (change.parts.some(({ kind, part }) => part === 'column' && kind === 'added')) widened.add(key);
  }
  return { tables, widened };
}
