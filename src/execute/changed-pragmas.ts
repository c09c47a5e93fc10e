import { isSqlError, script, type Op } from '../bridge/index.ts';
import { pragmaPolicy } from '../plan/index.ts';
import { quote, type ParsedStatement } from '../sql/index.ts';
import { readPragma } from '../lock/index.ts';

/** The connection's pragmas that a migration changed, to restore after it: a rollback does not restore them. */
export class ChangedPragmas {
  readonly #before = new Map<string, number>();

  get areChanged(): boolean {
    return this.#before.size > 0;
  }

  /** Call it before the statement runs. */
  *remember(facts: ParsedStatement): Op<void> {
    if (facts.verb !== 'pragma' || pragmaPolicy(facts.name, facts.value).kind !== 'restore') return;
    // `temp.max_page_count` is another value than that of the database.
    const name = facts.schema === undefined ? facts.name : `${quote(facts.schema)}.${facts.name}`;
    const value = this.#before.has(name) ? undefined : yield* readPragma(name);
    if (value !== undefined) this.#before.set(name, value);
  }

  /** `lenient`: after a failure, which is more important than a setting that a broken connection refuses. */
  *restore(lenient: boolean): Op<void> {
    for (const [name, value] of this.#before) {
      try {
        yield* script(`PRAGMA ${name} = ${value}`);
      } catch (error) {
        if (!lenient || !isSqlError(error)) throw error;
      }
    }
  }
}
