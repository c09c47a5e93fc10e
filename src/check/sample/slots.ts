import { isSqlError, query, queryNumber, type Op, type Row, type Value } from '../../bridge/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { nameKey, quote, sameName, type NameKey } from '../../sql/index.ts';
import type { Check } from './checks.ts';
import type { SampleColumn, SampleForeignKey, SampleTable } from './sample-table.ts';
import type { ColumnHints, InferredReference, ValueHints } from './value-hints.ts';
import { fallbackValues, sampleValue } from './values.ts';

/** Columns that get their values together: one, or those of a foreign key. The first choice is tried first. */
export interface Slot {
  readonly columns: readonly SampleColumn[];
  readonly choices: readonly (readonly Value[])[];
}

export interface SlotSources {
  readonly table: SampleTable;
  readonly checks: readonly Check[];
  readonly hints: ValueHints;
  /** The number of the row, from 1. */
  readonly row: number;
  /** Values of the key that rows of other tables refer to already, by column. */
  readonly reserved: ReadonlyMap<NameKey, Value> | undefined;
  /** Reserves a key of a table that has no row yet. */
  readonly reserve: (parent: string, column: string) => Op<Value | undefined>;
}

/** The slots of one row, or the reason why there can be no row. */
export function* slotsOf(sources: SlotSources): Op<readonly Slot[] | string> {
  const { table } = sources;
  const reserved = new Map([...(yield* ownKeys(sources)), ...(sources.reserved ?? [])]);
  const taken = new Set<string>();
  const slots: Slot[] = [];
  const column = (name: string): SampleColumn | undefined => table.columns.find(({ key }) => key === nameKey(name));
  for (const one of table.columns) {
    const value = reserved.get(one.key);
    if (value === undefined) continue;
    taken.add(one.key);
    slots.push({ columns: [one], choices: [[value]] });
  }
  for (const foreignKey of table.foreignKeys.toSorted((a, b) => b.from.length - a.from.length)) {
    const columns = foreignKey.from.map(column).filter((one) => one !== undefined);
    // If two foreign keys share a column, the first decides.
    if (columns.length < foreignKey.from.length || columns.some(({ key }) => taken.has(key))) continue;
    const choices = yield* references(foreignKey, columns, sources);
    if (typeof choices === 'string') return choices;
    if (choices.length === 0) continue;
    for (const { key } of columns) taken.add(key);
    slots.push({ columns, choices });
  }
  for (const one of table.columns)
    if (!taken.has(one.key)) slots.push(freeSlot(one, sources, yield* inferredReferences(one, sources)));
  return slots;
}

/** The keys of a first row that has to refer to itself, which must be known in advance. */
function* ownKeys({ table, row, hints }: SlotSources): Op<ReadonlyMap<string, Value>> {
  const keys = new Map<string, Value>();
  if (row > 1) return keys;
  const references = table.foreignKeys.flatMap(({ parent, from, to }) =>
    sameName(parent, table.name) && from.length === 1 ? [[from[0], to[0]]] : [],
  );
  for (const column of table.columns) {
    const inferred = inferredParent(column, hints);
    if (inferred?.tables.some((name) => sameName(name, table.name)) !== true) continue;
    references.push([column.name, inferred.column ?? table.columns.find(({ unique }) => unique)?.name]);
  }
  for (const [child, target] of references) {
    if (child === undefined || target === undefined || keys.has(nameKey(child))) continue;
    if (table.columns.find(({ key }) => key === nameKey(child))?.notNull !== true) continue;
    const value = yield* firstKey(table, target, hints);
    if (value === undefined) continue;
    keys.set(nameKey(target), value);
    keys.set(nameKey(child), value);
  }
  return keys;
}

/** What a foreign key can refer to. Empty if the parent is missing: then any value is valid. */
function* references(
  { parent, to }: SampleForeignKey,
  columns: readonly SampleColumn[],
  { table, row, reserve }: SlotSources,
): Op<readonly (readonly Value[])[] | string> {
  if (to.length !== columns.length) return [];
  const list = to.map((name, i) => `${quote(name)} AS c${i}`).join(', ');
  const present = (yield* query<Row>(`SELECT DISTINCT ${list} FROM main.${quote(parent)} LIMIT 20`))
    .map((found) => Object.values(found))
    .filter((values) => values.every((value) => value !== null));
  // Each row refers to another parent, as long as there are enough.
  const from = present.length === 0 ? 0 : (row - 1) % present.length;
  const choices: (readonly Value[])[] = [...present.slice(from), ...present.slice(0, from)];
  if (columns.some(({ notNull }) => !notNull)) choices.push(columns.map(({ notNull }) => (notNull ? 0 : null)));
  if (choices.length > 0) return choices;
  const [name] = to;
  const self = nameKey(parent) === nameKey(table.name);
  const key = to.length === 1 && name !== undefined && !self ? yield* reserve(parent, name) : undefined;
  if (key !== undefined) return [[key]];
  return self ? 'its first row would have to refer to itself' : `${parent}, which it refers to, has no row`;
}

/** What a column without a foreign key refers to, inferred from the migrations or its name. */
export function inferredParent(column: SampleColumn, uses: ValueHints): Omit<InferredReference, 'copied'> | undefined {
  if (column.rowid) return undefined;
  const refers = uses.get(column.key)?.references;
  // A key that is copied into a reference is itself the target.
  if (refers !== undefined && !(refers.copied && column.unique)) return refers;
  const named = /^(\w+?)_id$/.exec(column.key)?.[1];
  // A table of users may be called user or users.
  return named === undefined ? undefined : { tables: [named, `${named}s`], column: 'id' };
}

function* inferredReferences(column: SampleColumn, { table, hints, row }: SlotSources): Op<readonly Value[]> {
  const inferred = inferredParent(column, hints);
  for (const parent of inferred?.tables ?? [])
    try {
      const key = inferred!.column ?? (yield* primaryKey(parent));
      const name = quote(key);
      const rows = yield* query<{ v: Value }>(
        `SELECT DISTINCT p.${name} AS v FROM main.${quote(parent)} AS p WHERE p.${name} IS NOT NULL LIMIT 20`,
      );
      const values = rows.map((_, i) => rows[(i + row - 1) % rows.length]!.v);
      // The first row of a table that refers to itself has no other row to refer to.
      return values.length === 0 && sameName(parent, table.name) && !column.notNull ? [null] : values;
    } catch (error) {
      if (!isSqlError(error)) throw error;
    }
  return [];
}

function* primaryKey(table: string): Op<string> {
  const { primaryKey, rowidNames } = yield* readTableInfo(table);
  return primaryKey[0] ?? rowidNames[0] ?? 'rowid';
}

/** The key that the first row of an empty table gets. */
export function* firstKey(facts: SampleTable, column: string, uses: ValueHints): Op<Value | undefined> {
  const found = facts.columns.find(({ key }) => key === nameKey(column));
  if (found === undefined) return undefined;
  if (!found.rowid) return sampleValue(found, 1, uses.get(found.key));
  return 1 + (yield* queryNumber(`SELECT max(${quote(found.name)}) FROM main.${quote(facts.name)}`));
}

function freeSlot(column: SampleColumn, { checks, hints, row }: SlotSources, references: readonly Value[]): Slot {
  const own = checks.filter((check) => check.names.has(column.key));
  const of = hints.get(column.key);
  const fallback = [...own.flatMap((check) => check.values), ...fallbackValues(column, row)];
  const samples = [row, row + 1, row + 2, row + 3].map((number) => sampleValue(column, number, of));
  const first = firstChoices(column, row, of);
  // SQLite chooses a free rowid; a CHECK may require a certain one.
  const values = column.rowid ? [null, ...fallback] : [...references, ...first, ...samples, ...fallback];
  const fitting = column.notNull && !column.rowid ? values.filter((value) => value !== null) : values;
  return { columns: [column], choices: distinct(fitting).map((value) => [value]) };
}

/** Values from the SQL: all of a list `IN (...)`; else the default first, then what the column is compared with. */
function firstChoices(column: SampleColumn, row: number, uses: ColumnHints | undefined): Value[] {
  const fits = (value: Value): boolean =>
    column.affinity === 'text' ? typeof value === 'string' : typeof value === 'number' && column.affinity !== 'blob';
  const listed = distinct((uses?.listed ?? []).filter(fits));
  if (listed.length > 0) return listed.map((_, i) => listed[(i + row - 1) % listed.length]!);
  if (column.unique || uses?.json !== undefined) return [];
  const compared = distinct((uses?.compared ?? []).filter(fits));
  const words = /^'([^']+)'$/.exec(column.defaultText ?? '')?.[1];
  if (row === 1) return words === undefined || !fits(words) ? [] : [words];
  const value = compared[row - 2];
  return value === undefined ? [] : [value];
}

function distinct(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
