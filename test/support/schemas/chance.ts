import { random } from '../random.ts';

/** Seeded choices: what one start makes, it makes again. */
export class Chance {
  readonly #next: () => number;

  constructor(start: number) {
    // Neighbouring starts of the generator begin with neighbouring numbers: they are spread, and the first are skipped.
    this.#next = random(Math.imul(start, 2654435761));
    for (let i = 0; i < 8; i++) this.#next();
  }

  /** True with the given probability. */
  is(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)]!;
  }

  shuffled<T>(from: readonly T[]): T[] {
    const rest = [...from];
    return from.map(() => rest.splice(this.int(0, rest.length - 1), 1)[0]!);
  }

  /** Some of them, in odd order. */
  some<T>(from: readonly T[], most: number = from.length): T[] {
    return this.shuffled(from).slice(0, this.int(0, Math.min(most, from.length)));
  }

  /** What `make` makes, or nothing. */
  maybe<T>(probability: number, make: () => readonly T[]): readonly T[] {
    return this.is(probability) ? make() : [];
  }
}
