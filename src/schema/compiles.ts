import { columnsOf, query, unlessRefused, type Op } from '../bridge/index.ts';
import { nameKey, quote, splitStatements } from '../sql/index.ts';
import type { SchemaObject, SchemaObjects } from './inventory.ts';
import { readColumns } from './table-info.ts';

/** An object with its key. */
type Entry = readonly [string, SchemaObject];

/**
 * The views and triggers that SQLite cannot compile, with its reason, by key. SQLite compiles their bodies only when they
 * are used. Triggers of the same statement are compiled together.
 */
export function* findBroken(objects: SchemaObjects): Op<ReadonlyMap<string, string>> {
  const broken = new Map<string, string>();
  const columns = new Map<string, readonly string[]>();
  const users = new Map<string, Entry[]>();
  for (const [key, object] of objects) {
    if (object.type !== 'view' && object.type !== 'trigger') continue;
    const { sql, reason } = yield* user(object, columns);
    if (reason !== undefined) broken.set(key, reason);
    else users.set(sql, [...(users.get(sql) ?? []), [key, object]]);
  }
  for (const [sql, entries] of users) {
    const { reason } = yield* unlessRefused(compile(sql));
    if (reason === undefined) continue;
    for (const [key] of culprits(entries, reason)) broken.set(key, reason);
  }
  return broken;
}

/**
 * The triggers of one statement that a reason may be about: those that contain the name at its end. If none does, one of
 * them causes it indirectly, and SQLite does not say which.
 */
function culprits(entries: readonly Entry[], reason: string): readonly Entry[] {
  if (entries.length === 1) return entries;
  const name = /(?:^no such [a-z ]+: |^table )(?:.*\.)?(\S+)/.exec(reason)?.[1];
  const naming = entries.filter(([, { sql }]) => name !== undefined && nameKey(sql ?? '').includes(nameKey(name)));
  return naming.length > 0 ? naming : entries;
}

/**
 * The views and triggers whose text contains the name of a table, or of a view that does. One too many costs a
 * compilation, one too few hides a broken view.
 */
export function dependents(objects: SchemaObjects, table: string): SchemaObjects {
  const found = new Map<string, SchemaObject>();
  const candidates = [...objects].filter(([, object]) => object.type === 'view' || object.type === 'trigger');
  const names = new Set([nameKey(table)]);
  // A Set's iterator visits what is added while it runs.
  for (const name of names)
    for (const [key, object] of candidates) {
      if (found.has(key) || !nameKey(object.sql ?? '').includes(name)) continue;
      found.set(key, object);
      if (object.type === 'view') names.add(nameKey(object.name));
    }
  return found;
}

/** Why SQLite does not compile a statement; undefined if it does. */
export function* whyNotCompiled(sql: string): Op<string | undefined> {
  return (yield* unlessRefused(compile(sql))).reason;
}

/** Compiles a statement without running it: by its columns if the driver reports them, else with EXPLAIN. */
function* compile(sql: string): Op<void> {
  const explain = `EXPLAIN ${sql}`;
  if ((yield* columnsOf(explain)) === undefined) yield* query(explain);
}

/** A statement that uses a view or fires a trigger; its reason is that of a view whose columns cannot be read. */
function* user(
  object: SchemaObject,
  columns: Map<string, readonly string[]>,
): Op<{ readonly sql: string; readonly reason: string | undefined }> {
  if (object.type === 'view') return { sql: `SELECT * FROM main.${quote(object.name)}`, reason: undefined };
  const { result, reason } = yield* unlessRefused(firing(object, columns));
  return { sql: result ?? '', reason };
}

/** A statement that fires the trigger, so that compiling it compiles the trigger. */
function* firing(trigger: SchemaObject, known: Map<string, readonly string[]>): Op<string> {
  const words = (splitStatements(trigger.sql ?? '')[0]?.tokens ?? []).map((token) => nameKey(token.text));
  const on = words.indexOf('on');
  const event = words.slice(0, on).findLast((word) => word === 'delete' || word === 'insert' || word === 'update');
  const table = `main.${quote(trigger.table)}`;
  if (event === 'delete') return `DELETE FROM ${table}`;
  const columns = known.get(table) ?? (yield* writable(trigger.table));
  known.set(table, columns);
  if (event === 'insert')
    return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => 'NULL').join(', ')})`;
  // UPDATE OF a, b fires only when one of them is set; setting every column fires any.
  return `UPDATE ${table} SET ${columns.map((column) => `${column} = ${column}`).join(', ')}`;
}

function* writable(table: string): Op<readonly string[]> {
  return (yield* readColumns(table)).filter(({ generated }) => generated === null).map(({ name }) => quote(name));
}
