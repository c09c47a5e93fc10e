import type { SqlStatement } from '../sql/index.ts';

/** Which BEGINs and SAVEPOINTs of a migration are open, so that only balanced ones are passed over. */
export class TransactionNesting {
  readonly #open: { name: string | undefined; statement: SqlStatement; number: number }[] = [];

  begin(statement: SqlStatement, number: number): boolean {
    if (this.#open.length > 0) return false;
    this.#open.push({ name: undefined, statement, number });
    return true;
  }

  savepoint(name: string, statement: SqlStatement, number: number): void {
    this.#open.push({ name: name.toLowerCase(), statement, number });
  }

  /** COMMIT ends everything that is open; at least a BEGIN must be. */
  commit(): boolean {
    if (this.#open[0] === undefined || this.#open[0].name !== undefined) return false;
    this.#open.length = 0;
    return true;
  }

  release(name: string): boolean {
    const at = this.#open.findLastIndex((entry) => entry.name === name.toLowerCase());
    if (at < 0) return false;
    this.#open.length = at;
    return true;
  }

  left(): readonly { statement: SqlStatement; number: number }[] {
    return this.#open;
  }
}
