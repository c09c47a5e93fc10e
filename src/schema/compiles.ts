import { query, type Op, isSqlError } from '../bridge/index.ts';
import { nameKey, quote, splitStatements } from '../sql/index.ts';
import { readColumns, type Inventory, type SchemaObject } from './inventory.ts';

/**
 * The views and triggers that SQLite can no longer compile, with its reason, by the key given in the inventory.
 * SQLite looks at their bodies only when they are used: a broken one waits for the first user. EXPLAIN compiles
 * without running (sqlite.org/lang_explain.html).
 */
export function* findBroken(inventory: Inventory): Op<ReadonlyMap<string, string>> {
  const broken = new Map<string, string>();
  for (const [key, object] of inventory.others) {
    if (object.type === 'index') continue;
    const reason = yield* whyBroken(object);
    if (reason !== undefined) broken.set(key, reason);
  }
  return broken;
}

function* whyBroken(object: SchemaObject): Op<string | undefined> {
  try {
    const sql = object.type === 'view' ? `SELECT * FROM ${quote(object.name)}` : yield* firingStatement(object);
    if (sql !== undefined) yield* query(`EXPLAIN ${sql}`);
    return undefined;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return error.message;
  }
}

/** A statement whose compilation compiles the trigger: one of the kind that fires it, on its table. */
function* firingStatement(trigger: SchemaObject): Op<string | undefined> {
  const words = (splitStatements(trigger.sql ?? '')[0]?.tokens ?? []).map((token) => nameKey(token.text));
  const on = words.indexOf('on');
  const event = words.slice(0, on).findLast((word) => word === 'delete' || word === 'insert' || word === 'update');
  const table = quote(trigger.table);
  if (event === 'delete') return `DELETE FROM ${table}`;
  const columns = (yield* readColumns(trigger.table)).filter((column) => !column.generated);
  // UPDATE OF a, b fires only when one of them is set; setting every column fires any.
  if (event === 'update' && columns.length > 0)
    return `UPDATE ${table} SET ${columns.map((column) => `${quote(column.name)} = ${quote(column.name)}`).join(', ')}`;
  if (event === 'insert' && columns.length > 0)
    return `INSERT INTO ${table} (${columns.map((column) => quote(column.name)).join(', ')}) VALUES (${columns.map(() => 'NULL').join(', ')})`;
  return undefined;
}
