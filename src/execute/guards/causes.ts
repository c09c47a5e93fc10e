import type { StepStatement } from '../../plan/index.ts';

/** Which statement lost something. */
export interface Cause {
  readonly entry?: StepStatement | undefined;
  /** Where it can only be one of several. */
  readonly suspects?: readonly StepStatement[] | undefined;
}

/** More than these are no help to anybody. */
const most = 5;

/** Statements of which one lost something. Code may run millions: beyond a few none is kept. */
export class Suspects {
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

/** The one statement that these come down to, or all of them; nothing where they are too many. */
export function causeOf(...all: readonly Suspects[]): Cause {
  const [entry, ...others] = new Set(all.flatMap((suspects) => [...suspects]));
  if (entry === undefined || others.length >= most) return {};
  return others.length === 0 ? { entry } : { suspects: [entry, ...others] };
}
