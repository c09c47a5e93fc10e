import { dunlinError, shown } from '../errors/index.ts';
import { nameKey } from '../sql/index.ts';
import { compareParts } from './compare-parts.ts';
import type { Inventory, SchemaObject } from './inventory.ts';
import { sameSql } from './same-sql.ts';

/** One difference between two schemas: an object that one of them lacks, or that is another in each. */
export interface ObjectChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly type: SchemaObject['type'];
  readonly name: string;
  /** The table of an index or a trigger; the object's own name otherwise. */
  readonly table: string;
  /** The texts as SQLite stores them. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What of a changed object differs; empty where the texts can only be compared whole. */
  readonly parts: readonly PartChange[];
}

/** What of an object differs. */
export interface PartChange {
  /**
   * `moved`: the same column at another place among the others. `renamed`: at the place of a column that is gone stands
   * a new one with the same properties, which most often is the same column.
   */
  readonly kind: 'added' | 'removed' | 'changed' | 'moved' | 'renamed';
  /** A clause is one of an index (`UNIQUE`, `columns`, `WHERE`) or of a trigger (`event`, `WHEN`, `body`). */
  readonly part: 'column' | 'constraint' | 'option' | 'clause';
  /** A column's name, a constraint's name or else its text, an option, a clause. */
  readonly name: string;
  /** The definitions as written. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Which properties of a changed column differ: `type`, `NOT NULL`, `DEFAULT` and so on. */
  readonly properties: readonly string[];
  /** What a renamed column was called. */
  readonly was: string | undefined;
}

/**
 * What makes `after` another schema than `before`, object by object, in a fixed order. White space, comments, the case
 * of keywords and needless quotes are no difference; the case of names is one.
 */
export function compareSchemas(before: Inventory, after: Inventory): readonly ObjectChange[] {
  for (const [name, schema] of Object.entries({ before, after })) refuseOther(name, schema);
  return [...compareObjects(before.tables, after.tables), ...compareObjects(before.others, after.others)].toSorted(
    (a, b) => order(a, b),
  );
}

function refuseOther(name: string, schema: Inventory): void {
  if (schema?.tables instanceof Map && schema.others instanceof Map) return;
  const problem = `\`${name}\` must be a schema, which \`runner.schema()\` or \`readSchemaFile()\` reads; it is ${shown(schema)}`;
  throw dunlinError('OPTION_INVALID', { problems: [problem] });
}

type Objects = ReadonlyMap<string, SchemaObject>;

function compareObjects(before: Objects, after: Objects): ObjectChange[] {
  const changes: ObjectChange[] = [];
  for (const [key, was] of before) {
    const is = after.get(key);
    if (is === undefined) changes.push(change('removed', was, undefined));
    else if (!sameSql(was, is)) changes.push(...changed(was, is));
  }
  for (const [key, is] of after) if (!before.has(key)) changes.push(change('added', undefined, is));
  return changes;
}

function changed(was: SchemaObject, is: SchemaObject): readonly ObjectChange[] {
  const parts = compareParts(was, is);
  return parts?.length === 0 ? [] : [change('changed', was, is, parts)];
}

function change(
  kind: ObjectChange['kind'],
  was: SchemaObject | undefined,
  is: SchemaObject | undefined,
  parts: readonly PartChange[] = [],
): ObjectChange {
  const { type, name, table } = (is ?? was)!;
  return { kind, type, name, table, before: was?.sql, after: is?.sql, parts };
}

const types: readonly string[] = ['table', 'index', 'trigger', 'view'];

/** What belongs to a table stands behind it. */
function order(a: ObjectChange, b: ObjectChange): number {
  return (
    compareText(nameKey(a.table), nameKey(b.table)) ||
    types.indexOf(a.type) - types.indexOf(b.type) ||
    compareText(nameKey(a.name), nameKey(b.name))
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
