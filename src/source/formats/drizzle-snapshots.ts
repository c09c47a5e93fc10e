import { readText, type FormatFile, type RemovedParts } from '../../migration/index.ts';

/** A generated column or an index in a snapshot of Drizzle Kit. */
interface Entity {
  readonly entityType?: unknown;
  readonly name?: unknown;
  readonly table?: unknown;
  /** Of an index. */
  readonly where?: unknown;
  /** Of a column. */
  readonly generated?: unknown;
}

interface SnapshotTable {
  readonly name?: unknown;
  readonly columns?: Readonly<Record<string, Entity>>;
  readonly indexes?: Readonly<Record<string, Entity>>;
}

/** The schema that Drizzle Kit writes beside each migration: by table, since version 1 as a list of entities. */
interface Snapshot {
  readonly id?: unknown;
  readonly prevId?: unknown;
  readonly prevIds?: unknown;
  readonly tables?: Readonly<Record<string, SnapshotTable>>;
  readonly ddl?: readonly Entity[];
}

/**
 * What was removed from the schema between two snapshots; undefined unless the second follows the first. Drizzle Kit writes
 * no DROP INDEX for an index that goes away in the same migration as a rebuild of its table.
 */
export function removedBetween(
  before: FormatFile | undefined,
  after: FormatFile | undefined,
): RemovedParts | undefined {
  const [was, is] = [readSnapshot(before), readSnapshot(after)];
  if (was === undefined || is === undefined || ![is.prevId, is.prevIds].flat().includes(was.id)) return undefined;
  const [old, now] = [entitiesOf(was), entitiesOf(is)];
  const find = ({ entityType, table, name }: Entity): Entity | undefined =>
    now.find((one) => one.entityType === entityType && one.table === table && one.name === name);
  const gone = old.filter((entity) => find(entity) === undefined);
  const withoutWhere = old.filter((entity) => isSet(entity.where) && !isSet((find(entity) ?? entity).where));
  return {
    indexes: gone.filter(({ entityType }) => entityType === 'indexes').map(nameInTable),
    conditions: withoutWhere.map(nameInTable),
    columns: gone.filter(({ generated }) => isSet(generated)).map(nameInTable),
  };
}

/** Undefined if there is none that can be read: then nothing is known. */
function readSnapshot(file: FormatFile | undefined): Snapshot | undefined {
  try {
    return file === undefined ? undefined : (JSON.parse(readText(file)) as Snapshot);
  } catch {
    return undefined;
  }
}

function entitiesOf({ ddl, tables = {} }: Snapshot): readonly Entity[] {
  if (ddl !== undefined) return ddl;
  return Object.values(tables).flatMap(({ name, columns = {}, indexes = {} }) => [
    ...Object.values(columns).map((column) => ({ ...column, table: name, entityType: 'columns' })),
    ...Object.values(indexes).map((index) => ({ ...index, table: name, entityType: 'indexes' })),
  ]);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function nameInTable({ table, name }: Entity): string {
  return `${String(table)}.${String(name)}`;
}
