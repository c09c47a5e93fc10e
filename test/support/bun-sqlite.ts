import BetterSqlite3 from 'better-sqlite3';
import type { BunSqliteHandle, BunSqliteStatement } from '../../src/drivers/index.ts';
import type { Value } from '../../src/bridge/index.ts';
import { splitStatements } from '../../src/sql/index.ts';

/**
 * What Bun 1.4's `Database` does, for tests under Node. `npm run test:runtimes` runs the bridge on the real one.
 * It counts statements that are not finalized: each would keep a closed database's file open.
 */
export class BunDatabase implements BunSqliteHandle {
  readonly filename: string;
  unfinalized = 0;
  readonly #database: BetterSqlite3.Database;

  constructor(file: string | Uint8Array = ':memory:', options: { readonly?: boolean; create?: boolean } = {}) {
    this.filename = typeof file === 'string' ? file : ':memory:';
    const fileMustExist = options.create === false;
    const given = typeof file === 'string' ? file : Buffer.from(file);
    this.#database = new BetterSqlite3(given, { readonly: options.readonly === true, fileMustExist, timeout: 0 });
    this.#database.pragma('foreign_keys = OFF');
  }

  static deserialize(bytes: Uint8Array): BunDatabase {
    return new BunDatabase(bytes);
  }

  get inTransaction(): boolean {
    if (!this.#database.open) throw new Error('Database has closed');
    return this.#database.inTransaction;
  }

  prepare(sql: string): BunSqliteStatement & { all(): unknown[]; get(): unknown } {
    if (splitStatements(sql).length === 0) throw new RangeError('Invalid SQL statement');
    const statement = this.#database.prepare<Value[]>(sql);
    this.unfinalized += 1;
    return {
      reader: statement.reader,
      get columnNames() {
        return statement.columns().map(({ name }) => name);
      },
      safeIntegers: (on) => statement.safeIntegers(on),
      run: (...params) => statement.run(...(params as Value[])),
      values: (...params) => statement.raw(true).all(...(params as Value[])),
      all: () => statement.all(),
      get: () => statement.get(),
      finalize: () => (this.unfinalized -= 1),
    };
  }

  query = (sql: string): BunSqliteStatement => this.prepare(sql);

  exec(sql: string): void {
    if (splitStatements(sql).length === 0)
      throw new Error('Query contained no valid SQL statement; likely empty query.');
    this.#database.exec(sql);
  }

  function(name: string, options: object, fn: (...args: Value[]) => Value): void {
    this.#database.function(name, options, fn as (...args: unknown[]) => unknown);
  }

  loadExtension(path: string): void {
    this.#database.loadExtension(path);
  }

  fileControl(): void {}

  close(): void {
    this.#database.close();
  }
}
