import { isDeepStrictEqual } from 'node:util';
import type Database from 'better-sqlite3';
import { squeezed } from '../../support/schemas/facts.ts';
import { normalForm } from '../../support/schemas/normal-form.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * A schema as SQLite's own pragmas describe it, and the syntax trees of what they leave out: nothing of Dunlin reads it. One
 * entry an object. The order of columns and of constraints does not count.
 */
export type SchemaForm = ReadonlyMap<string, unknown>;

export function schemaForm(database: Database.Database): SchemaForm {
  const form = new Map<string, unknown>();
  const all = (sql: string, ...values: unknown[]): readonly Row[] => database.prepare(sql).all(...values) as Row[];
  const shadows = new Set(all(`SELECT name FROM pragma_table_list WHERE type = 'shadow'`).map(({ name }) => name));
  const objects = all(`SELECT type, name, tbl_name AS "on", sql FROM sqlite_schema WHERE sql IS NOT NULL`);
  for (const { type, name, on, sql } of objects) {
    if (/^sqlite_|^schema_migration/i.test(String(on)) || shadows.has(on)) continue;
    const key = `${String(type)} ${key_(name)}`;
    if (type === 'table' && !/^create\s+virtual/i.test(String(sql)))
      form.set(key, tableForm(all, String(name), String(sql)));
    else form.set(key, tree(String(sql)));
  }
  return form;
}

/** The entries that differ, each with what it is and what it should be. */
export function formDifferences(found: SchemaForm, wanted: SchemaForm): string[] {
  const lines: string[] = [];
  for (const key of new Set([...found.keys(), ...wanted.keys()])) {
    const [is, should] = [found.get(key), wanted.get(key)];
    if (is === undefined) lines.push(`${key} is missing`);
    else if (should === undefined) lines.push(`${key} is left over`);
    else if (!isDeepStrictEqual(is, should)) lines.push(`${key}: ${firstDifference(is, should)}`);
  }
  return lines;
}

type All = (sql: string, ...values: unknown[]) => readonly Row[];

function tableForm(all: All, name: string, sql: string): unknown {
  const [entry] = all(`SELECT wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?`, name);
  const columns = all('SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)', name);
  const count = columns.filter(({ pk }) => pk !== 0).length;
  const isNeverNull = ({ pk, type }: Row): boolean =>
    pk !== 0 && (entry!['wr'] === 1 || (count === 1 && /^integer$/i.test(String(type))));
  const keys = new Map<unknown, Row[]>();
  for (const row of all('SELECT * FROM pragma_foreign_key_list(?)', name))
    keys.set(row['id'], [...(keys.get(row['id']) ?? []), row]);
  return {
    ...entry,
    columns: sorted(
      columns.map((column) => [
        key_(column['name']),
        squeezed(String(column['type'])).toLowerCase(),
        isNeverNull(column) ? 1 : column['notnull'],
        defaultForm(column['dflt_value']),
        column['pk'],
        column['hidden'],
      ]),
    ),
    references: sorted(
      [...keys.values()].map((rows) => [
        rows.map(({ from }) => key_(from)),
        key_(rows[0]!['table']),
        rows.map(({ to }) => to).includes(null)
          ? primaryKey(all, String(rows[0]!['table']))
          : rows.map(({ to }) => key_(to)),
        rows[0]!['on_update'],
        rows[0]!['on_delete'],
      ]),
    ),
    indexes: sorted(
      all('SELECT name, "unique", origin, partial FROM pragma_index_list(?)', name).map((index) => [
        index['origin'] === 'c' ? key_(index['name']) : '',
        index['unique'],
        index['origin'],
        index['partial'],
        all('SELECT name, cid < 0 AS expression, "desc", coll FROM pragma_index_xinfo(?) WHERE key', index['name']).map(
          (part) => [key_(part['name']), part['expression'], part['desc'], key_(part['coll'])],
        ),
      ]),
    ),
    constraints: constraintsIn(sql),
  };
}

function primaryKey(all: All, table: string): string[] {
  return all('SELECT name FROM pragma_table_xinfo(?) WHERE pk ORDER BY pk', table).map(({ name }) => key_(name));
}

/** CHECK, COLLATE, GENERATED, DEFERRABLE, ON CONFLICT, AUTOINCREMENT and names are in no pragma. */
function constraintsIn(sql: string): unknown {
  const { columns, constraints } = normalForm(sql) as {
    columns: { name: string; own: { type: string }[] }[];
    constraints: { type: string }[];
  };
  const isImplied = ({ type, word }: { type: string; word?: string }): boolean =>
    /^(?:Default|NotNull)ColumnConstraint$/.test(type) || (type === 'CollateColumnConstraint' && word === 'binary');
  return {
    columns: sorted(columns.map(({ name, own }) => [key_(name), own.filter((one) => !isImplied(one)).map(bare)])),
    constraints: sorted(constraints.map(bare)),
  };
}

/** Only the name of a CHECK is ever seen: in its error. A generated column is virtual if nothing says so. */
function bare(constraint: { readonly type: string }): unknown {
  const { name, word, behind, ...rest } = folded(constraint) as Record<string, unknown> & { readonly type: string };
  switch (rest.type) {
    case 'CheckTableConstraint':
      return { ...rest, name };
    case 'GeneratedColumnConstraint':
      return { ...rest, word: word ?? 'virtual' };
    case 'ForeignKeyTableConstraint':
      // The pragma has the rest.
      return { columns: rest['columns'], deferred: rest['deferClause'] };
    default:
      return { ...rest, word, behind: behind === true };
  }
}

function tree(sql: string): unknown {
  return folded(normalForm(sql));
}

/** Without what may be written or left out: parentheses around one expression, ASC, BEFORE, FOR EACH ROW. */
function folded(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(folded);
  if (typeof node !== 'object' || node === null) return node;
  const { exprs, type } = node as { exprs?: unknown[]; type?: string };
  if (type === 'ParenthesizedExpr' && exprs?.length === 1) return folded(exprs[0]);
  const isDefault = (name: string, value: unknown): boolean =>
    name === 'forEachRow' || (name === 'order' && value === 'Asc') || (name === 'time' && value === 'Before');
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name, value]) => !isDefault(name, value))
      .map(([name, value]) => [
        name,
        // A name means the same whatever its case.
        (name === 'name' && type === 'Id') || (name === 'text' && type === 'Name') ? key_(value) : folded(value),
      ]),
  );
}

const key_ = (name: unknown): string => String(name).toLowerCase();

/** `DEFAULT true` and `DEFAULT 1` are one value, as are `"x"` and `'x'`. */
function defaultForm(text: unknown): unknown {
  if (text === null || /^null$/i.test(String(text))) return null;
  const plain = squeezed(String(text));
  if (/^true$/i.test(plain)) return '1';
  if (/^false$/i.test(plain)) return '0';
  if (/^"[^"]*"$/.test(plain)) return `'${plain.slice(1, -1)}'`;
  return plain.replace(/^\+ /, '');
}

/** Twice the same says no more than once. */
function sorted(list: readonly unknown[]): readonly string[] {
  return [...new Set(list.map((one) => JSON.stringify(one)))].toSorted();
}

function firstDifference(is: unknown, should: unknown): string {
  const [a, b] = [is, should].map((one) => JSON.stringify(one, null, 1).split('\n'));
  const only = (from: string[], other: string[]): string =>
    from
      .filter((line) => !other.includes(line))
      .map((line) => line.trim())
      .slice(0, 3)
      .join(' ');
  return `${only(a!, b!)} instead of ${only(b!, a!)}`;
}
