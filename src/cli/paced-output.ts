import type { Writable } from 'node:stream';
import type { Output } from './context.ts';

/** How long printed text may wait for the next one. */
const waitMs = 20;

/**
 * Standard output that is no terminal, written in larger pieces: a run prints a line for each migration, and a call of
 * the system for each takes longer than the migration. The stream itself holds the text back, so that what the code of
 * migrations prints stays in its place. It is written after 20 ms at the latest if the run prints more, when the event
 * loop turns, before anything is written to standard error, and when the process ends.
 */
export class PacedOutput implements Output {
  readonly #stream: () => Output & Writable;
  readonly #mayHold: () => boolean;
  readonly #now: () => number;
  #holds: boolean | undefined;
  #held = false;
  #written = 0;

  /**
   * @param stream is called at each use: Node creates its streams at their first, which takes milliseconds.
   * @param mayHold whether text may be held back; asked once.
   */
  constructor(stream: () => Output & Writable, mayHold: () => boolean, now: () => number = Date.now) {
    this.#stream = stream;
    this.#mayHold = mayHold;
    this.#now = now;
  }

  get isTTY(): boolean | undefined {
    return this.#stream().isTTY;
  }

  get columns(): number | undefined {
    return this.#stream().columns;
  }

  write(text: string): void {
    const stream = this.#stream();
    const now = this.#now();
    this.#holds ??= stream.isTTY !== true && this.#mayHold();
    if (!this.#holds || now - this.#written >= waitMs) {
      this.#written = now;
      this.flush();
    } else if (!this.#held) {
      this.#held = true;
      stream.cork();
      setImmediate(() => this.flush());
    }
    stream.write(text);
  }

  flush(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#stream().uncork();
  }
}
