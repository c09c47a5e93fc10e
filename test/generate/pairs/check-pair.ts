import Database from 'better-sqlite3';
import { runSync, type DatabaseBridge } from '../../../src/bridge/index.ts';
import { fillTables } from '../../../src/check/sample/fill.ts';
import { betterSqlite3Bridge } from '../../../src/drivers/index.ts';
import { isDunlinError } from '../../../src/errors/index.ts';
import { MigrationRunner, nodeHost } from '../../../src/node/index.ts';
import { compareEffectively, readInventory, type Inventory } from '../../../src/schema/index.ts';
import { attempt, quoted } from '../../support/schemas/rows.ts';
import { isAlterable, rebuiltTables } from './alterable.ts';
import { formDifferences, schemaForm } from './form.ts';
import { fileOf, generate, type Generated } from './generated.ts';
import {
  columnsOf,
  fitRows,
  lostRows,
  newViolations,
  noRenames,
  same,
  survivors,
  tablesOf,
  type Renames,
  type Survivor,
} from './rows.ts';

/** A schema, and what it should become. */
export interface Pair {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly renames: Renames;
  /** Comments in `to` say the renames. */
  readonly isMarked?: boolean;
  /** A database of the schema `from`, with rows; undefined: sample rows. */
  readonly content?: Buffer;
  /** Prepares a connection: functions of an application. */
  readonly prepare?: (database: Database.Database) => void;
}

/**
 * `empty`: nothing to do. `does not fit`: no migration can carry these rows, and the run was refused. `refused`: nothing was
 * generated, for the reason in `code`.
 */
export interface Verdict {
  readonly end: 'right' | 'empty' | 'does not fit' | 'refused' | 'wrong';
  readonly findings: readonly string[];
  readonly code: string;
  readonly text: string;
  readonly rebuilds: number;
}

/** Generates the migration of a pair, runs it up and down on rows, and says what is wrong with it. */
export function checkPair(pair: Pair): Verdict {
  const opened: Database.Database[] = [];
  const open = (source: Buffer | string): Database.Database => {
    const database = typeof source === 'string' ? new Database(':memory:') : new Database(source);
    opened.push(database);
    pair.prepare?.(database);
    database.pragma('foreign_keys = OFF');
    if (typeof source === 'string') database.exec(source);
    return database;
  };
  try {
    return checkPairOn(pair, open, opened);
  } finally {
    for (const database of opened) database.close();
  }
}

type Open = (source: Buffer | string) => Database.Database;

function checkPairOn(pair: Pair, open: Open, opened: Database.Database[]): Verdict {
  const before = open(pair.content ?? pair.from);
  if (pair.content === undefined) addRows(before);
  const wanted = open(pair.to);
  const findings: string[] = [];
  let generated: Generated;
  const verdict = (end: Verdict['end'], code = '', text = '', rebuilds = 0): Verdict => ({
    end: findings.length > 0 ? 'wrong' : end,
    findings,
    code,
    text,
    rebuilds,
  });
  const kept = survivors(before, wanted, pair.renames);
  const rest = canBeRename(before, wanted, kept) ? 'distinct' : 'undecided';
  try {
    const renames = pair.isMarked === true ? noRenames : pair.renames;
    generated = generate(inventoryOf(before), inventoryOf(wanted), renames, rest, pair.prepare);
  } catch (error) {
    if (!isDunlinError(error)) findings.push(`generate: ${(error as Error).stack ?? String(error)}`);
    return verdict('refused', isDunlinError(error) ? `${error.code}: ${error.message}` : 'crash');
  }
  if (generated.undecided.length > 0) {
    findings.push(`there is nothing to ask, and yet asks: ${generated.undecided.join(', ')}`);
    return verdict('wrong');
  }
  findings.push(...undecidedFindings(before, wanted, pair));
  if (drops(before, wanted, kept) && !/^\{drops /m.test(generated.up)) findings.push('drops, and does not ask');
  const unnumbered = kept.map((survivor) => withoutNumbered(before, wanted, survivor));
  if (generated.up.trim() === '') {
    findings.push(
      ...formDifferences(schemaForm(before), schemaForm(wanted)).map((line) => `nothing generated: ${line}`),
    );
    return verdict('empty');
  }
  const fit = fitRows(before, wanted, kept, generated.placeholders);
  opened.push(fit.database);
  const way = backwards(before, kept);
  const back = fitRows(fit.database, before, way, generated.downPlaceholders);
  opened.push(back.database);
  const text = fileOf(generated, { up: fit.fills, down: back.fills });
  const after = open(before.serialize());
  after.pragma('foreign_keys = ON');
  const schema = schemaForm(after);
  const runner = runnerOn(after, text);
  try {
    runner.upSync();
  } catch (error) {
    const line = isDunlinError(error) ? `${error.code}: ${error.message}` : ((error as Error).stack ?? String(error));
    const changed = [
      ...formDifferences(schemaForm(after), schema),
      ...lostRows(before, after, survivors(before, after, noRenames)),
    ];
    if (changed.length > 0) findings.push(`not rolled back: ${changed.join('; ')}`);
    if (fit.reason === undefined) findings.push(`up fails: ${line}`);
    else findings.push(...emptyFindings(open(pair.from), wanted, text));
    return verdict('does not fit', `${fit.reason ?? ''} / ${line}`, text);
  }
  if (fit.reason !== undefined) findings.push(`up succeeds, and yet SQLite refuses the rows: ${fit.reason}`);
  findings.push(...schemaFindings(after, wanted, 'up'));
  findings.push(...rowFindings(before, after, fit.database, kept, unnumbered, generated));
  const rebuilt = rebuiltTables(generated.up, kept);
  for (const survivor of rebuilt)
    if (isAlterable(before, wanted, survivor))
      findings.push(`needless rebuild of ${survivor.to}: ${partsOf(generated, survivor.to)}`);
  findings.push(...again(after, wanted, pair));
  if (generated.down.trim() === '') findings.push('no down');
  else findings.push(...downFindings(runner, before, after, unnumbered, generated, back.reason));
  return verdict('right', '', text, rebuilt.length);
}

function partsOf({ migration }: Generated, table: string): string {
  return migration.changes
    .filter(({ type, name }) => type === 'table' && same(name, table))
    .flatMap(({ parts }) =>
      parts.map(({ kind, part, name, properties }) => `${kind} ${part} ${name} ${properties.join(', ')}`),
    )
    .join('; ');
}

/** Somebody has to say whether it is the same: a column or a table goes, and another comes. */
function canBeRename(before: Database.Database, wanted: Database.Database, kept: readonly Survivor[]): boolean {
  const without = (names: readonly string[], others: readonly string[]): readonly string[] =>
    names.filter((name) => !others.some((other) => same(name, other)));
  const gone = without(
    tablesOf(before),
    kept.map(({ from }) => from),
  );
  const made = without(
    tablesOf(wanted),
    kept.map(({ to }) => to),
  );
  if (gone.length > 0 && made.length > 0) return true;
  return kept.some(({ from, to, columns, added }) => {
    const rest = without(
      columnsOf(before, from),
      columns.map((column) => column.from),
    );
    return (
      without(rest, columnsOf(wanted, to, 'all')).length > 0 &&
      without(added, columnsOf(before, from, 'all')).length > 0
    );
  });
}

/** Whether a table goes, or a column with values of its own. */
function drops(before: Database.Database, wanted: Database.Database, kept: readonly Survivor[]): boolean {
  const isGone = (name: string): boolean => !kept.some(({ from }) => same(from, name));
  return (
    tablesOf(before).some(isGone) ||
    kept.some(({ from, to, columns }) =>
      columnsOf(before, from).some(
        (name) =>
          !columns.some((column) => same(column.from, name)) &&
          !columnsOf(wanted, to, 'all').some((other) => same(other, name)),
      ),
    )
  );
}

/** What could be a rename is asked when nothing says so. */
function undecidedFindings(before: Database.Database, wanted: Database.Database, pair: Pair): string[] {
  if (pair.isMarked === true || !canBeRename(before, wanted, survivors(before, wanted, noRenames))) return [];
  const { undecided } = generate(inventoryOf(before), inventoryOf(wanted), noRenames, 'undecided', pair.prepare);
  return undecided.length > 0 ? [] : ['a rename is possible, and nobody is asked'];
}

function schemaFindings(after: Database.Database, wanted: Database.Database, way: string): string[] {
  const changes = compareEffectively(inventoryOf(after), inventoryOf(wanted)).filter(
    ({ parts }) => parts.length === 0 || parts.some(({ kind }) => kind !== 'moved'),
  );
  return [
    ...changes.map(
      ({ kind, type, name, parts }) =>
        `${way}: schema: ${type} ${name} ${kind} ${parts.map((part) => `${part.kind} ${part.name}`).join(', ')}`,
    ),
    ...formDifferences(schemaForm(after), schemaForm(wanted)).map((line) => `${way}: pragmas: ${line}`),
  ];
}

function rowFindings(
  before: Database.Database,
  after: Database.Database,
  fit: Database.Database,
  kept: readonly Survivor[],
  unnumbered: readonly Survivor[],
  generated: Generated,
): string[] {
  const asFit = kept.map(({ to, columns, added }) => {
    const names = [
      ...columns.map((column) => column.to),
      ...added.filter((name) => generated.placeholders.has(`${to}.${name}`)),
    ];
    return { from: to, to, columns: names.map((name) => ({ from: name, to: name })), added: [] };
  });
  const silent = unnumbered.map((survivor) => ({
    ...survivor,
    columns: survivor.columns.filter((column) => !generated.placeholders.has(`${survivor.to}.${column.to}`)),
  }));
  return [
    ...lostRows(fit, after, asFit).map((line) => `as SQLite inserts them: ${line}`),
    ...lostRows(before, after, silent).map((line) => `without a word: ${line}`),
    ...(after.pragma('integrity_check') as { integrity_check: string }[])
      .map((row) => row.integrity_check)
      .filter((line) => line !== 'ok')
      .map((line) => `integrity: ${line}`),
    ...newViolations(after, before, kept).map((line) => `foreign keys: ${line}`),
  ];
}

function again(after: Database.Database, wanted: Database.Database, pair: Pair): string[] {
  try {
    const second = generate(inventoryOf(after), inventoryOf(wanted), noRenames, 'distinct', pair.prepare);
    return second.up.trim() === '' ? [] : [`a second time: ${second.up}`];
  } catch (error) {
    return [`a second time: ${(error as Error).message}`];
  }
}

/** Where rows do not fit, the migration is right without rows. */
function emptyFindings(empty: Database.Database, wanted: Database.Database, text: string): string[] {
  const before = schemaForm(empty);
  const runner = runnerOn(empty, text);
  try {
    runner.upSync();
    const findings = schemaFindings(empty, wanted, 'up without rows');
    runner.downSync();
    return [...findings, ...formDifferences(schemaForm(empty), before).map((line) => `down without rows: ${line}`)];
  } catch (error) {
    return [`without rows: ${(error as Error).message}`];
  }
}

function runnerOn(database: Database.Database, text: string): MigrationRunner {
  return new MigrationRunner({ database, migrations: { '001_generated.sql': text }, backup: 'off' } as never);
}

/** Without columns that become the rowid, or were it: in the place of NULL SQLite gives a number. */
function withoutNumbered(before: Database.Database, wanted: Database.Database, survivor: Survivor): Survivor {
  const { from, to, columns } = survivor;
  const isRowid = (database: Database.Database, table: string, column: string): boolean =>
    database
      .prepare(`SELECT 1 FROM pragma_table_xinfo(?) WHERE name = ? AND pk = 1 AND type = 'INTEGER' COLLATE NOCASE`)
      .get(table, column) !== undefined;
  return {
    ...survivor,
    columns: columns.filter((column) => isRowid(before, from, column.from) === isRowid(wanted, to, column.to)),
  };
}

/** What survives, from afterwards to before. */
function backwards(before: Database.Database, kept: readonly Survivor[]): Survivor[] {
  return kept.map(({ from, to, columns }) => ({
    from: to,
    to: from,
    columns: columns
      .map((column) => ({ from: column.to, to: column.from }))
      .filter((column) => columnsOf(before, from).includes(column.to)),
    added: columnsOf(before, from).filter((name) => !columns.some((column) => column.from === name)),
  }));
}

function downFindings(
  runner: MigrationRunner,
  before: Database.Database,
  after: Database.Database,
  kept: readonly Survivor[],
  { placeholders, downPlaceholders }: Generated,
  reason: string | undefined,
): string[] {
  try {
    runner.downSync();
  } catch (error) {
    // What an author has to change by hand: the rows do not fit the old schema.
    if (reason !== undefined) return [];
    return [`down fails: ${isDunlinError(error) ? `${error.code}: ${error.message}` : (error as Error).stack}`];
  }
  const back = kept.map(({ from, to, columns }) => ({
    from,
    to: from,
    columns: columns
      .filter((column) => !placeholders.has(`${to}.${column.to}`) && !downPlaceholders.has(`${from}.${column.from}`))
      .map((column) => ({ from: column.from, to: column.from })),
    added: [],
  }));
  return [...schemaFindings(after, before, 'down'), ...lostRows(before, after, back).map((line) => `down: ${line}`)];
}

function inventoryOf(database: Database.Database): Inventory {
  return run(database, (bridge) => runSync(readInventory(isOwn), bridge, nodeHost));
}

function isOwn(table: string): boolean {
  return table.startsWith('schema_migration');
}

function run<T>(database: Database.Database, work: (bridge: DatabaseBridge) => T): T {
  return work(betterSqlite3Bridge(database));
}

/** Rows for every table that takes some, parents first, and NULL where that is allowed. */
function addRows(database: Database.Database): void {
  const broken = (): number => {
    try {
      return (database.pragma('foreign_key_check') as object[]).length;
    } catch {
      return 0;
    }
  };
  const inventory = inventoryOf(database);
  // With rows they would say that another tool migrates this database.
  const without = new Set(
    [...inventory.tables].flatMap(([key]) => (/migration|schema_history|db_version/.test(key) ? [key] : [])),
  );
  run(database, (bridge) => runSync(fillTables({ inventory, without }), bridge, nodeHost));
  for (const table of tablesOf(database))
    for (const column of columnsOf(database, table)) {
      database.exec('SAVEPOINT null_value');
      const done = attempt(
        database,
        `UPDATE ${quoted(table)} SET ${quoted(column)} = NULL WHERE (${quoted(column)}) IN (SELECT ${quoted(column)} FROM ${quoted(table)} LIMIT 1 OFFSET 1)`,
      );
      const isFine = done && broken() === 0;
      const isKey =
        (database.prepare('SELECT pk FROM pragma_table_xinfo(?) WHERE name = ?').pluck().get(table, column) as number) >
        0;
      database.exec(isFine && !isKey ? 'RELEASE null_value' : 'ROLLBACK TO null_value; RELEASE null_value');
    }
}
