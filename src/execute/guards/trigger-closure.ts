import type { SchemaObject } from '../../schema/index.ts';
import { classify, mentions, nameKey, splitStatements, unquote, type SqlStatement } from '../../sql/index.ts';

/**
 * Which tables may change when one is written: through triggers all that their bodies name, which may have triggers
 * themselves. Kept in names as they are at the moment.
 */
export class TriggerClosure {
  /** Some trigger deletes or replaces: writing its table may remove rows elsewhere. */
  removes = false;
  /** Triggers not taken apart yet: most runs write nothing that has one. */
  #unread: readonly SchemaObject[];
  /** By the key of the trigger's table: the keys of all that its body names. */
  readonly #named = new Map<string, Set<string>>();

  constructor(triggers: readonly SchemaObject[]) {
    this.#unread = triggers;
    this.removes = triggers.some(removesRows);
  }

  get hasTriggers(): boolean {
    return this.#unread.length > 0 || this.#named.size > 0;
  }

  /** A trigger was made. */
  add(table: string, statement: SqlStatement, removes: boolean): void {
    this.removes ||= removes;
    this.#read();
    this.#add(table, statement);
  }

  /** Call it before the rename, whose old name the texts still have. */
  rename(from: string, to: string): void {
    if (!this.hasTriggers) return;
    this.#read();
    const [fromKey, toKey] = [nameKey(from), nameKey(to)];
    for (const named of this.#named.values()) if (named.has(fromKey)) named.add(toKey);
    const own = this.#named.get(fromKey);
    if (own !== undefined) this.#named.set(toKey, new Set([...(this.#named.get(toKey) ?? []), ...own]));
  }

  /** Whether writing this table fires a trigger, as far as texts tell. */
  fires(key: string): boolean {
    this.#read();
    return this.#named.has(key);
  }

  /** The tables that may change when this one is written, itself the first. */
  from(key: string): ReadonlySet<string> {
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
    // INSERT INTO 'log' is accepted where INSERT INTO "log" is meant.
    for (const token of statement.tokens) if (token.kind === 'string') named.add(nameKey(unquote(token.text)));
    this.#named.set(key, named);
  }
}

/** The words are looked for first: "AFTER DELETE" and replace() have them too, and only then the text is taken apart. */
function removesRows(trigger: SchemaObject): boolean {
  if (!/\b(?:delete|replace)\b/i.test(trigger.sql ?? '')) return false;
  const statement = splitStatements(trigger.sql ?? '')[0];
  const facts = statement === undefined ? undefined : classify(statement);
  return facts?.verb !== 'create' || facts.object !== 'trigger' || facts.deletes;
}
