import type { StepStatement } from '../../plan/index.ts';

/** Which statement lost something. */
export interface Cause {
  readonly entry?: StepStatement | undefined;
  /** It is one of these. */
  readonly candidates?: readonly StepStatement[] | undefined;
}

/** A longer list of candidates helps nobody. */
const most = 5;

/** Statements, one of which lost something. A function may run millions, so only the first few are kept. */
export class CauseCandidates {
  readonly #statements = new Set<StepStatement>();

  add(entry: StepStatement): void {
    if (this.#statements.size <= most) this.#statements.add(entry);
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
  if (entry === undefined || others.length >= most) return {};
  return others.length === 0 ? { entry } : { candidates: [entry, ...others] };
}
