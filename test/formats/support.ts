import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach } from 'vitest';
import { problemsOf } from '../../src/migration/index.ts';
import { isDunlinError, MigrationRunner, type MigrateOptions } from '../../src/node/index.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The files of a folder by their names. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder of migrations and a database. */
export class Project {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-format-')));
  readonly database: string = join(this.root, 'app.db');
  readonly #options: Partial<MigrateOptions>;

  constructor(files: Files, options: Partial<MigrateOptions> = {}) {
    folders.push(this.root);
    this.#options = options;
    mkdirSync(join(this.root, 'm'));
    this.write(files);
  }

  /** Writes files, or deletes those that are undefined. */
  write(files: Readonly<Record<string, string | Uint8Array | undefined>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.root, 'm', name);
      mkdirSync(dirname(path), { recursive: true });
      if (text === undefined) rmSync(path);
      else writeFileSync(path, text);
    }
  }

  async with<T>(work: (runner: MigrationRunner) => Promise<T>, options: Partial<MigrateOptions> = {}): Promise<T> {
    const runner = new MigrationRunner({
      database: this.database,
      migrations: join(this.root, 'm'),
      backup: 'off',
      ...this.#options,
      ...options,
    });
    try {
      return await work(runner);
    } finally {
      await runner.close();
    }
  }

  /** Applies everything: what was applied, as `1 name`. */
  async up(options: Partial<MigrateOptions> = {}): Promise<readonly string[]> {
    return await this.with(
      async (runner) => (await runner.up()).applied.map(({ version, name }) => `${version} ${name}`),
      options,
    );
  }

  async down(to: number): Promise<number> {
    return await this.with(async (runner) => (await runner.down({ to })).to);
  }

  async status(): Promise<readonly string[]> {
    return await this.with(async (runner) =>
      (await runner.status()).entries.map(({ version, name, state }) => `${version} ${name} ${state}`),
    );
  }

  /** The codes and messages of the errors of `up`, with the folder as `m`. */
  async problems(options: Partial<MigrateOptions> = {}): Promise<readonly string[]> {
    try {
      await this.up(options);
    } catch (error) {
      if (!isDunlinError(error)) throw error;
      return problemsOf(error).map(({ code, message, hint }) =>
        `${code} ${message} ${hint}`.replaceAll(`${this.root}/`, ''),
      );
    }
    return [];
  }

  query(sql: string): readonly unknown[] {
    const db = new Database(this.database);
    try {
      return db.prepare(sql).raw().all();
    } finally {
      db.close();
    }
  }

  /** The names of the tables that the migrations made. */
  tables(): readonly unknown[] {
    return this.query(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'schema_migration%' ORDER BY name`,
    ).flat();
  }

  /** The key and name of each row of the tracking table. */
  rows(): readonly unknown[] {
    return this.query('SELECT version, name FROM schema_migrations ORDER BY version');
  }
}
