import { columnsOf, isSqlError, type ColumnOrigin, type Op } from '../../bridge/index.ts';
import {
  closingParenthesis,
  innerSelects,
  isKeyword,
  isName,
  nameKey,
  namesIn,
  parseRowCopy,
  splitByComma,
  splitCompound,
  tokenize,
  unquote,
  type Select,
  type SqlStatement,
  type Token,
} from '../../sql/index.ts';
import type { TableTracker } from './table-tracker.ts';
import type { ViewTexts } from './view-texts.ts';
import type { ColumnRef } from './column-origins.ts';

/** The FROM clauses in which an expression looks up names, the innermost first. */
export class SelectScope {
  /** What an expression may read if SQLite cannot resolve it. */
  readonly possible: readonly ColumnRef[];
  readonly #tables: TableTracker;
  readonly #views: ViewTexts;
  readonly #statement: SqlStatement;
  readonly #with: string;
  /** The texts of the SELECTs that this one is inside of. */
  readonly #within: ReadonlySet<string>;
  readonly #froms: readonly string[];
  readonly #known = new Map<string, readonly ColumnRef[]>();

  constructor(
    tables: TableTracker,
    views: ViewTexts,
    statement: SqlStatement,
    withClause: string,
    froms: readonly string[],
    possible: readonly ColumnRef[],
    within: ReadonlySet<string> = new Set(),
  ) {
    this.#tables = tables;
    this.#views = views;
    this.#within = within;
    this.#statement = statement;
    this.#with = withClause;
    this.#froms = froms;
    this.possible = possible;
  }

  /** The scope of a SELECT inside of this one. */
  inside(select: Select): SelectScope {
    return new SelectScope(
      this.#tables,
      this.#views,
      this.#statement,
      this.#with,
      [select.from, ...this.#froms],
      this.possible,
      this.#within,
    );
  }

  /** The origins that SQLite reports. Undefined: it cannot compile the SELECT. */
  *columns(select: string): Op<readonly ColumnOrigin[] | undefined> {
    try {
      return yield* columnsOf(`${this.#with} ${select}`.trim());
    } catch (error) {
      if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
      return undefined;
    }
  }

  /** The columns that an expression reads. Each of its names is looked up. */
  *reads(tokens: readonly Token[]): Op<readonly ColumnRef[]> {
    const found: ColumnRef[] = [];
    for (const { text } of namesIn(tokens)) found.push(...(yield* this.#lookUp(text)));
    return found;
  }

  /** The same, where the names in a subquery are looked up in its own FROM first. */
  *readsWithin(tokens: readonly Token[]): Op<readonly ColumnRef[]> {
    const found = [...(yield* this.readsOfValue(tokens))];
    for (const select of innerSelects(this.#statement, tokens)) {
      const scope = this.inside(select);
      found.push(...(yield* scope.reads(select.rest)), ...(yield* scope.matched(select.fromTokens)));
    }
    return found;
  }

  /** The same without the conditions of its subqueries. `index`: which result column of theirs is the value. */
  *readsOfValue(tokens: readonly Token[], index = 0): Op<readonly ColumnRef[]> {
    const inner = innerSelects(this.#statement, tokens);
    const within = new Set(inner.flatMap((select) => select.tokens));
    const found = [...(yield* this.reads(tokens.filter((token) => !within.has(token))))];
    for (const select of inner) found.push(...(yield* this.inside(select).reads(select.items[index] ?? [])));
    return found;
  }

  /**
   * The column that an expression takes its values from: the result of a subquery, a name, or either as the first
   * argument of coalesce(). A subquery that sorts or groups chooses one of several values, as max() does. But where it
   * groups by the value, as DISTINCT does, only equal values become one.
   */
  *picked(item: readonly Token[], index = 0): Op<ColumnRef | undefined> {
    const value = valueOf(item);
    if (isKeyword(value[0], 'select')) {
      const [select] = innerSelects(this.#statement, value);
      const isPlain =
        select !== undefined &&
        select.tokens.length === value.length &&
        (!select.merges || mergesEqual(select)) &&
        !select.rest.some((token) => isKeyword(token, 'order'));
      return isPlain ? yield* this.inside(select).picked(select.items[index] ?? []) : undefined;
    }
    const [name] = namesIn(value);
    if (name?.first !== 0 || name.last !== value.length - 1) return undefined;
    const origin = yield* this.#originOf(name.text);
    const table = origin && this.#tables.origin(origin.database, origin.table);
    return table === undefined || origin?.column === undefined ? undefined : { table, column: nameKey(origin.column) };
  }

  /** The columns of conditions that compare two names, such as `a = lower(b)`, and those of USING. */
  *matched(tokens: readonly Token[]): Op<readonly ColumnRef[]> {
    const found: ColumnRef[] = [];
    let start = 0;
    for (let end = 0; end <= tokens.length; end++) {
      const token = tokens[end];
      if (token !== undefined && (token.kind !== 'word' || !BETWEEN_CONDITIONS.has(nameKey(token.text)))) continue;
      const condition = tokens.slice(start, end);
      const names = new Set(namesIn(condition).map(({ text }) => text));
      if (isKeyword(tokens[start - 1], 'using')) {
        const joined = new Set(condition.map((name) => nameKey(unquote(name.text))));
        found.push(...this.possible.filter(({ column }) => joined.has(column)));
      } else if (names.size > 1 && condition.some(isComparison))
        for (const name of names) found.push(...(yield* this.#lookUp(name)));
      start = end + 1;
    }
    return found;
  }

  /**
   * What a result column of a view, a subquery or a WITH clause reads: the expressions of this name there. If there
   * are none, everything.
   */
  *computed(name: string): Op<readonly ColumnRef[]> {
    const found: ColumnRef[] = [];
    let isNamed = false;
    const inner = this.#inner();
    // A literal such as `true`, which is a name for the tokenizer.
    if (inner.length === 0) return [];
    for (const { statement, select, with: own } of inner) {
      // Only the first SELECT of a UNION names the columns.
      const start = statement.tokens.indexOf(select.tokens[0]!);
      const arms = splitCompound(statement, start, closingParenthesis(statement.tokens, start)).selects;
      for (const [i, named] of select.items.entries()) {
        if (!hasName(statement, select, i, nameKey(name))) continue;
        const before = found.length;
        for (const { sql, from, items } of arms) {
          // An expression that has the name of what it reads would be looked for again.
          if (this.#within.has(sql)) continue;
          const within = new Set([...this.#within, sql]);
          const scope = new SelectScope(this.#tables, this.#views, statement, own, [from], this.possible, within);
          found.push(...(yield* scope.readsWithin(items[i] ?? [])));
        }
        // One that only passes the name on does not compute it.
        const [only] = namesIn(named);
        const isPassedOn = only?.last === named.length - 1 && select.names[i] === keyOfLast(named);
        isNamed ||= found.length > before || !isPassedOn;
      }
    }
    return isNamed ? found : this.possible;
  }

  /**
   * The arguments of a table-valued function. SQLite reports the function as the table of its columns: what
   * json_each() returns was in its argument. `alias`: only of the call with this alias.
   */
  *argumentReads(name: string, alias?: string): Op<readonly ColumnRef[]> {
    const mark = `${nameKey(name)}(${alias ?? ''})`;
    // The argument of one call may be the result of another call of the same function.
    if (this.#within.has(mark)) return [];
    const within = new Set([...this.#within, mark]);
    const inner = this.#inner().map((one) => ({ ...one, tokens: one.select.fromTokens, froms: [one.select.from] }));
    const own = { statement: this.#statement, with: this.#with, tokens: this.#statement.tokens, froms: [] };
    const places = [own, ...inner].map((place) => ({ ...place, calls: callsOf(place.tokens, nameKey(name)) }));
    const isNamed = places.some(({ calls }) => calls.some((call) => call.alias === alias));
    const found: ColumnRef[] = [];
    for (const { statement, with: withClause, froms, calls } of places) {
      const all = [...froms, ...this.#froms];
      const scope = new SelectScope(this.#tables, this.#views, statement, withClause, all, this.possible, within);
      for (const call of calls) if (!isNamed || call.alias === alias) found.push(...(yield* scope.reads(call.given)));
    }
    return found;
  }

  /** The SELECTs inside the statement, and those of the views behind it. */
  #inner(): readonly { readonly statement: SqlStatement; readonly select: Select; readonly with: string }[] {
    const own = innerSelects(this.#statement, this.#statement.tokens).map((select) => ({
      statement: this.#statement,
      select,
      with: this.#with,
    }));
    const views = [...this.#views.behind(this.#statement)].flatMap((view) => {
      const { selects, with: withClause } = parseRowCopy(view);
      const all = new Map([...selects, ...innerSelects(view, view.tokens)].map((select) => [select.sql, select]));
      return [...all.values()].map((select) => ({ statement: view, select, with: withClause }));
    });
    return [...own, ...views];
  }

  *#lookUp(name: string): Op<readonly ColumnRef[]> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const origin = yield* this.#originOf(name);
    let refs: readonly ColumnRef[] = [];
    if (origin !== undefined) {
      const table = this.#tables.origin(origin.database, origin.table);
      if (table !== undefined && origin.column !== undefined) refs = [{ table, column: nameKey(origin.column) }];
      else if (origin.table === undefined) refs = yield* this.computed(origin.name);
      // A recursive table expression is a table, but of no database.
      else if (origin.database === undefined) refs = yield* this.computed(origin.column ?? origin.name);
      else if (table === undefined) refs = yield* this.argumentReads(origin.table, qualifierOf(name));
    }
    this.#known.set(name, refs);
    return refs;
  }

  /** What SQLite says of a name in the innermost FROM that has it. */
  *#originOf(name: string): Op<ColumnOrigin | undefined> {
    for (const from of this.#froms) {
      const [origin] = (yield* this.columns(`SELECT ${inBrackets(name)} ${from}`)) ?? [];
      if (origin !== undefined) return origin;
    }
    return undefined;
  }
}

export function isWord({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted';
}

/** The calls of a table-valued function with their aliases. */
function callsOf(tokens: readonly Token[], name: string): readonly { alias: string; given: readonly Token[] }[] {
  return tokens.flatMap((token, i) => {
    if (!isWord(token) || nameKey(unquote(token.text)) !== name || tokens[i + 1]?.text !== '(') return [];
    const end = closingParenthesis(tokens, i + 2);
    const behind = tokens.slice(end + 1).find((next) => !isKeyword(next, 'as'));
    const alias = behind !== undefined && isName(behind) ? nameKey(unquote(behind.text)) : name;
    return [{ alias, given: tokens.slice(i + 2, end) }];
  });
}

/** Whether a result column has a name. SQLite names one without an alias by its text, and numbers equal names. */
function hasName(statement: SqlStatement, { names, items }: Select, index: number, key: string): boolean {
  const [first, last] = [items[index]![0], items[index]!.at(-1)];
  const base = statement.tokens[0]!.start;
  const text = first && last ? nameKey(statement.sql.slice(first.start - base, last.end - base)) : '';
  const own = names[index] ?? text;
  return key === own || (names[index] === undefined && key.startsWith(`${own}:`));
}

function keyOfLast(item: readonly Token[]): string {
  return nameKey(unquote(item.at(-1)!.text));
}

/** The key of the qualifier of a name. */
function qualifierOf(name: string): string | undefined {
  const before = tokenize(name).at(-3);
  return before === undefined ? undefined : nameKey(unquote(before.text));
}

/** An expression without the parentheses around it and COLLATE behind it, and the first argument of coalesce(). */
function valueOf(item: readonly Token[]): readonly Token[] {
  if (isKeyword(item.at(-2), 'collate')) return valueOf(item.slice(0, -2));
  const isFunction = /^(?:coalesce|ifnull)$/i.test(item[0]?.text ?? '') && item[1]?.text === '(';
  const start = isFunction ? 2 : 1;
  if ((!isFunction && item[0]?.text !== '(') || closingParenthesis(item, start) !== item.length - 1) return item;
  const inner = item.slice(start, -1);
  return isKeyword(inner[0], 'select') ? inner : valueOf(splitByComma(inner)[0]!);
}

/** DISTINCT, or GROUP BY the only result itself. */
function mergesEqual({ items, tokens, rest }: Select): boolean {
  const group = rest.findIndex((token) => isKeyword(token, 'group'));
  if (group === -1) return isKeyword(tokens[1], 'distinct');
  const by = rest.slice(group + 2).map(({ text }) => nameKey(text));
  return by.join('') === items[0]!.map(({ text }) => nameKey(text)).join('');
}

/** The name in brackets instead of double quotes, in which SQLite may take it for a string (sqlite.org/quirks.html). */
function inBrackets(name: string): string {
  return name.startsWith('"') && !/[\].]/.test(name) ? `[${unquote(name)}]` : name;
}

/** Words that end a condition. `a BETWEEN b AND c` becomes `a BETWEEN b`. */
const BETWEEN_CONDITIONS = new Set(
  'and or on using where join left inner cross natural from select group having order limit case when then else end'.split(
    ' ',
  ),
);

function isComparison({ kind, text }: Token): boolean {
  return kind === 'word' ? /^(?:is|in|like|glob|between)$/i.test(text) : /^(?:==?|<=?|>=?)$/.test(text);
}
