import type { StepStatement } from '../../plan/index.ts';

/** Which statement lost something, if that is known. */
export interface Cause {
  readonly entry?: StepStatement | undefined;
  /** The statements one of which it was. */
  readonly candidates?: readonly StepStatement[] | undefined;
}

/** How many candidates a message names. */
const maxCandidates = 5;

/** Statements, one of which lost something. A function may run millions, so only the first few are kept. */
export class CauseCandidates {
  readonly #statements = new Set<StepStatement>();

  add(entry: StepStatement): void {
    if (this.#statements.size <= maxCandidates) this.#statements.add(entry);
  }

  get isEmpty(): boolean {
    return this.#statements.size === 0;
  }

  *[Symbol.iterator](): Iterator<StepStatement> {
    yield* this.#statements;
  }
}

/** The only candidate as the cause, or all candidates. Nothing if there are too many. */
export function causeOf(...all: readonly CauseCandidates[]): Cause {
  const [entry, ...others] = new Set(all.flatMap((candidates) => [...candidates]));
  if (entry === undefined || others.length >= maxCandidates) return {};
  return others.length === 0 ? { entry } : { candidates: [entry, ...others] };
}
