import {
  canonical,
  codeTokens,
  indexClauses,
  isKeyword,
  nameKey,
  parseTable,
  splitByComma,
  textOf,
  tokensForm,
  toOneLine,
  triggerClauses,
  type ConstraintText,
  type TableText,
} from '../sql/index.ts';
import { compareColumns, type PartChange } from './compare-columns.ts';
import { constraintEffects, orderOf, termForm, type SchemaTexts } from './effect.ts';
import type { SchemaObject } from './inventory.ts';

/**
 * The parts of an object that are written differently. Undefined if its texts can only be compared whole. Empty if the
 * difference means nothing, such as the order of a column's constraints.
 */
export function compareParts(was: SchemaObject, is: SchemaObject): readonly PartChange[] | undefined {
  if (was.type === 'table') {
    const changes = compareTables(was, is, nothingAlike, nothingAlike);
    // A name in another spelling is a difference of the whole table.
    return changes?.length === 0 && was.name !== is.name ? undefined : changes;
  }
  const changes = compareClauses(
    was,
    is,
    (clause) => clause,
    (clause) => clause,
  );
  return changes?.length === 0 ? undefined : changes;
}

/**
 * The parts that differ in effect: see `constraintEffects`. Undefined if the objects can only be compared whole. The columns
 * of a view and the spelling of a column's name are what an application sees, so they count.
 */
export function compareEffects(
  [was, before]: readonly [SchemaObject, SchemaTexts],
  [is, after]: readonly [SchemaObject, SchemaTexts],
): readonly PartChange[] | undefined {
  if (was.type === 'table') {
    return compareTables(
      was,
      is,
      (table) => constraintEffects(table, before),
      (table) => constraintEffects(table, after),
    );
  }
  return compareClauses(
    was,
    is,
    (clause, name) => clauseEffect(clause, name, was, before),
    (clause, name) => clauseEffect(clause, name, is, after),
  );
}

type ClauseForm = (clause: string, name: string) => string;

function compareClauses(
  was: SchemaObject,
  is: SchemaObject,
  formBefore: ClauseForm,
  formAfter: ClauseForm,
): readonly PartChange[] | undefined {
  if (was.type === 'view') return undefined;
  const read = was.type === 'index' ? indexClauses : triggerClauses;
  const [before, after] = [read(was.sql ?? ''), read(is.sql ?? '')];
  if (before.size === 0 || after.size === 0) return undefined;
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [one, other] = [before.get(name), after.get(name)];
    const same = one !== undefined && other !== undefined && formBefore(one, name) === formAfter(other, name);
    return same ? [] : difference('clause', name, one, other);
  });
}

/** What a clause of an index or a trigger does, as a text to compare. */
function clauseEffect(clause: string, name: string, { table }: SchemaObject, schema: SchemaTexts): string {
  const tokens = codeTokens(clause);
  switch (name) {
    case 'table':
      return nameKey(table);
    case 'columns': {
      const parts = splitByComma(tokens.slice(1, -1));
      const own = schema.table(table);
      // Of a virtual table, which has no indexes, or of one whose text cannot be parsed.
      return own === undefined ? clause : parts.map((term) => termForm(term, own)).join();
    }
    case 'event':
      // sqlite.org/lang_createtrigger.html: BEFORE is the default.
      return tokensForm(isKeyword(tokens[0], 'before') ? tokens.slice(1) : tokens, schema.names);
    case 'WHERE':
    case 'WHEN':
      return tokensForm(tokens.slice(1), schema.names);
    default:
      return tokensForm(tokens, schema.names);
  }
}

type Effects = ReadonlyMap<ConstraintText, string | undefined>;
type ReadEffects = (table: TableText) => Effects;

/** For a comparison by text. */
const nothingAlike: ReadEffects = () => new Map();

function compareTables(
  was: SchemaObject,
  is: SchemaObject,
  readBefore: ReadEffects,
  readAfter: ReadEffects,
): readonly PartChange[] | undefined {
  const [before, after] = [parseTable(was.sql ?? ''), parseTable(is.sql ?? '')];
  if (before === undefined || after === undefined) return undefined;
  const [one, other] = [readBefore(before), readAfter(after)];
  const same = sameEffects(one, other);
  const changes = [
    ...compareColumns(before, after, same),
    ...compareConstraints(before, after, same),
    ...compareOptions(before, after),
  ];
  if (changes.length > 0) return changes;
  const form = (table: TableText, effects: Effects) => (constraint: ConstraintText) =>
    effects.has(constraint) ? effects.get(constraint) : canonical(textOf(table.sql, constraint));
  return orderOf(before, form(before, one)) === orderOf(after, form(after, other)) ? [] : undefined;
}

/** The constraints that do nothing, and those that the other table has as well, wherever they are written. */
function sameEffects(before: Effects, after: Effects): ReadonlySet<ConstraintText> {
  const [was, is] = [new Set(before.values()), new Set(after.values())];
  const same = ([, effect]: readonly [ConstraintText, string | undefined]): boolean =>
    effect === undefined || (was.has(effect) && is.has(effect));
  return new Set([...before, ...after].filter(same).map(([constraint]) => constraint));
}

/** Named constraints are matched by name, others by text. */
function compareConstraints(
  before: TableText,
  after: TableText,
  same: ReadonlySet<ConstraintText>,
): readonly PartChange[] {
  const [was, is] = [constraintTexts(before, same), constraintTexts(after, same)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [a, b] = [was.get(key), is.get(key)];
    return difference('constraint', key.replace(/\0\d+$/, ''), a, b);
  });
}

function constraintTexts(table: TableText, same: ReadonlySet<ConstraintText>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const constraint of table.constraints) {
    if (same.has(constraint)) continue;
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
