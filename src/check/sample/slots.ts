import { isSqlError, query, queryOne, type Op, type Row, type Value } from '../../bridge/index.ts';
import { readTableInfo } from '../../schema/index.ts';
import { nameKey, quote, sameName } from '../../sql/index.ts';
import type { Check } from './checks.ts';
import type { SampleColumn, SampleForeignKey, SampleTable } from './sample-table.ts';
import type { ColumnUses, Refers, Uses } from './uses.ts';
import { fallbackValues, sampleValue } from './values.ts';

/** What is chosen together: one column, or those of a foreign key. The first choice is tried first. */
export interface Slot {
  readonly columns: readonly SampleColumn[];
  readonly choices: readonly (readonly Value[])[];
}

/** What a row may be made of. */
export interface SlotSources {
  readonly facts: SampleTable;
  readonly checks: readonly Check[];
  readonly uses: Uses;
  /** The number of the row, from 1. */
  readonly row: number;
  /** A key that another table's row refers to already. */
  readonly promised: ReadonlyMap<string, Value> | undefined;
  /** Promises a key of a table that has no row yet. */
  readonly promise: (parent: string, column: string) => Op<Value | undefined>;
}

/** The slots of one row; a text says why there can be none. */
export function* slotsOf(sources: SlotSources): Op<readonly Slot[] | string> {
  const { facts } = sources;
  const promised = new Map([...(yield* ownKeys(sources)), ...(sources.promised ?? [])]);
  const taken = new Set<string>();
  const slots: Slot[] = [];
  const column = (name: string): SampleColumn | undefined => facts.columns.find(({ key }) => key === nameKey(name));
  for (const one of facts.columns) {
    const value = promised.get(one.key);
    if (value === undefined) continue;
    taken.add(one.key);
    slots.push({ columns: [one], choices: [[value]] });
  }
  for (const foreignKey of facts.foreignKeys.toSorted((a, b) => b.from.length - a.from.length)) {
    const columns = foreignKey.from.map(column).filter((one) => one !== undefined);
    // Of two foreign keys over one column the first decides.
    if (columns.length < foreignKey.from.length || columns.some(({ key }) => taken.has(key))) continue;
    const choices = yield* references(foreignKey, columns, sources);
    if (typeof choices === 'string') return choices;
    if (choices.length === 0) continue;
    for (const { key } of columns) taken.add(key);
    slots.push({ columns, choices });
  }
  for (const one of facts.columns)
    if (!taken.has(one.key)) slots.push(freeSlot(one, sources, yield* meantReferences(one, sources)));
  return slots;
}

/** The first row of a table that must refer to itself refers to its own key, which has to be known for that. */
function* ownKeys({ facts, row, uses }: SlotSources): Op<ReadonlyMap<string, Value>> {
  const keys = new Map<string, Value>();
  if (row > 1) return keys;
  const references = facts.foreignKeys.flatMap(({ parent, from, to }) =>
    sameName(parent, facts.name) && from.length === 1 ? [[from[0], to[0]]] : [],
  );
  for (const column of facts.columns) {
    const meant = inferredParent(column, uses);
    if (meant?.tables.some((table) => sameName(table, facts.name)) !== true) continue;
    references.push([column.name, meant.column ?? facts.columns.find(({ unique }) => unique)?.name]);
  }
  for (const [child, target] of references) {
    if (child === undefined || target === undefined || keys.has(nameKey(child))) continue;
    if (facts.columns.find(({ key }) => key === nameKey(child))?.notNull !== true) continue;
    const value = yield* promisedKey(facts, target, uses);
    if (value === undefined) continue;
    keys.set(nameKey(target), value);
    keys.set(nameKey(child), value);
  }
  return keys;
}

/** What a foreign key can refer to. Empty: the parent does not exist, so nothing is asked of the value. */
function* references(
  { parent, to }: SampleForeignKey,
  columns: readonly SampleColumn[],
  { facts, row, promise }: SlotSources,
): Op<readonly (readonly Value[])[] | string> {
  if (to.length !== columns.length) return [];
  const list = to.map((name, i) => `${quote(name)} AS c${i}`).join(', ');
  const present = (yield* query<Row>(`SELECT DISTINCT ${list} FROM main.${quote(parent)} LIMIT 20`))
    .map((found) => Object.values(found))
    .filter((values) => values.every((value) => value !== null));
  // Each row another parent, as far as there are.
  const from = present.length === 0 ? 0 : (row - 1) % present.length;
  const choices: (readonly Value[])[] = [...present.slice(from), ...present.slice(0, from)];
  if (columns.some(({ notNull }) => !notNull)) choices.push(columns.map(({ notNull }) => (notNull ? 0 : null)));
  if (choices.length > 0) return choices;
  const [name] = to;
  const self = nameKey(parent) === nameKey(facts.name);
  const key = to.length === 1 && name !== undefined && !self ? yield* promise(parent, name) : undefined;
  if (key !== undefined) return [[key]];
  return self ? 'its first row would have to refer to itself' : `${parent}, which it refers to, has no row`;
}

/** What a column refers to without a foreign key of its own, as far as the migrations or its name tell. */
export function inferredParent(column: SampleColumn, uses: Uses): Omit<Refers, 'copied'> | undefined {
  if (column.rowid) return undefined;
  const refers = uses.get(column.key)?.refers;
  // A key that is copied into a reference is what others refer to.
  if (refers !== undefined && !(refers.copied && column.unique)) return refers;
  const named = /^(\w+?)_id$/.exec(column.key)?.[1];
  // A table of users is as often called user as users.
  return named === undefined ? undefined : { tables: [named, `${named}s`], column: 'id' };
}

function* meantReferences(column: SampleColumn, { facts, uses, row }: SlotSources): Op<readonly Value[]> {
  const meant = inferredParent(column, uses);
  for (const table of meant?.tables ?? [])
    try {
      const key = meant!.column ?? (yield* primaryKey(table));
      const name = quote(key);
      const rows = yield* query<{ v: Value }>(
        `SELECT DISTINCT p.${name} AS v FROM main.${quote(table)} AS p WHERE p.${name} IS NOT NULL LIMIT 20`,
      );
      const values = rows.map((_, i) => rows[(i + row - 1) % rows.length]!.v);
      // The first row of a table that refers to itself has no other to refer to.
      return values.length === 0 && sameName(table, facts.name) && !column.notNull ? [null] : values;
    } catch (error) {
      if (!isSqlError(error)) throw error;
    }
  return [];
}

function* primaryKey(table: string): Op<string> {
  const { primaryKey, rowidNames } = yield* readTableInfo(table);
  return primaryKey[0] ?? rowidNames[0] ?? 'rowid';
}

/** The key that an empty table's first row is going to have. */
export function* promisedKey(facts: SampleTable, column: string, uses: Uses): Op<Value | undefined> {
  const found = facts.columns.find(({ key }) => key === nameKey(column));
  if (found === undefined) return undefined;
  if (!found.rowid) return sampleValue(found, 1, uses.get(found.key));
  const top = yield* queryOne<{ top: number | null }>(
    `SELECT max(${quote(found.name)}) AS top FROM main.${quote(facts.name)}`,
  );
  return Number(top?.top ?? 0) + 1;
}

function freeSlot(column: SampleColumn, { checks, uses, row }: SlotSources, meant: readonly Value[]): Slot {
  const own = checks.filter((check) => check.names.has(column.key));
  const of = uses.get(column.key);
  const fallback = [...own.flatMap((check) => check.values), ...fallbackValues(column, row)];
  const made = [row, row + 1, row + 2, row + 3].map((number) => sampleValue(column, number, of));
  const first = firstChoices(column, row, of);
  // SQLite chooses a rowid that is free; a CHECK may want a certain one.
  const values = column.rowid ? [null, ...fallback] : [...meant, ...first, ...made, ...fallback];
  const fitting = column.notNull && !column.rowid ? values.filter((value) => value !== null) : values;
  return { columns: [column], choices: distinct(fitting).map((value) => [value]) };
}

/**
 * What a column is said to hold: a list of values tells all of them. What it is compared with is one value of several;
 * and what a default says is right as well.
 */
function firstChoices(column: SampleColumn, row: number, uses: ColumnUses | undefined): Value[] {
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
  const seen = new Set<Value>();
  return values.filter((value) => !seen.has(value) && seen.add(value) !== undefined);
}
