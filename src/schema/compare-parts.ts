import {
  canonical,
  indexClauses,
  parseTable,
  textOf,
  toOneLine,
  triggerClauses,
  type TableText,
} from '../sql/index.ts';
import { compareColumns, type PartChange } from './compare-columns.ts';
import type { SchemaObject } from './inventory.ts';

/**
 * The parts of an object that differ. Undefined if its texts can only be compared whole. Empty if the difference means
 * nothing, such as the order of a column's constraints.
 */
export function compareParts(was: SchemaObject, is: SchemaObject): readonly PartChange[] | undefined {
  if (was.type === 'table') return compareTables(was.sql ?? '', is.sql ?? '', was.name === is.name);
  if (was.type === 'view') return undefined;
  const read = was.type === 'index' ? indexClauses : triggerClauses;
  const [before, after] = [read(was.sql ?? ''), read(is.sql ?? '')];
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((name) =>
    difference('clause', name, before.get(name), after.get(name)),
  );
  return changes.length === 0 ? undefined : changes;
}

function compareTables(was: string, is: string, sameName: boolean): readonly PartChange[] | undefined {
  const [before, after] = [parseTable(was), parseTable(is)];
  if (before === undefined || after === undefined) return undefined;
  const changes = [
    ...compareColumns(before, after),
    ...compareConstraints(before, after),
    ...compareOptions(before, after),
  ];
  // A name in another spelling is a difference of the whole table.
  return changes.length === 0 && !sameName ? undefined : changes;
}

/** Named constraints are matched by name, others by text. */
function compareConstraints(before: TableText, after: TableText): readonly PartChange[] {
  const [was, is] = [constraintsOf(before), constraintsOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [a, b] = [was.get(key), is.get(key)];
    return difference('constraint', key.replace(/\0\d+$/, ''), a, b);
  });
}

function constraintsOf(table: TableText): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const constraint of table.constraints) {
    const text = textOf(table.sql, constraint);
    const key = constraint.name ?? toOneLine(canonical(text));
    // SQLite accepts a constraint twice; that differs from having it once.
    const number = [...found.keys()].filter((other) => other === key || other.startsWith(`${key}\0`)).length;
    found.set(number === 0 ? key : `${key}\0${number}`, text);
  }
  return found;
}

function compareOptions(before: TableText, after: TableText): readonly PartChange[] {
  const [was, is] = [optionsOf(before), optionsOf(after)];
  return [...new Set([...was, ...is])].flatMap((name) =>
    difference('option', name, was.has(name) ? name : undefined, is.has(name) ? name : undefined),
  );
}

function optionsOf({ sql, options }: TableText): ReadonlySet<string> {
  return new Set(options.map((option) => canonical(textOf(sql, option)).toUpperCase()));
}

function difference(
  part: PartChange['part'],
  name: string,
  before: string | undefined,
  after: string | undefined,
): readonly PartChange[] {
  const same =
    before === after || (before !== undefined && after !== undefined && canonical(before) === canonical(after));
  if (same) return [];
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return [{ kind, part, name, before, after, properties: [], was: undefined }];
}
