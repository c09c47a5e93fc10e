import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import type { DatabaseBridge, Host, Row } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge, nodeSqliteBridge } from '../../src/drivers/index.ts';
import { isDunlinError, type DunlinError } from '../../src/errors/index.ts';
import { createRegistry, type Registry } from '../../src/migration/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import type { DownOptions } from '../../src/operations/down.ts';
import type { RunOptions, RunResult } from '../../src/lock/run-options.ts';
import type { UpOptions } from '../../src/operations/up.ts';
import { MigrationRunner } from '../../src/runner/runner.ts';
import { toSource, type MigrationsGiven } from '../../src/source/index.ts';
import { quote } from '../../src/sql/index.ts';
import { asyncBridge } from '../../src/testing/index.ts';

export type DriverName = 'better-sqlite3' | 'node:sqlite';

/** What a driver and an API together are called in a test's title. */
export interface Variant {
  readonly driver: DriverName;
  /** Whether runs go through the synchronous API; the other bridge answers with promises. */
  readonly api: 'sync' | 'async';
}

export const variants: readonly Variant[] = (['better-sqlite3', 'node:sqlite'] as const).flatMap((driver) =>
  (['sync', 'async'] as const).map((api) => ({ driver, api })),
);

/** Runs tests on both drivers, through the synchronous API and on an asynchronous bridge. */
export function onEveryDriver(name: string, body: (open: () => TestDatabase, variant: Variant) => void): void {
  for (const variant of variants) {
    describe(`${name} (${variant.driver}, ${variant.api})`, () => {
      body(() => openTestDatabase(variant), variant);
    });
  }
}

/** A new database file in a folder of its own, gone after the test. Call it in a test. */
export function openTestDatabase(variant: Variant = { driver: 'better-sqlite3', api: 'sync' }): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-test-'));
  const database = new TestDatabase(folder, variant);
  onTestFinished(() => {
    database.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  return database;
}

/** How a run is made: its options, and whether it goes wrong in a chosen way. */
export interface RunnerSetup extends RunOptions {
  readonly host?: Partial<Host>;
  /** Puts something between the runner and the driver. */
  readonly wrap?: (bridge: DatabaseBridge) => DatabaseBridge;
}

/** The default waits for nobody and makes no backups: a test that means to says so. */
const defaults: RunOptions = { lockTimeoutMs: 0, backup: 'off' };

export class TestDatabase {
  readonly folder: string;
  readonly path: string;
  readonly variant: Variant;
  readonly #bridges: DatabaseBridge[] = [];
  #main: DatabaseBridge | undefined;

  constructor(folder: string, variant: Variant) {
    this.folder = folder;
    this.path = join(folder, 'app.db');
    this.variant = variant;
  }

  /** The synchronous bridge of the connection that runs use. */
  get bridge(): DatabaseBridge {
    this.#main ??= this.connect();
    return this.#main;
  }

  /** One more connection, by the same driver; also to another file. */
  connect(path: string = this.path): DatabaseBridge {
    const bridge =
      this.variant.driver === 'better-sqlite3'
        ? betterSqlite3Bridge(new BetterSqlite3(path, { timeout: 0 }))
        : nodeSqliteBridge(new DatabaseSync(path, { timeout: 0 }));
    this.#bridges.push(bridge);
    return bridge;
  }

  /** Closes a connection of `connect`; without one the main connection, which the next use opens anew. */
  close(bridge: DatabaseBridge | undefined = this.#main): void {
    if (bridge === undefined) return;
    this.#bridges.splice(this.#bridges.indexOf(bridge), 1);
    if (bridge === this.#main) this.#main = undefined;
    void bridge.close?.();
  }

  dispose(): void {
    for (const bridge of this.#bridges) void bridge.close?.();
    this.#bridges.length = 0;
  }

  runner(migrations: MigrationsGiven, { host, wrap, ...options }: RunnerSetup = {}): MigrationRunner {
    const wrapped = wrap?.(this.bridge) ?? this.bridge;
    const bridge = this.variant.api === 'sync' ? wrapped : asyncBridge(wrapped);
    const parts = {
      bridge: () => bridge,
      registry: () => registryOf(migrations),
      host: { ...nodeHost, ...host },
      database: 'app.db',
      owned: false,
    };
    return new MigrationRunner(parts, { ...defaults, ...options });
  }

  async up(migrations: MigrationsGiven, setup: RunnerSetup = {}, options: UpOptions = {}): Promise<RunResult> {
    const runner = this.runner(migrations, setup);
    return this.variant.api === 'sync' ? runner.upSync(options) : await runner.up(options);
  }

  async down(migrations: MigrationsGiven, setup: RunnerSetup = {}, options: DownOptions = {}): Promise<RunResult> {
    const runner = this.runner(migrations, setup);
    return this.variant.api === 'sync' ? runner.downSync(options) : await runner.down(options);
  }

  exec(sql: string): void {
    void this.bridge.script(sql);
  }

  rows<R extends Row = Row>(sql: string): readonly R[] {
    return this.bridge.query(sql, []) as readonly R[];
  }

  /** The first column of every row. */
  column(sql: string): unknown[] {
    return this.rows(sql).map((row) => Object.values(row)[0]);
  }

  /** The first column of the first row. */
  value(sql: string): unknown {
    return this.column(sql)[0];
  }

  /** The versions that are recorded as applied. */
  versions(table = 'schema_migrations'): unknown[] {
    return this.column(`SELECT version FROM "${table}" ORDER BY version`);
  }

  /** The attempt log, one line a row: `1 up ok`, `run up failed STATEMENT_FAILED`. */
  attempts(): string[] {
    return this.rows(`SELECT * FROM schema_migration_attempts ORDER BY id`).map((row) =>
      [row['version'] ?? 'run', row['direction'], row['status'], row['error_code']]
        .filter((part) => part !== null)
        .join(' '),
    );
  }

  /** Schema and rows as comparable text, without the tracking tables. */
  content(): string {
    return contentOf(this.bridge);
  }

  /** Every file in the folder with its bytes and the time of its last change. */
  files(): Record<string, string> {
    return Object.fromEntries(
      readdirSync(this.folder)
        .toSorted()
        .map((name) => {
          const path = join(this.folder, name);
          const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
          return [name, `${hash} ${statSync(path).mtimeMs}`];
        }),
    );
  }
}

/** Schema and rows as comparable text. Dunlin's own tables and SQLite's are left out. */
export function contentOf(bridge: DatabaseBridge): string {
  const query = (sql: string): readonly Row[] => bridge.query(sql, []) as readonly Row[];
  const schema = query(
    `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'sqlite_%' AND tbl_name NOT IN ('schema_migrations', 'schema_migration_attempts') ORDER BY type, name`,
  );
  const rows = schema
    .filter((object) => object['type'] === 'table')
    .map((table) => [
      table['name'],
      query(`SELECT * FROM main.${quote(String(table['name']))}`)
        .map((row) => JSON.stringify(row, exactly))
        .toSorted(),
    ]);
  return JSON.stringify([schema, rows], exactly, 1);
}

/** Lets JSON hold an integer above 2^53. */
function exactly(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

export function registryOf(migrations: MigrationsGiven): Registry {
  return createRegistry(toSource(migrations), nodeHost);
}

/** The DunlinError that something throws. */
export async function failureOf(work: () => unknown): Promise<DunlinError> {
  try {
    await work();
  } catch (error) {
    if (isDunlinError(error)) return error;
    throw error;
  }
  return expect.fail('it did not fail');
}

/** Every setting of a connection that SQLite tells, by name. */
export function pragmasOf(bridge: DatabaseBridge): Record<string, unknown> {
  const names = (bridge.query('SELECT name FROM pragma_pragma_list', []) as readonly Row[]).map((row) =>
    String(row['name']),
  );
  const settings = names.filter(
    (name) =>
      !/^(?:.*(?:check|list|info|vacuum|optimize|checkpoint|memory|version|count)|shrink_memory|data_version)$/.test(
        name,
      ),
  );
  return Object.fromEntries(
    settings.map((name) => [
      name,
      JSON.stringify(bridge.query(`PRAGMA ${name}`, []), (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    ]),
  );
}

/** The bridge of a driver that cannot tell whether a transaction is open. */
export function withoutTransactionState(bridge: DatabaseBridge): DatabaseBridge {
  const { inTransaction, ...rest } = bridge;
  if (inTransaction === undefined) throw new Error('it never could');
  return rest;
}
