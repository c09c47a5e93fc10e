import type { SchemaObject } from '../../schema/index.ts';
import { nameKey, tablesRead, splitStatements, type SqlStatement } from '../../sql/index.ts';

/** The texts of views, including those that the run creates. */
export class ViewTexts {
  /** By the key of the name. A text is parsed when the view is first read. */
  readonly #texts = new Map<string, string | SqlStatement>();

  constructor(objects: Iterable<SchemaObject>) {
    for (const { type, name, sql } of objects)
      if (type === 'view' && sql !== undefined) this.#texts.set(nameKey(name), sql);
  }

  /** Adds a view that the run creates. A dropped view stays: earlier statements have read through it. */
  add(name: string, statement: SqlStatement): void {
    this.#texts.set(nameKey(name), statement);
  }

  /** The CREATE VIEW of the view with this `nameKey`. */
  get(key: string): SqlStatement | undefined {
    const text = this.#texts.get(key);
    if (typeof text !== 'string') return text;
    const [statement] = splitStatements(text);
    if (statement !== undefined) this.#texts.set(key, statement);
    return statement;
  }

  /** The views that a statement reads, and those that they read. */
  behind(statement: SqlStatement): ReadonlySet<SqlStatement> {
    const found = new Set<SqlStatement>([statement]);
    // A Set's iterator visits what is added while it runs.
    for (const one of found)
      for (const name of tablesRead(one)) {
        const view = this.get(name);
        if (view !== undefined) found.add(view);
      }
    found.delete(statement);
    return found;
  }
}
