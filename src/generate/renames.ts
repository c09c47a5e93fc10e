import { dunlinError } from '../errors/index.ts';
import { isVirtual, type Inventory, type SchemaObject } from '../schema/index.ts';
import {
  nameKey,
  parseTable,
  quoteIfNeeded,
  sameName,
  textOf,
  tokenize,
  unquote,
  type TableText,
} from '../sql/index.ts';
import { shownName } from './placeholders.ts';
import type { GenerateRequest, Named, Rename, Undecided } from './types.ts';

/** `-- @renamed from=old`, behind a column or the opening parenthesis of its table. */
const MARK = /^(?:--|\/\*)\s*@renamed\s+from\s*=\s*("(?:[^"]|"")*"|\[[^\]]*\]|`[^`]*`|[^\s"*]+)/i;

/** A CREATE TABLE without its `@renamed` comments, which are no part of the schema. */
export function withoutMarks(sql: string): string {
  let text = sql;
  for (const token of tokenize(sql).toReversed())
    if (token.kind === 'comment' && MARK.test(token.text))
      text = text.slice(0, token.start).replace(/[ \t]+$/, '') + text.slice(token.end);
  return text;
}

interface Mark {
  /** Undefined: the table itself. */
  readonly column: string | undefined;
  readonly from: string;
}

function marksOf(table: TableText): readonly Mark[] {
  return tokenize(table.sql).flatMap(({ kind, text, start }) => {
    const from = kind === 'comment' ? MARK.exec(text)?.[1] : undefined;
    if (from === undefined) return [];
    const line = table.sql.lastIndexOf('\n', start);
    const before = table.columns.findLast((column) => column.end <= start && column.end > line);
    const isHead = table.columns.every((column) => column.start > start) && line < table.body.start;
    const column = isHead
      ? undefined
      : (before ?? table.columns.find((one) => one.start > start) ?? table.columns.at(-1));
    return [{ column: column?.name.name, from: unquote(from) }];
  });
}

/** The tables of a schema that are no virtual ones, with their parts. */
function tablesOf(
  inventory: Inventory,
): ReadonlyMap<string, { readonly object: SchemaObject; readonly text: TableText }> {
  const found = new Map<string, { readonly object: SchemaObject; readonly text: TableText }>();
  for (const [key, object] of inventory.tables) {
    const text = isVirtual(object.sql) ? undefined : parseTable(object.sql ?? '');
    if (text !== undefined) found.set(key, { object, text });
  }
  return found;
}

export interface Decisions {
  readonly renames: readonly Rename[];
  readonly undecided: readonly Undecided[];
}

/**
 * What is renamed: as the request says, and the comments in the wanted tables. What could be renamed and is not decided is
 * listed. Errors: `GENERATE_RENAME_UNKNOWN`.
 */
export function decideRenames({ from, to, renames: given = [], distinct = [] }: GenerateRequest): Decisions {
  const [before, after] = [tablesOf(from), tablesOf(to)];
  const tableRenames = given.filter(({ column }) => column === undefined);
  for (const rename of tableRenames) requireName(rename, before, after);
  for (const { text } of after.values())
    for (const { column, from: old } of marksOf(text))
      if (
        column === undefined &&
        isOpen(
          old,
          text.name.name,
          [...before.keys()],
          tableRenames.map((one) => one.table),
        )
      )
        tableRenames.push({ table: before.get(nameKey(old))!.object.name, to: bareName(text, to) });
  const isDistinct = (one: Named): boolean =>
    distinct === 'all' ||
    distinct.some((other) => sameName(other.table, one.table) && sameName(other.column ?? '', one.column ?? ''));
  const undecided: Undecided[] = [];
  const isRenamedTo = (name: string): boolean => tableRenames.some((one) => sameName(one.to, name));
  const newTables = [...after].filter(([key, { object }]) => !before.has(key) && !isRenamedTo(object.name));
  const columnRenames: Rename[] = [];
  for (const [key, { object, text }] of before) {
    const renamed = tableRenames.find(({ table }) => sameName(table, object.name));
    const now = after.get(renamed === undefined ? key : nameKey(renamed.to));
    if (now === undefined) {
      if (newTables.length > 0 && !isDistinct({ table: object.name }))
        undecided.push({
          table: object.name,
          candidates: bySimilarity(
            newTables.map(([, one]) => ({ name: one.object.name, likeness: tableLikeness(text, one.text) })),
            object.name,
          ),
        });
      continue;
    }
    const own = given.filter(({ table, column }) => column !== undefined && sameName(table, object.name));
    const columns = columnsOf(text);
    const wanted = columnsOf(now.text);
    for (const rename of own) requireColumns(rename, columns, wanted);
    for (const { column, from: old } of marksOf(now.text))
      if (
        column !== undefined &&
        isOpen(
          old,
          column,
          [...columns.keys()],
          own.map((one) => one.column!),
        )
      )
        own.push({ table: object.name, column: columns.get(nameKey(old))!.name, to: column });
    columnRenames.push(...own);
    const gone = [...columns.values()].filter(
      ({ name }) => !wanted.has(nameKey(name)) && !own.some((one) => sameName(one.column!, name)),
    );
    const made = [...wanted.values()].filter(
      ({ name }) => !columns.has(nameKey(name)) && !own.some((one) => sameName(one.to, name)),
    );
    for (const old of gone) {
      // A generated column has no values to keep.
      const candidates = old.isGenerated ? [] : made.filter(({ isGenerated }) => !isGenerated);
      if (candidates.length > 0 && !isDistinct({ table: object.name, column: old.name }))
        undecided.push({
          table: object.name,
          column: old.name,
          candidates: bySimilarity(
            candidates.map((one) => ({ name: one.name, likeness: one.type === old.type ? 1 : 0 })),
            old.name,
          ),
        });
    }
  }
  const strayed = given.find(({ table, column }) => column !== undefined && !before.has(nameKey(table)));
  if (strayed !== undefined) throw unknown(strayed, `there is no table ${strayed.table} before`);
  return { renames: [...tableRenames, ...columnRenames], undecided };
}

function bareName(text: TableText, to: Inventory): string {
  const key = nameKey(text.name.name);
  return to.tables.get(key)?.name ?? text.name.name;
}

/** Whether a comment still has something to say: the old name is there, the new one is not, and nobody has said otherwise. */
function isOpen(old: string, name: string, present: readonly string[], decided: readonly string[]): boolean {
  return (
    present.includes(nameKey(old)) && !present.includes(nameKey(name)) && !decided.some((one) => sameName(one, old))
  );
}

interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly isGenerated: boolean;
}

function columnsOf({ sql, columns }: TableText): ReadonlyMap<string, ColumnFacts> {
  return new Map(
    columns.map(({ name, type, constraints }) => [
      nameKey(name.name),
      {
        name: name.name,
        type: type === undefined ? '' : nameKey(textOf(sql, type)),
        isGenerated: constraints.some(({ kind }) => kind === 'generated'),
      },
    ]),
  );
}

/** The share of columns that both have. */
function tableLikeness(one: TableText, other: TableText): number {
  const [a, b] = [columnsOf(one), columnsOf(other)];
  return [...a.keys()].filter((key) => b.has(key)).length / Math.max(a.size, b.size);
}

function bySimilarity(
  candidates: readonly { readonly name: string; readonly likeness: number }[],
  old: string,
): readonly string[] {
  const score = ({ name, likeness }: { readonly name: string; readonly likeness: number }): number =>
    likeness + sharedPairs(nameKey(name), nameKey(old));
  return candidates.toSorted((a, b) => score(b) - score(a)).map(({ name }) => name);
}

/** How many pairs of letters two names share, from 0 to 1. */
function sharedPairs(a: string, b: string): number {
  const pairs = (text: string): Set<string> => new Set(Array.from(text, (_, i) => text.slice(i, i + 2)));
  const [one, other] = [pairs(a), pairs(b)];
  return (2 * [...one].filter((pair) => other.has(pair)).length) / (one.size + other.size);
}

type Tables = ReturnType<typeof tablesOf>;

function requireName(rename: Rename, before: Tables, after: Tables): void {
  if (!before.has(nameKey(rename.table))) throw unknown(rename, `there is no table ${rename.table} before`);
  if (!after.has(nameKey(rename.to))) throw unknown(rename, `the wanted schema has no table ${rename.to}`);
}

function requireColumns(
  rename: Rename,
  before: ReadonlyMap<string, ColumnFacts>,
  after: ReadonlyMap<string, ColumnFacts>,
): void {
  const { table, column = '', to } = rename;
  if (!before.has(nameKey(column))) throw unknown(rename, `${table} has no column ${column} before`);
  if (!after.has(nameKey(to))) throw unknown(rename, `${table} has no column ${to} in the wanted schema`);
}

function unknown(rename: Rename, fact: string): Error {
  return dunlinError('GENERATE_RENAME_UNKNOWN', { rename: `${shownName(rename)}=${quoteIfNeeded(rename.to)}`, fact });
}
