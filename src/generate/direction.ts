import { script, type Op } from '../bridge/index.ts';
import { fillTables } from '../check/index.ts';
import { dunlinError } from '../errors/index.ts';
import { isRefusal } from '../rebuild/index.ts';
import {
  compareEffectively,
  dependents,
  isVirtual,
  readInventory,
  type Inventory,
  type ObjectChange,
  type SchemaObject,
} from '../schema/index.ts';
import { nameKey, parseTable, quoteIfNeeded, sameName, tablesRead, splitStatements } from '../sql/index.ts';
import { alterations, type Abilities } from './alter-table.ts';
import { Draft } from './draft.ts';
import type { FillOf } from './placeholders.ts';
import { rebuild } from './rebuild.ts';
import { withoutMarks } from './renames.ts';
import type { Rename } from './types.ts';

export interface Direction {
  readonly draft: Draft;
  readonly changes: readonly ObjectChange[];
  /** The tables whose sample rows did not fit, and why. */
  readonly refusing: ReadonlyMap<string, string>;
}

/**
 * Writes the statements that make `wanted` of the schema in the scratch database, which has rows, and runs them there. So
 * what can be altered, and what needs a rebuild, is what this SQLite says. Errors: `GENERATE_FAILED`.
 */
export function* writeDirection(
  direction: 'up' | 'down',
  wanted: Inventory,
  renames: readonly Rename[],
  fills: FillOf,
  abilities: Abilities,
): Op<Direction> {
  yield* fillTables({ inventory: yield* readAll() });
  const { steps, all } = withFreeNames(renames, yield* readAll());
  const draft = new Draft(direction, all);
  const refusing = new Map<string, string>();
  yield* rename(draft, steps);
  const changes = effects(yield* readAll(), wanted);
  yield* dropObjects(draft, changes);
  const tables = changes.filter(({ type }) => type === 'table');
  for (const { kind, after = '' } of tables)
    if (kind === 'added' && !isVirtual(after)) yield* orRefused(() => draft.add('', withoutMarks(after)));
  for (const change of tables)
    if (change.kind === 'changed') yield* changeTable(draft, change, wanted, fills, abilities, refusing);
  for (const { kind, name } of tables) {
    if (kind !== 'removed') continue;
    draft.drop({ table: name });
    yield* draft.add('', `DROP TABLE ${quoteIfNeeded(name)}`);
  }
  // What SQLite has renamed may be written otherwise than wanted.
  yield* dropObjects(draft, effects(yield* readAll(), wanted));
  yield* makeMissing(draft, wanted, refusing);
  const left = effects(yield* readAll(), wanted);
  if (left.length > 0)
    throw dunlinError('GENERATE_FAILED', { lines: left.map(({ kind, type, name }) => `${type} ${name} is ${kind}`) });
  return { draft, changes, refusing };
}

function* readAll(): Op<Inventory> {
  return yield* readInventory(() => false);
}

/** The differences in effect. The order of columns is none. */
export function effects(is: Inventory, wanted: Inventory): readonly ObjectChange[] {
  return compareEffectively(is, wanted).filter(
    ({ kind, parts }) => kind !== 'changed' || parts.length === 0 || parts.some((part) => part.kind !== 'moved'),
  );
}

/** What has to be done in turn, so that no name is taken when it is given. */
interface RenameSteps {
  readonly steps: readonly Rename[];
  /** The tables that go before, because another gets the name. */
  readonly dropped: readonly string[];
}

/** Adds what makes names free: a column that goes while another gets its name, names that are swapped. */
function withFreeNames(
  renames: readonly Rename[],
  now: Inventory,
): { readonly steps: RenameSteps; readonly all: readonly Rename[] } {
  const steps: Rename[] = [];
  const all: Rename[] = [...renames];
  for (const table of new Set(renames.filter(({ column }) => column !== undefined).map((one) => one.table))) {
    const own = renames.filter((one) => one.column !== undefined && one.table === table);
    const columns = parseTable(now.tables.get(nameKey(table))?.sql ?? '')?.columns ?? [];
    for (const { name } of columns)
      if (own.some(({ to }) => sameName(to, name.name)) && !own.some(({ column }) => sameName(column!, name.name))) {
        const away = { table, column: name.name, to: `dunlin_old_${name.name}` };
        steps.push(away);
        all.push(away);
      }
    for (const [column, to] of inOrder(own.map((one) => [one.column!, one.to]))) steps.push({ table, column, to });
  }
  const tables = renames.filter(({ column }) => column === undefined);
  const dropped = tables.flatMap(({ to }) => {
    const present = now.tables.get(nameKey(to))?.name;
    return present === undefined || tables.some(({ table }) => sameName(table, to)) ? [] : [present];
  });
  for (const [table, to] of inOrder(tables.map((one) => [one.table, one.to]))) steps.push({ table, to });
  return { steps: { steps, dropped }, all };
}

/** SQLite renames what views, triggers and other tables say as well. */
function* rename(draft: Draft, { steps, dropped }: RenameSteps): Op<void> {
  if (steps.length === 0) return;
  const statements = steps.map(({ table, column, to }) => {
    const what = column === undefined ? '' : `COLUMN ${quoteIfNeeded(column)} `;
    return `ALTER TABLE ${quoteIfNeeded(table)} RENAME ${what}TO ${quoteIfNeeded(to)}`;
  });
  for (const table of dropped) draft.dropFirst(table);
  const run = function* (): Op<boolean> {
    yield* draft.add('', ...dropped.map((table) => `DROP TABLE ${quoteIfNeeded(table)}`), ...statements);
    return true;
  };
  if (yield* draft.attempt(run)) return;
  // A view or trigger that does not compile prevents it. They are made again at the end.
  yield* dropAll(
    draft,
    [...(yield* readAll()).others.values()].filter(({ type }) => type !== 'index'),
  );
  yield* orRefused(run);
}

/** The renames so that no name is taken when it is given. Names that are swapped get one in between. */
function inOrder(pairs: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  const left = pairs.filter(([from, to]) => from !== to);
  const done: (readonly [string, string])[] = [];
  while (left.length > 0) {
    const free = left.findIndex(([from, to]) => sameName(from, to) || !left.some(([other]) => sameName(other, to)));
    const [from, to] = left.splice(Math.max(free, 0), 1)[0]!;
    if (free !== -1) done.push([from, to]);
    else {
      done.push([from, `dunlin_old_${from}`]);
      left.push([`dunlin_old_${from}`, to]);
    }
  }
  return done;
}

/** Drops what is gone or changes, apart from tables: triggers, views, indexes. */
function* dropObjects(draft: Draft, changes: readonly ObjectChange[]): Op<void> {
  const gone = new Set(
    changes.filter(({ kind, type }) => kind === 'removed' && type === 'table').map(({ name }) => nameKey(name)),
  );
  const { others } = yield* readAll();
  const doomed = changes.filter(
    ({ kind, type, table }) => kind !== 'added' && type !== 'table' && !gone.has(nameKey(table)),
  );
  yield* dropAll(
    draft,
    doomed.flatMap(({ type, name }) => others.get(`${type}:${nameKey(name)}`) ?? []),
  );
}

const dropOrder: readonly SchemaObject['type'][] = ['trigger', 'view', 'index'];

function* dropAll(draft: Draft, objects: readonly SchemaObject[]): Op<void> {
  const named = objects.filter(({ sql }) => sql !== undefined);
  const statements = named
    .toSorted((a, b) => dropOrder.indexOf(a.type) - dropOrder.indexOf(b.type))
    .map(({ type, name }) => `DROP ${type.toUpperCase()} ${quoteIfNeeded(name)}`);
  if (statements.length > 0) yield* draft.add('', ...statements);
}

/** By ALTER TABLE if that makes the wanted table, else by a rebuild; with the views and triggers that name it away if need be. */
function* changeTable(
  draft: Draft,
  change: ObjectChange,
  wanted: Inventory,
  fills: FillOf,
  abilities: Abilities,
  refusing: Map<string, string>,
): Op<void> {
  const { name } = change;
  const object = wanted.tables.get(nameKey(name))!;
  if (isVirtual(change.before) || isVirtual(change.after))
    throw dunlinError('GENERATE_VIRTUAL', { table: name, before: change.before ?? '', after: change.after ?? '' });
  const isMade = function* (): Op<boolean> {
    const left = effects(yield* readAll(), wanted);
    return !left.some((one) => one.type === 'table' && nameKey(one.name) === nameKey(name));
  };
  const alter = function* (): Op<boolean> {
    const was = parseTable((yield* readAll()).tables.get(nameKey(name))?.sql ?? '');
    const is = parseTable(withoutMarks(object.sql ?? ''));
    if (was === undefined || is === undefined || change.parts.length === 0) return false;
    const found = yield* alterations(was, is, change.parts, abilities, fills);
    if (found === undefined) return false;
    if (found.updates) yield* dropAll(draft, yield* updateTriggers(name));
    draft.drop(...found.drops);
    draft.change(...found.changes);
    yield* draft.add('', ...found.statements);
    return yield* isMade();
  };
  const replace = function* (): Op<boolean> {
    return (yield* rebuild(draft, object, fills)) && (yield* isMade());
  };
  const withoutDependents = (work: () => Op<boolean>) =>
    function* (): Op<boolean> {
      yield* dropAll(draft, [...dependents((yield* readAll()).others, name).values()]);
      return yield* work();
    };
  const ways = [alter, withoutDependents(alter), replace, withoutDependents(replace)];
  for (const work of ways) if (yield* draft.attempt(work)) return;
  // The sample rows may not fit, such as equal values where they are unique now.
  refusing.set(draft.firstTable(name), draft.refusal);
  yield* empty(name);
  for (const work of ways) if (yield* draft.attempt(work)) return;
  throw dunlinError('GENERATE_FAILED', { lines: [`table ${name} cannot become what is wanted (${draft.refusal})`] });
}

/** Deletes the sample rows of a table, and fires nothing. */
function* empty(table: string): Op<void> {
  const triggers = [...(yield* readAll()).others.values()].filter(
    ({ type, table: on }) => type === 'trigger' && sameName(on, table),
  );
  for (const { name } of triggers) yield* script(`DROP TRIGGER ${quoteIfNeeded(name)}`);
  yield* script(`DELETE FROM ${quoteIfNeeded(table)}`);
  for (const { sql } of triggers) yield* script(sql!);
}

/** The triggers that an UPDATE of the table fires. */
function* updateTriggers(table: string): Op<readonly SchemaObject[]> {
  const { others } = yield* readAll();
  return [...others.values()].filter(
    ({ type, table: on, sql = '' }) => type === 'trigger' && sameName(on, table) && /\bupdate\b[^]*?\bon\b/i.test(sql),
  );
}

/** Makes what the wanted schema has besides tables, and is not there: indexes, virtual tables, views, triggers. */
function* makeMissing(draft: Draft, wanted: Inventory, refusing: Map<string, string>): Op<void> {
  const now = yield* readAll();
  const missing = [...wanted.others].filter(([key]) => !now.others.has(key)).map(([, object]) => object);
  const of = (type: SchemaObject['type']): readonly SchemaObject[] => missing.filter((one) => one.type === type);
  const virtual = [...wanted.tables].filter(([key, { sql }]) => isVirtual(sql) && !now.tables.has(key));
  for (const { sql, table } of of('index')) {
    const make = function* (): Op<boolean> {
      yield* draft.add('', sql!);
      return true;
    };
    if (yield* draft.attempt(make)) continue;
    refusing.set(draft.firstTable(table), draft.refusal);
    yield* empty(table);
    yield* orRefused(make);
  }
  for (const objects of [virtual.map(([, one]) => one), inReadingOrder(of('view')), of('trigger')])
    for (const { sql } of objects) yield* orRefused(() => draft.add('', sql!));
}

/** Views after those that they read. */
function inReadingOrder(views: readonly SchemaObject[]): readonly SchemaObject[] {
  const done: SchemaObject[] = [];
  const visit = (view: SchemaObject, above: readonly SchemaObject[]): void => {
    if (done.includes(view) || above.includes(view)) return;
    const read = new Set(splitStatements(view.sql ?? '').flatMap((statement) => [...tablesRead(statement)]));
    for (const other of views) if (read.has(nameKey(other.name))) visit(other, [...above, view]);
    done.push(view);
  };
  for (const view of views) visit(view, []);
  return done;
}

function* orRefused<T>(work: () => Op<T>): Op<T> {
  try {
    return yield* work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw dunlinError('GENERATE_FAILED', { lines: [error.message] }, { cause: error });
  }
}
