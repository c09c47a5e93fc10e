import { emit, isSqlError, type Op } from '../bridge/index.ts';
import { dunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { findAllInvalid, isDiskError, linesOf, readState, prepareMove, readSets, run } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { readContent } from '../ledger/index.ts';
import { migrationAt, type Migration } from '../migration/index.ts';
import type { RoundTripResults, PresentObjects } from './results.ts';
import { inSets, type MigrationSet } from '../plan/index.ts';
import { fillTables, type FillRequest } from './sample/fill.ts';
import { hintsOfMigrations } from './sample/hints.ts';
import type { Links } from './sample/links.ts';
import type { ValueHints } from './sample/value-hints.ts';
import { compareSchemas, type Inventory } from '../schema/index.ts';
import { nameKey, type NameKey } from '../sql/index.ts';
import { failureFinding, isIndependentOfValues, notTriedFinding, rowsFinding, seededTable } from './findings.ts';
import { MadeTables } from './made-tables.ts';
import { RequiredColumns } from './required-columns.ts';
import { catchFailure, runRoundTrip, filledScratch, nameOf, type FailedPhase, type RoundTrip } from './round-trip.ts';
import { forgetApplied, onlyThese, showRows } from './scratch.ts';

const emptyScratch = 'a scratch database';

const withRows = 'with sample rows';

/** Migrations to try without sample rows. */
export interface Suspect {
  /** One, or those of a set. */
  readonly migrations: readonly Migration[];
  /** Whether to try it again, with fewer rows, before anything is confirmed. */
  readonly retry: boolean;
  /** Undefined if nothing failed, and the database is unusable for the next migration. */
  readonly failed: FailedPhase | undefined;
  readonly rows: readonly string[];
  readonly before: Inventory;
}

const codes = { first: 'FAILS_ON_EMPTY', back: 'DOWN_FAILS', again: 'UP_AGAIN_FAILS' } as const;

/**
 * Runs all migrations, set by set, up, down and up again with sample rows in every table. A round trip that fails or
 * leaves something behind runs again without sample rows, which shows whether the rows are the reason. The check then
 * continues on a database to which each migration so far was applied once.
 */
export class RoundTripCheck {
  readonly #problems: DunlinError[] = [];
  readonly #warnings: DunlinError[] = [];
  readonly #notes: string[] = [];
  readonly #hints: ValueHints;
  readonly #links: Links;
  readonly #present: PresentObjects;
  readonly #migrations: readonly Migration[];
  readonly #empty: Map<string, string> = new Map();
  readonly #made: MadeTables;
  readonly #required = new RequiredColumns();
  /** Tables that stay empty for the current migration: it inserts rows that would conflict with sample rows. */
  readonly #seeded: Set<NameKey> = new Set();
  #sets: readonly MigrationSet[] = [];
  /** The current migration, or those of its set. */
  #current: readonly Migration[] = [];
  #at = 0;
  #reversed = 0;

  constructor(present: PresentObjects, migrations: readonly Migration[]) {
    this.#present = present;
    this.#migrations = migrations;
    const { hints, links } = hintsOfMigrations(migrations);
    this.#hints = hints;
    this.#links = links;
    this.#made = new MadeTables(migrations);
  }

  get result(): RoundTripResults {
    const empty = [...this.#empty].map(([table, reason]) => `no sample row could be inserted into ${table}: ${reason}`);
    return {
      tried: this.#at,
      reversed: this.#reversed,
      problems: this.#problems,
      warnings: this.#warnings,
      notes: [...this.#notes, ...empty],
    };
  }

  /**
   * Continues on a database that has all earlier migrations applied. Returns what to try without sample rows; undefined
   * at the end.
   */
  *next(context: RunContext): Op<Suspect | undefined> {
    const total = this.#migrations.length;
    yield* forgetApplied(context);
    let inventory = yield* readContent(context.ledger);
    this.#made.add(inventory);
    let toFill: Pick<FillRequest, 'tables' | 'withNewColumns'> = {};
    const { sets, problems } = yield* readSets(context);
    this.#sets = sets;
    if (problems.length > 0) return this.#noteUntried('the sets have problems of their own');
    for (const migrations of inSets(this.#migrations.slice(this.#at), sets)) {
      this.#current = migrations;
      const migration = migrations[0]!;
      if (context.options.signal?.aborted === true) return this.#noteUntried('it was interrupted');
      yield* emit({ type: 'check:round', migration: refOf(migration), index: this.#at + 1, total });
      const reduced = onlyThese(context, migrations, sets);
      if (yield* cannotRun(reduced, migrations, sets))
        return this.#noteUntried(`${migration.id} has problems of its own`);
      yield* this.#fill({ inventory, ...toFill });
      this.#required.begin();
      const round = yield* runRoundTrip(reduced, {
        migrations,
        where: filledScratch,
        before: inventory,
        first: 'up',
        beforeStatement: (sql) => this.#required.beforeStatement(sql),
      });
      yield* forgetApplied(context);
      const { failed } = round;
      const seeded = failed?.phase === 'first' ? seededTable(failed) : undefined;
      if (seeded !== undefined && !this.#seeded.has(seeded)) {
        this.#seeded.add(seeded);
        return { migrations, retry: true, failed: undefined, rows: [], before: inventory };
      }
      this.#problems.push(...round.findings);
      this.#warnings.push(...round.warnings);
      if (failed === undefined) this.#warnings.push(...this.#requiredFindings(migrations, inventory, round.inventory));
      if (round.reversed) this.#reversed += migrations.length;
      if (round.isAltered || failed !== undefined) {
        const rows =
          failed?.phase === 'first' ? yield* showRows(affectedTables(failed, round, inventory), inventory) : [];
        return { migrations, retry: false, failed, rows, before: inventory };
      }
      this.#at += migrations.length;
      toFill = this.#seeded.size > 0 ? {} : changedTables(inventory, round);
      this.#seeded.clear();
      inventory = round.inventory;
      this.#made.add(inventory);
    }
    yield* this.#checkFinalSchema(context);
    return undefined;
  }

  /** The real rows have passed a migration that is applied. */
  #requiredFindings(migrations: readonly Migration[], before: Inventory, after: Inventory): readonly DunlinError[] {
    const last = migrations.at(-1)!;
    const { version } = last;
    if (this.#present.applied.has(version)) return [];
    const params = { id: nameOf(migrations), version, where: filledScratch };
    return this.#required
      .found(before, after)
      .map((column) => dunlinError('BECOMES_NOT_NULL', { ...params, column }, { migration: refOf(last) }));
  }

  /** Whether the user's database has a table or view that no migration makes: the application creates it. */
  #isFromElsewhere(name: string): boolean {
    return this.#present.tables.has(nameKey(name)) && !this.#made.has(name);
  }

  *#fill(request: FillRequest): Op<void> {
    const without = new Set([...this.#links.filledLater(this.#at), ...this.#seeded]);
    const { rows, empty } = yield* fillTables({ ...request, without, hints: this.#hints });
    for (const table of rows.keys()) this.#empty.delete(table);
    // A table that stays empty for one migration had rows for those before.
    if (this.#seeded.size === 0) for (const [table, reason] of empty) this.#empty.set(table, reason);
  }

  /**
   * Applies everything before the current migration, or that one too, to the database without sample rows. Returns
   * false if the check has to stop.
   */
  *advancePlain(context: RunContext, until: 'before' | 'after'): Op<boolean> {
    const last = until === 'before' ? this.#migrations[this.#at - 1] : this.#current.at(-1);
    const error =
      last === undefined
        ? undefined
        : yield* catchFailure(context, () => run(context, { kind: 'up', to: last.version }));
    if (error !== undefined) {
      this.#failedOnEmpty(migrationAt(context.registry, error.failed?.version ?? -1) ?? last!, error);
      return false;
    }
    if (until === 'after') {
      this.#at += this.#current.length;
      this.#seeded.clear();
    }
    return true;
  }

  /**
   * Runs the suspect up, down and up again on a copy of the database without sample rows. What fails there too does not
   * depend on the rows. Returns false if the check has to stop.
   */
  *confirm(context: RunContext, { migrations, failed, rows, before }: Suspect): Op<boolean> {
    if (failed === undefined) return true;
    yield* forgetApplied(context);
    const reduced = onlyThese(context, migrations, this.#sets);
    const found = yield* readContent(context.ledger);
    const round = yield* runRoundTrip(reduced, { migrations, where: emptyScratch, before: found, first: 'up' });
    if (round.failed?.phase === 'first') {
      this.#failedOnEmpty(round.failed.migration, round.failed.error);
      return false;
    }
    if (failed.phase === 'first') this.#warnings.push(...round.warnings);
    if (failed.phase !== round.failed?.phase) {
      const finding =
        failed.phase === 'first'
          ? rowsFinding(failed, filledScratch, rows)
          : failureFinding(codes[failed.phase], failed, filledScratch);
      (isIndependentOfValues(failed, before) ? this.#problems : this.#warnings).push(finding);
    }
    if (round.failed !== undefined)
      this.#problems.push(failureFinding(codes[round.failed.phase], round.failed, emptyScratch));
    this.#problems.push(...round.findings);
    return true;
  }

  /** Ends the check with an error that no migration caused. */
  abort(error: DunlinError): void {
    if (!isDiskError(error)) return this.#reportUntried(error.message);
    this.#problems.push(error);
    this.#noteUntried('the disk was full, or failed');
  }

  /** Reports objects that cannot work after all migrations, unless the database has what they need. */
  *#checkFinalSchema(context: RunContext): Op<void> {
    const { invalid } = this.#present;
    const found = (yield* findAllInvalid(context)).filter(
      ({ line, missing }) => !invalid.has(line) && !(missing !== undefined && this.#isFromElsewhere(missing)),
    );
    if (found.length > 0)
      this.#problems.push(dunlinError('OBJECTS_INVALID', { where: emptyScratch, lines: linesOf(found) }));
  }

  /** Reports a failure without rows. What the application itself creates or registers is no fault of the migration. */
  #failedOnEmpty(migration: Migration, error: DunlinError): void {
    // A name may be any text, and the cause ends with it.
    const reason = isSqlError(error.cause) ? error.cause.message : error.message;
    const [, table] = /no such (?:table|view): (?:main\.)?(.+?)\.?$/.exec(reason) ?? [];
    const [, what] = /no such ((?:function|module|collation sequence): .+?)\.?$/.exec(reason) ?? [];
    const { id } = migration;
    this.#at = this.#migrations.indexOf(migration);
    if (table !== undefined && this.#isFromElsewhere(table))
      return this.#noteUntried(`${id} needs the table ${table}, which no migration makes`);
    if (what !== undefined)
      return this.#reportUntried(`${id} needs the ${what.replace(':', '')}, which is not registered here`);
    const lacks = /\bno such /.test(reason) && (table === undefined || !this.#made.has(table));
    this.#problems.push(failureFinding('FAILS_ON_EMPTY', { migration, error }, emptyScratch, lacks));
    this.#noteUntried(`${id} cannot be applied to a new database`, this.#at + 1);
  }

  #reportUntried(reason: string): void {
    const untried = this.#migrations.slice(this.#at);
    if (untried.length > 0) this.#problems.push(notTriedFinding(untried, withRows, reason));
  }

  /** Notes the migrations that were not tried, where the user asked for that or the reason is a problem already. */
  #noteUntried(reason: string, from: number = this.#at): undefined {
    const untried = this.#migrations.slice(from);
    if (untried.length > 0) this.#notes.push(notTriedFinding(untried, withRows, reason).message.replace(/\.$/, ''));
    return undefined;
  }
}

/** Whether a migration has problems, which `check` has reported already. */
function* cannotRun(context: RunContext, migrations: readonly Migration[], sets: readonly MigrationSet[]): Op<boolean> {
  const { comparison } = yield* readState(context);
  for (const { version } of migrations)
    if ((yield* prepareMove(context, { version, direction: 'up' }, comparison, sets)).problems.length > 0) return true;
  return false;
}

/** The tables of a failure, those in its message first. */
function affectedTables({ error }: FailedPhase, { touched }: RoundTrip, inventory: Inventory): readonly string[] {
  const words = new Set(error.message.split(/[^\p{L}\p{N}_$]+/u).map(nameKey));
  const named = [...inventory.tables].filter(([key]) => words.has(key)).map(([, { name }]) => name);
  return [...new Set([...named, ...touched])];
}

/** The tables that may have become empty, and those with new columns. */
function changedTables(before: Inventory, round: RoundTrip): Required<Pick<FillRequest, 'tables' | 'withNewColumns'>> {
  const tables = new Set(round.touched.map(nameKey));
  const withNewColumns = new Set<NameKey>();
  for (const change of compareSchemas(before, round.inventory)) {
    if (change.type !== 'table') continue;
    const key = nameKey(change.name);
    tables.add(key);
    if (change.parts.some(({ kind, part }) => part === 'column' && kind === 'added')) withNewColumns.add(key);
  }
  return { tables, withNewColumns };
}
