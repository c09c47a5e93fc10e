import { query, type Op } from '../bridge/index.ts';
import { dunlinError, type DunlinError } from '../errors/index.ts';
import {
  dependents,
  isTableOrView,
  listTables,
  readInventory,
  readTemporary,
  type SchemaObject,
  type SchemaObjects,
  type TableEntry,
} from '../schema/index.ts';
import { nameKey, parseTable, sameName, type TableText } from '../sql/index.ts';
import { externalContentTables, type ExternalContentTable } from './external-content.ts';

/** The table to change, and the migration that changes it. */
export interface TableLocation {
  readonly id?: string;
  readonly table: string;
}

/** A table and everything that belongs to it or names it. */
export interface RebuildTarget {
  /** As the schema spells it. */
  readonly name: string;
  readonly table: TableText;
  /** Those with a text, in the order of their creation. The others come with the constraints. */
  readonly indexes: readonly SchemaObject[];
  readonly triggers: readonly SchemaObject[];
  /** Views and triggers anywhere that name it. */
  readonly dependents: SchemaObjects;
  /** The full-text tables whose external content it is. */
  readonly ftsTables: readonly ExternalContentTable[];
}

/** Reads a table to change. Errors: `REBUILD_REFUSED` for anything but an ordinary table of the database. */
export function* readRebuildTarget(
  name: string,
  location: TableLocation,
  ownTables: readonly string[],
): Op<RebuildTarget> {
  // SQLite stops reading at a NUL.
  if (name.includes('\0')) throw refused(location, 'there is no table of that name');
  const own = ownTables.find((table) => sameName(table, name));
  if (own !== undefined) throw refused(location, 'Dunlin records in it what is applied');
  if (nameKey(name).startsWith('sqlite_')) throw refused(location, 'it belongs to SQLite itself');
  // Unqualified names in the texts of indexes and triggers would find the temporary table.
  const temporary = yield* readTemporary();
  if (temporary.some((object) => isTableOrView(object) && sameName(object.name, name)))
    throw refused(location, 'a temporary table or view of that name hides it');
  const [listed] = yield* listTables({ name, schema: 'main' });
  if (listed === undefined) throw yield* missing(location);
  if (listed.kind !== 'table') throw refused(location, reasons[listed.kind]);
  const spelt = listed.name;
  const inventory = yield* readInventory(() => false);
  const table = parseTable(inventory.tables.get(nameKey(name))!.sql ?? '');
  if (table === undefined) throw refused(location, 'the text that the schema has of it cannot be read');
  const naming = dependents(inventory.others, spelt);
  const views = [...naming.values()].filter(({ type }) => type === 'view').map((view) => view.name);
  const objects = [...inventory.others.values()].filter((object) => sameName(object.table, name));
  return {
    name: spelt,
    table,
    indexes: objects.filter(({ type, sql }) => type === 'index' && sql !== undefined),
    triggers: [
      ...objects.filter(({ type }) => type === 'trigger'),
      // DROP TABLE drops the temporary triggers of this connection too.
      ...temporary.filter((object) => object.type === 'trigger' && sameName(object.table, name)).map(asTemporary),
    ],
    dependents: naming,
    ftsTables: externalContentTables(inventory, [spelt, ...views]),
  };
}

const reasons: Readonly<Record<Exclude<TableEntry['kind'], 'table'>, string>> = {
  view: 'it is a view: drop it and create it anew',
  virtual:
    'it is a virtual table, whose module alone knows how its content is kept: create another and fill it from this one',
  shadow: 'it is a shadow table, in which a virtual table keeps its content: change that one',
};

/**
 * The stored text of a temporary trigger lacks the word TEMP. IF NOT EXISTS: a trigger on a table of that name in an
 * attached database still exists.
 */
function asTemporary(trigger: SchemaObject): SchemaObject {
  return { ...trigger, sql: trigger.sql?.replace(/^create\s+trigger\b/i, 'CREATE TEMP TRIGGER IF NOT EXISTS') };
}

function refused(location: TableLocation, reason: string): DunlinError {
  return dunlinError('REBUILD_REFUSED', { ...location, reason });
}

function* missing(location: TableLocation): Op<DunlinError> {
  const rows = yield* query<{ name: string }>(
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
  );
  return dunlinError('REBUILD_REFUSED', {
    ...location,
    reason: 'there is no table of that name',
    names: rows.map((row) => row.name),
  });
}
