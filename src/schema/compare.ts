import { dunlinError, shown } from '../errors/index.ts';
import { canonical, nameKey } from '../sql/index.ts';
import type { PartChange } from './compare-columns.ts';
import { compareEffects, compareParts } from './compare-parts.ts';
import { SchemaTexts } from './effect.ts';
import type { Inventory, SchemaObject, SchemaObjects } from './inventory.ts';

/** A difference between two schemas: an object that one of them lacks, or that differs. */
export interface ObjectChange {
  readonly kind: 'added' | 'removed' | 'changed';
  readonly type: SchemaObject['type'];
  readonly name: string;
  /** The table of an index or a trigger; the object's own name otherwise. */
  readonly table: string;
  /**
   * SQLite treats both alike, and only the texts differ: a default in parentheses, a foreign key of the column or of the
   * table, another spelling of the table's name.
   */
  readonly sameEffect: boolean;
  /** The texts as SQLite stores them. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /**
   * The parts of a changed object that differ: in effect, or, if none does, in their text. Empty if the texts can only be
   * compared whole.
   */
  readonly parts: readonly PartChange[];
}

/**
 * The differences of `after` from `before`, by object, in a fixed order. White space, comments, the case of keywords and
 * needless quotes do not count. What else is only written differently has `sameEffect`.
 */
export function compareSchemas(before: Inventory, after: Inventory): readonly ObjectChange[] {
  for (const [name, schema] of Object.entries({ before, after })) refuseOther(name, schema);
  const sides = [new SchemaTexts(before), new SchemaTexts(after)] as const;
  return [
    ...compareObjects(before.tables, after.tables, sides),
    ...compareObjects(before.others, after.others, sides),
  ].sort(order);
}

/** The differences that matter to SQLite: those of `compareSchemas` without what is only written differently. */
export function compareEffectively(before: Inventory, after: Inventory): readonly ObjectChange[] {
  return compareSchemas(before, after).filter(({ sameEffect }) => !sameEffect);
}

function refuseOther(name: string, schema: Inventory): void {
  if (schema?.tables instanceof Map && schema.others instanceof Map) return;
  const problem = `\`${name}\` must be a schema, which \`runner.schema()\` or \`readSchemaFile()\` reads; it is ${shown(schema)}`;
  throw dunlinError('OPTION_INVALID', { problems: [problem] });
}

type Sides = readonly [SchemaTexts, SchemaTexts];

function compareObjects(before: SchemaObjects, after: SchemaObjects, sides: Sides): ObjectChange[] {
  const changes: ObjectChange[] = [];
  for (const [key, was] of before) {
    const is = after.get(key);
    if (is === undefined) changes.push(change('removed', was, undefined));
    else if (!sameSql(was, is)) changes.push(...changed(was, is, sides));
  }
  for (const [key, is] of after) if (!before.has(key)) changes.push(change('added', undefined, is));
  return changes;
}

function changed(was: SchemaObject, is: SchemaObject, [before, after]: Sides): readonly ObjectChange[] {
  const written = compareParts(was, is);
  if (written?.length === 0) return [];
  const effects = compareEffects([was, before], [is, after]);
  const sameEffect = effects?.length === 0;
  return [change('changed', was, is, { sameEffect, parts: (sameEffect ? written : effects) ?? [] })];
}

function change(
  kind: ObjectChange['kind'],
  was: SchemaObject | undefined,
  is: SchemaObject | undefined,
  { parts, sameEffect }: Pick<ObjectChange, 'parts' | 'sameEffect'> = { parts: [], sameEffect: false },
): ObjectChange {
  const { type, name, table } = (is ?? was)!;
  return { kind, type, name, table, sameEffect, before: was?.sql, after: is?.sql, parts };
}

const types: readonly string[] = ['table', 'index', 'trigger', 'view'];

/** Sorts indexes and triggers after their table. */
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

/** Whether two objects have the same SQL, or are both missing. */
export function sameSql(a: Pick<SchemaObject, 'sql'> | undefined, b: Pick<SchemaObject, 'sql'> | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.sql === b.sql || canonical(a.sql ?? '') === canonical(b.sql ?? '');
}

/** A difference from the recorded schema as text: "index idx_x on t exists, no migration made it". */
export function driftLine(change: ObjectChange): string {
  const { kind, type, name, table } = change;
  const what = `${type} ${name}${type === 'index' || type === 'trigger' ? ` on ${table}` : ''}`;
  if (kind === 'added') return `${what} exists, no migration made it`;
  if (kind === 'removed') return `${what} is gone`;
  const parts = change.parts.map(driftPart);
  return parts.length === 0 ? `${what} differs` : `${what}: ${parts.join('; ')}`;
}

function driftPart({ kind, part, name, properties, was }: PartChange): string {
  const what = part === 'column' ? `column ${name}` : name;
  if (kind === 'added') return `${what} was added by hand`;
  if (kind === 'removed') return `${what} is gone`;
  if (kind === 'moved') return `${what} is at another position`;
  if (kind === 'renamed') return `column ${was} is now called ${name}`;
  return `${what} differs${properties.length === 0 ? '' : ` in ${properties.join(', ')}`}`;
}
