import Sqlite from 'better-sqlite3';
import type Database from 'better-sqlite3';
import { quoted } from '../../support/schemas/rows.ts';
import { exact } from '../../support/schemas/snapshot.ts';

/** How a table or column of before is called afterwards. */
export interface Renames {
  /** By the old name. */
  readonly tables: Readonly<Record<string, string>>;
  /** By the old table's name, then by the old column's. */
  readonly columns: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export const noRenames: Renames = { tables: {}, columns: {} };

/** A table that is there before and after, and its columns: `from` before, `to` after. Generated columns are left out. */
export interface Survivor {
  readonly from: string;
  readonly to: string;
  readonly columns: readonly { readonly from: string; readonly to: string }[];
  /** Columns that only the new table has. */
  readonly added: readonly string[];
}

export function survivors(before: Database.Database, after: Database.Database, renames: Renames): Survivor[] {
  const found: Survivor[] = [];
  for (const from of tablesOf(before)) {
    const to = tablesOf(after).find((name) => same(name, renamed(renames.tables, from) ?? from));
    if (to === undefined) continue;
    const own = Object.entries(renames.columns).find(([table]) => same(table, from))?.[1] ?? {};
    const target = columnsOf(after, to);
    const taken = new Set<string>();
    const columns = columnsOf(before, from, 'all').flatMap((column) => {
      // Another column has taken the name of one that goes.
      const isTaken = Object.entries(own).some(([old, name]) => same(name, column) && !same(old, column));
      const wanted = renamed(own, column) ?? (isTaken ? undefined : column);
      if (wanted === undefined) return [];
      const is = target.find((name) => same(name, wanted));
      if (is === undefined) return [];
      taken.add(is);
      return [{ from: column, to: is }];
    });
    found.push({ from, to, columns, added: target.filter((name) => !taken.has(name)) });
  }
  return found;
}

function renamed(names: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(names).find(([from]) => same(from, name))?.[1];
}

export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Ordinary tables, without SQLite's and Dunlin's. */
export function tablesOf(database: Database.Database): string[] {
  return database
    .prepare(
      `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'schema\\_migration%' ESCAPE '\\'`,
    )
    .pluck()
    .all() as string[];
}

/** Columns that rows have values in; with `all` generated ones as well. */
export function columnsOf(database: Database.Database, table: string, which?: 'all'): string[] {
  return database
    .prepare(`SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ${which === 'all' ? 'OR hidden > 1' : ''}`)
    .pluck()
    .all(table) as string[];
}

/** The rows of some columns as text, sorted; storage classes show. */
function rowsOf(database: Database.Database, table: string, columns: readonly string[]): string[] {
  const line = columns.map((name) => exact(quoted(name))).join(` || ' ' || `) || `''`;
  const rows = database
    .prepare(`SELECT ${line} FROM main.${quoted(table)}`)
    .pluck()
    .all() as string[];
  return rows.toSorted();
}

/** What is not as it was in the columns that survive. */
export function lostRows(before: Database.Database, after: Database.Database, kept: readonly Survivor[]): string[] {
  return kept.flatMap(({ from, to, columns }) => {
    const was = rowsOf(
      before,
      from,
      columns.map((column) => column.from),
    );
    const is = rowsOf(
      after,
      to,
      columns.map((column) => column.to),
    );
    if (was.join('\n') === is.join('\n')) return [];
    const different = columns.filter(
      (column) => rowsOf(before, from, [column.from]).join('\n') !== rowsOf(after, to, [column.to]).join('\n'),
    );
    const names = different.map((column) => column.to).join(', ');
    return [
      `rows of ${to}: ${was.length} before, ${is.length} after; other values in ${names || 'what belongs together'}`,
    ];
  });
}

/** Values to try for a column that the old table lacks, or that may not be NULL any more. */
const FILLS: readonly string[] = [
  `'filled'`,
  '7',
  `x'07'`,
  '0',
  '1',
  '-1',
  '1.5',
  `''`,
  `'x,)'`,
  'rowid + 1000',
  `'filled ' || rowid`,
  'CAST(rowid + 1000 AS BLOB)',
];

/** What SQLite itself makes of the rows when it inserts them into the wanted schema. */
export interface Fit {
  /** The wanted schema with the rows, in memory; the caller closes it. */
  readonly database: Database.Database;
  /** The values for the placeholders, by `table.column`. */
  readonly fills: ReadonlyMap<string, string>;
  /** Why the rows do not fit; undefined if they do. */
  readonly reason: string | undefined;
}

/**
 * Inserts the rows into the wanted schema. For each of the placeholders, named as `table.column`, it tries values until the
 * rows fit. Triggers are made last, so that none acts.
 */
export function fitRows(
  before: Database.Database,
  wanted: Database.Database,
  kept: readonly Survivor[],
  placeholders: ReadonlySet<string>,
): Fit {
  const database = new Sqlite(':memory:');
  database.pragma(`encoding = '${String(before.pragma('encoding', { simple: true }))}'`);
  database.pragma('foreign_keys = OFF');
  const objects = wanted
    .prepare(
      `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type IN ('table', 'index') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY rowid`,
    )
    .pluck()
    .all() as string[];
  for (const sql of objects) database.exec(sql);
  const fills = new Map<string, string>();
  let reason: string | undefined;
  for (const survivor of kept) reason ??= fitTable(before, database, survivor, placeholders, fills);
  const broken = newViolations(database, before, kept);
  if (broken.length > 0) reason ??= broken.join('; ');
  return { database, fills, reason };
}

/** A value over a row of before, and the same with the names of afterwards: a migration renames first. */
interface Option {
  readonly sql: string;
  readonly text: string;
}

function fitTable(
  before: Database.Database,
  database: Database.Database,
  { from, to, columns, added }: Survivor,
  placeholders: ReadonlySet<string>,
  fills: Map<string, string>,
): string | undefined {
  const isOpen = (name: string): boolean => placeholders.has(`${to}.${name}`);
  const kept = columns.map((column) => ({
    to: column.to,
    options: keptOptions(column, isOpen(column.to) ? fillsFor(database, to, column.to) : []),
  }));
  const made = added
    .filter(isOpen)
    .map((name) => ({ to: name, options: fillsFor(database, to, name).map((sql): Option => ({ sql, text: sql })) }));
  const all = [...kept, ...made];
  const open = all.filter(({ options }) => options.length > 1);
  const longest = Math.max(...all.map(({ options }) => options.length), 1);
  let reason: string | undefined;
  for (let round = 0; round < (open.length === 0 ? 1 : longest ** 2); round++) {
    // Two columns may need values of different kinds.
    const chosen = all.map((column) => {
      const at = open.indexOf(column) % 2 === 0 ? round : Math.floor(round / longest) + round;
      return { to: column.to, ...column.options[at % column.options.length]! };
    });
    reason = attemptInsert(before, database, from, to, chosen);
    if (reason === undefined) {
      for (const one of chosen) if (isOpen(one.to)) fills.set(`${to}.${one.to}`, one.text);
      return undefined;
    }
  }
  return `${to}: ${reason}`;
}

/** The values that fit the column's type first: in a STRICT table no others do. */
function fillsFor(database: Database.Database, table: string, column: string): readonly string[] {
  const type = database.prepare('SELECT type FROM pragma_table_xinfo(?) WHERE name = ?').pluck().get(table, column);
  const first = new Map([
    ['BLOB', `x'07'`],
    ['REAL', '1.5'],
    ['INTEGER', '7'],
    ['INT', '7'],
  ]).get(String(type).toUpperCase());
  return first === undefined ? FILLS : [first, ...FILLS.filter((fill) => fill !== first)];
}

function keptOptions(
  column: { readonly from: string; readonly to: string },
  fills: readonly string[],
): readonly Option[] {
  const [sql, text] = [quoted(column.from), quoted(column.to)];
  const instead = fills.map((fill) => ({ sql: `coalesce(${sql}, ${fill})`, text: `coalesce(${text}, ${fill})` }));
  // A STRICT column may accept none of the old values.
  return [{ sql, text }, ...instead, ...fills.map((fill) => ({ sql: fill, text: fill }))];
}

function attemptInsert(
  before: Database.Database,
  database: Database.Database,
  from: string,
  to: string,
  values: readonly { readonly to: string; readonly sql: string }[],
): string | undefined {
  if (values.length === 0) return undefined;
  database.exec('SAVEPOINT fit');
  try {
    const rows = before
      .prepare(`SELECT ${values.map(({ sql }) => sql).join(', ')} FROM main.${quoted(from)}`)
      .safeIntegers(true)
      .raw()
      .all() as unknown[][];
    const insert = database.prepare(
      `INSERT OR ABORT INTO main.${quoted(to)} (${values.map((value) => quoted(value.to)).join(', ')}) VALUES (${values.map(() => '?').join(', ')})`,
    );
    for (const row of rows) insert.run(...row);
    database.exec('RELEASE fit');
    return undefined;
  } catch (error) {
    database.exec('ROLLBACK TO fit; RELEASE fit');
    return (error as Error).message;
  }
}

/** Tables with more broken references than before, and keys that cannot work; by the names of afterwards. */
export function newViolations(
  after: Database.Database,
  before: Database.Database,
  kept: readonly Survivor[],
): string[] {
  const [is, was] = [violations(after), violations(before)];
  return [...is].flatMap(([table, count]) => {
    const from = kept.find(({ to }) => to === table)?.from ?? table;
    return count > (was.get(from) ?? 0) ? [`${count} broken references of ${table}`] : [];
  });
}

function violations(database: Database.Database): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const table of tablesOf(database)) {
    try {
      const found = database.prepare('SELECT count(*) FROM pragma_foreign_key_check(?)').pluck().get(table) as number;
      if (found > 0) counts.set(table, found);
    } catch {
      // A key whose parent columns are not unique, in the wanted schema as well: nothing can be checked.
    }
  }
  return counts;
}
