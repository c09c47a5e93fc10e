import { dunlinError, readableError, thrownReason } from '../errors/index.ts';
import { isThenable } from './types.ts';
import type { DunlinEvent } from './event.ts';

/**
 * Calls the event listener and catches its exceptions. A listener's exception must not roll back a successful migration,
 * but must not be lost either. So the run continues, the listener gets the remaining events, and then its first exception
 * is thrown as the `cause` of a `LISTENER_FAILED`. If the run fails too, the run's error is thrown instead.
 */
export class Listener {
  readonly #onEvent: ((event: DunlinEvent) => void) | undefined;
  #failure: { readonly event: DunlinEvent; readonly error: unknown } | undefined;

  constructor(onEvent: ((event: DunlinEvent) => void) | undefined) {
    this.#onEvent = onEvent;
  }

  /** Whether there is a listener. */
  get isHeard(): boolean {
    return this.#onEvent !== undefined;
  }

  /** Returns the listener's promise, if any; an asynchronous run awaits it, so that the process can do other work. */
  emit(event: DunlinEvent): PromiseLike<void> | undefined {
    const failed = (error: unknown): void => {
      this.#failure ??= { event, error: readableError(error) };
    };
    try {
      const answer: unknown = this.#onEvent?.(event);
      return isThenable(answer) ? answer.then(() => undefined, failed) : undefined;
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  /** Call it after a successful run. */
  throwFailure(): void {
    if (this.#failure === undefined) return;
    const { event, error } = this.#failure;
    const reason = thrownReason(error);
    throw dunlinError('LISTENER_FAILED', { event: event.type, reason }, { cause: error });
  }
}
