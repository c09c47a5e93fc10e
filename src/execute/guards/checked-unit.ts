import type { StepStatement } from '../../plan/index.ts';
import type { LosingMigration } from './losses.ts';

/** A migration as the guards see it. */
export interface CheckedMigration extends LosingMigration {
  readonly foreignKeys: boolean;
  /** As of the step. */
  readonly alwaysOn: boolean;
  /** Its statements. None for a code migration, whose statements are not known in advance. */
  readonly statements: readonly StepStatement[];
}

/** The migrations that are checked together: one, or those of a set in the order in which they run. */
export class CheckedUnit {
  readonly members: readonly CheckedMigration[];
  #index = 0;
  readonly #memberOf = new WeakMap<StepStatement, CheckedMigration>();

  constructor(members: readonly CheckedMigration[]) {
    this.members = members;
  }

  /** The migration that runs now. */
  get current(): CheckedMigration {
    return this.members[this.#index]!;
  }

  get isCode(): boolean {
    return this.current.statements.length === 0;
  }

  next(): void {
    this.#index += 1;
  }

  started(entry: StepStatement): void {
    this.#memberOf.set(entry, this.current);
  }

  memberOf(entry: StepStatement): CheckedMigration | undefined {
    return this.#memberOf.get(entry);
  }

  /** The statements that follow this one: in its file, and in the later files of its set. */
  statementsAfter(entry: StepStatement | undefined): readonly StepStatement[] {
    if (entry === undefined) return [];
    const { statements } = this.current;
    const later = this.members.slice(this.#index + 1).flatMap((member) => member.statements);
    return [...statements.filter(({ number }) => number > entry.number), ...later];
  }

  /** Whether a table may be dropped after this statement. A function may drop any. */
  mayDropAfter(entry: StepStatement): boolean {
    const isUnknown = this.members.slice(this.#index).some(({ statements }) => statements.length === 0);
    return (
      isUnknown || this.statementsAfter(entry).some(({ facts }) => facts.verb === 'drop' && facts.object === 'table')
    );
  }
}
