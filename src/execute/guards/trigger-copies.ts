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

/** The sources of the columns of an inserted row, or of those that an UPDATE sets, by key. */
type Row = ReadonlyMap<string, ColumnSource>;

/**
 * What the triggers of an INSERT or an UPDATE copy, including triggers that they fire. On a view, the statement does
 * nothing else. `row`: the sources of the columns that it fills.
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
    for (const { name: trigger, sql } of schema === 'temp' && triggerSchema === 'main' ? [] : triggers) {
      const body = triggerBody(sql, event);
      if (body === undefined || seen.has(trigger)) continue;
      const filtered = columnsRead(body.when, row);
      for (const statement of body.statements)
        for (const copy of yield* statementCopies(statement, triggerSchema, row, tables)) {
          if (copy.target !== undefined)
            found.push({ ...copy, target: copy.target, filtered: [...filtered, ...copy.filtered] });
          // A trigger may fire others, and itself.
          const next = copy.adds ? 'insert' : 'update';
          found.push(...(yield* triggerCopies(next, copy.name, copy.columns, tables, new Set([...seen, trigger]))));
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
  const set = assignmentsOf(updateParts(statement).set);
  const update = { name, target, adds: false, matched: [], filtered: [], merges: false, statement };
  const columns = new Map(set.map(({ column, value }) => [column, pickedOf(sourceOf(value, column, row))] as const));
  const updates = set.length === 0 ? [] : [{ ...update, columns }];
  if (facts.verb === 'update') return updates;
  const { columns: list, selects, merges } = parseRowCopy(statement);
  const info = yield* readTableInfo(name.name, target?.temporary === true ? 'temp' : 'main');
  const named = list ?? info.columns.filter(({ generated }) => !generated).map((column) => column.name);
  const inserts = selects.map((select) => ({
    ...update,
    adds: true,
    columns: new Map(
      select.items.map((item, i) => {
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
 * The source of `new.a` is that of column a. So is that of an expression of it for a column of the same name: no
 * statement of the migration says that the trigger changes its values, so they are compared. Anything else is an
 * expression.
 */
function sourceOf(item: readonly Token[], column: string, row: Row): ColumnSource {
  const names = namesIn(item);
  const isBare = names[0]?.first === 0 && names[0].last === item.length - 1;
  const isSelected = item.some((token) => isKeyword(token, 'select'));
  const read = names.map(({ text }) => columnOfNew(text));
  const source = row.get((isBare ? read[0] : !isSelected && read.includes(column) ? column : undefined) ?? '');
  if (source !== undefined && (isBare || source.kind === 'column' || source.picked !== undefined)) return source;
  return { kind: 'expression', reads: columnsRead(item, row), constant: constantOf(item) };
}

/** The source of a column that an UPDATE sets: it is unknown in which rows. */
function pickedOf(source: ColumnSource): ColumnSource {
  return source.kind === 'column' ? { kind: 'expression', reads: [source], picked: source } : source;
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
