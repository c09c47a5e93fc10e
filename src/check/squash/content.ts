import { query, type Op } from '../../bridge/index.ts';
import { readPragma } from '../../backup/index.ts';
import { plural } from '../../errors/index.ts';
import { isLedgerTable, readContent, type Ledger } from '../../ledger/index.ts';
import { tablesInSync, externalContentTables } from '../../rebuild/index.ts';
import {
  compareSchemas,
  dumpStatements,
  hasRows,
  isVirtual,
  moduleOf,
  numberPragmas,
  readTableInfo,
  readTables,
  terminated,
  type Inventory,
  type SchemaObject,
  type TableInfo,
} from '../../schema/index.ts';
import { inMain, literal, nameKey, quote } from '../../sql/index.ts';
import { insertStatements, readTableRows, type TableRows } from './table-rows.ts';

/** A database as statements that make it again: its schema, its rows, and what else of the file a migration may set. */
export interface Content {
  readonly inventory: Inventory;
  readonly numbers: ReadonlySet<string>;
  readonly rows: readonly TableRows[];
  /** The rows of sqlite_sequence. */
  readonly sequences: TableRows;
  readonly statements: readonly string[];
  /** What no statement can make. */
  readonly lacking: readonly string[];
}

/** Reads the database without Dunlin's own tables. `numbers` are the numbers of the header that migrations set. */
export function* readWholeContent(ledger: Ledger, numbers: ReadonlySet<string>): Op<Content> {
  const inventory = yield* readContent(ledger);
  const rows: TableRows[] = [];
  const settings: string[] = [];
  const lacking: string[] = [];
  const tables = new Map<string, TableInfo>();
  for (const table of yield* readTables()) if (inventory.tables.has(nameKey(table.name))) tables.set(table.name, table);
  // By name, as the statements of the schema are: another order of creation makes no other database.
  for (const { name, sql } of [...inventory.tables.values()].toSorted(byName)) {
    const table = tables.get(name);
    if (table !== undefined) rows.push(yield* readTableRows(name, table));
    else if (isVirtual(sql) && (yield* hasRows(inMain(name)))) {
      const found = yield* readVirtual(inventory, name, sql!);
      if (typeof found === 'string') lacking.push(found);
      else if (found !== undefined) rows.push(found);
    }
    if (isFts5(sql)) settings.push(...(yield* ftsSettings(name)));
  }
  const encoding = String(yield* readPragma('encoding'));
  if (encoding !== 'UTF-8') lacking.push(`new databases are in ${encoding} here, and a squash has the bytes of UTF-8`);
  const external = externalContentTables(inventory).toSorted(byName);
  const inSync = yield* tablesInSync(external);
  for (const { name, content } of external)
    if (!inSync.some((index) => index.name === name))
      lacking.push(`the full-text index ${name} does not match ${content}, whose text it indexes`);
  const schema = [...inventory.tables.values(), ...inventory.others.values()];
  for (const { type, name, sql } of schema)
    if (sql !== undefined && terminated(sql).includes('\r'))
      lacking.push(`the text of the ${type} ${name} has a carriage return, which git and editors change in a file`);
  const sequences = inventory.hasSequences ? yield* readSequences(tables) : [];
  const isTrigger = ({ type }: SchemaObject): boolean => type === 'trigger';
  return {
    inventory,
    numbers,
    rows,
    sequences: { table: 'sqlite_sequence', columns: [], rows: sequences.map(({ name, seq }) => `${name} ${seq}`) },
    lacking,
    statements: [
      ...(yield* numberPragmas(numbers)),
      ...dumpStatements(schema.filter((object) => !isTrigger(object))),
      ...settings,
      ...rows.flatMap(insertStatements),
      ...external.map(({ name }) => `INSERT INTO ${quote(name)} (${quote(name)}) VALUES ('rebuild');`),
      ...sequences.flatMap(({ statement }) => statement ?? []),
      // Triggers last: they must not fire for the rows.
      ...dumpStatements(schema.filter(isTrigger)),
      ...(yield* readStatistics(ledger)),
    ],
  };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** Modules that give the rows back as they were inserted. */
const writable = /^(?:fts[345]|rtree|rtree_i32)$/;

/** The rows of a virtual table; none for a full-text index of another table's text; or why they cannot be inserted. */
function* readVirtual(inventory: Inventory, name: string, sql: string): Op<TableRows | string | undefined> {
  const module = moduleOf(sql)!;
  if (externalContentTables(inventory).some((index) => index.name === name)) return undefined;
  if (!writable.test(module))
    return `the virtual table ${name} has rows, and how the module ${module} takes them is not known`;
  const { columns } = yield* readTableInfo(name);
  const isFullText = module.startsWith('fts');
  const kept = isFullText ? yield* keptTexts(name) : [];
  if (isFullText && (kept.length === 0 || /\bcontent\s*=\s*(?:''|"")/i.test(sql)))
    return `the full-text index ${name} has rows, and does not keep their text`;
  const locales = kept.filter((column) => /^l\d+$/.test(column)).map((column) => `${column} IS NOT NULL`);
  if (locales.length > 0 && (yield* hasRows(`${inMain(`${name}_content`)} WHERE ${locales.join(' OR ')}`)))
    return `rows of the full-text index ${name} have a locale (fts5_locale), which it does not give back`;
  const rowidAlias = isFullText ? undefined : columns[0]!.name;
  return yield* readTableRows(name, {
    // A row's language is in a hidden column, the last (sqlite.org/fts3.html, section 6.5).
    columns: kept.includes('langid') ? [...columns.slice(0, -1), { ...columns.at(-1)!, hidden: false }] : columns,
    primaryKey: [],
    rowidAlias,
    rowidNames: ['rowid'],
    withoutRowid: false,
  });
}

/** The columns of the shadow table that has the text: `c0`; with its locale `l0`; `langid` of FTS4. None: it is not kept. */
function* keptTexts(name: string): Op<readonly string[]> {
  return (yield* readTableInfo(`${name}_content`)).columns.map((column) => column.name);
}

function isFts5(sql: string | undefined): boolean {
  return isVirtual(sql) && moduleOf(sql!) === 'fts5';
}

/** Such as its rank function, which it keeps in a shadow table (sqlite.org/fts5.html, section 6). */
function* ftsSettings(name: string): Op<readonly string[]> {
  const rows = yield* query<{ k: string; v: string }>(
    `SELECT k, quote(v) AS v FROM ${inMain(`${name}_config`)} WHERE k <> 'version' ORDER BY k`,
  );
  return rows.map(({ k, v }) => `INSERT INTO ${quote(name)} (${quote(name)}, rank) VALUES (${literal(k)}, ${v});`);
}

interface Sequence {
  readonly name: string;
  readonly seq: number | bigint;
  /** Sets it, if the inserted rows do not: rows with higher keys were deleted. */
  readonly statement: string | undefined;
}

/** The sequences of AUTOINCREMENT. */
function* readSequences(tables: ReadonlyMap<string, TableInfo>): Op<readonly Sequence[]> {
  const sequences: Sequence[] = [];
  for (const { name, seq } of yield* query<{ name: string; seq: number | bigint }>(
    'SELECT name, seq FROM main.sqlite_sequence ORDER BY name',
  )) {
    const key = tables.get(name)?.rowidAlias;
    if (key === undefined) continue;
    const [row] = yield* query<{ high: number | bigint | null }>(
      `SELECT max(${quote(key)}) AS high FROM ${inMain(name)}`,
    );
    const high = row!.high;
    const text =
      high === null
        ? `INSERT INTO sqlite_sequence (name, seq) VALUES (${literal(name)}, ${seq});`
        : `UPDATE sqlite_sequence SET seq = ${seq} WHERE name = ${literal(name)};`;
    sequences.push({ name, seq, statement: high === seq ? undefined : text });
  }
  return sequences;
}

/**
 * What ANALYZE has found, which later rows and a migration may contradict. It makes the table and the samples of some
 * builds (sqlite_stat4); the rows are then those of the history (sqlite.org/fileformat2.html, section 2.6.3).
 */
function* readStatistics(ledger: Ledger): Op<readonly string[]> {
  if (!(yield* hasRows(`main.sqlite_schema WHERE name = 'sqlite_stat1'`))) return [];
  const found = yield* query<{ tbl: string }>('SELECT DISTINCT tbl FROM main.sqlite_stat1 WHERE tbl IS NOT NULL');
  const names = found.filter(({ tbl }) => !isLedgerTable(ledger, tbl)).map(({ tbl }) => literal(tbl));
  // Without rowids: nobody reads them, and those of Dunlin's own tables are in between.
  const table = { ...(yield* readTableInfo('sqlite_stat1')), rowidNames: [] };
  const rows = yield* readTableRows('sqlite_stat1', table, `tbl IN (${names.join(', ')})`);
  return ['ANALYZE;', 'DELETE FROM sqlite_stat1;', ...insertStatements(rows)];
}

/** How the file is stored, which nothing in a transaction can set. */
export function* readStorage(): Op<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of ['journal_mode', 'auto_vacuum', 'page_size']) found.set(name, String(yield* readPragma(name)));
  return found;
}

/** Where `actual` is not `expected`, in words. */
export function contentDifferences(expected: Content, actual: Content): readonly string[] {
  const objects = compareSchemas(expected.inventory, actual.inventory).map(
    ({ kind, type, name }) => `${type} ${name} ${kinds[kind]}`,
  );
  const made = new Map(actual.rows.map((rows) => [rows.table, rows]));
  made.set(actual.sequences.table, actual.sequences);
  const rows = [...expected.rows, expected.sequences].flatMap((one) => {
    const other = made.get(one.table)?.rows ?? [];
    const at = one.rows.findIndex((row, i) => row !== other[i]);
    if (at === -1 && other.length === one.rows.length) return [];
    if (other.length !== one.rows.length)
      return [`table ${one.table} has ${plural(other.length, 'row')} instead of ${one.rows.length}`];
    return [`table ${one.table} has the row (${short(other[at]!)}) instead of (${short(one.rows[at]!)})`];
  });
  const found = [...objects, ...rows];
  if (found.length > 0) return found;
  const [wanted, is] = [expected, actual].map(({ statements }) => new Set(statements)) as [Set<string>, Set<string>];
  const other = [
    ...[...wanted].filter((one) => !is.has(one)).map((one) => `it lacks what this makes: ${short(one)}`),
    ...[...is].filter((one) => !wanted.has(one)).map((one) => `it has what this makes: ${short(one)}`),
  ];
  if (other.length > 0) return other;
  // Triggers that fire at the same moment, which stand in the order in which they were created.
  const moved = expected.statements.find((one, i) => one !== actual.statements[i]);
  return moved === undefined ? [] : [`it makes this in another order, which triggers fire in: ${short(moved)}`];
}

const kinds = { added: 'is there, and should not be', removed: 'is missing', changed: 'differs' } as const;

export function short(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
