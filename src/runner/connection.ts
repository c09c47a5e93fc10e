import { isThenable, type DatabaseBridge, type MaybePromise, type Value } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';

/** `read` does not create a missing database: it counts as empty. */
export type Access = 'read' | 'write';

interface ConnectionParts {
  readonly bridge: (access: Access) => MaybePromise<DatabaseBridge>;
  readonly database: string;
  readonly owned: boolean;
}

/**
 * A runner's connection, opened on first use. One that was opened for `read` is closed again, because it may stand for a
 * file that does not exist yet.
 */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #functions: Readonly<Record<string, (...args: Value[]) => Value>>;
  #kept: DatabaseBridge | undefined;

  constructor(parts: ConnectionParts, functions: Readonly<Record<string, (...args: Value[]) => Value>> = {}) {
    this.#parts = parts;
    this.#functions = functions;
  }

  async use<T>(access: Access, work: (bridge: DatabaseBridge) => Promise<T>): Promise<T> {
    if (this.#kept !== undefined) return await work(this.#kept);
    const bridge = this.#opened(await this.#parts.bridge(access), access);
    const isTemporary = this.#kept !== bridge;
    try {
      return await work(bridge);
    } finally {
      if (isTemporary) await bridge.close?.();
    }
  }

  /** `use` on a synchronous driver. Errors: `BRIDGE_NOT_SYNC` where opening takes time. */
  useSync<T>(access: Access, work: (bridge: DatabaseBridge) => T): T {
    if (this.#kept !== undefined) return work(this.#kept);
    const opening = this.#parts.bridge(access);
    if (isThenable(opening)) {
      opening.then(undefined, () => undefined);
      throw dunlinError('BRIDGE_NOT_SYNC', { driver: this.#parts.database, method: 'open' });
    }
    const bridge = this.#opened(opening, access);
    const isTemporary = this.#kept !== bridge;
    try {
      return work(bridge);
    } finally {
      if (isTemporary) void bridge.close?.();
    }
  }

  /** Closes the connection, unless the caller passed an existing one. */
  close(): MaybePromise<void> {
    const bridge = this.#kept;
    this.#kept = undefined;
    return this.#parts.owned ? bridge?.close?.() : undefined;
  }

  #opened(bridge: DatabaseBridge, access: Access): DatabaseBridge {
    for (const [name, fn] of Object.entries(this.#functions)) bridge.registerFunction?.(name, fn);
    if (access === 'write' || !this.#parts.owned) this.#kept = bridge;
    return bridge;
  }
}
