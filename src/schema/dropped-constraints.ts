import {
  codeTokens,
  constraintsOf,
  indexClauses,
  nameKey,
  parseTable,
  textOf,
  toOneLine,
  tokenize,
  unquote,
  type ConstraintText,
  type NameKey,
  type OwnedConstraint,
  type TableText,
} from '../sql/index.ts';
import { compareParts } from './compare-parts.ts';
import type { Inventory, SchemaObject } from './inventory.ts';

/** A table with the indexes that have a text. */
export interface IndexedTable {
  readonly table: SchemaObject;
  readonly indexes: readonly SchemaObject[];
}

/** What a rebuilt table lacks, as text. */
export interface DroppedConstraints {
  readonly constraints: readonly string[];
  /** NOT NULL and DEFAULT, which a rebuild often drops on purpose. */
  readonly minor: readonly string[];
  /** The indexes that were created again with another text. */
  readonly indexes: readonly string[];
}

/** A table of an inventory; undefined if there is none of this name. */
export function indexedTable({ tables, others }: Inventory, name: string): IndexedTable | undefined {
  const key = nameKey(name);
  const table = tables.get(key);
  if (table === undefined) return undefined;
  const indexes = [...others.values()].filter((one) => one.type === 'index' && nameKey(one.table) === key);
  return { table, indexes };
}

/**
 * Finds the constraints that a rebuild dropped although their columns remain. A constraint in another form (UNIQUE of a
 * column or the table, or a unique index) is not dropped, and one that another of its kind replaces is changed.
 * `exists` says whether a table of this name remains.
 */
export function findDroppedConstraints(
  was: IndexedTable,
  is: IndexedTable,
  exists: (table: string) => boolean,
): DroppedConstraints {
  const [before, after] = [parseTable(was.table.sql ?? ''), parseTable(is.table.sql ?? '')];
  if (before === undefined || after === undefined) return { constraints: [], minor: [], indexes: [] };
  const changes = compareParts(was.table, is.table) ?? [];
  const names = new Map<NameKey, NameKey>();
  for (const { name } of after.columns) names.set(nameKey(name.name), nameKey(name.name));
  for (const { part, kind, name, was: old } of changes)
    if (part === 'column' && kind === 'renamed' && old !== undefined) names.set(nameKey(old), nameKey(name));
  const toNew: KeyMap = (key) => names.get(key);
  const options = changes.filter(({ part, kind }) => part === 'option' && kind === 'removed').map(({ name }) => name);
  return {
    constraints: [
      ...lostKeys(before, after, was, is, toNew),
      ...lostChecks(before, after, toNew),
      ...lostReferences(before, after, toNew, exists),
      ...lostClauses(before, after, toNew, 'collate'),
      ...options,
    ],
    minor: [...lostClauses(before, after, toNew, 'not-null'), ...lostClauses(before, after, toNew, 'default')],
    indexes: was.indexes.filter((index) => isOther(index, is.indexes, toNew)).map(({ name }) => name),
  };
}

/** The dropped constraints as one line; undefined if there are none. */
export function droppedConstraintsLine(
  table: string,
  { constraints, minor, indexes }: DroppedConstraints,
): string | undefined {
  const lacking = [...constraints, ...minor];
  const others = indexes.map((name) => `index ${name} is made again with another text`).join('; ');
  if (lacking.length === 0) return others === '' ? undefined : `rebuilds ${table}: ${others}`;
  return `rebuilds ${table} without: ${lacking.join(', ')}${others === '' ? '' : `; ${others}`}`;
}

/** The key of a column in the new table; undefined if it is gone. */
type KeyMap = (column: NameKey) => NameKey | undefined;

/** For a text of the new table itself. */
const unchanged: KeyMap = (column) => column;

interface Key {
  readonly label: string;
  readonly primary: boolean;
  /** In the new table; undefined for a column that is gone. */
  readonly columns: readonly (string | undefined)[];
}

function constraintsOfKind(table: TableText, ...kinds: readonly ConstraintText['kind'][]): readonly OwnedConstraint[] {
  return constraintsOf(table).filter(({ constraint }) => kinds.includes(constraint.kind));
}

function keysOf(table: TableText, toNew: KeyMap): readonly Key[] {
  return constraintsOfKind(table, 'unique', 'primary-key').map(({ constraint, columns }) => {
    const primary = constraint.kind === 'primary-key';
    const mapped = columns.map((name) => toNew(nameKey(name)));
    return { label: `${primary ? 'PRIMARY KEY' : 'UNIQUE'} (${columns.join(', ')})`, primary, columns: mapped };
  });
}

function lostKeys(
  before: TableText,
  after: TableText,
  was: IndexedTable,
  is: IndexedTable,
  toNew: KeyMap,
): readonly string[] {
  const old = keysOf(before, toNew);
  const now = keysOf(after, unchanged);
  const unique = is.indexes.filter(({ sql }) => indexClauses(sql ?? '').has('UNIQUE'));
  const known = new Set(was.indexes.map(({ name }) => nameKey(name)));
  const within = (a: Key, b: Key): boolean => a.columns.every((column) => b.columns.includes(column));
  const holding = [...now, ...unique.flatMap(fullKey)];
  const added = [
    ...now.filter((key) => !old.some((one) => within(key, one) && within(one, key))),
    ...unique.filter(({ name }) => !known.has(nameKey(name))).map(anyKey),
  ];
  return old
    .filter((key) => {
      if (key.columns.includes(undefined) || holding.some((one) => within(one, key))) return false;
      return !added.some(
        (one) => (one.primary && key.primary) || one.columns.some((column) => key.columns.includes(column)),
      );
    })
    .map(({ label }) => label);
}

/** The key of a unique index; none if it does not cover all rows. */
function fullKey({ sql }: SchemaObject): readonly Key[] {
  const clauses = indexClauses(sql ?? '');
  if (clauses.has('WHERE')) return [];
  const columns = (clauses.get('columns') ?? '').slice(1, -1).split(',');
  // Anything but words is an expression.
  if (columns.some((column) => tokenize(column).length > wordsOf(column).length)) return [];
  return [{ label: '', primary: false, columns: columns.map((column) => wordsOf(column)[0]) }];
}

/** The key of any unique index, with all names in it. */
function anyKey({ sql }: SchemaObject): Key {
  return { label: '', primary: false, columns: wordsOf(indexClauses(sql ?? '').get('columns') ?? '') };
}

function wordsOf(sql: string): readonly NameKey[] {
  return tokenize(sql)
    .filter(({ kind }) => kind === 'word' || kind === 'quoted')
    .map(({ text }) => nameKey(unquote(text)));
}

function checksOf(
  table: TableText,
  toNew: KeyMap,
): readonly { readonly label: string; readonly text: string; readonly columns: readonly (string | undefined)[] }[] {
  const own = new Set(table.columns.map(({ name }) => nameKey(name.name)));
  return constraintsOfKind(table, 'check').flatMap(({ constraint: { expression } }) => {
    if (expression === undefined) return [];
    const sql = textOf(table.sql, expression);
    const used = wordsOf(sql).filter((key) => own.has(key));
    return [{ label: `CHECK (${short(toOneLine(sql))})`, text: comparable(sql, toNew), columns: used.map(toNew) }];
  });
}

function lostChecks(before: TableText, after: TableText, toNew: KeyMap): readonly string[] {
  const was = checksOf(before, toNew);
  const is = checksOf(after, unchanged);
  const added = is.filter(({ text }) => !was.some((old) => old.text === text));
  return was
    .filter(({ text, columns }) => {
      if (columns.includes(undefined) || is.some((check) => check.text === text)) return false;
      return !added.some((check) => check.columns.some((column) => columns.includes(column)));
    })
    .map(({ label }) => label);
}

function referencesIn(
  table: TableText,
  toNew: KeyMap,
): readonly { readonly parent: string; readonly name: string; readonly columns: readonly (string | undefined)[] }[] {
  return constraintsOfKind(table, 'foreign-key').flatMap(({ constraint: { references }, columns }) => {
    if (references === undefined) return [];
    const { name } = references.table;
    // A table may refer to itself under either name.
    const parent = nameKey(name) === nameKey(table.name.name) ? '' : nameKey(name);
    return [{ parent, name, columns: columns.map((one) => toNew(nameKey(one))) }];
  });
}

function lostReferences(
  before: TableText,
  after: TableText,
  toNew: KeyMap,
  exists: (table: string) => boolean,
): readonly string[] {
  const was = referencesIn(before, toNew);
  const is = referencesIn(after, unchanged);
  const lost = was.filter(({ parent, name, columns }) => {
    if (columns.includes(undefined) || !(parent === '' || exists(name))) return false;
    return !is.some((other) => other.columns.some((column) => columns.includes(column)));
  });
  return lost.map(({ parent, name, columns }) => {
    const several = was.filter((other) => other.parent === parent).length > 1;
    return `a foreign key to ${parent === '' ? after.name.name : name}${several ? ` (${columns.join(', ')})` : ''}`;
  });
}

const clauses = { collate: 'COLLATE', 'not-null': 'NOT NULL', default: 'DEFAULT' } as const;

/** The columns that lost a clause of this kind. Columns of a primary key do not need NOT NULL. */
function lostClauses(
  before: TableText,
  after: TableText,
  toNew: KeyMap,
  kind: keyof typeof clauses,
): readonly string[] {
  const primary = new Set(keysOf(after, unchanged).flatMap((key) => (key.primary ? key.columns : [])));
  return before.columns.flatMap(({ name, constraints }) => {
    const clause = constraints.find((one) => one.kind === kind);
    const key = toNew(nameKey(name.name));
    const column = after.columns.find((one) => nameKey(one.name.name) === key);
    if (clause === undefined || column === undefined || column.constraints.some((one) => one.kind === kind)) return [];
    if (kind === 'not-null' && primary.has(key)) return [];
    const collation = kind === 'collate' && clause.expression ? ` ${textOf(before.sql, clause.expression)}` : '';
    return [`${clauses[kind]}${collation} of ${name.name}`];
  });
}

function isOther(index: SchemaObject, now: readonly SchemaObject[], toNew: KeyMap): boolean {
  const again = now.find(({ name }) => nameKey(name) === nameKey(index.name));
  if (again === undefined) return false;
  const [was, is] = [indexClauses(index.sql ?? ''), indexClauses(again.sql ?? '')];
  const text = (clause: string | undefined, map: KeyMap): string => comparable(clause ?? '', map);
  return ['UNIQUE', 'columns', 'WHERE'].some(
    (clause) => text(was.get(clause), toNew) !== text(is.get(clause), unchanged),
  );
}

/** A text in normal form, with the new names of columns. */
function comparable(sql: string, toNew: KeyMap): string {
  return codeTokens(sql)
    .map(({ kind, text }) => {
      if (kind !== 'word' && kind !== 'quoted') return text;
      const key = nameKey(unquote(text));
      return toNew(key) ?? key;
    })
    .join(' ');
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
