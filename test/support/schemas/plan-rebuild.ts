import Database from 'better-sqlite3';
import { betterSqlite3Bridge } from '../../../src/drivers/index.ts';
import { CHANGES } from './changes.ts';
import type { Call, Edit } from './edit.ts';
import { Chance } from './chance.ts';
import type { MadeSchema } from './make-schema.ts';
import {
  constraintsOf,
  isGenerated,
  plainly,
  rowidColumn,
  rowidName,
  tableText,
  type ColumnModel,
  type TableModel,
  type Text,
} from './model.ts';
import { quoted } from './rows.ts';
import { exact, queryOf, snapshot, type Snapshot } from './snapshot.ts';

/** Changes of one table that are legal for its rows, and what the database is to be afterwards. */
export interface PlannedRebuild {
  readonly table: string;
  /** Whether its AUTOINCREMENT goes, which is a loss to be declared. */
  readonly losesSequence: boolean;
  readonly calls: readonly Call[];
  /** Of a database that was made so in the first place: SQLite itself copied the rows into it. */
  readonly expected: Snapshot;
  /** The objects in which a renamed column is named; all others must keep their texts. */
  readonly renamed: boolean;
  /** Whether rows can be told apart by their rowids before and after. */
  readonly keepsRowids: boolean;
  /** Columns that nothing was asked of, by name: the text of each must still be there. */
  readonly untouched: readonly string[];
}

/** How often changes are thrown away that SQLite would refuse for these rows. */
const ATTEMPTS = 40;

/** Plans legal changes of a table of a generated schema, the bytes of which are in a file. */
export function planRebuild(start: number, made: MadeSchema, path: string): PlannedRebuild | undefined {
  const chance = new Chance(start);
  for (let i = 0; i < ATTEMPTS; i++) {
    const planned = attemptPlan(chance, made, path);
    if (planned !== undefined) return planned;
  }
  return undefined;
}

function attemptPlan(chance: Chance, made: MadeSchema, path: string): PlannedRebuild | undefined {
  const schema = structuredClone(made.schema);
  const at = chance.int(0, schema.tables.length - 1);
  const table = schema.tables[at]!;
  const edit: Edit = {
    chance,
    schema,
    table,
    before: new Map(table.columns.map((column) => [column, column.name])),
    values: new Map(),
    touched: new Set(),
    calls: [],
  };
  const done = new Set<unknown>();
  for (let i = chance.int(1, 4); i > 0; i--) {
    const change = chance.pick(CHANGES);
    // Said twice, the last of some counts; others would be said of each other.
    if (!done.has(change) && change(edit)) done.add(change);
  }
  if (edit.calls.length === 0) return undefined;
  const original = made.schema.tables[at]!;
  const expected = build(edit, made, original, path);
  if (expected === undefined) return undefined;
  const shared = [...edit.before].filter(([column, name]) => column.name === name && table.columns.includes(column));
  return {
    table: table.name,
    losesSequence: isAutoincrement(original) && !isAutoincrement(table),
    calls: edit.calls.map((make) => make()),
    expected,
    renamed: [...edit.before].some(([column, name]) => column.name !== name),
    keepsRowids: (original.withoutRowid ? rowidColumn(table) !== undefined : !table.withoutRowid) || table.withoutRowid,
    untouched: shared.filter(([column]) => !edit.touched.has(column)).map(([column]) => column.name),
  };
}

/** Makes the database that the changes should lead to; undefined if they are not legal for these rows. */
function build(edit: Edit, made: MadeSchema, original: TableModel, path: string): Snapshot | undefined {
  const database = new Database(':memory:');
  try {
    database.pragma(`encoding = '${String(made.database.pragma('encoding', { simple: true }))}'`);
    database.pragma('foreign_keys = OFF');
    database.prepare('ATTACH ? AS old').run(path);
    for (const [i, table] of edit.schema.tables.entries()) {
      database.exec(plainly(tableText(table)));
      const values = new Map(
        table.columns
          .filter((column) => !isGenerated(column))
          .map((column) => [column, table === edit.table ? sourceOf(edit, column) : quoted(column.name)]),
      );
      copy(database, made.schema.tables[i]!, table, values);
      if (isAutoincrement(table)) keepSequence(database, made.database, table.name);
    }
    for (const kinds of [['index', 'view', 'virtual'], ['trigger']])
      for (const object of edit.schema.objects) if (kinds.includes(object.type)) database.exec(plainly(object.text));
    for (const { type, name } of edit.schema.objects) {
      if (type === 'virtual') database.exec(`INSERT INTO ${quoted(name)} (${quoted(name)}) VALUES ('rebuild')`);
      if (type === 'view') database.prepare(`SELECT * FROM ${quoted(name)} LIMIT 0`);
    }
    const changed = edit.table.columns.some(
      (column) =>
        edit.before.has(column) &&
        !edit.values.has(column) &&
        !sameValues(database, original.name, edit.before.get(column)!, column.name),
    );
    database.exec('DETACH old');
    const found = snapshot(queryOf(betterSqlite3Bridge(database)));
    return changed || found.complaints.length > 0 ? undefined : found;
  } catch (error) {
    // SQLite refuses the table, the copy of the rows, or an object for it.
    if (error instanceof Database.SqliteError) return undefined;
    throw error;
  } finally {
    database.close();
  }
}

function isAutoincrement(table: TableModel): boolean {
  return constraintsOf(table, 'primary-key').some(({ constraint }) => constraint.text.includes('AUTOINCREMENT'));
}

function sourceOf({ before, values }: Edit, column: ColumnModel): string | undefined {
  const text = values.get(column) ?? (before.has(column) ? [column] : undefined);
  const asBefore = (piece: Text[number]): Text[number] =>
    typeof piece !== 'string' && piece.is === 'column' ? { ...piece, name: before.get(piece)! } : piece;
  return text && plainly(text.map(asBefore));
}

function copy(
  database: Database.Database,
  from: TableModel,
  to: TableModel,
  values: ReadonlyMap<ColumnModel, string | undefined>,
): void {
  const given = [...values].flatMap(([column, sql]) => (sql === undefined ? [] : [{ name: quoted(column.name), sql }]));
  const [before, after] = [rowidName(from), rowidName(to)];
  const fills = rowidColumn(to);
  if (before !== undefined && after !== undefined && (fills === undefined || values.get(fills) === undefined))
    given.push({ name: after, sql: before });
  if (given.length === 0) throw new Error('nothing to copy');
  database.exec(
    `INSERT OR ABORT INTO main.${quoted(to.name)} (${given.map(({ name }) => name).join(', ')}) SELECT ${given.map(({ sql }) => sql).join(', ')} FROM old.${quoted(from.name)}`,
  );
}

function keepSequence(database: Database.Database, old: Database.Database, table: string): void {
  if (old.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`).get() === undefined) return;
  const before = old.prepare('SELECT CAST(seq AS TEXT) FROM sqlite_sequence WHERE name = ?').pluck().get(table);
  if (before === undefined) return;
  const now = database.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck().get(table);
  if (now === undefined)
    database.exec(`INSERT INTO sqlite_sequence (name, seq) VALUES ('${table.replaceAll("'", "''")}', 0)`);
  database.prepare(`UPDATE sqlite_sequence SET seq = max(seq, CAST(? AS INTEGER)) WHERE name = ?`).run(before, table);
}

/** Whether a column holds the same values as before, each in its storage class. */
function sameValues(database: Database.Database, table: string, before: string, after: string): boolean {
  const values = (schema: string, column: string): unknown[] =>
    database
      .prepare(`SELECT ${exact(quoted(column))} AS v FROM ${schema}.${quoted(table)} ORDER BY v`)
      .pluck()
      .all();
  return JSON.stringify(values('old', before)) === JSON.stringify(values('main', after));
}
