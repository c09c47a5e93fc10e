import { script, type Op } from '../../bridge/index.ts';
import { isRefusal, readStatistics, restoreStatistics } from '../../rebuild/index.ts';
import {
  findBroken,
  objectKey,
  readColumns,
  readInventory,
  readTableInfo,
  type Inventory,
  type SchemaObject,
} from '../../schema/index.ts';
import { codeTokens, nameKey, quote, sameName, triggerClauses, unquote } from '../../sql/index.ts';
import { isMoved, otherOrder, usesOrder } from './column-order.ts';
import { isNamed, type KeepContext, type KeptRebuild } from './kept-rebuild.ts';

/** Reads the indexes, triggers and statistics of a table that is about to lose its name. */
export function* rememberObjects(one: KeptRebuild, inventory: Inventory, context: KeepContext): Op<void> {
  for (const [key, object] of inventory.others)
    if (object.type !== 'view' && object.sql !== undefined && sameName(object.table, one.name)) {
      one.objects.set(key, object);
      context.dropped.delete(key);
    }
  one.broken = yield* findBroken(triggersOf(one.objects));
  one.columns = (yield* readColumns(one.name)).map(({ name }) => name);
  const { indexes } = yield* readTableInfo(one.name);
  for (const { name, columns } of indexes) {
    const names = columns.map((column) => column.name ?? '');
    if (isNamed(context.parts.indexNames?.(one.name, names) ?? [], name)) one.toolNames.add(objectKey('index', name));
  }
  one.statistics = yield* readStatistics(one.name);
  one.table = inventory.tables.get(nameKey(one.name))?.sql;
}

/** Creates the indexes and triggers of the old table that the new one lacks, and returns the triggers among them. */
export function* putBackObjects(one: KeptRebuild, context: KeepContext): Op<ReadonlyMap<string, SchemaObject>> {
  const { others } = yield* readInventory(() => false);
  const columns = (yield* readColumns(one.name)).map(({ name }) => name);
  const created = new Map<string, SchemaObject>();
  for (const [key, object] of one.objects) {
    if (isRemoved(one, object, context) || others.has(key) || isLeftOut(one, object, context)) continue;
    const reason = obstacle(one, object, columns) ?? (yield* tryToCreate(object));
    if (reason === undefined) {
      one.kept.add(`${object.type} ${object.name}`);
      created.set(key, object);
    } else context.notKept.set(key, reason);
  }
  yield* restoreStatistics(one.name, one.statistics!);
  return triggersOf(created);
}

function triggersOf(objects: ReadonlyMap<string, SchemaObject>): Map<string, SchemaObject> {
  return new Map([...objects].filter(([, { type }]) => type === 'trigger'));
}

/** Whether an index was removed from the tool's schema; its loss is declared then. */
function isRemoved(one: KeptRebuild, { type, name }: SchemaObject, { parts, declared }: KeepContext): boolean {
  if (type !== 'index' || !isNamed(parts.removed.indexes, `${one.name}.${name}`)) return false;
  declared.add(name);
  one.removed.add(`index ${name}`);
  return true;
}

/** Whether the migration has dropped an object, or a later statement creates it, or the tool makes it. */
function isLeftOut(
  { lastStatement }: KeptRebuild,
  { type, name }: SchemaObject,
  { dropped, parts, statements }: KeepContext,
): boolean {
  if (dropped.has(objectKey(type, name)) || parts.made.has(`${type} ${nameKey(name)}`)) return true;
  const next = statements
    .slice(statements.indexOf(lastStatement))
    .find(
      ({ facts, skip }) =>
        skip === undefined &&
        (facts.verb === 'create' || facts.verb === 'drop') &&
        facts.object === type &&
        sameName(facts.name.name, name),
    );
  return next?.facts.verb === 'create';
}

/** Why an object is not to be created again although SQLite might accept it. `columns` are those of the new table. */
function obstacle(one: KeptRebuild, object: SchemaObject, columns: readonly string[]): string | undefined {
  if (one.toolNames.has(objectKey(object.type, object.name)))
    return 'its name is one that the tool gives, so its schema may no longer have it';
  const lacking = updatedColumns(object).find((name) => isNamed(one.columns, name) && !isNamed(columns, name));
  if (lacking !== undefined) return `no such column: ${lacking}`;
  return isMoved(one.columns, columns) && usesOrder(object, one.name) ? otherOrder : undefined;
}

/** Creates an object; returns why SQLite refused it. */
function* tryToCreate({ sql }: SchemaObject): Op<string | undefined> {
  try {
    yield* script(sql!);
    return undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error.message;
  }
}

/** SQLite compiles a trigger only when it fires. Drops those that no longer compile. */
export function* dropBrokenTriggers(
  { broken, kept }: KeptRebuild,
  triggers: ReadonlyMap<string, SchemaObject>,
  { notKept }: KeepContext,
): Op<void> {
  for (const [key, reason] of yield* findBroken(triggers)) {
    if (broken.has(key)) continue;
    const { name } = triggers.get(key)!;
    yield* script(`DROP TRIGGER main.${quote(name)}`);
    kept.delete(`trigger ${name}`);
    notKept.set(key, reason);
  }
}

/** The columns of UPDATE OF. SQLite creates a trigger for columns that do not exist, and never fires it for them. */
function updatedColumns({ type, sql }: SchemaObject): readonly string[] {
  const event = type === 'trigger' ? (triggerClauses(sql!).get('event') ?? '') : '';
  const list = /\bupdate\s+of\b/i.exec(event);
  if (list === null) return [];
  const tokens = codeTokens(event.slice(list.index + list[0].length));
  return tokens.filter(({ text }) => text !== ',').map(({ text }) => unquote(text));
}
