import Database from 'better-sqlite3';
import { CHANGES } from '../../support/schemas/changes.ts';
import { Chance } from '../../support/schemas/chance.ts';
import type { Edit } from '../../support/schemas/edit.ts';
import { makeSchema } from '../../support/schemas/make-schema.ts';
import {
  isGenerated,
  oddly,
  plainly,
  tableText,
  type SchemaModel,
  type TableModel,
  type Text,
} from '../../support/schemas/model.ts';
import { makeObjects } from '../../support/schemas/objects.ts';
import { quoted } from '../../support/schemas/rows.ts';
import { makeTable, parentKey } from '../../support/schemas/tables.ts';
import { listed } from '../../support/schemas/model.ts';
import type { Pair } from './check-pair.ts';
import type { Renames } from './rows.ts';

const ATTEMPTS = 30;

/** A schema with rows, and another that it should become; undefined if no change of this schema was valid. */
export function randomPair(start: number): Pair | undefined {
  const chance = new Chance(start + 77);
  const made = makeSchema(start);
  try {
    // Full-text tables are not rebuilt by themselves: a few cases have them.
    const withSearch = chance.is(0.1);
    if (!withSearch) dropSearch(made.schema, made.database);
    const from = textOf(made.database);
    for (let i = 0; i < ATTEMPTS; i++) {
      const schema = structuredClone(made.schema);
      const renames = change(chance, schema);
      if (renames === undefined) continue;
      const to = written(chance, schema, made.schema, chance.is(0.5));
      if (to === undefined) continue;
      const content = made.database.serialize();
      return { name: `random ${start}`, from, to, renames, content };
    }
    return undefined;
  } finally {
    made.database.close();
  }
}

function dropSearch(schema: SchemaModel, database: Database.Database): void {
  for (const { type, name } of schema.objects) if (type === 'virtual') database.exec(`DROP TABLE ${quoted(name)}`);
  schema.objects = schema.objects.filter(({ type }) => type !== 'virtual');
}

function textOf(database: Database.Database): string {
  const texts = database
    .prepare(
      `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY type = 'trigger', rowid`,
    )
    .pluck()
    .all() as string[];
  return texts.map((text) => `${text};`).join('\n');
}

/** Edits the schema in place; undefined if nothing changed. */
function change(chance: Chance, schema: SchemaModel): Renames | undefined {
  const renames = { tables: {} as Record<string, string>, columns: {} as Record<string, Record<string, string>> };
  let changes = 0;
  const edited = chance.shuffled(schema.tables).slice(0, chance.int(0, 2));
  for (const table of edited) {
    const before = new Map(table.columns.map((column) => [column, column.name]));
    const edit: Edit = { chance, schema, table, before, values: new Map(), touched: new Set(), calls: [] };
    const done = new Set<unknown>();
    for (let i = chance.int(1, 3); i > 0; i--) {
      const one = chance.pick(CHANGES);
      if (!done.has(one) && one(edit)) done.add(one);
    }
    changes += done.size;
    for (const [column, name] of before)
      if (column.name !== name && table.columns.includes(column))
        (renames.columns[table.name] ??= {})[name] = column.name;
  }
  const steps: (() => boolean)[] = [
    () => dropTable(chance, schema),
    () => addTable(chance, schema),
    () => renameTable(chance, schema, renames),
    () => dropObject(chance, schema),
    () => addObject(chance, schema, undefined),
    () => replaceObject(chance, schema),
  ];
  for (const step of chance.shuffled(steps).slice(0, chance.int(changes === 0 ? 1 : 0, 2))) if (step()) changes += 1;
  const isThere = (name: string): boolean => schema.tables.some((table) => table.name === name);
  for (const [from, to] of Object.entries(renames.tables)) if (!isThere(to)) delete renames.tables[from];
  for (const from of Object.keys(renames.columns))
    if (!isThere(renames.tables[from] ?? from)) delete renames.columns[from];
  return changes === 0 ? undefined : renames;
}

/** All texts of a schema but a table's own. */
function names(schema: SchemaModel, table: TableModel): boolean {
  return schema.tables.some(
    (other) =>
      other !== table && tableText(other).some((piece) => piece === table || table.columns.includes(piece as never)),
  );
}

function dropTable(chance: Chance, schema: SchemaModel): boolean {
  const free = schema.tables.filter((table) => !names(schema, table));
  if (free.length === 0 || schema.tables.length === 1) return false;
  const table = chance.pick(free);
  schema.tables.splice(schema.tables.indexOf(table), 1);
  removeWith(schema, (piece) => piece === table || table.columns.includes(piece as never));
  return true;
}

/** Removes the objects that name something, and those that name them. */
function removeWith(schema: SchemaModel, isGone: (piece: Text[number]) => boolean): void {
  const gone = schema.objects.filter(({ text, pinned }) => text.some(isGone) || pinned.some(isGone));
  if (gone.length === 0) return;
  schema.objects = schema.objects.filter((object) => !gone.includes(object));
  const own = new Set(gone.map(({ name }) => name));
  removeWith(schema, (piece) => typeof piece !== 'string' && piece.is === 'view' && own.has(piece.name));
}

function freshName(chance: Chance, schema: SchemaModel): string {
  const taken = new Set([...schema.tables, ...schema.objects].map(({ name }) => name.toLowerCase()));
  for (;;) {
    const name = `${chance.pick(['made', 'order', 'neu ö', 'a "new" one'])} ${chance.int(1, 99)}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

function addTable(chance: Chance, schema: SchemaModel): boolean {
  const table = makeTable(chance, freshName(chance, schema));
  const parent = chance.pick(schema.tables);
  const key = parentKey(chance, parent);
  const column = table.columns.find((one) => !isGenerated(one) && one.constraints.length === 0);
  if (key?.length === 1 && column !== undefined && chance.is(0.5)) {
    const text: Text = ['FOREIGN KEY (', column, ') REFERENCES', parent, '(', ...listed(key.map((one) => [one])), ')'];
    table.constraints.push({ kind: 'foreign-key', name: undefined, text, columns: [column] });
  }
  schema.tables.push(table);
  return true;
}

function renameTable(
  chance: Chance,
  schema: SchemaModel,
  renames: { tables: Record<string, string>; columns: Record<string, Record<string, string>> },
): boolean {
  const free = schema.tables.filter(
    (table) =>
      !schema.objects.some(
        ({ type, pinned }) => type === 'virtual' && pinned.some((one) => table.columns.includes(one)),
      ),
  );
  if (free.length === 0) return false;
  const table = chance.pick(free) as TableModel & { name: string };
  const name = freshName(chance, schema);
  renames.tables[table.name] = name;
  (table as { name: string }).name = name;
  return true;
}

function dropObject(chance: Chance, schema: SchemaModel): boolean {
  const free = schema.objects.filter(({ type }) => type !== 'virtual');
  if (free.length === 0) return false;
  const object = chance.pick(free);
  schema.objects = schema.objects.filter((one) => one !== object);
  if (object.type === 'view')
    removeWith(schema, (piece) => typeof piece !== 'string' && piece.is === 'view' && piece.name === object.name);
  return true;
}

function addObject(chance: Chance, schema: SchemaModel, name: string | undefined): boolean {
  const free = Array.from({ length: 40 }, (_, i) => name ?? `object ${i}`);
  const made = makeObjects(chance, schema.tables, free).filter(
    ({ type, text }) =>
      type !== 'virtual' &&
      !text.some((piece) => typeof piece !== 'string' && piece.is === 'view' && piece.name !== name),
  );
  const [object] = made.filter((one) => !schema.objects.some((other) => other.name === one.name));
  if (object === undefined) return false;
  schema.objects.push(object);
  return true;
}

/** Another object under the name of one that goes, of the same type if it happens so. */
function replaceObject(chance: Chance, schema: SchemaModel): boolean {
  const free = schema.objects.filter(({ type }) => type === 'index' || type === 'trigger');
  if (free.length === 0) return false;
  const { name } = chance.pick(free);
  schema.objects = schema.objects.filter((one) => one.name !== name);
  return addObject(chance, schema, name);
}

/** The wanted schema as text; undefined if SQLite refuses it. Tables that are not changed keep their text half of the time. */
function written(chance: Chance, schema: SchemaModel, before: SchemaModel, odd: boolean): string | undefined {
  void before;
  const write = odd ? oddly(chance) : plainly;
  const order = ['virtual', 'index', 'view', 'trigger'];
  const objects = schema.objects.toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
  const texts = [...schema.tables.map((table) => write(tableText(table))), ...objects.map(({ text }) => write(text))];
  const database = new Database(':memory:');
  try {
    for (const text of texts) database.exec(text);
    for (const { type, name } of schema.objects)
      if (type === 'view') database.prepare(`SELECT * FROM ${quoted(name)} LIMIT 0`);
    // SQLite compiles a trigger when something fires it.
    for (const { name, columns } of schema.tables) {
      const column = columns.find((one) => !isGenerated(one))!;
      database.prepare(`INSERT INTO ${quoted(name)} (${quoted(column.name)}) VALUES (NULL)`);
      database.prepare(
        `UPDATE ${quoted(name)} SET ${columns
          .filter((one) => !isGenerated(one))
          .map((one) => `${quoted(one.name)} = NULL`)
          .join(', ')}`,
      );
      database.prepare(`DELETE FROM ${quoted(name)}`);
    }
    return texts.map((text) => `${text}\n;`).join('\n');
  } catch (error) {
    if (error instanceof Database.SqliteError) return undefined;
    throw error;
  } finally {
    database.close();
  }
}
