import { query, type Op } from '../../bridge/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import {
  assignmentsOf,
  classify,
  isKeyword,
  isName,
  literal,
  nameKey,
  namesIn,
  parseRowCopy,
  tokenize,
  triggerBody,
  unquote,
  updateParts,
  type ObjectName,
  type SqlStatement,
  type Token,
} from '../../sql/index.ts';
import { constantOf, readsOf, type ColumnRef, type ColumnSource } from './column-origins.ts';
import type { Table, TableTracker } from './table-tracker.ts';

/** What one statement of a trigger copies into a table from the row that fired it (`new`). */
export interface TriggerCopy {
  readonly target: Table;
  /** Whether it inserts rows; otherwise it sets values of existing rows. */
  readonly adds: boolean;
  /** The source of each column that it fills, by the column's key. */
  readonly columns: ReadonlyMap<string, ColumnSource>;
  /** Columns that its FROM and WHERE compare, if it reads a table. */
  readonly matched: readonly ColumnRef[];
  /** Columns that its WHERE or the trigger's WHEN reads. */
  readonly filtered: readonly ColumnRef[];
  /** DISTINCT, GROUP BY or UNION: several rows may become one. */
  readonly merges: boolean;
  readonly statement: SqlStatement;
}

/** The sources of the columns of an inserted row, or of those that an UPDATE sets, by key. */
type Row = ReadonlyMap<string, ColumnSource>;

/**
 * What the triggers of an INSERT or an UPDATE copy, including the triggers that they fire in turn. A statement on a view
 * only fires its INSTEAD OF triggers. A DELETE has no `new` row, so its triggers copy nothing. `row`: the sources of the
 * columns that the statement fills. `seen`: the triggers on the way here, each with its schema; it ends a cycle.
 */
export function* triggerCopies(
  event: 'insert' | 'update',
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
    // A trigger of main cannot be on a temporary table.
    for (const { name: trigger, sql } of schema === 'temp' && triggerSchema === 'main' ? [] : triggers) {
      const body = triggerBody(sql, event);
      const key = `${triggerSchema} ${trigger}`;
      if (body === undefined || seen.has(key)) continue;
      const filtered = columnsRead(body.when, row);
      for (const statement of body.statements)
        for (const copy of yield* statementCopies(statement, triggerSchema, row, tables)) {
          if (copy.target !== undefined)
            found.push({ ...copy, target: copy.target, filtered: [...filtered, ...copy.filtered] });
          const next = copy.adds ? 'insert' : 'update';
          found.push(...(yield* triggerCopies(next, copy.name, copy.columns, tables, new Set([...seen, key]))));
        }
    }
  }
  return found;
}

type BodyCopy = Omit<TriggerCopy, 'target'> & { readonly name: ObjectName; readonly target: Table | undefined };

/**
 * The copies of one statement of a trigger. An INSERT has one for each SELECT, which `triggerBody` also makes of each row
 * of VALUES, and one for its DO UPDATE.
 */
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
  // The SET of an UPDATE, or that of ON CONFLICT DO UPDATE.
  const set = assignmentsOf(updateParts(statement).set);
  const base = { name, target, adds: false, matched: [], filtered: [], merges: false, statement };
  const columns = new Map(
    set.map(({ column, value }) => [column, withoutRowMatch(sourceOf(value, column, row))] as const),
  );
  const updates = set.length === 0 ? [] : [{ ...base, columns }];
  if (facts.verb === 'update') return updates;
  const { columns: list, selects, merges } = parseRowCopy(statement);
  const info = yield* readTableInfo(name.name, target?.temporary === true ? 'temp' : 'main');
  const named = list ?? info.columns.filter(({ generated }) => !generated).map((column) => column.name);
  const inserts = selects.map((select) => ({
    ...base,
    adds: true,
    columns: new Map(
      select.items.map((item, i) => {
        // Too many columns are an error of SQLite; until then the number stands for the name.
        const column = nameKey(named[i] ?? `${i + 1}`);
        return [column, sourceOf(item, column, row)] as const;
      }),
    ),
    matched: select.from === '' ? [] : columnsRead([...select.fromTokens, ...select.rest], row),
    filtered: columnsRead(select.rest, row),
    merges: merges || select.merges,
  }));
  return [...inserts, ...updates];
}

/**
 * The source of a value that a trigger writes into `column`. `new.a` has the source of the inserted row's column a. An
 * expression over `new.a` that is written into a column a, such as `trim(new.a)`, counts as a copy of it too: the migration
 * does not say that the trigger changes the values, so the guard has to compare them. Any other value is an expression.
 */
function sourceOf(item: readonly Token[], column: string, row: Row): ColumnSource {
  const names = namesIn(item);
  const isBare = names[0]?.first === 0 && names[0].last === item.length - 1;
  const hasSubquery = item.some((token) => isKeyword(token, 'select'));
  const read = names.map(({ text }) => columnOfNew(text));
  const isOverSameColumn = !hasSubquery && read.includes(column);
  const source = row.get((isBare ? read[0] : isOverSameColumn && column) || '');
  if (source !== undefined && (isBare || source.kind === 'column' || source.picked !== undefined)) return source;
  return { kind: 'expression', reads: columnsRead(item, row), constant: constantOf(item) };
}

/** The source of a column that an UPDATE sets: the values are known, but not into which rows they go. */
function withoutRowMatch(source: ColumnSource): ColumnSource {
  return source.kind === 'column' ? { kind: 'expression', reads: [source], picked: source } : source;
}

/** The columns of the inserted row that an expression reads, such as a in `new.a`. */
function columnsRead(tokens: readonly Token[], row: Row): readonly ColumnRef[] {
  return namesIn(tokens).flatMap(({ text }) => {
    const source = row.get(columnOfNew(text) ?? '');
    return source === undefined ? [] : readsOf(source);
  });
}

/** The column's key in a name such as `new.a`; undefined for any other name. */
function columnOfNew(name: string): string | undefined {
  const [qualifier, , column] = tokenize(name);
  if (!isName(qualifier) || column === undefined || nameKey(unquote(qualifier.text)) !== 'new') return undefined;
  return nameKey(unquote(column.text));
}
