import {
  classify,
  nameKey,
  parseRowCopy,
  parseTable,
  setColumns,
  splitStatements,
  unquote,
  type SqlStatement,
  type Token,
} from '../../sql/index.ts';
import { hintsOf, type ValueHints } from './value-hints.ts';

/** What the migrations do with tables, in order; all names are keys. */
type Event =
  | { readonly kind: 'copy'; readonly into: string; readonly from: ReadonlySet<string> }
  | { readonly kind: 'drop'; readonly table: string }
  | { readonly kind: 'rename'; readonly table: string; readonly to: string };

/**
 * Columns that are copied under another name, and tables that are renamed, in the course of the migrations. Rows must
 * satisfy later references under the earlier names.
 */
export class Links {
  /** From the source column to the target column. */
  readonly #columns: (readonly [string, string])[] = [];
  /** The columns of each table as last created. */
  readonly #tables: Map<string, readonly string[]> = new Map();
  readonly #renamed: (readonly [string, string])[] = [];
  /** Per migration. */
  readonly #events: (readonly Event[])[] = [];

  /** Reads the next migration; code has no text. */
  read(sql: string): void {
    const events: Event[] = [];
    for (const statement of splitStatements(sql)) events.push(...this.#readStatement(statement));
    this.#events.push(events);
  }

  #readStatement(statement: SqlStatement): readonly Event[] {
    const facts = classify(statement);
    switch (facts.verb) {
      case 'create': {
        const table = facts.object === 'table' ? parseTable(statement.sql) : undefined;
        if (table !== undefined)
          this.#tables.set(
            nameKey(table.name.name),
            table.columns.map(({ name }) => nameKey(name.name)),
          );
        return [];
      }
      case 'drop':
        return facts.object === 'table' ? [{ kind: 'drop', table: nameKey(facts.name.name) }] : [];
      case 'alter': {
        const { change } = facts;
        if (change.kind === 'rename-column') this.#columns.push([nameKey(change.from), nameKey(change.to)]);
        if (change.kind !== 'rename-table') return [];
        const [table, to] = [nameKey(facts.name.name), nameKey(change.to)];
        this.#renamed.push([table, to]);
        const columns = this.#tables.get(table);
        if (columns !== undefined) this.#tables.set(to, columns);
        return [{ kind: 'rename', table, to }];
      }
      case 'update':
        this.#readUpdate(statement);
        return [];
      case 'insert':
        return this.#readCopy(statement, nameKey(facts.name.name));
      default:
        return [];
    }
  }

  /** `SET writer = author` */
  #readUpdate(statement: SqlStatement): void {
    const set = setColumns(statement);
    const { tokens } = statement;
    for (let i = 1; i < tokens.length; i++) {
      if (tokens[i]!.text !== '=') continue;
      const to = nameOf(tokens.slice(i - 1, i));
      const qualified = tokens[i + 2]?.text === '.';
      const from = nameOf(tokens.slice(i + 1, qualified ? i + 4 : i + 2));
      if (to !== undefined && from !== undefined && set.has(to)) this.#columns.push([from, to]);
    }
  }

  /** `INSERT INTO new (id, writer) SELECT id, author FROM old` */
  #readCopy(statement: SqlStatement, into: string): readonly Event[] {
    const { columns = this.#tables.get(into) ?? [], selects } = parseRowCopy(statement);
    const from = new Set<string>();
    for (const { items, table } of selects) {
      const source = table === undefined ? undefined : nameKey(table.name);
      if (source !== undefined) from.add(source);
      const all = items.length === 1 && items[0]!.at(-1)?.text === '*';
      const read = all ? (this.#tables.get(source ?? '') ?? []) : items.map(nameOf);
      if (read.length !== columns.length) continue;
      for (const [i, name] of read.entries()) if (name !== undefined) this.#columns.push([name, nameKey(columns[i]!)]);
    }
    return from.size === 0 ? [] : [{ kind: 'copy', into, from }];
  }

  /** Gives columns the references of those they are copied into, and references all names of their tables. */
  spreadReferences(uses: ValueHints): void {
    const links = this.#columns.filter(([from, to]) => from !== to).toReversed();
    for (let again = true; again;) {
      again = false;
      for (const [from, to] of links) {
        const refers = uses.get(to)?.references;
        const of = hintsOf(uses, from);
        if (refers === undefined || of.references !== undefined) continue;
        of.references = { ...refers, copied: true };
        again = true;
      }
    }
    for (const of of uses.values()) {
      if (of.references === undefined) continue;
      const tables = new Set(of.references.tables);
      // A Set's iterator visits what is added while it runs.
      for (const table of tables)
        for (const names of this.#renamed)
          if (names.includes(nameKey(table))) for (const name of names) tables.add(name);
      of.references = { ...of.references, tables: [...tables] };
    }
  }

  /**
   * The tables that migrations from `at` on fill from a table that is then dropped or replaced. Sample rows would
   * conflict with the copied ones.
   */
  filledLater(at: number): ReadonlySet<string> {
    const copies = new Map<string, Set<string>>();
    const found = new Set<string>();
    for (const event of this.#events.slice(at).flat())
      if (event.kind === 'copy') copies.set(event.into, new Set([...(copies.get(event.into) ?? []), ...event.from]));
      else if (event.kind === 'rename') {
        if (copies.get(event.table)?.has(event.to) === true) found.add(event.table);
      } else for (const [into, from] of copies) if (from.has(event.table)) found.add(into);
    return found;
  }
}

/** The key of the column if the expression is only a column: `author`, `p.author`. */
function nameOf(tokens: readonly Token[]): string | undefined {
  const plain = tokens.length === 1 || (tokens.length === 3 && tokens[1]!.text === '.');
  const last = tokens.at(-1);
  if (!plain || (last?.kind !== 'word' && last?.kind !== 'quoted')) return undefined;
  return nameKey(unquote(last.text));
}
