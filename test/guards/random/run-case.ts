import Database from 'better-sqlite3';
import type { DatabaseBridge } from '../../../src/bridge/index.ts';
import { isDunlinError } from '../../../src/errors/index.ts';
import type { MigrationDatabase } from '../../../src/migration/index.ts';
import { migrateSync } from '../../../src/node/index.ts';
import { connect, numbered, rows, type Connection, type Driver, type Given } from '../support.ts';
import { Expectation } from './expectation.ts';
import type { Finding } from './findings.ts';
import type { GeneratedCase } from './generate.ts';
import { q } from './model.ts';
import { observe } from './observation.ts';
import { findLosses, tamperedBy } from './oracle.ts';
import { textOf, type GeneratedMigration, type Step } from './steps.ts';

/** How one migration of a case ended, and what it should have come to. */
export interface Outcome {
  readonly migration: GeneratedMigration;
  /** `ok`, or the code of the error. */
  readonly ended: string;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** What is wrong about it; undefined: nothing. */
  readonly wrong: Wrong | undefined;
}

/** `loss`: has to be refused. `open`: may be. `harmless`: must pass. `fails`: SQLite refuses a statement. */
export type Verdict = 'loss' | 'open' | 'harmless' | 'fails';
export type Wrong = 'missed' | 'false refusal' | 'not rolled back' | 'other content' | 'no failure' | 'other error';

/** Runs the case with guards, and its migrations one by one bare, and checks each. Ends at the first that fails. */
export function runCase(generated: GeneratedCase): Outcome[] {
  const driver: Driver = generated.seed % 2 === 0 ? 'better-sqlite3' : 'node:sqlite';
  const guarded = connect(driver);
  const bare = new Database(':memory:');
  try {
    const setUp = ['PRAGMA foreign_keys = OFF', ...generated.schema].join(';\n');
    guarded.handle.exec(setUp);
    bare.exec(setUp);
    guarded.handle.exec('PRAGMA foreign_keys = ON');
    return checkRun(generated, applyAll(guarded, generated.migrations), guardedQuery(guarded.bridge), bare);
  } finally {
    void guarded.bridge.close?.();
    bare.close();
  }
}

/** How a run of the migrations ended: the code, and the index of the migration that failed. */
export interface AppliedCase {
  readonly code: string;
  readonly failedAt: number;
  readonly error?: string;
}

/**
 * `runCase` on an engine of batches: `apply` gets the statements that make the schema, and the texts of the migrations.
 * Its result is compared with the migrations run bare, with foreign keys off.
 */
export async function runCaseOn(
  generated: GeneratedCase,
  apply: (schema: readonly string[], texts: readonly string[]) => Promise<AppliedCase>,
  query: Query,
): Promise<Outcome[]> {
  const bare = new Database(':memory:');
  try {
    bare.exec(['PRAGMA foreign_keys = OFF', ...generated.schema].join(';\n'));
    const applied = await apply(generated.schema, generated.migrations.map(textOf));
    return checkRun(generated, applied, query, bare);
  } finally {
    bare.close();
  }
}

function checkRun(
  generated: GeneratedCase,
  { code, failedAt, error }: AppliedCase,
  query: Query,
  bare: Database.Database,
): Outcome[] {
  const { migrations } = generated;
  const outcomes: Outcome[] = [];
  let existed = new Set(tablesOf(bare));
  for (const [index, migration] of migrations.entries()) {
    const before = dumpOf(bareQuery(bare));
    const bareRun = runBare(bare, migration, existed, tamperedBy(generated.worlds[index]!));
    existed = bareRun.existed;
    const ended = index < failedAt ? 'ok' : index === failedAt ? code : undefined;
    if (ended === undefined) break;
    const verdict = verdictOf(bareRun.findings, bareRun.failed, migration);
    const after = index === failedAt || index === migrations.length - 1 ? dumpOf(query) : undefined;
    const hasCode = migrations.some(({ steps }) => steps.some(({ kind }) => kind === 'rebuild' || kind === 'rows'));
    let wrong: Wrong | undefined;
    if (ended === 'ok') {
      if (verdict === 'loss') wrong = 'missed';
      else if (verdict === 'fails') wrong = 'no failure';
      else if (after !== undefined && !hasCode && after !== dumpOf(bareQuery(bare))) wrong = 'other content';
    } else if (after !== before && !hasCode) wrong = 'not rolled back';
    else if (verdict === 'harmless') wrong = 'false refusal';
    else if (verdict !== 'fails' && ended === 'STATEMENT_FAILED') wrong = 'other error';
    const reported = error === undefined || index !== failedAt ? [] : [error];
    outcomes.push({ migration, ended: [ended, ...reported].join(': '), verdict, findings: bareRun.findings, wrong });
    if (index === failedAt || verdict === 'fails' || verdict === 'loss') break;
  }
  return outcomes;
}

function verdictOf(findings: readonly Finding[], failed: boolean, { form, defect }: GeneratedMigration): Verdict {
  if (failed) return 'fails';
  // Equal rows that become one are a summary, which may be intended if the table is dropped.
  const isSummary = defect === 'UNION instead of UNION ALL';
  if (findings.some(({ certain }) => certain)) return isSummary ? 'open' : 'loss';
  // A defect may leave out exactly the rows that a DELETE of the migration would have removed, and a trigger may remove
  // rows that the migration put back: figures can't tell, so both may be refused.
  const isCovered = !['none', 'DISTINCT', 'children left without parents'].includes(defect);
  return findings.length > 0 || isCovered || form === 'DELETE and refill' ? 'open' : 'harmless';
}

function applyAll({ handle }: Connection, migrations: readonly GeneratedMigration[]): AppliedCase {
  const given = migrations.map(givenOf);
  try {
    migrateSync({ database: handle, migrations: numbered(given) as never, verify: 'off', backup: 'off' });
    return { code: 'ok', failedAt: migrations.length };
  } catch (error) {
    if (!isDunlinError(error) || error.failed === undefined) throw error;
    return { code: error.code, failedAt: error.failed.version - 1, error: error.message };
  }
}

function givenOf(migration: GeneratedMigration): Given {
  if (!migration.code) return textOf(migration);
  const up = (db: MigrationDatabase): void => {
    for (const step of migration.steps) {
      if (step.kind === 'sql') db.exec(step.sql);
      else if (step.kind === 'rows')
        for (const row of db.all(step.select)) db.run(step.insert, ...(Object.values(row) as never[]));
      else if (step.kind === 'rebuild')
        db.rebuildTable(step.table, (table) => {
          const methods = table as unknown as Record<string, (...args: unknown[]) => unknown>;
          for (const [method, ...args] of step.calls) methods[method]!.call(table, ...args);
        });
    }
  };
  return { up, destructive: migration.destructive };
}

interface BareResult {
  readonly findings: readonly Finding[];
  readonly failed: boolean;
  /** Tables of the beginning of the run, by their present names. */
  readonly existed: Set<string>;
}

/** Runs a migration without Dunlin, and compares what came out with what it declares. */
function runBare(
  bare: Database.Database,
  migration: GeneratedMigration,
  existed: ReadonlySet<string>,
  worldTampered: ReadonlySet<string>,
): BareResult {
  const expectation = new Expectation(bare);
  const tampered = new Set<string>();
  const tampering = [...worldTampered];
  try {
    const before = observe(bare);
    bare.exec('SAVEPOINT migration');
    try {
      for (const step of migration.steps) {
        const total = totalChanges(bare);
        runStep(bare, step);
        const changes = Number(bare.prepare('SELECT changes()').pluck().get());
        if (step.kind === 'sql') {
          if (step.sql.startsWith('CREATE TRIGGER "made')) tampering.push(...tablesIn(step.sql, expectation));
          // What triggers change is in `total_changes()` only (sqlite.org/c3ref/total_changes.html).
          const isChange = /^(?:INSERT|UPDATE|DELETE|WITH)\b/.test(step.sql);
          if (isChange && totalChanges(bare) - total > changes) for (const table of tampering) tampered.add(table);
        }
        step.declare?.(expectation, changes);
      }
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
      bare.exec('ROLLBACK TO migration; RELEASE migration');
      return { findings: [], failed: true, existed: new Set(existed) };
    }
    bare.exec('RELEASE migration');
    for (const { type, name } of bare.prepare('SELECT type, name FROM temp.sqlite_schema').all() as never[])
      bare.exec(`DROP ${type as string} temp.${q(name)}`);
    bare.pragma('legacy_alter_table = OFF');
    const findings = findLosses(bare, expectation, { before, existed, tampered, destructive: migration.destructive });
    const survivors = expectation.tables.filter(
      ({ end, first }) => (end === 'lives' || end === 'rebuilt') && existed.has(first),
    );
    return { findings, failed: false, existed: new Set(survivors.map(({ parts }) => parts[0]!.table)) };
  } finally {
    expectation.close();
  }
}

function totalChanges(bare: Database.Database): number {
  return Number(bare.prepare('SELECT total_changes()').pluck().get());
}

/** The tables of the beginning that a trigger's text deletes from. */
function tablesIn(text: string, expectation: Expectation): string[] {
  return expectation.tables.map(({ first }) => first).filter((table) => text.includes(`FROM ${q(table)}`));
}

function runStep(bare: Database.Database, step: Step): void {
  if (step.kind === 'sql') bare.exec(step.sql);
  else if (step.kind === 'rows') {
    const insert = bare.prepare(step.insert);
    for (const row of bare.prepare(step.select).raw().all() as unknown[][]) insert.run(...row);
  } else if (step.kind === 'rebuild') for (const text of step.byHand) bare.exec(text);
}

type Query = (sql: string) => readonly Record<string, unknown>[];

function bareQuery(bare: Database.Database): Query {
  return (sql) => bare.prepare(sql).all() as Record<string, unknown>[];
}

function guardedQuery(bridge: DatabaseBridge): Query {
  return (sql) => rows(bridge, sql);
}

function tablesOf(bare: Database.Database): string[] {
  return bare
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .pluck()
    .all() as string[];
}

/** Schema and rows as text, with the type of every value. The same from every driver: SQLite writes it. */
function dumpOf(query: Query): string {
  const schema = query(
    `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND tbl_name NOT IN ('schema_migrations', 'schema_migration_attempts') ORDER BY type, name`,
  );
  const content = schema
    .filter(({ type }) => type === 'table')
    .map(({ name }) => {
      const columns = query(`SELECT name FROM pragma_table_xinfo('${String(name)}') WHERE hidden <> 1`);
      const items = columns.map((column) => `quote(${q(String(column['name']))})`).join(` || ', ' || `);
      const lines = query(`SELECT ${items} AS line FROM main.${q(String(name))}`).map(({ line }) => String(line));
      return `${String(name)}\n  ${lines.toSorted().join('\n  ')}`;
    });
  return [...schema.map((object) => Object.values(object).join(' | ')), ...content].join('\n');
}
