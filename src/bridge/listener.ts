import { dunlinError, readableError, thrownReason } from '../errors/index.ts';
import { isThenable } from './types.ts';
import type { DunlinEvent } from './event.ts';

/**
 * Tells a listener of events, and keeps its troubles apart from the run's. An exception of a listener must not roll
 * back a migration that succeeded, and must not vanish either: the run goes on to its end, the listener hears of
 * further events, and then its first exception is thrown as the `cause` of a `LISTENER_FAILED`. If the run fails as
 * well, the run's own error is the one that counts.
 */
export class Listener {
  readonly #tell: ((event: DunlinEvent) => void) | undefined;
  #failure: { readonly event: DunlinEvent; readonly error: unknown } | undefined;

  constructor(tell: ((event: DunlinEvent) => void) | undefined) {
    this.#tell = tell;
  }

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#tell !== undefined;
  }

  /** Returns the listener's promise, if it gave one: an asynchronous run waits for it, so that other work gets a turn. */
  emit(event: DunlinEvent): PromiseLike<void> | undefined {
    const failed = (error: unknown): void => {
      this.#failure ??= { event, error: readableError(error) };
    };
    try {
      const answer: unknown = this.#tell?.(event);
      return isThenable(answer) ? answer.then(() => undefined, failed) : undefined;
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  /** Call it when the run has ended well. */
  throwFailure(): void {
    if (this.#failure === undefined) return;
    const { event, error } = this.#failure;
    const reason = thrownReason(error);
    throw dunlinError('LISTENER_FAILED', { event: event.type, reason }, { cause: error });
  }
}
