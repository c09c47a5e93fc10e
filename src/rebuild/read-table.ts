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
import { searchesOf, type SearchTable } from './search.ts';

/** Which table is asked for, and by which migration, if by one. */
export interface TableLocation {
  readonly id?: string;
  readonly table: string;
}

/** A table, and everything that hangs on it. */
export interface RebuiltTableInfo {
  /** As the schema spells it. */
  readonly name: string;
  readonly table: TableText;
  /** Those with a text; the others come with the table's constraints. In the order in which they were made. */
  readonly indexes: readonly SchemaObject[];
  readonly triggers: readonly SchemaObject[];
  /** Views and triggers anywhere that name it. */
  readonly dependents: SchemaObjects;
  /** The full-text tables whose content it is. */
  readonly searches: readonly SearchTable[];
}

/** Reads a table that is to be changed. Errors: `REBUILD_REFUSED` for what is not an ordinary table of the database. */
export function* readTable(name: string, place: TableLocation, ownTables: readonly string[]): Op<RebuiltTableInfo> {
  // SQLite reads no further than a NUL.
  if (name.includes('\0')) throw refused(place, 'there is no table of that name');
  const own = ownTables.find((table) => sameName(table, name));
  if (own !== undefined) throw refused(place, 'Dunlin records in it what is applied');
  if (nameKey(name).startsWith('sqlite_')) throw refused(place, 'it belongs to SQLite itself');
  // Unqualified names in the texts of its indexes and triggers would find the temporary one.
  const temporary = yield* readTemporary();
  if (temporary.some((object) => isTableOrView(object) && sameName(object.name, name)))
    throw refused(place, 'a temporary table or view of that name hides it');
  const [listed] = yield* listTables({ name, schema: 'main' });
  if (listed === undefined) throw yield* missing(place);
  if (listed.kind !== 'table') throw refused(place, reasons[listed.kind]);
  const spelt = listed.name;
  const inventory = yield* readInventory(() => false);
  const table = parseTable(inventory.tables.get(nameKey(name))!.sql ?? '');
  if (table === undefined) throw refused(place, 'the text that the schema has of it cannot be read');
  const naming = dependents(inventory.others, spelt);
  const views = [...naming.values()].filter(({ type }) => type === 'view').map((view) => view.name);
  const objects = [...inventory.others.values()].filter((object) => sameName(object.table, name));
  return {
    name: spelt,
    table,
    indexes: objects.filter(({ type, sql }) => type === 'index' && sql !== undefined),
    triggers: [
      ...objects.filter(({ type }) => type === 'trigger'),
      // Those that the application has on its own connection go with the table too.
      ...temporary.filter((object) => object.type === 'trigger' && sameName(object.table, name)).map(asTemporary),
    ],
    dependents: naming,
    searches: searchesOf(inventory, [spelt, ...views]),
  };
}

const reasons: Readonly<Record<Exclude<TableEntry['kind'], 'table'>, string>> = {
  view: 'it is a view: drop it and create it anew',
  virtual:
    'it is a virtual table, whose module alone knows how its content is kept: create another and fill it from this one',
  shadow: 'it is a shadow table, in which a virtual table keeps its content: change that one',
};

/**
 * The schema has the text of a temporary trigger without the word that makes it one. One on a table of that name in an
 * attached database is still there.
 */
function asTemporary(trigger: SchemaObject): SchemaObject {
  return { ...trigger, sql: trigger.sql?.replace(/^create\s+trigger\b/i, 'CREATE TEMP TRIGGER IF NOT EXISTS') };
}

function refused(place: TableLocation, reason: string): DunlinError {
  return dunlinError('REBUILD_REFUSED', { ...place, reason });
}

function* missing(place: TableLocation): Op<DunlinError> {
  const rows = yield* query<{ name: string }>(
    `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
  );
  return dunlinError('REBUILD_REFUSED', {
    ...place,
    reason: 'there is no table of that name',
    names: rows.map((row) => row.name),
  });
}
