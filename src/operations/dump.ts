import { checkOptions, isBoolean, oneOf, type ChecksOf } from '../errors/index.ts';
import { readPragma } from '../backup/index.ts';
import { engineFacts, isSqlError, script, type Op } from '../bridge/index.ts';
import { renderDiagram } from '../diagram/index.ts';
import { throwProblems } from '../execute/index.ts';
import type { Operation, RunContext } from '../lock/index.ts';
import { createAttempts, isLedgerTable, readLedger } from '../ledger/index.ts';
import { sameName } from '../sql/index.ts';
import { dumpStatements, numberPragmas, readInventory, readModel, type SchemaObject } from '../schema/index.ts';

/** What a dump is written as, and what is in it. */
export interface DumpOptions {
  /** `sql` (default), which makes the schema again; a diagram as `mermaid`, `dot` or `svg`; or the model as `json`. */
  readonly format?: 'sql' | 'mermaid' | 'dot' | 'svg' | 'json';
  /** Whether SQL has Dunlin's own tables and says what is applied, so that a new database can start from it. Default true. */
  readonly tracking?: boolean;
  /** Whether a diagram shows views as well. Default false. */
  readonly views?: boolean;
}

const dumpChecks: ChecksOf<DumpOptions> = {
  format: oneOf('sql', 'mermaid', 'dot', 'svg', 'json'),
  tracking: isBoolean,
  views: isBoolean,
};

/** The schema as text: SQL that makes it again, or a diagram. Writes nothing. */
export function dump(options: DumpOptions): Operation<string> {
  checkOptions(options, dumpChecks);
  return (context) => dumpIn(context, options);
}

function* dumpIn(context: RunContext, options: DumpOptions): Op<string> {
  const format = options.format ?? 'sql';
  return yield* atOneMoment(function* () {
    if (format === 'sql') return yield* dumpSql(context, options.tracking !== false);
    const model = yield* readModel((table) => isLedgerTable(context.ledger, table));
    return renderDiagram(format, model, { views: options.views === true });
  });
}

const head = '-- A database schema, written by `dunlin dump`. Into a new database:  sqlite3 -bail new.db < schema.sql';

function* dumpSql(context: RunContext, tracking: boolean): Op<string> {
  const { ledger } = context;
  const all = yield* readInventory(() => false);
  const objects: readonly SchemaObject[] = [...all.tables.values(), ...all.others.values()];
  const own = objects.filter((object) => isLedgerTable(ledger, object.table));
  const blocks = [
    ...(yield* encoding()),
    ['BEGIN;', ...(yield* numberPragmas())],
    ...dumpStatements(objects.filter((object) => !own.includes(object))).map((statement) => [statement]),
    ...(tracking ? yield* trackingBlocks(context, own) : []),
    ['COMMIT;'],
  ];
  return `${[[head], ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Dunlin's own tables with the rows that say what is applied. What was attempted is this database's own history. */
function* trackingBlocks({ ledger }: RunContext, own: readonly SchemaObject[]): Op<readonly (readonly string[])[]> {
  const { exists, problems } = yield* readLedger(ledger);
  throwProblems(problems);
  const rows = exists.migrations ? yield* ledger.layout.dump(ledger.tables.migrations) : [];
  const tables = own
    .filter(({ type }) => type === 'table')
    // It grows with the versions of Dunlin; how it came to have its columns is no part of the schema.
    .map((table) => (sameName(table.name, ledger.tables.attempts) ? { ...table, sql: attemptLog(table.name) } : table));
  const others = own.filter(({ type }) => type !== 'table');
  return [
    ...dumpStatements(tables).map((statement) => [statement]),
    ...(rows.length === 0 ? [] : [['-- What is applied. The times are those of the load.', ...rows]]),
    // A trigger on them must not fire for these rows.
    ...dumpStatements(others).map((statement) => [statement]),
  ];
}

/** The statement as SQLite stores it: without the name of the schema. */
function attemptLog(table: string): string {
  return createAttempts(table).replace('CREATE TABLE main.', 'CREATE TABLE ');
}

/** Cannot be changed once there is a table, and databases of two encodings cannot be attached to each other. */
function* encoding(): Op<readonly (readonly string[])[]> {
  if (!(yield* engineFacts()).settings.includes('encoding')) return [];
  const name = String(yield* readPragma('encoding'));
  return name === 'UTF-8' ? [] : [[`PRAGMA encoding = '${name}';`]];
}

/** Runs several reads on one state of the database, also inside an open transaction. */
function* atOneMoment<T>(operation: () => Op<T>): Op<T> {
  if ((yield* engineFacts()).transactions !== 'sql') return yield* operation();
  yield* script('SAVEPOINT dunlin_dump');
  try {
    return yield* operation();
  } finally {
    yield* release();
  }
}

function* release(): Op<void> {
  try {
    yield* script('RELEASE dunlin_dump');
  } catch (error) {
    // After some errors SQLite has rolled back already (sqlite.org/lang_transaction.html, section 3).
    if (!isSqlError(error)) throw error;
  }
}
