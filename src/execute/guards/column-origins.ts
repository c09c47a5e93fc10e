import { isSqlError, query, type ColumnOrigin, type Op } from '../../bridge/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import {
  assignmentsOf,
  countOfEach,
  depthZero,
  innerSelects,
  isKeyword,
  nameKey,
  namesIn,
  parseRowCopy,
  quote,
  tablesRead,
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
import { SelectScope, isWord } from './select-scope.ts';

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
      /** The column whose values it takes, while it is unknown from which rows: an UPDATE or a subquery picks them. */
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

/** What one SELECT reads, of which result columns. */
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
  /** DISTINCT, GROUP BY or UNION: several rows may become one. */
  readonly merges: boolean;
  /** The keys of all words in its FROM clause and after it. */
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
      const scope = new SelectScope(
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
    const { set, from, rest } = updateParts(statement);
    const own = `FROM ${target.schema === undefined ? '' : `${quote(target.schema)}.`}${quote(target.name)}${aliasOf(statement)}`;
    const outer = from === '' ? [own] : [from, own];
    const possible = this.#possible(statement, this.tablesRead(statement));
    const scope = new SelectScope(this.#tables, this.#views, statement, parseRowCopy(statement).with, outer, possible);
    const columns = new Map<NameKey, ColumnSource>();
    for (const { column, value, index } of assignmentsOf(set))
      columns.set(column, {
        kind: 'expression',
        reads: yield* scope.readsOfValue(value, index),
        picked: yield* scope.picked(value, index),
      });
    const matched = from === '' ? [] : [...(yield* scope.matched(rest))];
    for (const select of innerSelects(statement, set))
      matched.push(...(yield* scope.inside(select).matched([...select.fromTokens, ...select.rest])));
    return { columns, matched, filtered: yield* this.#ofCondition(statement, scope) };
  }

  /** The columns that the WHERE clause of an UPDATE reads, those in its subqueries included. */
  *#ofCondition(statement: SqlStatement, scope: SelectScope): Op<readonly ColumnRef[]> {
    const { tokens } = statement;
    const start = [...depthZero(tokens, 0, tokens.length)].findLast((i) => isKeyword(tokens[i], 'where'));
    if (start === undefined) return [];
    return yield* scope.readsWithin(tokens.slice(start + 1));
  }

  *#ofSelect(statement: SqlStatement, select: Select, scope: SelectScope, read: ReadonlySet<Table>): Op<SelectOrigins> {
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
        ...(yield* this.#subqueryReads(select, scope)),
      ],
      filtered: yield* scope.reads(select.rest),
      only,
      copiesAllRows: !select.rest.some(({ kind, text }) => kind === 'word' && /^(?:where|limit|having)$/i.test(text)),
      merges: select.merges,
      conditions: new Set(tokens.filter(isWord).map(({ text }) => nameKey(unquote(text)))),
    };
  }

  /** The columns that the subqueries in a SELECT's results read. */
  *#subqueryReads({ items }: Select, scope: SelectScope): Op<readonly ColumnRef[]> {
    const found: ColumnRef[] = [];
    for (const item of items)
      if (item.some((token) => isKeyword(token, 'select'))) found.push(...(yield* scope.readsWithin(item)));
    return found;
  }

  /** The number of result columns of an item. `*` has all that are left; SQLite is asked if there are several. */
  *#widthOf(item: readonly Token[], select: Select, total: number, scope: SelectScope): Op<number> {
    if (!isStar(item)) return 1;
    if (select.items.filter(isStar).length === 1) return total - select.items.length + 1;
    const text = item.map((token) => token.text).join('');
    return (yield* scope.columns(`SELECT ${text} ${select.from}`))?.length ?? 0;
  }

  *#sourceOf(
    item: readonly Token[],
    origin: ColumnOrigin,
    scope: SelectScope,
    only: Table | undefined,
  ): Op<ColumnSource> {
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
  *#byName(item: readonly Token[], only: Table | undefined, scope: SelectScope): Op<readonly ColumnSource[]> {
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

/** The key of the name by which a SELECT knows the first table of its FROM clause. */
function firstAlias(from: readonly Token[]): string | undefined {
  const end = from.findIndex(
    (token) => token.text === ',' || token.text === '(' || /^(?:left|inner|cross|natural|join)$/i.test(token.text),
  );
  const last = from.slice(0, end === -1 ? from.length : end).at(-1);
  return last === undefined ? undefined : nameKey(unquote(last.text));
}

function isStar(item: readonly Token[]): boolean {
  return item.at(-1)?.text === '*' && (item.length === 1 || item.at(-2)?.text === '.');
}

/** ` AS x` of the target of an UPDATE. */
function aliasOf({ tokens }: SqlStatement): string {
  const set = tokens.findIndex((token) => token.kind === 'word' && nameKey(token.text) === 'set');
  const as = tokens[set - 2];
  return as?.kind === 'word' && nameKey(as.text) === 'as' ? ` AS ${tokens[set - 1]!.text}` : '';
}
