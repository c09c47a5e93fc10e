import { isThenable, type Host } from '../bridge/index.ts';
import { dunlinError, isDunlinError, readableError, thrownReason } from '../errors/index.ts';
import { definitionChecksum, hash, unchecked } from './checksum.ts';
import { checkDefinition } from './definition.ts';
import { normalizeModule } from './module-text.ts';
import { stackPosition, type StackPosition } from './stack-position.ts';
import type { FormatMigration } from './format.ts';
import type { CodeMigration, Identity, MigrationDefinition } from './types.ts';

/** A code migration's text, if available, and how to load its exports. */
export interface CodeParts {
  readonly text: string | undefined;
  /** The module or definition, if it was passed as a value. */
  readonly module: unknown;
  readonly load: (sync: boolean) => unknown;
}

/** A migration in code. It is loaded on first use. */
export class CodeFile implements CodeMigration {
  readonly kind = 'code';
  readonly version: number;
  readonly name: string;
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly textHash: string;
  readonly origin: FormatMigration | undefined;
  readonly #parts: CodeParts;
  readonly #host: Host;
  #definition: MigrationDefinition | undefined;

  constructor(identity: Identity, parts: CodeParts, host: Host, origin?: FormatMigration) {
    this.version = identity.version;
    this.name = identity.name;
    this.id = identity.id;
    this.file = identity.file;
    this.text = parts.text ?? textOf(identity.id, parts.module);
    this.textHash = hash(host, this.text);
    this.origin = origin;
    this.#parts = parts;
    this.#host = host;
  }

  get checksum(): string {
    const { text, module } = this.#parts;
    if (text !== undefined) return hash(this.#host, normalizeModule(text));
    return module === undefined ? unchecked : definitionChecksum(this.#host, partOf(module, 'up'));
  }

  get mayBeginSet(): boolean {
    if (this.origin !== undefined) return false;
    const { text, module } = this.#parts;
    if (text !== undefined) return /\btogether\b/.test(text);
    return module === undefined || partOf(module, 'together') !== undefined;
  }

  load(sync: boolean): MigrationDefinition | Promise<MigrationDefinition> {
    if (this.#definition !== undefined) return this.#definition;
    let loaded: unknown;
    try {
      loaded = this.#parts.load(sync);
    } catch (error) {
      throw this.#failure(readableError(error));
    }
    if (!isThenable(loaded)) return this.#check(loaded);
    if (sync) {
      loaded.then(undefined, () => undefined); // Avoids an unhandled rejection.
      const { file, version, name } = this;
      throw dunlinError(
        'MODULE_NOT_SYNC',
        { file, reason: 'its import returns a promise' },
        { migration: { version, name } },
      );
    }
    return this.#awaitDefinition(loaded);
  }

  async #awaitDefinition(loading: PromiseLike<unknown>): Promise<MigrationDefinition> {
    let loaded: unknown;
    try {
      loaded = await loading;
    } catch (error) {
      throw this.#failure(readableError(error));
    }
    return this.#check(loaded);
  }

  placeOf(error: unknown): StackPosition {
    return this.#parts.text === undefined ? {} : stackPosition(error, this);
  }

  #check(exported: unknown): MigrationDefinition {
    const { file, id, version, name } = this;
    try {
      this.#definition = checkDefinition(exported, { file, id, migration: { version, name } });
    } catch (error) {
      // The export may be a Proxy that throws when it is read.
      throw isDunlinError(error) ? error : this.#failure(readableError(error));
    }
    return this.#definition;
  }

  #failure(error: unknown): unknown {
    const { file, version, name } = this;
    if (isDunlinError(error)) return error.with({ migration: { version, name } });
    const reason = thrownReason(error);
    return dunlinError(
      'MODULE_FAILED',
      { file, reason },
      { migration: { version, name }, cause: error, ...this.placeOf(error) },
    );
  }
}

/** Replaces a missing text; the same for every build of a definition. */
function textOf(id: string, module: unknown): string {
  if (module === undefined) return `${id}, a module`;
  const parts = ['up', 'down', 'verify'].map((key) => {
    const part = partOf(module, key);
    return `${key}: ${typeof part === 'string' ? part : part === undefined ? 'none' : typeof part}`;
  });
  return `${id}, a definition\n${parts.join('\n')}`;
}

function partOf(module: unknown, key: string): unknown {
  const exported = module as Record<string, unknown> & { default?: Record<string, unknown> };
  return exported[key] ?? exported.default?.[key];
}
