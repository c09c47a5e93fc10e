import { canonical, nameKey, textOf, type ColumnText, type ConstraintText, type TableText } from '../sql/index.ts';

/** A part of an object that differs. */
export interface PartChange {
  /**
   * `moved`: the column has another position. `renamed`: a new column with the same properties has replaced one at its
   * position, so it is most likely the same column.
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

/** A column with its properties in comparable form. */
interface Column {
  readonly name: string;
  readonly sql: string;
  readonly properties: ReadonlyMap<string, string>;
}

/** The differences between columns, leaving out the constraints in `same`. A column with the same name is the same column. */
export function compareColumns(
  before: TableText,
  after: TableText,
  same: ReadonlySet<ConstraintText>,
): readonly PartChange[] {
  const was = columnsOf(before, same);
  const is = columnsOf(after, same);
  const renamed = renamings([...was], [...is]);
  const stayed = [...was.keys()].filter((key) => is.has(key));
  const moved = outOfOrder(
    stayed,
    [...is.keys()].filter((key) => was.has(key)),
  );
  const changes: PartChange[] = [];
  for (const [key, column] of was) {
    const now = is.get(renamed.get(key) ?? key);
    const text = { before: column.sql, after: now?.sql };
    if (now === undefined) changes.push({ ...part('removed', column.name), ...text });
    else if (renamed.has(key)) changes.push({ ...part('renamed', now.name), ...text, was: column.name });
    else {
      const properties = differences(column, now);
      if (properties.length > 0) changes.push({ ...part('changed', now.name), ...text, properties });
      if (moved.has(key)) changes.push({ ...part('moved', now.name), ...text });
    }
  }
  const known = new Set([...was.keys(), ...renamed.values()]);
  for (const [key, { name, sql }] of is)
    if (!known.has(key)) changes.push({ ...part('added', name), before: undefined, after: sql });
  return changes;
}

function part(
  kind: PartChange['kind'],
  name: string,
): Pick<PartChange, 'kind' | 'part' | 'name' | 'properties' | 'was'> {
  return { kind, part: 'column', name, properties: [], was: undefined };
}

function columnsOf(table: TableText, same: ReadonlySet<ConstraintText>): ReadonlyMap<string, Column> {
  return new Map(table.columns.map((column) => [nameKey(column.name.name), describe(table.sql, column, same)]));
}

const names: Readonly<Partial<Record<ConstraintText['kind'], string>>> = {
  'primary-key': 'PRIMARY KEY',
  unique: 'UNIQUE',
  'not-null': 'NOT NULL',
  check: 'CHECK',
  default: 'DEFAULT',
  collate: 'COLLATE',
  'foreign-key': 'REFERENCES',
  deferrable: 'REFERENCES',
  generated: 'GENERATED',
  name: 'CONSTRAINT',
};

/** Properties by name. Their order makes no difference, and NULL means nothing. */
function describe(sql: string, column: ColumnText, same: ReadonlySet<ConstraintText>): Column {
  const properties = new Map<string, string>();
  // Names of types and collations ignore case.
  if (column.type !== undefined) properties.set('type', canonical(textOf(sql, column.type)).toUpperCase());
  for (const constraint of column.constraints) {
    // A CHECK behind it has its name.
    const isNamedNull = constraint.kind === 'null' && constraint.name !== undefined;
    const name = isNamedNull ? names.name : names[constraint.kind];
    if (name === undefined || same.has(constraint)) continue;
    const earlier = properties.get(name);
    properties.set(name, `${earlier === undefined ? '' : `${earlier} `}${describeConstraint(sql, constraint)}`);
  }
  return { name: column.name.name, sql: textOf(sql, column), properties };
}

function describeConstraint(sql: string, constraint: ConstraintText): string {
  const { kind, expression, stored, name } = constraint;
  if (kind === 'collate') return canonical(textOf(sql, constraint)).toUpperCase();
  if (kind !== 'generated' || expression === undefined) return canonical(textOf(sql, constraint));
  // GENERATED ALWAYS and VIRTUAL are optional.
  return `${name ?? ''} AS (${canonical(textOf(sql, expression))}) ${stored ? 'STORED' : 'VIRTUAL'}`;
}

function differences(was: Column, is: Column): readonly string[] {
  const all = new Set([...was.properties.keys(), ...is.properties.keys()]);
  const found = [...all].filter((name) => was.properties.get(name) !== is.properties.get(name));
  return was.name === is.name ? found : ['name', ...found];
}

/** Columns that were replaced, at the same position, by a new one with the same properties: from key to key. */
function renamings(
  was: readonly (readonly [string, Column])[],
  is: readonly (readonly [string, Column])[],
): ReadonlyMap<string, string> {
  const before = new Set(was.map(([key]) => key));
  const after = new Set(is.map(([key]) => key));
  const found = new Map<string, string>();
  for (const [index, [key, column]] of was.entries()) {
    const [other, candidate] = is[index] ?? [];
    if (other === undefined || candidate === undefined || after.has(key) || before.has(other)) continue;
    if (differences({ ...column, name: candidate.name }, candidate).length === 0) found.set(key, other);
  }
  return found;
}

/** The names that must move to turn the first order into the second: all but a longest common subsequence. */
function outOfOrder(before: readonly string[], after: readonly string[]): ReadonlySet<string> {
  const places = before.map((key) => after.indexOf(key));
  const lengths: number[] = [];
  const previous: number[] = [];
  for (const [index, place] of places.entries()) {
    lengths[index] = 1;
    previous[index] = -1;
    for (let i = 0; i < index; i++) {
      if (places[i]! < place && lengths[i]! >= lengths[index]!) {
        lengths[index] = lengths[i]! + 1;
        previous[index] = i;
      }
    }
  }
  const moved = new Set(before);
  for (let i = lengths.indexOf(Math.max(0, ...lengths)); i >= 0; i = previous[i]!) moved.delete(before[i]!);
  return moved;
}
