import Database from 'better-sqlite3';
import { Chance } from './chance.ts';
import { oddly, tableText, type ForeignKeyModel, type ObjectModel, type SchemaModel } from './model.ts';
import { makeObjects } from './objects.ts';
import { attempt, fill, quoted } from './rows.ts';
import { addForeignKeys, makeTable } from './tables.ts';
import { names } from './words.ts';

/** A schema with data: what it is, and a database that holds it. */
export interface MadeSchema {
  readonly schema: SchemaModel;
  readonly keys: readonly ForeignKeyModel[];
  /** In memory; the caller closes it. */
  readonly database: Database.Database;
}

/** A valid schema with data, references intact, made from a start. */
export function makeSchema(start: number): MadeSchema {
  const chance = new Chance(start);
  const free = names(chance, 30);
  const tables = Array.from({ length: chance.int(2, 5) }, () => makeTable(chance, free.pop()!));
  const keys = addForeignKeys(chance, tables);
  const write = oddly(chance);
  const database = new Database(':memory:');
  if (chance.is(0.1)) database.pragma(`encoding = 'UTF-16le'`);
  for (const table of tables) database.exec(write(tableText(table)));
  const schema: SchemaModel = { tables, objects: [] };
  fill(chance, database, schema, keys);
  const triggers: ObjectModel[] = [];
  for (const object of makeObjects(chance, tables, free)) {
    if (object.type === 'trigger') triggers.push(object);
    // A unique index may not fit the rows, and an expression not the values.
    else if (attempt(database, write(object.text))) schema.objects.push(object);
  }
  for (const { type, name } of schema.objects)
    if (type === 'virtual') database.exec(`INSERT INTO ${quoted(name)} (${quoted(name)}) VALUES ('rebuild')`);
  for (const trigger of triggers) if (attempt(database, write(trigger.text))) schema.objects.push(trigger);
  if (chance.is(0.4)) database.exec('ANALYZE');
  return { schema, keys, database };
}
