import {
  file,
  isTransactionOpen,
  runAsync,
  runSync,
  type DatabaseBridge,
  type DunlinEvent,
  type Host,
  type Op,
} from '../bridge/index.ts';
import { copyDatabase } from '../backup/index.ts';
import type { CheckTools, RehearsalCopies, ScratchDatabases, TemporaryDatabase } from '../check/index.ts';
import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { toDunlinError } from '../execute/index.ts';
import { retryBusy, type Operation, type RunRecorder, type RunContext, type RunOptions } from '../lock/index.ts';
import { createRegistry, hasDuplicates, type Registry, type SqlMigration } from '../migration/index.ts';
import { explainDuplicates } from '../operations/index.ts';
import { toPlainSource } from '../source/index.ts';
import { Connection, type Access } from './connection.ts';
import { createContext } from './create-context.ts';
import { listenerOf, yieldingListenerOf } from './log.ts';

/** What a runner is made of. The node entry makes these from paths; a test or another platform passes its own. */
export interface RunnerParts {
  /** Opens the connection, on first use. For `read` it creates no database: one that is missing is shown as empty. */
  readonly bridge: (access: 'read' | 'write') => DatabaseBridge | Promise<DatabaseBridge>;
  /** Reads the migrations, each time anew. */
  readonly registry: () => Registry;
  readonly host: Host;
  /** For messages, and to confirm a `reset` with: the path, or the file's name. */
  readonly database: string;
  /** Where the database is, absolute, symbolic links not resolved; left out for an existing connection. */
  readonly path?: string | undefined;
  /** Whether `close` closes the connection: not for an existing one. */
  readonly owned: boolean;
  /** Reads the seeds, each time anew. */
  readonly seeds?: () => readonly SqlMigration[];
  /** Makes a copy of the database for a trial: `write` writes it to a path where nothing is. */
  readonly copy?: (bridge: DatabaseBridge, write: (path: string) => Promise<void>) => Promise<TemporaryDatabase>;
  /** Makes two copies of the database for a rehearsal, in a folder, by one call of `write`. */
  readonly rehearsalCopies?: (
    bridge: DatabaseBridge,
    write: (path: string) => Promise<void>,
    place: RehearsalPlace,
  ) => Promise<RehearsalDatabase>;
  /** Makes an empty database for trials, by the same driver, with the functions of the options. */
  readonly scratch?: () => Promise<TemporaryDatabase>;
  /** The database is a copy without rows, and the statements are to run elsewhere. */
  readonly recorder?: RunRecorder;
}

/** Where the copies of a rehearsal are. */
export interface RehearsalPlace {
  /** The folder for the copies. Default: that for temporary files. */
  readonly folder?: string | undefined;
  /** The file to which the migrated copy is moved at the end. */
  readonly keep?: string | undefined;
}

/** Two copies of a database, the one that is open to be migrated. `dispose` deletes both. */
export interface RehearsalDatabase extends TemporaryDatabase, RehearsalCopies {
  /** Moves the migrated copy to the file that was asked for. */
  keep(): Promise<void>;
}

/** Runs operations on one database, on a copy of it, or on an empty one: the connection, its context and its listener. */
export class Session {
  readonly #parts: RunnerParts;
  readonly #options: RunOptions;
  readonly #connection: Connection;

  constructor(parts: RunnerParts, options: RunOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#connection = new Connection(parts, options.functions);
  }

  /** What messages call the database. */
  get database(): string {
    return this.#parts.database;
  }

  /** Runs an operation that only reads, and repeats it while another process locks the database. */
  async read<T>(operation: Operation<T>, migrations?: () => Registry): Promise<T> {
    return await this.#perform('read', (context) => retryBusy(context, 'read', () => operation(context)), migrations);
  }

  readSync<T>(operation: Operation<T>, migrations?: () => Registry): T {
    return this.#performSync('read', (context) => retryBusy(context, 'read', () => operation(context)), migrations);
  }

  async write<T>(operation: Operation<T>): Promise<T> {
    return await this.#perform('write', operation);
  }

  writeSync<T>(operation: Operation<T>): T {
    return this.#performSync('write', operation);
  }

  /** On a copy of the database, which is gone afterwards. */
  async onCopy<T>(operation: Operation<T>): Promise<T> {
    return await this.withCopy(async (copy, { contextOf, host, onEvent }) => {
      try {
        return await runAsync(operation(contextOf(copy.bridge)), copy.bridge, host, onEvent);
      } finally {
        await copy.dispose();
      }
    });
  }

  /** On an empty database, which is gone afterwards. The listener hears nothing of it. */
  async onScratch<T>(operation: Operation<T>): Promise<T> {
    return await this.#reported(async () => {
      const { contextOf, host } = this.#tools(this.#parts.registry());
      const scratch = await this.#scratch()();
      try {
        return await runAsync(operation(contextOf(scratch.bridge)), scratch.bridge, host);
      } finally {
        await scratch.dispose();
      }
    });
  }

  /** Makes a copy of the database. The caller disposes of it. */
  async withCopy<T>(work: (copy: TemporaryDatabase, tools: CheckTools) => Promise<T>): Promise<T> {
    return await this.#connected('read', async (bridge, registry) => {
      const copy = this.#copier(registry);
      if (copy === undefined) throw this.#noMeans('copy it');
      return await work(await copy(bridge), this.#tools(registry));
    });
  }

  /** Makes two copies of the database, and runs an operation on one of them. */
  async withRehearsal<T>(
    place: RehearsalPlace,
    operation: (context: RunContext, copies: RehearsalCopies) => Op<T>,
  ): Promise<T> {
    return await this.#connected('read', async (bridge, registry) => {
      const { rehearsalCopies } = this.#parts;
      if (rehearsalCopies === undefined) throw this.#noMeans('copy it');
      const copy = await rehearsalCopies(bridge, this.#writerOf(bridge, registry), place);
      const { contextOf, host, onEvent } = this.#tools(registry);
      try {
        // Other events would look in a log as if the migrations had run on the user's database.
        const result = await runAsync(operation(contextOf(copy.bridge), copy), copy.bridge, host, (event) =>
          event.type === 'check:round' ? onEvent?.(event) : undefined,
        );
        await copy.keep();
        return result;
      } finally {
        await copy.dispose();
      }
    });
  }

  /** Passes what makes empty databases. The caller disposes of each. */
  async withScratches<T>(work: (scratches: ScratchDatabases, tools: CheckTools) => Promise<T>): Promise<T> {
    return await this.#reported(() => {
      const registry = this.#parts.registry();
      const copy = this.#copier(registry);
      const open = this.#scratch();
      if (copy === undefined) throw this.#noMeans('copy a database');
      return work({ open, copy }, this.#tools(registry));
    });
  }

  /** The seeds. Errors: `SEED_REFUSED`. */
  readonly seeds = (): readonly SqlMigration[] => {
    const { seeds } = this.#parts;
    if (seeds !== undefined) return seeds();
    const way = `Give their directory in the option \`seeds\`: \`seeds: 'seeds'\`.`;
    throw dunlinError('SEED_REFUSED', { fact: 'no seeds are given', way });
  };

  get hasScratch(): boolean {
    return this.#parts.scratch !== undefined;
  }

  /** For what works on the database alone. */
  readonly noMigrations = (): Registry => emptyRegistry(this.#parts.host);

  async close(): Promise<void> {
    await this.#connection.close();
  }

  closeSync(): void {
    void this.#connection.close();
  }

  async #perform<T>(access: Access, operation: Operation<T>, migrations?: () => Registry): Promise<T> {
    const work = async (bridge: DatabaseBridge, registry: Registry): Promise<T> => {
      try {
        const op = operation(this.#context(bridge, registry));
        return await runAsync(op, bridge, this.#parts.host, this.#yieldingListener());
      } catch (error) {
        throw this.#withRoom(error, bridge);
      }
    };
    return await this.#connected(access, work, migrations);
  }

  #performSync<T>(access: Access, operation: Operation<T>, migrations: () => Registry = this.#parts.registry): T {
    try {
      return this.#useSync(access, this.#registrySync(migrations), operation);
    } catch (error) {
      throw toDunlinError(error, this.#parts.database);
    }
  }

  async #connected<T>(
    access: Access,
    work: (bridge: DatabaseBridge, registry: Registry) => Promise<T>,
    migrations: () => Registry = this.#parts.registry,
  ): Promise<T> {
    return await this.#reported(async () => {
      // The migrations first: when they cannot be read, no database is created.
      const registry = await this.#registry(migrations);
      return await this.#connection.use(access, (bridge) => work(bridge, registry));
    });
  }

  /** Reads the migrations. What is wrong with them may be plainer with what the database has. */
  async #registry(migrations: () => Registry): Promise<Registry> {
    try {
      return migrations();
    } catch (error) {
      if (!isDunlinError(error) || !hasDuplicates(error)) throw error;
      const { host } = this.#parts;
      const explained = this.#connection.use('read', (bridge) =>
        runAsync(explainDuplicates(this.#context(bridge, this.noMigrations()), error), bridge, host),
      );
      throw await explained.catch(() => error);
    }
  }

  #registrySync(migrations: () => Registry): Registry {
    try {
      return migrations();
    } catch (error) {
      if (!isDunlinError(error) || !hasDuplicates(error)) throw error;
      let explained = error;
      try {
        explained = this.#useSync('read', this.noMigrations(), (context) => explainDuplicates(context, error));
      } catch {
        // Without a database that can be read, the error is as good as before.
      }
      throw explained;
    }
  }

  #useSync<T>(access: Access, registry: Registry, operation: Operation<T>): T {
    return this.#connection.useSync(access, (bridge) => {
      const context = { ...this.#context(bridge, registry), sync: true };
      const listener = listenerOf(this.#options, this.#parts.database);
      try {
        return runSync(operation(context), bridge, this.#parts.host, listener);
      } catch (error) {
        throw this.#withRoom(error, bridge);
      }
    });
  }

  async #reported<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toDunlinError(error, this.#parts.database);
    }
  }

  /** A full disk need not be that of the database. */
  #withRoom(error: unknown, bridge: DatabaseBridge): unknown {
    const failure = toDunlinError(error, this.#parts.database);
    const { roomLeft } = this.#parts.host;
    if (!isDunlinError(failure) || !failure.code.startsWith('DISK_') || roomLeft === undefined) return failure;
    const note = roomLeft(bridge.file?.(), failure.code);
    return note === undefined ? failure : failure.with({ hint: `${failure.hint} ${note}` });
  }

  #scratch(): () => Promise<TemporaryDatabase> {
    const { scratch } = this.#parts;
    if (scratch === undefined) throw this.#noMeans('make a scratch database');
    return scratch;
  }

  /** Copies databases, and waits for other processes as long as a run would. Undefined: there are no means to. */
  #copier(registry: Registry): ((bridge: DatabaseBridge) => Promise<TemporaryDatabase>) | undefined {
    const { copy } = this.#parts;
    if (copy === undefined) return undefined;
    return (source) => copy(source, this.#writerOf(source, registry));
  }

  #writerOf(source: DatabaseBridge, registry: Registry): (target: string) => Promise<void> {
    return async (target) => {
      const context = this.#context(source, registry);
      const op = retryBusy(context, 'copy it', function* () {
        // SQLite refuses VACUUM inside a transaction (sqlite.org/lang_vacuum.html).
        if (yield* isTransactionOpen()) throw dunlinError('TRANSACTION_OPEN', { database: context.database });
        yield* file('remove', target);
        yield* copyDatabase({ source, target, like: target, sync: false });
      });
      await runAsync(op, source, this.#parts.host, this.#yieldingListener());
    };
  }

  #noMeans(what: string): DunlinError {
    const reason = `this platform has no means to ${what}`;
    return dunlinError('COPY_FAILED', { database: this.#parts.database, reason });
  }

  #tools(registry: Registry): CheckTools {
    return {
      contextOf: (bridge) => this.#context(bridge, registry),
      host: this.#parts.host,
      onEvent: this.#yieldingListener(),
    };
  }

  #context(bridge: DatabaseBridge, registry: Registry): RunContext {
    return createContext(this.#parts, this.#options, bridge, registry);
  }

  #yieldingListener(): ((event: DunlinEvent) => void) | undefined {
    return yieldingListenerOf(this.#options, this.#parts.database, this.#parts.host);
  }
}

/** No migrations: for what works on the database alone. */
export function emptyRegistry(host: Host): Registry {
  return createRegistry(toPlainSource([]), host);
}
