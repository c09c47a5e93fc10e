import { columnsOf, isSqlError, query, type ColumnOrigin, type Op } from '../../bridge/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import {
  assignmentsOf,
  closingParenthesis,
  countOfEach,
  innerSelects,
  isKeyword,
  isName,
  nameKey,
  namesIn,
  parseRowCopy,
  quote,
  tablesRead,
  splitByComma,
  splitCompound,
  tokenize,
  unionOf,
  unquote,
  updateParts,
  valuesAsSelects,
  type ObjectName,
  type Select,
  type SqlStatement,
  type Token,
  type NameKey,
} from '../../sql/index.ts';
import { schemaOf, type Table, type TableTracker } from './table-tracker.ts';
import type { ViewTexts } from './view-texts.ts';

/** A column of a table, by its key. */
export interface ColumnRef {
  readonly table: Table;
  readonly column: NameKey;
}

/** The source of a column: another column, unchanged, or an expression and the columns that it reads. */
export type ColumnSource =
  | ({ readonly kind: 'column' } & ColumnRef)
  | {
      readonly kind: 'expression';
      readonly reads: readonly ColumnRef[];
      readonly constant?: string | undefined;
      /** Its values are those of this column, but it is unknown of which rows. */
      readonly picked?: ColumnRef | undefined;
    };

/** The text of an expression that is a constant other than NULL. */
export function constantOf(item: readonly Token[]): string | undefined {
  const [token, second] = item;
  return second === undefined && token !== undefined && ['string', 'number', 'blob'].includes(token.kind)
    ? token.text
    : undefined;
}

/** The columns that a source reads. */
export function readsOf(source: ColumnSource): readonly ColumnRef[] {
  return source.kind === 'column' ? [source] : source.reads;
}

export function isSameColumn(one: ColumnRef, other: ColumnRef): boolean {
  return one.table === other.table && one.column === other.column;
}

/** What one SELECT reads. */
export interface SelectOrigins {
  /** One per result column. */
  readonly results: readonly ColumnSource[];
  /** Columns that are read, while it is unknown for which result. */
  readonly unassignedReads: readonly ColumnRef[];
  /** Columns that are compared with a column or an expression. The values of another table may replace theirs. */
  readonly matched: readonly ColumnRef[];
  /** Columns that WHERE reads. */
  readonly filtered: readonly ColumnRef[];
  /** The table, if FROM names one table and nothing else. */
  readonly only: Table | undefined;
  /** No WHERE, LIMIT or HAVING leaves rows out. */
  readonly copiesAllRows: boolean;
  readonly merges: boolean;
  /** The keys of all words in its FROM clause and behind. */
  readonly conditions: ReadonlySet<string>;
  /** The number of its rows, if it is part of a UNION ALL and was counted. */
  readonly rows?: number | undefined;
}

/** Asks SQLite where the columns of a statement's SELECTs come from. */
export class OriginReader {
  readonly #tables: TableTracker;
  readonly #views: ViewTexts;

  constructor(tables: TableTracker, views: ViewTexts) {
    this.#tables = tables;
    this.#views = views;
  }

  /** The tables that a statement reads, those behind views included. */
  tablesRead(statement: SqlStatement, seen: Set<string> = new Set()): ReadonlySet<Table> {
    const found = new Set<Table>();
    for (const name of tablesRead(statement)) {
      // A name may mean the temporary table that hides another, or with its schema that other.
      const [hiding, table] = [this.#tables.find({ schema: 'temp', name }), this.#tables.at(name)];
      for (const one of [hiding, table]) if (one !== undefined) found.add(one);
      const view = table === undefined && !seen.has(name) ? this.#views.get(name) : undefined;
      if (view !== undefined) for (const inner of this.tablesRead(view, seen.add(name))) found.add(inner);
    }
    return found;
  }

  /**
   * The origins of each SELECT of an INSERT, a CREATE TABLE ... AS or a SELECT. `counts`: counts the parts of a UNION
   * ALL, because changes() is only their sum. Call it before the statement runs: it may read the table that it fills.
   */
  *ofSelects(written: SqlStatement, counts = false): Op<readonly SelectOrigins[]> {
    const statement = valuesAsSelects(written);
    const copy = parseRowCopy(statement);
    const read = this.tablesRead(statement);
    const found: SelectOrigins[] = [];
    const union = unionOf(statement, copy);
    const isCounted = union !== undefined && counts && !statement.tokens.some(({ kind }) => kind === 'variable');
    const rows = isCounted ? yield* countEach(countOfEach(statement, copy.with, union), union.selects.length) : [];
    for (const [index, select] of (union?.selects ?? copy.selects).entries()) {
      const scope = new Scope(
        this.#tables,
        this.#views,
        statement,
        copy.with,
        [select.from],
        this.#possible(statement, read),
      );
      const origins = yield* this.#ofSelect(statement, select, scope, read);
      found.push({
        ...origins,
        results: union?.order?.map((i) => origins.results[i]!) ?? origins.results,
        rows: rows[index],
        merges: select.merges || copy.merges,
        only: copy.with === '' ? origins.only : undefined,
      });
    }
    return found;
  }

  /** The sources of the columns that an UPDATE sets, or the DO UPDATE of an INSERT, and what it compares. */
  *ofUpdate(
    statement: SqlStatement,
    target: ObjectName,
  ): Op<Pick<SelectOrigins, 'matched' | 'filtered'> & { readonly columns: ReadonlyMap<NameKey, ColumnSource> }> {
    const { set, from } = updateParts(statement);
    const own = `FROM ${target.schema === undefined ? '' : `${quote(target.schema)}.`}${quote(target.name)}${aliasOf(statement)}`;
    const outer = from === '' ? [own] : [from, own];
    const possible = this.#possible(statement, this.tablesRead(statement));
    const scope = new Scope(this.#tables, this.#views, statement, parseRowCopy(statement).with, outer, possible);
    const columns = new Map<NameKey, ColumnSource>();
    for (const { column, value, index } of assignmentsOf(set))
      columns.set(column, {
        kind: 'expression',
        reads: yield* scope.readsOfValue(value, index),
        picked: yield* scope.picked(value, index),
      });
    const matched =
      from === ''
        ? []
        : [...(yield* scope.matched(statement.tokens.slice(statement.tokens.indexOf(set[0]!) + set.length)))];
    for (const select of innerSelects(statement, set))
      matched.push(...(yield* scope.inside(select).matched([...select.fromTokens, ...select.rest])));
    return { columns, matched, filtered: yield* this.#ofCondition(statement, scope) };
  }

  /** The columns that the WHERE clause of an UPDATE reads, those in its subqueries included. */
  *#ofCondition(statement: SqlStatement, scope: Scope): Op<readonly ColumnRef[]> {
    const { tokens } = statement;
    const start = tokens.findLastIndex((token, i) => isKeyword(token, 'where') && isOuter(tokens, i));
    if (start === -1) return [];
    return yield* scope.readsWithin(tokens.slice(start + 1));
  }

  *#ofSelect(statement: SqlStatement, select: Select, scope: Scope, read: ReadonlySet<Table>): Op<SelectOrigins> {
    const only = select.table === undefined ? undefined : this.#tables.find(select.table);
    const asked = yield* scope.columns(select.sql);
    const results: ColumnSource[] = [];
    const aliases: (string | undefined)[] = [];
    const isBlind = asked === undefined && only === undefined && select.items.some(isStar);
    if (isBlind) {
      // The number of columns in the star is unknown.
    } else if (asked === undefined) {
      // The driver does not report origins, or SQLite cannot compile this SELECT alone.
      for (const item of select.items) results.push(...(yield* this.#byName(item, only, scope)));
    } else {
      let at = 0;
      for (const item of select.items) {
        const width = yield* this.#widthOf(item, select, asked.length, scope);
        for (const origin of asked.slice(at, at + width)) {
          results.push(yield* this.#sourceOf(item, origin, scope, only));
          aliases.push(item[1]?.text === '.' ? nameKey(unquote(item[0]!.text)) : undefined);
        }
        at += width;
      }
    }
    // A table that is joined twice gives some rows to each column. The first in FROM gives all.
    const first = firstAlias(select.fromTokens);
    const isJoinedAgain = (source: ColumnSource, i: number): source is { kind: 'column' } & ColumnRef =>
      source.kind === 'column' &&
      aliases[i] !== first &&
      results.some((one, j) => aliases[j] !== aliases[i] && one.kind === 'column' && isSameColumn(one, source));
    const tokens = [...select.fromTokens, ...select.rest];
    // For a compound in FROM, SQLite reports the columns of its first SELECT only.
    const isCompound = statement.tokens.some(
      ({ kind, text }) => kind === 'word' && /^(?:union|intersect|except)$/i.test(text),
    );
    const taken = new Set(results.flatMap((source) => readsOf(source).map(({ table }) => table)));
    return {
      results: results.map((source, i) =>
        isJoinedAgain(source, i) ? { kind: 'expression', reads: [source], picked: source } : source,
      ),
      unassignedReads: isBlind
        ? scope.possible
        : isCompound && only === undefined
          ? scope.possible.filter(({ table }) => read.has(table) && !taken.has(table))
          : [],
      matched: [
        ...(only === undefined ? yield* scope.matched(tokens) : []),
        ...(yield* this.#selecting(select, scope)),
      ],
      filtered: yield* scope.reads(select.rest),
      only,
      copiesAllRows: !select.rest.some(({ kind, text }) => kind === 'word' && /^(?:where|limit|having)$/i.test(text)),
      merges: select.merges,
      conditions: new Set(tokens.filter(isWord).map(({ text }) => nameKey(unquote(text)))),
    };
  }

  /** The columns that the subqueries in a SELECT's results read. */
  *#selecting({ items }: Select, scope: Scope): Op<readonly ColumnRef[]> {
    const found: ColumnRef[] = [];
    for (const item of items)
      if (item.some((token) => isKeyword(token, 'select'))) found.push(...(yield* scope.readsWithin(item)));
    return found;
  }

  /** The number of result columns of an item. `*` has all that are left; SQLite is asked if there are several. */
  *#widthOf(item: readonly Token[], select: Select, total: number, scope: Scope): Op<number> {
    if (!isStar(item)) return 1;
    if (select.items.filter(isStar).length === 1) return total - select.items.length + 1;
    const text = item.map((token) => token.text).join('');
    return (yield* scope.columns(`SELECT ${text} ${select.from}`))?.length ?? 0;
  }

  *#sourceOf(item: readonly Token[], origin: ColumnOrigin, scope: Scope, only: Table | undefined): Op<ColumnSource> {
    // For a subquery as a value, SQLite reports the column that it selects, of whichever row.
    const isSelected = item.some((token) => token.kind === 'word' && nameKey(token.text) === 'select');
    const table = isSelected ? undefined : this.#tables.origin(origin.database, origin.table);
    if (table !== undefined && origin.column !== undefined)
      return { kind: 'column', table, column: nameKey(origin.column) };
    if (isStar(item)) {
      const isComputed = origin.table === undefined || origin.database === undefined;
      const reads = isComputed ? scope.computed(origin.column ?? origin.name) : scope.argumentReads(origin.table);
      return { kind: 'expression', reads: yield* reads };
    }
    const picked = isSelected || only === undefined ? yield* scope.picked(item) : undefined;
    // The conditions of a subquery select its value, as those of a join do.
    const reads = picked === undefined ? yield* scope.readsWithin(item) : yield* scope.readsOfValue(item);
    return { kind: 'expression', reads, constant: constantOf(item), picked };
  }

  /** Without an answer from SQLite: only bare names and `*` of one table are resolved. */
  *#byName(item: readonly Token[], only: Table | undefined, scope: Scope): Op<readonly ColumnSource[]> {
    if (only === undefined) return [{ kind: 'expression', reads: scope.possible }];
    const { columns } = yield* readTableInfo(this.#tables.nameOf(only), schemaOf(only));
    const keys = columns.map(({ name }) => nameKey(name));
    if (isStar(item)) return keys.map((column) => ({ kind: 'column', table: only, column }));
    const named = namesIn(item).map(({ text }) => nameKey(unquote(text.split('.').at(-1)!)));
    const reads = named.filter((name) => keys.includes(name)).map((column) => ({ table: only, column }));
    const isBare = namesIn(item)[0]?.last === item.length - 1 && reads.length === 1;
    return [isBare ? { kind: 'column', ...reads[0]! } : { kind: 'expression', reads, constant: constantOf(item) }];
  }

  /** Every name in the statement and in its views, as a column of every table that it reads. */
  #possible(statement: SqlStatement, read: ReadonlySet<Table>): readonly ColumnRef[] {
    const names = new Set<string>();
    const add = ({ tokens }: SqlStatement): void => {
      for (const token of tokens) if (isWord(token)) names.add(nameKey(unquote(token.text)));
    };
    add(statement);
    for (const view of this.#views.behind(statement)) add(view);
    return [...read].flatMap((table) => [...names].map((column) => ({ table, column })));
  }
}

/** The FROM clauses in which an expression looks up names, the innermost first. */
class Scope {
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
  inside(select: Select): Scope {
    return new Scope(
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
          const scope = new Scope(this.#tables, this.#views, statement, own, [from], this.possible, within);
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
      const scope = new Scope(this.#tables, this.#views, statement, withClause, all, this.possible, within);
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

/** How many rows each of several SELECTs gives, by its index; none where SQLite cannot compile that. */
function* countEach(sql: string, selects: number): Op<readonly number[]> {
  try {
    const found = yield* query<{ number: number; rows: number }>(sql);
    return Array.from({ length: selects }, (_, i) => Number(found.find((row) => Number(row.number) === i)?.rows ?? 0));
  } catch (error) {
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return [];
  }
}

function isWord({ kind }: Token): boolean {
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

/** The key of the name by which a SELECT knows the first table of its FROM clause. */
function firstAlias(from: readonly Token[]): string | undefined {
  const end = from.findIndex(
    (token) => token.text === ',' || token.text === '(' || /^(?:left|inner|cross|natural|join)$/i.test(token.text),
  );
  const last = from.slice(0, end === -1 ? from.length : end).at(-1);
  return last === undefined ? undefined : nameKey(unquote(last.text));
}

function keyOfLast(item: readonly Token[]): string {
  return nameKey(unquote(item.at(-1)!.text));
}

/** The key of the qualifier of a name. */
function qualifierOf(name: string): string | undefined {
  const before = tokenize(name).at(-3);
  return before === undefined ? undefined : nameKey(unquote(before.text));
}

/** Whether a token is outside of all parentheses. */
function isOuter(tokens: readonly Token[], index: number): boolean {
  let depth = 0;
  for (const token of tokens.slice(0, index)) depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
  return depth === 0;
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

function isStar(item: readonly Token[]): boolean {
  return item.at(-1)?.text === '*' && (item.length === 1 || item.at(-2)?.text === '.');
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

/** ` AS x` of the target of an UPDATE. */
function aliasOf({ tokens }: SqlStatement): string {
  const set = tokens.findIndex((token) => token.kind === 'word' && nameKey(token.text) === 'set');
  const as = tokens[set - 2];
  return as?.kind === 'word' && nameKey(as.text) === 'as' ? ` AS ${tokens[set - 1]!.text}` : '';
}
