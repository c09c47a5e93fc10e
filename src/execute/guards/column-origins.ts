import { columnsOf, isSqlError, query, type ColumnOrigin, type Op } from '../../bridge/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import {
  closeOf,
  countOfEach,
  innerSelects,
  isKeyword,
  isName,
  nameKey,
  namesIn,
  parseRowCopy,
  quote,
  sources,
  splitCompound,
  tokenize,
  unionOf,
  unquote,
  updateParts,
  type ObjectName,
  type Select,
  type SqlStatement,
  type Token,
} from '../../sql/index.ts';
import { schemaOf, type Table, type TableTracker } from './tables.ts';
import type { ViewTexts } from './view-texts.ts';

/** A column of a table, by its key. */
export interface ColumnRef {
  readonly table: Table;
  readonly column: string;
}

/** Where the values of a column come from: a column as it is, what is computed from columns, or from none. */
export type ColumnSource =
  | ({ readonly kind: 'column' } & ColumnRef)
  | { readonly kind: 'expression'; readonly reads: readonly ColumnRef[]; readonly constant?: string | undefined };

/** The text of an expression that is a constant, and not NULL. */
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

/** What one SELECT takes from tables. */
export interface SelectOrigins {
  /** One per result column. */
  readonly results: readonly ColumnSource[];
  /** Columns that are read, but not told which result they are for. */
  readonly alsoReads: readonly ColumnRef[];
  /** Columns that are compared with a column or an expression: their values may be replaced by what they match. */
  readonly matched: readonly ColumnRef[];
  /** Columns that WHERE reads. */
  readonly filtered: readonly ColumnRef[];
  /** The table, if FROM names one table and nothing else. */
  readonly only: Table | undefined;
  /** No WHERE, LIMIT or HAVING leaves rows out. */
  readonly takesAll: boolean;
  readonly merges: boolean;
  /** The keys of all words in its FROM clause and behind. */
  readonly conditions: ReadonlySet<string>;
  /** How many rows it gives, where it is one of several in a UNION ALL and was counted. */
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
    for (const name of sources(statement)) {
      // A name may mean the temporary table that hides another, or with its schema that other.
      const [hiding, table] = [this.#tables.find({ schema: 'temp', name }), this.#tables.at(name)];
      for (const one of [hiding, table]) if (one !== undefined) found.add(one);
      const view = table === undefined && !seen.has(name) ? this.#views.get(name) : undefined;
      if (view !== undefined) for (const inner of this.tablesRead(view, seen.add(name))) found.add(inner);
    }
    return found;
  }

  /**
   * What the SELECTs of an INSERT, a CREATE TABLE ... AS or a SELECT take, one by one. `counts`: those of a UNION ALL are
   * counted, since changes() is only their sum. Ask before the statement runs: it may read the table that it fills.
   */
  *ofSelects(statement: SqlStatement, counts = false): Op<readonly SelectOrigins[]> {
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
        this.#loose(statement, read),
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

  /** What an UPDATE, or the DO UPDATE of an INSERT, reads to compute the values that it sets. */
  *ofUpdate(
    statement: SqlStatement,
    target: ObjectName,
  ): Op<Pick<SelectOrigins, 'alsoReads' | 'matched' | 'filtered'>> {
    const { set, from } = updateParts(statement);
    const own = `FROM ${target.schema === undefined ? '' : `${quote(target.schema)}.`}${quote(target.name)}${aliasOf(statement)}`;
    const outer = from === '' ? [own] : [from, own];
    const loose = this.#loose(statement, this.tablesRead(statement));
    const scope = new Scope(this.#tables, this.#views, statement, '', outer, loose);
    const inner = innerSelects(statement, set);
    const within = new Set(inner.flatMap((select) => select.tokens));
    const alsoReads = [...(yield* scope.reads(assigned(set).filter((token) => !within.has(token))))];
    const matched =
      from === ''
        ? []
        : [...(yield* scope.matched(statement.tokens.slice(statement.tokens.indexOf(set[0]!) + set.length)))];
    for (const select of inner) {
      const nested = new Scope(this.#tables, this.#views, statement, '', [select.from, ...outer], loose);
      for (const item of select.items) alsoReads.push(...(yield* nested.reads(item)));
      matched.push(...(yield* nested.matched([...select.fromTokens, ...select.rest])));
    }
    return { alsoReads, matched, filtered: yield* this.#ofCondition(statement, scope) };
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
    const isBlind = asked === undefined && only === undefined && select.items.some(isStar);
    if (isBlind) {
      // How many columns a star is, is not known.
    } else if (asked === undefined) {
      // The driver does not tell, or SQLite cannot compile this SELECT by itself.
      for (const item of select.items) results.push(...(yield* this.#byName(item, only, scope)));
    } else {
      let at = 0;
      for (const item of select.items) {
        const width = yield* this.#widthOf(item, select, asked.length, scope);
        for (const origin of asked.slice(at, at + width)) results.push(yield* this.#sourceOf(item, origin, scope));
        at += width;
      }
    }
    const tokens = [...select.fromTokens, ...select.rest];
    // Of a compound in FROM SQLite names the columns of its first SELECT only.
    const isCompound = statement.tokens.some(
      ({ kind, text }) => kind === 'word' && /^(?:union|intersect|except)$/i.test(text),
    );
    const taken = new Set(results.flatMap((source) => readsOf(source).map(({ table }) => table)));
    return {
      results,
      alsoReads: isBlind
        ? scope.loose
        : isCompound && only === undefined
          ? scope.loose.filter(({ table }) => read.has(table) && !taken.has(table))
          : [],
      matched: only === undefined ? yield* scope.matched(tokens) : [],
      filtered: yield* scope.reads(select.rest),
      only,
      takesAll: !select.rest.some(({ kind, text }) => kind === 'word' && /^(?:where|limit|having)$/i.test(text)),
      merges: select.merges,
      conditions: new Set(tokens.filter(isWord).map(({ text }) => nameKey(unquote(text)))),
    };
  }

  /** How many result columns an item is: of `*` as many as are left, or as SQLite says where there are several. */
  *#widthOf(item: readonly Token[], select: Select, total: number, scope: Scope): Op<number> {
    if (!isStar(item)) return 1;
    if (select.items.filter(isStar).length === 1) return total - select.items.length + 1;
    const text = item.map((token) => token.text).join('');
    return (yield* scope.columns(`SELECT ${text} ${select.from}`))?.length ?? 0;
  }

  *#sourceOf(item: readonly Token[], origin: ColumnOrigin, scope: Scope): Op<ColumnSource> {
    // A subquery as a value reports the column that it selects, whichever row that is of.
    const isSelected = item.some((token) => token.kind === 'word' && nameKey(token.text) === 'select');
    const table = isSelected ? undefined : this.#tables.origin(origin.database, origin.table);
    if (table !== undefined && origin.column !== undefined)
      return { kind: 'column', table, column: nameKey(origin.column) };
    if (isStar(item)) {
      const isComputed = origin.table === undefined || origin.database === undefined;
      const reads = isComputed ? scope.computed(origin.column ?? origin.name) : scope.given(origin.table);
      return { kind: 'expression', reads: yield* reads };
    }
    return { kind: 'expression', reads: yield* scope.readsWithin(item), constant: constantOf(item) };
  }

  /** Without SQLite's answer: bare names and `*` of one table; what is nested can't be told. */
  *#byName(item: readonly Token[], only: Table | undefined, scope: Scope): Op<readonly ColumnSource[]> {
    if (only === undefined) return [{ kind: 'expression', reads: scope.loose }];
    const { columns } = yield* readTableInfo(this.#tables.nameOf(only), schemaOf(only));
    const keys = columns.map(({ name }) => nameKey(name));
    if (isStar(item)) return keys.map((column) => ({ kind: 'column', table: only, column }));
    const named = namesIn(item).map(({ text }) => nameKey(unquote(text.split('.').at(-1)!)));
    const reads = named.filter((name) => keys.includes(name)).map((column) => ({ table: only, column }));
    const isBare = namesIn(item)[0]?.last === item.length - 1 && reads.length === 1;
    return [isBare ? { kind: 'column', ...reads[0]! } : { kind: 'expression', reads, constant: constantOf(item) }];
  }

  /** Every name in the statement and in the views that it reads, as a column of every table that it reads. */
  #loose(statement: SqlStatement, read: ReadonlySet<Table>): readonly ColumnRef[] {
    const names = new Set<string>();
    const add = ({ tokens }: SqlStatement): void => {
      for (const token of tokens) if (isWord(token)) names.add(nameKey(unquote(token.text)));
    };
    add(statement);
    for (const view of this.#views.behind(statement)) add(view);
    return [...read].flatMap((table) => [...names].map((column) => ({ table, column })));
  }
}

/** Where an expression looks for names: FROM clauses, the innermost first. */
class Scope {
  /** What an expression may read that SQLite does not tell. */
  readonly loose: readonly ColumnRef[];
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
    loose: readonly ColumnRef[],
    within: ReadonlySet<string> = new Set(),
  ) {
    this.#tables = tables;
    this.#views = views;
    this.#within = within;
    this.#statement = statement;
    this.#with = withClause;
    this.#froms = froms;
    this.loose = loose;
  }

  #inside(select: Select): Scope {
    return new Scope(this.#tables, this.#views, this.#statement, this.#with, [select.from, ...this.#froms], this.loose);
  }

  /** SQLite's answer; undefined where it has none. */
  *columns(select: string): Op<readonly ColumnOrigin[] | undefined> {
    try {
      return yield* columnsOf(`${this.#with} ${select}`.trim());
    } catch (error) {
      if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
      return undefined;
    }
  }

  /** The columns that an expression reads: each of its names is asked for. */
  *reads(tokens: readonly Token[]): Op<readonly ColumnRef[]> {
    const found: ColumnRef[] = [];
    for (const { text } of namesIn(tokens)) found.push(...(yield* this.#lookUp(text)));
    return found;
  }

  /** The columns that an expression reads, each of its subqueries with the names of its own FROM. */
  *readsWithin(tokens: readonly Token[]): Op<readonly ColumnRef[]> {
    const inner = innerSelects(this.#statement, tokens);
    const within = new Set(inner.flatMap((select) => select.tokens));
    const found = [...(yield* this.reads(tokens.filter((token) => !within.has(token))))];
    for (const select of inner) found.push(...(yield* this.#inside(select).reads(select.tokens)));
    return found;
  }

  /** The columns on one side of a `=` whose other side is a column or an expression, and those of USING. */
  *matched(tokens: readonly Token[]): Op<readonly ColumnRef[]> {
    const found: ColumnRef[] = [];
    const names = namesIn(tokens);
    for (const [i, token] of tokens.entries()) {
      if (token.kind === 'word' && nameKey(token.text) === 'using') {
        const end = tokens.findIndex((close, j) => j > i && close.text === ')');
        const joined = new Set(tokens.slice(i + 1, end).map((name) => nameKey(unquote(name.text))));
        found.push(...this.loose.filter(({ column }) => joined.has(column)));
      }
      if (token.kind !== 'operator' || (token.text !== '=' && token.text !== '==')) continue;
      const before = names.find(({ last }) => last === i - 1);
      const after = names.find(({ first }) => first === i + 1);
      if (before !== undefined && !isLiteral(tokens[i + 1])) found.push(...(yield* this.#lookUp(before.text)));
      if (after !== undefined && !isLiteral(tokens[i - 1])) found.push(...(yield* this.#lookUp(after.text)));
    }
    return found;
  }

  /**
   * What a result column reads that a view, a subquery or a WITH clause computes: the expressions that have its name
   * there. Where none has, everything.
   */
  *computed(name: string): Op<readonly ColumnRef[]> {
    const found: ColumnRef[] = [];
    let isNamed = false;
    const inner = this.#inner();
    // A literal such as `true`, which is a name for the tokenizer.
    if (inner.length === 0) return [];
    for (const { statement, select, with: own } of inner) {
      // Of a UNION the first SELECT alone has the names.
      const start = statement.tokens.indexOf(select.tokens[0]!);
      const arms = splitCompound(statement, start, closeOf(statement.tokens, start)).selects;
      for (const [i, named] of select.items.entries()) {
        if (select.names[i] !== nameKey(name)) continue;
        const before = found.length;
        for (const { sql, from, items } of arms) {
          // An expression that has the name of what it reads would be looked for again.
          if (this.#within.has(sql)) continue;
          const within = new Set([...this.#within, sql]);
          const scope = new Scope(this.#tables, this.#views, statement, own, [from], this.loose, within);
          found.push(...(yield* scope.reads(items[i] ?? [])));
        }
        // One that only passes the name on does not compute it.
        const [only] = namesIn(named);
        const isPassedOn = only?.last === named.length - 1 && select.names[i] === keyOfLast(named);
        isNamed ||= found.length > before || !isPassedOn;
      }
    }
    return isNamed ? found : this.loose;
  }

  /**
   * What a table-valued function is given, which SQLite names as the table of its columns: what comes out of json_each()
   * was in its argument. `alias`: only of the call that has this name.
   */
  *given(name: string, alias?: string): Op<readonly ColumnRef[]> {
    const mark = `${nameKey(name)}(${alias ?? ''})`;
    // A call may be given what another one of the same function made, which may name none.
    if (this.#within.has(mark)) return [];
    const within = new Set([...this.#within, mark]);
    const inner = this.#inner().map((one) => ({ ...one, tokens: one.select.fromTokens, froms: [one.select.from] }));
    const own = { statement: this.#statement, with: this.#with, tokens: this.#statement.tokens, froms: [] };
    const places = [own, ...inner].map((place) => ({ ...place, calls: callsOf(place.tokens, nameKey(name)) }));
    const isNamed = places.some(({ calls }) => calls.some((call) => call.alias === alias));
    const found: ColumnRef[] = [];
    for (const { statement, with: withClause, froms, calls } of places) {
      const all = [...froms, ...this.#froms];
      const scope = new Scope(this.#tables, this.#views, statement, withClause, all, this.loose, within);
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
    let refs: readonly ColumnRef[] = [];
    for (const from of this.#froms) {
      const [origin] = (yield* this.columns(`SELECT ${inBrackets(name)} ${from}`)) ?? [];
      if (origin === undefined) continue;
      const table = this.#tables.origin(origin.database, origin.table);
      if (table !== undefined && origin.column !== undefined) refs = [{ table, column: nameKey(origin.column) }];
      else if (origin.table === undefined) refs = yield* this.computed(origin.name);
      // A recursive table expression is a table, but of no database.
      else if (origin.database === undefined) refs = yield* this.computed(origin.column ?? origin.name);
      else if (table === undefined) refs = yield* this.given(origin.table, qualifierOf(name));
      break;
    }
    this.#known.set(name, refs);
    return refs;
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

/** The calls of a table-valued function, with the key of the name that each has in its FROM clause. */
function callsOf(tokens: readonly Token[], name: string): readonly { alias: string; given: readonly Token[] }[] {
  return tokens.flatMap((token, i) => {
    if (!isWord(token) || nameKey(unquote(token.text)) !== name || tokens[i + 1]?.text !== '(') return [];
    const end = closeOf(tokens, i + 2);
    const behind = tokens.slice(end + 1).find((next) => !isKeyword(next, 'as'));
    const alias = behind !== undefined && isName(behind) ? nameKey(unquote(behind.text)) : name;
    return [{ alias, given: tokens.slice(i + 2, end) }];
  });
}

function keyOfLast(item: readonly Token[]): string {
  return nameKey(unquote(item.at(-1)!.text));
}

/** The key of what stands before the last point of a name. */
function qualifierOf(name: string): string | undefined {
  const before = tokenize(name).at(-3);
  return before === undefined ? undefined : nameKey(unquote(before.text));
}

/** Whether a token stands outside of all parentheses. */
function isOuter(tokens: readonly Token[], index: number): boolean {
  let depth = 0;
  for (const token of tokens.slice(0, index)) depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
  return depth === 0;
}

/** What is assigned in a SET clause, without the columns that it is assigned to. */
function assigned(set: readonly Token[]): readonly Token[] {
  const found: Token[] = [];
  let depth = 0;
  let isValue = false;
  for (const token of set) {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (isValue) found.push(token);
    if (depth === 0 && token.text === '=') isValue = true;
    if (depth === 0 && token.text === ',') isValue = false;
  }
  return found;
}

/** The name in brackets instead of double quotes, in which SQLite may take it for a string (sqlite.org/quirks.html). */
function inBrackets(name: string): string {
  return name.startsWith('"') && !/[\].]/.test(name) ? `[${unquote(name)}]` : name;
}

function isStar(item: readonly Token[]): boolean {
  return item.at(-1)?.text === '*' && (item.length === 1 || item.at(-2)?.text === '.');
}

function isLiteral(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    (['string', 'number', 'blob', 'variable'].includes(token.kind) || nameKey(token.text) === 'null')
  );
}

/** ` AS x` of the target of an UPDATE. */
function aliasOf({ tokens }: SqlStatement): string {
  const set = tokens.findIndex((token) => token.kind === 'word' && nameKey(token.text) === 'set');
  const as = tokens[set - 2];
  return as?.kind === 'word' && nameKey(as.text) === 'as' ? ` AS ${tokens[set - 1]!.text}` : '';
}
