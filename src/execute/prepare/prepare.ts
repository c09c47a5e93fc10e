import { call, type Op } from '../../bridge/index.ts';
import { type DunlinError, isDunlinError } from '../../errors/index.ts';
import {
  madeKey,
  objectsMadeBy,
  type MadeObject,
  type Migration,
  type MigrationDefinition,
  type SqlMigration,
} from '../../migration/index.ts';
import {
  buildStep,
  destructiveProblems,
  isReversible,
  migrationOf,
  rollbackProblems,
  selectMoves,
  setOf,
  splitProblems,
  stepInSet,
  misleadingProblems,
  unfilledProblems,
  goneFile,
  type Comparison,
  type Goal,
  type MigrationSet,
  type MirroredTable,
  type Move,
  type Repeatable,
  type Step,
  touchedBy,
  isExpected,
  reachesNewest,
  readable,
  resolveSets,
  type DeclaredSet,
} from '../../plan/index.ts';
import { foreseenRefusals } from '../batch/foreseen.ts';
import { readMirror } from '../mirror/mirror.ts';
import type { State } from './read-state.ts';
import type { RunContext } from '../../lock/index.ts';

/** A run, ready or not. */
export interface Prepared {
  readonly moves: readonly Move[];
  readonly steps: readonly Step[];
  readonly sets: readonly MigrationSet[];
  /** Another tool's table that the run keeps in step. */
  readonly mirror: MirroredTable | undefined;
  /** Why there is none although it is an option. */
  readonly mirrorNotes: readonly string[];
  readonly problems: readonly DunlinError[];
}

const noMirror = { mirror: undefined, problems: [], notes: [] };

/** The moves that a goal needs, as steps ready to run, and every problem with them. */
export function* prepare(context: RunContext, goal: Goal, seen: State): Op<Prepared> {
  // With nothing pending read no migration, but check the option: else the next release would be the first to fail.
  const isIdle = goal.kind === 'up' && seen.comparison.pending.length === 0;
  const hasNone = isIdle && context.options.together === undefined;
  const { sets, problems: wrong } = hasNone ? { sets: [], problems: [] } : yield* readSets(context, isIdle);
  const { moves, problems } = selectMoves(goal, context.registry, seen.comparison, sets);
  const back =
    goal.kind === 'only' ? [] : rollbackProblems(context.registry, context.database, seen.comparison.applied, moves);
  // Each migration without a DOWN part would be a problem besides, with the same way out.
  if (back.length > 0)
    return {
      moves: [],
      steps: [],
      sets,
      mirror: undefined,
      mirrorNotes: [],
      problems: [...problems, ...wrong, ...back],
    };
  let steps: Step[] = [];
  const split = sets.length === 0 ? [] : splitProblems(goal, moves, context.registry, seen.comparison, sets);
  const found: DunlinError[] = [...problems, ...wrong, ...declaredProblems(context, moves, seen), ...split];
  for (const move of moves) {
    const built = yield* prepareMove(context, move, seen.comparison, sets);
    if (built.step !== undefined) steps.push(built.step);
    found.push(...built.problems);
  }
  if (reachesNewest(goal, moves, seen.comparison)) {
    const { steps: repeatable, problems: wrongOnes } = prepareRepeatables(context, seen.comparison, steps);
    steps.push(...repeatable);
    found.push(...wrongOnes);
  }
  if (context.engine.foreignKeys !== 'switchable')
    steps = steps.map((step) => ({ ...step, foreignKeys: true, alwaysOn: true }));
  // With nothing to run, load nothing more.
  if (steps.length > 0) found.push(...(yield* foreseenRefusals(steps.filter(isExpected))));
  const {
    mirror,
    problems: unmirrored,
    notes: mirrorNotes,
  } = steps.length > 0 ? yield* readMirror(context, seen, versioned(steps)) : noMirror;
  found.push(...unmirrored);
  return { moves, steps, sets, mirror, mirrorNotes, problems: found };
}

/** The steps of migrations that have a version. */
export function versioned(steps: readonly Step[]): readonly Step[] {
  return steps.filter(({ repeatable }) => repeatable === undefined);
}

/**
 * All repeatable migrations, if any is due or something runs before them that may drop what they make: which of them run
 * is decided right before each. What is wrong with one matters only if it is due.
 */
function prepareRepeatables(
  context: RunContext,
  { repeatables }: Comparison,
  before: readonly Step[],
): { readonly steps: readonly Step[]; readonly problems: readonly DunlinError[] } {
  const steps: Step[] = [];
  const problems: DunlinError[] = [];
  if (before.length === 0 && repeatables.every(({ state }) => state === 'applied')) return { steps, problems };
  const isUndone = context.options.atomic === 'run' && before.some(({ direction }) => direction === 'down');
  for (const found of repeatables) {
    const built = prepareRepeatable(context, found.migration);
    const remakes = built.step === undefined || !isUndone ? [] : remadeBy(found.migration, before);
    const why = whyDue(found, [...before, ...steps.filter(isExpected)], remakes);
    if (built.step !== undefined) steps.push({ ...built.step, repeatable: { why, remakes } });
    if (why !== undefined) problems.push(...built.problems);
  }
  return { steps, problems };
}

/**
 * What of a repeatable migration's objects is dropped before others are rolled back, in a run that happens as a whole or not
 * at all and ends with them again: SQLite and the guards refuse to drop what a view or trigger reads. Not tables, which have
 * data, and not what one of the others needs to find; what code drops is not known.
 */
function remadeBy(migration: SqlMigration, others: readonly Step[]): readonly MadeObject[] {
  if (others.some(({ run }) => run !== undefined)) return [];
  const needed = new Set(
    others
      .flatMap(({ statements }) => statements)
      .flatMap(({ facts }) =>
        facts.verb === 'drop' && !facts.ifExists ? [madeKey(facts.object, facts.name.name)] : [],
      ),
  );
  return objectsMadeBy(migration).filter(({ type, key }) => type !== 'table' && !needed.has(key));
}

/** A repeatable migration as a step, and what is wrong with it. */
export function prepareRepeatable(context: RunContext, migration: SqlMigration): ReturnType<typeof buildStep> {
  const { step, problems } = buildStep(
    { version: migration.version, direction: 'up' },
    {
      migration,
      definition: undefined,
      recorded: undefined,
      destructive: declaredFor(context, migration.version, migration.id),
      rebuilds: context.options.rebuilds,
      ownTables: Object.values(context.ledger.tables),
    },
  );
  const unfilled = context.options.emptyMigrations === 'allow' ? [] : unfilledProblems(migration, undefined);
  return { step, problems: [...problems, ...misleadingProblems(migration), ...unfilled] };
}

/** Why a repeatable migration runs, as far as that is known before; undefined if it is not. */
function whyDue(
  { migration, state, gone }: Repeatable,
  before: readonly Step[],
  [remade]: readonly MadeObject[],
): string | undefined {
  if (state === 'pending') return 'it has not run yet';
  if (state === 'changed') return 'it has changed';
  if (state === 'outdated') return 'something else has run since that may have changed what it made';
  const [object] = gone;
  if (object !== undefined) return `${object.type} ${object.name} is gone`;
  if (remade !== undefined) return `${remade.type} ${remade.name} is dropped while migrations are rolled back`;
  const touched = touchedBy(migration, before);
  return touched && `${touched.step.id} ${touched.verb} ${touched.object.type} ${touched.object.name}`;
}

function declaredFor({ options }: RunContext, version: number, name: string | undefined): true | readonly string[] {
  return options.destructive?.[version] ?? options.destructive?.[name ?? ''] ?? [];
}

/** What is wrong with the option `destructive`. Runs within an operation have keys of their own, and their sets. */
function declaredProblems(
  { registry, options, sets }: RunContext,
  moves: readonly Move[],
  { comparison }: State,
): readonly DunlinError[] {
  if (sets !== undefined) return [];
  // The file of a migration that is rolled back may be gone.
  const isRollback = moves.some(({ direction }) => direction === 'down');
  return destructiveProblems(registry, options.destructive, isRollback ? comparison.applied : undefined);
}

/** One move as a step: loads the module of a migration written in code. */
export function* prepareMove(
  context: RunContext,
  move: Move,
  comparison: Comparison,
  sets: readonly MigrationSet[] = [],
): Op<ReturnType<typeof buildStep>> {
  const built = yield* buildMove(context, move, comparison);
  // A squash does all of a set, and more.
  const set = sets.length === 0 || built.step?.squash === true ? undefined : setOf(sets, move.version);
  if (set === undefined || built.step === undefined) return built;
  const { step, problems } = stepInSet(built.step, set, context.registry);
  return { step, problems: [...built.problems, ...problems] };
}

function* buildMove(context: RunContext, move: Move, comparison: Comparison): Op<ReturnType<typeof buildStep>> {
  const present = migrationOf(context.registry, move);
  const row = comparison.applied.get(move.version);
  // Roll back what ran, not what the file has become. An edited module has only its present function.
  const changed =
    move.direction === 'down' && (present?.kind === 'sql' || !comparison.edited.has(move.version))
      ? comparison.changed.get(move.version)
      : undefined;
  const migration = changed === undefined ? present : undefined;
  let definition: MigrationDefinition | undefined;
  if (migration?.kind === 'code') {
    try {
      definition = yield* call(`import of ${migration.file}`, () => migration.load(context.sync));
    } catch (error) {
      if (!isDunlinError(error)) throw error;
      return { step: undefined, problems: [error] };
    }
  }
  const { layout, tables } = context.ledger;
  const texts =
    migration === undefined && row !== undefined && layout.texts !== undefined
      ? yield* layout.texts(tables.migrations, move.version)
      : undefined;
  if (changed !== undefined && (texts === undefined || texts.up === null))
    return { step: undefined, problems: [changed] };
  const recorded =
    row === undefined
      ? undefined
      : {
          name: row.name,
          label: row.schemaVersion,
          upText: texts?.up ?? null,
          downText: texts?.down ?? null,
          gone: goneFile(context.registry, move.version),
        };
  const built = buildStep(move, {
    migration,
    definition,
    recorded,
    destructive: declaredFor(context, move.version, present?.id ?? row?.name),
    rebuilds: context.options.rebuilds,
    ownTables: Object.values(context.ledger.tables),
  });
  // What was edited is a new migration; an editor may have left an empty file.
  const isNew = move.direction === 'up' && (row === undefined || comparison.changed.has(move.version));
  if (!isNew || migration === undefined) return built;
  const unfilled = context.options.emptyMigrations === 'allow' ? [] : unfilledProblems(migration, definition);
  return {
    step: built.step && withFile(built.step, context),
    problems: [...built.problems, ...misleadingProblems(migration), ...unfilled],
  };
}

/** A squash is rolled back by the file of its last migration. */
function withFile(step: Step, { registry }: RunContext): Step {
  if (step.squash !== true) return step;
  const file = registry.get(step.version);
  return { ...step, reversible: file?.kind === 'sql' && readable(() => isReversible(file.content)) === true };
}

/** One error for all problems: the first one's code, each in `problems`. */
export function throwProblems(problems: readonly DunlinError[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw problems.length === 1 ? first : first.with({ problems });
}

/** The sets of migrations that happen together, and what is wrong with them. */
export interface Sets {
  readonly sets: readonly MigrationSet[];
  readonly problems: readonly DunlinError[];
}

/**
 * Reads the sets from the option and, unless `optionOnly`, from the migrations themselves. Parses only files, and loads
 * only modules, whose text has the word.
 */
export function* readSets(context: RunContext, optionOnly: boolean = false): Op<Sets> {
  const { registry, options, sets } = context;
  if (sets !== undefined) return { sets, problems: [] };
  const declared: DeclaredSet[] = [];
  for (const migration of optionOnly ? [] : registry.migrations) {
    const last = yield* lastOf(migration, context);
    if (last !== undefined) declared.push({ migration, last });
  }
  const option = options.together ?? [];
  return option.length === 0 && declared.length === 0
    ? { sets: [], problems: [] }
    : resolveSets(registry, option, declared);
}

/** A migration that cannot be read declares no set. Its error is reported when it is about to run. */
function* lastOf(migration: Migration, { sync }: RunContext): Op<number | undefined> {
  if (migration.kind === 'sql')
    return /\btogether\b/i.test(migration.text) ? readable(() => migration.content.directives.together) : undefined;
  if (!migration.mayBeginSet) return undefined;
  try {
    return (yield* call(`import of ${migration.file}`, () => migration.load(sync))).together;
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return undefined;
  }
}
