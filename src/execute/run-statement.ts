import { inTransaction, query, script, type Op, type Row, type Value } from '../bridge/index.ts';
import { head, pragmaPolicy, type Step, type StepStatement } from '../plan/index.ts';
import { quote } from '../sql/index.ts';
import type { Watch } from './guards/watch.ts';
import { readPragma } from './settings.ts';
import { lostError, machineError } from './statement-error.ts';

/** A step while it runs: its guard, and what has to be put back after it. */
export class RunningStep {
  readonly step: Step;
  readonly watch: Watch;
  /** How many statements have run. */
  statements = 0;
  readonly #pragmas = new Map<string, number>();
  readonly #temporary: string[] = [];

  constructor(step: Step, watch: Watch) {
    this.step = step;
    this.watch = watch;
  }

  /** Runs one statement under the guard's eyes. SQLite's errors come out as they are. */
  *run(entry: StepStatement, params?: readonly Value[]): Op<readonly Row[]> {
    const { facts, statement } = entry;
    yield* this.watch.before(facts, statement);
    if (facts.verb === 'pragma' && pragmaPolicy(facts.name, facts.value).kind === 'restore') yield* this.#remember(facts.name);
    let rows: readonly Row[] = [];
    try {
      if (params === undefined) yield* script(statement.sql);
      else rows = yield* query(statement.sql, params);
    } catch (error) {
      if ((yield* inTransaction()) === false && machineError(error, '') === undefined) throw lostError(this.step, entry, error);
      throw error;
    }
    // COMMIT in disguise is refused beforehand; this sees what only happens when it runs, such as OR ROLLBACK.
    if ((yield* inTransaction()) === false) throw lostError(this.step, entry, undefined);
    this.watch.after(facts, statement);
    if (facts.verb === 'create' && facts.object !== 'index' && (facts.temporary || facts.name.schema?.toLowerCase() === 'temp'))
      this.#temporary.push(`DROP ${facts.object.toUpperCase()} IF EXISTS temp.${quote(facts.name.name)}`);
    this.statements += 1;
    return rows;
  }

  /**
   * Drops what is left of temporary objects: each migration begins as on a fresh connection, whether it runs in one
   * process with the ones before it or not.
   */
  *dropTemporary(): Op<void> {
    for (const drop of this.#temporary.toReversed()) yield* script(drop);
  }

  /** Sets back the connection's pragmas, which a rollback does not. */
  *restorePragmas(): Op<void> {
    for (const [name, value] of this.#pragmas) yield* script(`PRAGMA ${name} = ${value}`);
  }

  *#remember(name: string): Op<void> {
    const value = this.#pragmas.has(name) ? undefined : yield* readPragma(name);
    if (value !== undefined) this.#pragmas.set(name, value);
  }
}

/** "statement 3 (UPDATE users SET ...)" for errors of code, which has no lines. */
export function quoteStatement(entry: StepStatement): string {
  return `in ${JSON.stringify(head(entry.statement, 80))}`;
}
