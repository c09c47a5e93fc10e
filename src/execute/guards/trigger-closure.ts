import type { SchemaObject } from '../../schema/index.ts';
import { classify, mentions, nameKey, splitStatements, unquote, type SqlStatement } from '../../sql/index.ts';

/**
 * The tables that may change when one is written, through triggers and their triggers: all that the bodies name. By
 * the keys of present names.
 */
export class TriggerClosure {
  /** Some trigger deletes or replaces: writing its table may remove other rows. */
  anyRemovesRows = false;
  /** Triggers that are not parsed yet: most runs write no table that has one. */
  #unread: readonly SchemaObject[];
  /** By the key of the trigger's table: the keys of all that its body names. */
  readonly #named = new Map<string, Set<string>>();

  constructor(triggers: readonly SchemaObject[]) {
    this.#unread = triggers;
    this.anyRemovesRows = triggers.some(removesRows);
  }

  get hasTriggers(): boolean {
    return this.#unread.length > 0 || this.#named.size > 0;
  }

  /** A trigger was created. */
  add(table: string, statement: SqlStatement, removes: boolean): void {
    this.anyRemovesRows ||= removes;
    this.#read();
    this.#add(table, statement);
  }

  /** Call it before the rename, while the texts have the old name. */
  rename(from: string, to: string): void {
    if (!this.hasTriggers) return;
    this.#read();
    const [fromKey, toKey] = [nameKey(from), nameKey(to)];
    for (const named of this.#named.values()) if (named.has(fromKey)) named.add(toKey);
    const own = this.#named.get(fromKey);
    if (own !== undefined) this.#named.set(toKey, new Set([...(this.#named.get(toKey) ?? []), ...own]));
  }

  /** Whether writing this table may fire a trigger. */
  fires(key: string): boolean {
    this.#read();
    return this.#named.has(key);
  }

  /** The tables that may change when this one is written, starting with itself. */
  reachableFrom(key: string): ReadonlySet<string> {
    const reached = new Set([key]);
    if (!this.hasTriggers) return reached;
    this.#read();
    // A Set's iterator visits what is added while it runs, so this closes over triggers that fire triggers.
    for (const table of reached) for (const named of this.#named.get(table) ?? []) reached.add(named);
    return reached;
  }

  #read(): void {
    const unread = this.#unread;
    this.#unread = [];
    for (const trigger of unread) {
      const statement = splitStatements(trigger.sql ?? '')[0];
      if (statement !== undefined) this.#add(trigger.table, statement);
    }
  }

  #add(table: string, statement: SqlStatement): void {
    const key = nameKey(table);
    const named = this.#named.get(key) ?? new Set();
    for (const name of mentions(statement)) named.add(name);
    // SQLite accepts INSERT INTO 'log' for INSERT INTO "log".
    for (const token of statement.tokens) if (token.kind === 'string') named.add(nameKey(unquote(token.text)));
    this.#named.set(key, named);
  }
}

/** Searches for the words before it parses the text. "AFTER DELETE" and replace() contain them too. */
function removesRows(trigger: SchemaObject): boolean {
  if (!/\b(?:delete|replace)\b/i.test(trigger.sql ?? '')) return false;
  const statement = splitStatements(trigger.sql ?? '')[0];
  const facts = statement === undefined ? undefined : classify(statement);
  return facts?.verb !== 'create' || facts.object !== 'trigger' || facts.deletes;
}
