import { dunlinError, isDunlinError, refOf, type DunlinError } from '../errors/index.ts';
import type {
  MadeObject,
  CodeMigration,
  Migration,
  MigrationDefinition,
  Rebuilds,
  Registry,
  Section,
  SqlContent,
  SqlMigration,
  VerificationQuery,
} from '../migration/index.ts';
import { nameKey, splitStatements, type SqlStatement } from '../sql/index.ts';
import { applyPolicy, type StepStatement } from './policy.ts';
import { keptParts, type KeptParts } from './rebuilds-option.ts';
import type { Move } from './select-moves.ts';
import { nameOfSet, type MigrationSet } from './migration-sets.ts';

type MigrationFunction = MigrationDefinition['up'] & ((...args: never[]) => unknown);

/** One migration, ready to run in one direction. */
export interface Step {
  readonly version: number;
  readonly name: string;
  readonly id: string;
  readonly file: string;
  readonly direction: 'up' | 'down';
  readonly label: string | undefined;
  readonly description: string | undefined;
  readonly transaction: boolean;
  readonly foreignKeys: boolean;
  /** Whether they are on because the engine cannot turn them off. */
  readonly alwaysOn?: boolean;
  readonly destructive: true | readonly string[];
  /** Undefined: its rebuilds keep nothing. */
  readonly keeps: KeptParts | undefined;
  readonly statements: readonly StepStatement[];
  /** The function of a migration in code; its statements are unknown until it runs. */
  readonly run: MigrationFunction | undefined;
  readonly verify: readonly VerificationQuery[];
  readonly verifyFunction: MigrationDefinition['verify'];
  /** The text to which the offsets of statements refer, for code frames. */
  readonly text: string;
  readonly reversible: boolean;
  readonly warnings: readonly string[];
  readonly ownTables: readonly string[];
  /** Undefined if the file is gone and the step comes from the recorded text. */
  readonly migration: Migration | undefined;
  /** Whether it is a squash, which makes a new database in place of several migrations. */
  readonly squash?: boolean;
  /** Of a repeatable migration: it runs if the database says, right before it, that it is due. */
  readonly repeatable?: {
    /** Why it is due; undefined: it is, if by then something that it made is gone. */
    readonly why: string | undefined;
    /** What is dropped before the first step, to be made anew by this one. */
    readonly remakes: readonly MadeObject[];
  };
  /** The set of the step, which is applied completely or not at all. */
  readonly set?: MigrationSet;
}

export interface StepSources {
  readonly migration: Migration | undefined;
  readonly definition: MigrationDefinition | undefined;
  /** The ledger's row, for a migration whose file is gone. */
  readonly recorded:
    | {
        readonly name: string;
        readonly label: string | null;
        readonly upText: string | null;
        readonly downText: string | null;
        /** Where its deleted file was, and the squash that replaces it, which can make a database but not roll one back. */
        readonly gone?: { readonly squash: string; readonly folder: string } | undefined;
      }
    | undefined;
  readonly destructive: true | readonly string[];
  /** The option of the run. */
  readonly rebuilds?: Rebuilds | undefined;
  /** Dunlin's own tables, which a migration must leave alone. */
  readonly ownTables?: readonly string[];
}

/** Builds the step for a move, or returns every reason why it cannot run. */
export function buildStep(
  move: Move,
  sources: StepSources,
): { step: Step | undefined; problems: readonly DunlinError[] } {
  try {
    const { migration } = sources;
    if (migration === undefined) return recordedStep(move, sources);
    return migration.kind === 'sql' ? sqlStep(move, migration, sources) : codeStep(move, migration, sources);
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return { step: undefined, problems: error.problems.length > 0 ? error.problems : [error] };
  }
}

const nothing: Section = { text: '', statements: [], batches: new Map() };

/** Whether a migration can be rolled back. */
export function isReversible({ down, idle }: SqlContent): boolean {
  return idle === true || (down?.statements.length ?? 0) > 0;
}

function sqlStep(move: Move, migration: SqlMigration, sources: StepSources): ReturnType<typeof buildStep> {
  const { header, directives, up, down, idle, verify, warnings } = migration.content;
  const section = move.direction === 'up' ? up : (down ?? (idle === true ? nothing : undefined));
  if (section === undefined) throw cannotRollBack(migration, 'it has no DOWN part');
  if (move.direction === 'down' && section.statements.length === 0 && idle !== true)
    throw cannotRollBack(migration, 'its DOWN part is empty');
  const { file, text } = section.source ?? migration;
  const checked = applyPolicy(section.statements, {
    id: migration.id,
    file,
    text,
    noTransaction: directives.noTransaction,
    foreign: migration.origin !== undefined,
    ownTables: sources.ownTables ?? [],
    batches: section.batches,
  });
  const step: Step = {
    // Without a spread: V8 is twenty times slower with an object that starts with one.
    version: migration.version,
    name: migration.name,
    id: migration.id,
    file,
    direction: move.direction,
    label: header.schemaVersion,
    description: header.description,
    transaction: !directives.noTransaction,
    foreignKeys: directives.foreignKeys,
    destructive: merge(directives.destructive, sources.destructive),
    keeps: keptParts(
      directives.rebuilds ?? sources.rebuilds,
      migration.origin,
      checked.statements,
      move.direction === 'down' ? up.statements : [],
    ),
    statements: checked.statements,
    run: undefined,
    verify: move.direction === 'up' ? verify : [],
    verifyFunction: undefined,
    text,
    reversible: isReversible(migration.content),
    warnings,
    ownTables: sources.ownTables ?? [],
    migration,
    squash: migration.squash !== undefined,
  };
  return { step, problems: checked.problems.map((problem) => problem.with({ migration: refOf(migration) })) };
}

function codeStep(move: Move, migration: CodeMigration, sources: StepSources): ReturnType<typeof buildStep> {
  const definition = sources.definition;
  if (definition === undefined) throw new TypeError(`the module of ${migration.id} was not loaded`);
  const part = move.direction === 'up' ? definition.up : definition.down;
  if (part === undefined) throw cannotRollBack(migration, 'it has no down() function');
  const { statements, problems, text } =
    typeof part === 'string'
      ? fromText(part, migration, sources.ownTables ?? [])
      : { statements: [], problems: [], text: '' };
  const declared = definition.destructive ?? [];
  const step: Step = {
    ...identity(move, migration),
    label: definition.schemaVersion,
    description: definition.description,
    transaction: true,
    foreignKeys: definition.foreignKeys ?? false,
    destructive: merge(declared === true ? true : declared === false ? [] : declared, sources.destructive),
    keeps: keptParts(
      sources.rebuilds,
      migration.origin,
      statements,
      move.direction === 'down' && typeof definition.up === 'string' ? splitStatements(definition.up) : [],
    ),
    statements,
    run: typeof part === 'string' ? undefined : (part as MigrationFunction),
    verify: [],
    verifyFunction: move.direction === 'up' ? definition.verify : undefined,
    text,
    reversible: definition.down !== undefined,
    warnings: [],
    ownTables: sources.ownTables ?? [],
    migration,
  };
  return { step, problems };
}

/** A migration whose file is gone or was edited is rolled back with the recorded DOWN part. */
function recordedStep(move: Move, sources: StepSources): ReturnType<typeof buildStep> {
  const recorded = sources.recorded;
  const id = `${move.version} ${recorded?.name ?? ''}`.trim();
  const text = recorded?.downText ?? '';
  const statements = splitStatements(text);
  // A migration without statements, such as an unfilled template, needs no DOWN part.
  const didNothing = recorded?.upText !== null && splitStatements(recorded?.upText ?? '-').length === 0;
  if (move.direction === 'up' || (statements.length === 0 && !didNothing))
    throw dunlinError('CANNOT_ROLL_BACK', {
      id,
      version: move.version,
      code: false,
      file: 'a migration file of that version',
      gone: recorded?.gone?.folder,
      fact:
        recorded?.gone === undefined
          ? 'its file is gone or was edited, and no DOWN part was recorded when it ran'
          : `its file is gone, ${recorded.gone.squash} replaces it, and no DOWN part was recorded: a database that was made by a squash has none`,
    });
  const file = `the recorded DOWN part of ${id}`;
  const checked = applyPolicy(statements, { id, file, text, noTransaction: false, ownTables: sources.ownTables ?? [] });
  const step: Step = {
    version: move.version,
    name: recorded?.name ?? '',
    id,
    file,
    direction: 'down',
    label: recorded?.label ?? undefined,
    description: undefined,
    transaction: true,
    foreignKeys: false,
    destructive: sources.destructive,
    keeps: keptParts(sources.rebuilds, undefined, checked.statements, splitStatements(recorded?.upText ?? '')),
    statements: checked.statements,
    run: undefined,
    verify: [],
    verifyFunction: undefined,
    text,
    reversible: true,
    warnings: [],
    ownTables: sources.ownTables ?? [],
    migration: undefined,
  };
  return { step, problems: checked.problems };
}

function fromText(
  text: string,
  migration: Migration,
  ownTables: readonly string[],
): { statements: readonly StepStatement[]; problems: readonly DunlinError[]; text: string } {
  const statements: readonly SqlStatement[] = splitStatements(text);
  const { id, file } = migration;
  return { ...applyPolicy(statements, { id, file, text, noTransaction: false, ownTables }), text };
}

function identity(move: Move, migration: Migration): Pick<Step, 'version' | 'name' | 'id' | 'file' | 'direction'> {
  return {
    version: migration.version,
    name: migration.name,
    id: migration.id,
    file: migration.file,
    direction: move.direction,
  };
}

function merge(a: true | readonly string[], b: true | readonly string[]): true | readonly string[] {
  return a === true || b === true ? true : [...a, ...b];
}

function cannotRollBack(migration: Migration, fact: string): DunlinError {
  return dunlinError(
    'CANNOT_ROLL_BACK',
    {
      id: migration.id,
      version: migration.version,
      file: migration.file,
      fact,
      code: migration.kind === 'code',
      back: migration.origin?.back,
    },
    { migration: refOf(migration) },
  );
}

/** Puts a step into a set, or returns why it cannot be in one. */
export function stepInSet(
  step: Step,
  set: MigrationSet,
  registry: Registry,
): { step: Step; problems: readonly DunlinError[] } {
  const { id, version, name, transaction, foreignKeys, migration } = step;
  const refused = { id, set: nameOfSet(set, registry), foreignKeys, code: migration?.kind === 'code' };
  const isFit = transaction && !foreignKeys;
  return {
    step: { ...step, set },
    problems: isFit ? [] : [dunlinError('TOGETHER_REFUSED', refused, { migration: { version, name } })],
  };
}

/** Whether it is known before the run that a step runs. A repeatable migration may turn out to be due only then. */
export function isExpected({ repeatable }: Step): boolean {
  return repeatable === undefined || repeatable.why !== undefined;
}

/** Groups the steps of a set in one direction, which run completely or not at all. Any other step is alone. */
export function atomicUnits(steps: readonly Step[]): readonly (readonly Step[])[] {
  const units: Step[][] = [];
  for (const step of steps) {
    const last = units.at(-1)?.[0];
    const isSameSet = last?.set !== undefined && last.set === step.set && last.direction === step.direction;
    if (isSameSet) units.at(-1)!.push(step);
    else units.push([step]);
  }
  return units;
}

/**
 * Steps that share a transaction. A step without a transaction is alone, and one with foreign keys on, which only another
 * transaction can turn off.
 */
export interface StepGroup {
  readonly steps: readonly Step[];
  readonly transaction: boolean;
  readonly foreignKeys: boolean;
}

export function groupSteps(steps: readonly Step[]): readonly StepGroup[] {
  const groups: { steps: Step[]; transaction: boolean; foreignKeys: boolean }[] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    const foreignKeys = step.foreignKeys && step.alwaysOn !== true;
    const alone = !step.transaction || foreignKeys;
    if (last !== undefined && !alone && last.transaction && !last.foreignKeys) last.steps.push(step);
    else groups.push({ steps: [step], transaction: step.transaction, foreignKeys });
  }
  return groups;
}

/** Whether a step creates a table whose name earlier steps freed, or an index or trigger on it. */
export function continuesInOrder(next: Step, begun: readonly Step[]): boolean {
  const freed = new Set<string>();
  for (const { facts } of begun.flatMap(({ statements }) => statements)) {
    const isFreed =
      (facts.verb === 'drop' && facts.object === 'table') ||
      (facts.verb === 'alter' && facts.change.kind === 'rename-table');
    if (isFreed) freed.add(nameKey(facts.name.name));
  }
  return next.statements.some(({ facts }) => {
    if (facts.verb === 'alter' && facts.change.kind === 'rename-table') return freed.has(nameKey(facts.change.to));
    if (facts.verb !== 'create') return false;
    const created = facts.object === 'index' || facts.object === 'trigger' ? facts.table : facts.name.name;
    return freed.has(nameKey(created));
  });
}
