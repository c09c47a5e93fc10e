import { emit, type Op } from '../../bridge/index.ts';
import { dunlinError, refOf, type DunlinError } from '../../errors/index.ts';
import { findAllInvalid, linesOf, look, prepareMove, readSets, run, type RunContext } from '../../execute/index.ts';
import type { Migration } from '../../migration/index.ts';
import type { Rounds } from '../../options.ts';
import { inSets, type MigrationSet } from '../../plan/index.ts';
import { mineUses, type Uses } from '../../sample/index.ts';
import { compareSchemas, type Inventory } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';
import type { Present } from '../status.ts';
import { failureFinding, isCertain, rowsFinding } from './findings.ts';
import { failureOf, goRound, madeUpPlace, type Failed, type Round } from './round.ts';
import { fill, forgetApplied, inventoryOf, loneContext, showRows } from './scratch.ts';

/** After so many that failed a new beginning is not made any more: each costs all migrations before it. */
const mostFailures = 20;

const emptyPlace = 'a scratch database';

/** What is left to find out on a database without made-up rows. */
export interface Question {
  /** One, or those of a set. */
  readonly members: readonly Migration[];
  /** Undefined: nothing is asked, the database is only needed. */
  readonly failed: Failed | undefined;
  readonly rows: readonly string[];
}

/**
 * All migrations, one after the other or set by set, each there and back and there again with made-up rows in every table. Where one
 * fails or leaves something behind, a new scratch database without rows tells whether the rows were the reason, and
 * the journey goes on there.
 */
export class Journey {
  readonly #problems: DunlinError[] = [];
  readonly #warnings: DunlinError[] = [];
  readonly #notes: string[] = [];
  readonly #uses: Uses = new Map();
  readonly #present: Present;
  readonly #empty: Map<string, string> = new Map();
  #at = 0;
  #reversed = 0;
  #failures = 0;

  constructor(present: Present) {
    this.#present = present;
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
  *goOn(context: RunContext): Op<Question | undefined> {
    const { migrations } = context.registry;
    // What the migrations ask of values in time to come, the rows should have from the beginning.
    if (this.#uses.size === 0)
      for (const migration of migrations) if (migration.kind === 'sql') mineUses(migration.text, this.#uses);
    let inventory = yield* inventoryOf(context);
    let look: Pick<Parameters<typeof fill>[0], 'tables' | 'widened'> = {};
    const { sets, problems } = yield* readSets(context);
    if (problems.length > 0) return this.#stop(migrations.slice(this.#at), 'the sets have problems of their own');
    for (const members of inSets(migrations.slice(this.#at), sets)) {
      const migration = members[0]!;
      if (context.options.signal?.aborted === true) return this.#stop(migrations.slice(this.#at), 'it was interrupted');
      yield* emit({ type: 'check:round', migration: refOf(migration), index: this.#at + 1, total: migrations.length });
      const lone = loneContext(context, members, sets);
      if (yield* isBroken(lone, members, sets))
        return this.#stop(migrations.slice(this.#at), `${migration.id} has problems of its own`);
      for (const [table, reason] of (yield* fill({ inventory, uses: this.#uses, ...look })).empty)
        this.#empty.set(table, reason);
      const round = yield* goRound(lone, { members, where: madeUpPlace, before: inventory, first: 'up' });
      yield* forgetApplied(context);
      this.#problems.push(...round.findings);
      this.#warnings.push(...round.warnings);
      if (round.reversed) this.#reversed += members.length;
      if (round.unsound || round.failed !== undefined) {
        if (++this.#failures > mostFailures)
          return this.#stop(migrations.slice(this.#at), `${mostFailures} have failed already`);
        const { failed } = round;
        const shown = failed === undefined ? [] : concerned(failed, round, inventory);
        return { members, failed, rows: yield* showRows(shown, inventory) };
      }
      this.#at += members.length;
      look = changed(inventory, round);
      inventory = round.inventory;
    }
    yield* this.#judgeEnd(context);
    return undefined;
  }

  /** Applies everything up to the migration in question to a new database, without rows. False: there is no going on. */
  *judge(context: RunContext, { members, failed, rows }: Question): Op<boolean> {
    const migration = members.at(-1)!;
    const { version } = migration;
    const error = yield* failureOf(context, () => run(context, { kind: 'up', to: version }));
    if (error !== undefined) {
      const at = context.registry.get(error.failed?.version ?? version) ?? migration;
      this.#failedOnEmpty(at, error);
      this.#at = context.registry.migrations.indexOf(at);
      this.#stop(context.registry.migrations.slice(this.#at + 1), `${at.id} cannot be applied to a new database`);
      return false;
    }
    if (failed?.way === 'first') this.#report(failed, rowsFinding(failed, madeUpPlace, rows));
    else if (failed?.way === 'back') yield* this.#judgeDown(context, failed);
    else if (failed !== undefined) this.#report(failed, failureFinding('UP_AGAIN_FAILS', failed, madeUpPlace));
    yield* forgetApplied(context);
    this.#at += members.length;
    return true;
  }

  /** Whether its way back fails without rows too; it must be applied again afterwards. */
  *#judgeDown(context: RunContext, failed: Failed): Op<void> {
    const { version } = failed.migration;
    const down = yield* failureOf(context, () => run(context, { kind: 'only', version, direction: 'down' }));
    if (down === undefined) {
      this.#report(failed, failureFinding('DOWN_FAILS', failed, madeUpPlace));
      yield* run(context, { kind: 'only', version, direction: 'up' });
    } else this.#problems.push(failureFinding('DOWN_FAILS', { ...failed, error: down }, emptyPlace));
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

  #report(failed: Failed, finding: DunlinError): void {
    (isCertain(failed) ? this.#problems : this.#warnings).push(finding);
  }

  /** What the migrations need and the application brings along, or made before them: then nothing is wrong. */
  #failedOnEmpty(migration: Migration, error: DunlinError): void {
    const [, table] = /no such (?:table|view): (?:main\.)?(\w+)/.exec(error.message) ?? [];
    const [, what] = /no such ((?:function|module|collation sequence): \w+)/.exec(error.message) ?? [];
    const untried = (fact: string): number =>
      this.#notes.push(`${migration.id} was not tried with made-up rows: ${fact}`);
    if (table !== undefined && this.#present.tables.has(nameKey(table)))
      untried(`it needs the table ${table}, which no migration makes`);
    else if (what !== undefined) untried(`it needs the ${what.replace(':', '')}, which is not registered here`);
    else this.#problems.push(failureFinding('FAILS_ON_EMPTY', { migration, error }, emptyPlace));
  }

  #stop(untried: readonly Migration[], reason: string): undefined {
    const left = untried.map(({ id }) => id);
    if (left.length === 0) return undefined;
    const last = left.length > 1 ? ` to ${left.at(-1)}` : '';
    this.#notes.push(`${left[0]}${last} ${left.length > 1 ? 'were' : 'was'} not tried with made-up rows: ${reason}`);
    return undefined;
  }
}

/** What cannot be read or must not run was told of already. */
function* isBroken(context: RunContext, members: readonly Migration[], sets: readonly MigrationSet[]): Op<boolean> {
  const { comparison } = yield* look(context);
  for (const { version } of members)
    if ((yield* prepareMove(context, { version, direction: 'up' }, comparison, sets)).problems.length > 0) return true;
  return false;
}

/** The tables that a failure is about: those its message names first. */
function concerned({ error }: Failed, { touched }: Round, inventory: Inventory): readonly string[] {
  const words = new Set(error.message.split(/[^\p{L}\p{N}_$]+/u).map(nameKey));
  const named = [...inventory.tables].filter(([key]) => words.has(key)).map(([, { name }]) => name);
  return [...new Set([...named, ...touched])];
}

/** The tables that may have become empty, and those that have columns nobody has filled. */
function changed(before: Inventory, round: Round): { tables: ReadonlySet<string>; widened: ReadonlySet<string> } {
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
