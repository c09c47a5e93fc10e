import { query, type Op } from '../../bridge/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import {
  classify,
  insertTrigger,
  isName,
  literal,
  nameKey,
  namesIn,
  parseRowCopy,
  setColumns,
  tokenize,
  unquote,
  updateParts,
  type ObjectName,
  type SqlStatement,
  type Token,
} from '../../sql/index.ts';
import { constantOf, readsOf, type ColumnRef, type ColumnSource } from './column-origins.ts';
import type { Table, TableTracker } from './table-tracker.ts';

/** What one statement of a trigger copies from an inserted row into a table. */
export interface TriggerCopy {
  readonly target: Table;
  /** As new rows, or as values of existing rows. */
  readonly adds: boolean;
  readonly columns: ReadonlyMap<string, ColumnSource>;
  readonly matched: readonly ColumnRef[];
  readonly filtered: readonly ColumnRef[];
  readonly merges: boolean;
  readonly statement: SqlStatement;
}

/** The sources of the columns of an inserted row, by key. */
type Row = ReadonlyMap<string, ColumnSource>;

/**
 * What the triggers of an INSERT copy, including triggers that they fire. An INSERT into a view does nothing else.
 * `row`: the sources of the inserted columns.
 */
export function* triggerCopies(
  { schema, name }: ObjectName,
  row: Row,
  tables: TableTracker,
  seen: ReadonlySet<string> = new Set(),
): Op<readonly TriggerCopy[]> {
  const found: TriggerCopy[] = [];
  for (const triggerSchema of ['main', 'temp']) {
    const triggers = yield* query<{ name: string; sql: string }>(
      `SELECT name, sql FROM ${triggerSchema}.sqlite_schema WHERE type = 'trigger' AND tbl_name = ${literal(name)} COLLATE NOCASE`,
    );
    for (const { name: trigger, sql } of schema === 'temp' && triggerSchema === 'main' ? [] : triggers) {
      const body = insertTrigger(sql);
      if (body === undefined || seen.has(trigger)) continue;
      const filtered = columnsRead(body.when, row);
      for (const statement of body.statements)
        for (const copy of yield* statementCopies(statement, triggerSchema, row, tables)) {
          if (copy.target !== undefined)
            found.push({ ...copy, target: copy.target, filtered: [...filtered, ...copy.filtered] });
          // A trigger may fire others, and itself.
          if (copy.adds)
            found.push(...(yield* triggerCopies(copy.name, copy.columns, tables, new Set([...seen, trigger]))));
        }
    }
  }
  return found;
}

type BodyCopy = Omit<TriggerCopy, 'target'> & { readonly name: ObjectName; readonly target: Table | undefined };

/** The copies of one statement of a trigger. An INSERT has one for each SELECT and for each row of VALUES. */
function* statementCopies(
  statement: SqlStatement,
  triggerSchema: string,
  row: Row,
  tables: TableTracker,
): Op<readonly BodyCopy[]> {
  const facts = classify(statement);
  if (facts.verb !== 'insert' && facts.verb !== 'update') return [];
  // A trigger of the database itself cannot name what is temporary (sqlite.org/lang_createtrigger.html).
  const name = { schema: triggerSchema === 'main' ? 'main' : facts.name.schema, name: facts.name.name };
  const target = tables.find(name);
  const set = setColumns(statement);
  const reads = columnsRead(updateParts(statement).set, row);
  const update = { name, target, adds: false, matched: [], filtered: [], merges: false, statement };
  const updates =
    set.size === 0
      ? []
      : [{ ...update, columns: new Map([...set].map((column) => [column, { kind: 'expression', reads } as const])) }];
  if (facts.verb === 'update') return updates;
  const { columns, selects, merges } = parseRowCopy(statement);
  const info = yield* readTableInfo(name.name, target?.temporary === true ? 'temp' : 'main');
  const named = columns ?? info.columns.filter(({ generated }) => !generated).map((column) => column.name);
  const inserts = selects.map((select) => ({
    ...update,
    adds: true,
    columns: new Map(select.items.map((item, i) => [nameKey(named[i] ?? `${i + 1}`), sourceOf(item, row)] as const)),
    matched: select.from === '' ? [] : columnsRead([...select.fromTokens, ...select.rest], row),
    filtered: columnsRead(select.rest, row),
    merges: merges || select.merges,
  }));
  return [...inserts, ...updates];
}

/** The source of `new.a` is that of column a. Anything else is an expression. */
function sourceOf(item: readonly Token[], row: Row): ColumnSource {
  const [only] = namesIn(item);
  const column = only?.first === 0 && only.last === item.length - 1 ? columnOfNew(only.text) : undefined;
  const source = column === undefined ? undefined : row.get(column);
  return source ?? { kind: 'expression', reads: columnsRead(item, row), constant: constantOf(item) };
}

/** The columns that an expression reads as `new.a`. */
function columnsRead(tokens: readonly Token[], row: Row): readonly ColumnRef[] {
  return namesIn(tokens).flatMap(({ text }) => {
    const source = row.get(columnOfNew(text) ?? '');
    return source === undefined ? [] : readsOf(source);
  });
}

function columnOfNew(name: string): string | undefined {
  const [qualifier, , column] = tokenize(name);
  if (!isName(qualifier) || column === undefined || nameKey(unquote(qualifier.text)) !== 'new') return undefined;
  return nameKey(unquote(column.text));
}
