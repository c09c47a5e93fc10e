import { query, type Op, isSqlError } from '../bridge/index.ts';
import { nameKey, quote, splitStatements } from '../sql/index.ts';
import { readColumns, type SchemaObject } from './inventory.ts';

/** Objects of a schema by the key that the inventory gives them. */
export type SchemaObjects = ReadonlyMap<string, SchemaObject>;

/**
 * The views and triggers that SQLite cannot compile, with its reason, by key. SQLite looks at their bodies only when
 * they are used: a broken one waits for the first user. EXPLAIN compiles without running (sqlite.org/lang_explain.html).
 */
export function* findBroken(objects: SchemaObjects): Op<ReadonlyMap<string, string>> {
  const broken = new Map<string, string>();
  for (const [key, object] of objects) {
    if (object.type !== 'view' && object.type !== 'trigger') continue;
    const reason = yield* whyBroken(object);
    if (reason !== undefined) broken.set(key, reason);
  }
  return broken;
}

/**
 * The views and triggers whose text names a table, or a view that does. A text that only contains the name counts too:
 * one too many costs a compilation, one too few hides a broken view.
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

function* whyBroken(object: SchemaObject): Op<string | undefined> {
  try {
    const sql = object.type === 'view' ? `SELECT * FROM main.${quote(object.name)}` : yield* firingStatement(object);
    yield* query(`EXPLAIN ${sql}`);
    return undefined;
  } catch (error) {
    // A damaged page or a full disk says nothing about the view.
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return error.message;
  }
}

/** A statement whose compilation compiles the trigger: one of the kind that fires it, on its table. */
function* firingStatement(trigger: SchemaObject): Op<string> {
  const words = (splitStatements(trigger.sql ?? '')[0]?.tokens ?? []).map((token) => nameKey(token.text));
  const on = words.indexOf('on');
  const event = words.slice(0, on).findLast((word) => word === 'delete' || word === 'insert' || word === 'update');
  const table = `main.${quote(trigger.table)}`;
  if (event === 'delete') return `DELETE FROM ${table}`;
  const columns = (yield* readColumns(trigger.table))
    .filter((column) => !column.generated)
    .map((column) => quote(column.name));
  if (event === 'insert')
    return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => 'NULL').join(', ')})`;
  // UPDATE OF a, b fires only when one of them is set; setting every column fires any.
  return `UPDATE ${table} SET ${columns.map((column) => `${column} = ${column}`).join(', ')}`;
}
