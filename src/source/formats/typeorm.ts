import { kindOf, skippedRows, type Opened, type ToolDatabase } from './tool-database.ts';

/** The used part of TypeORM. */
interface TypeOrm {
  readonly DataSource: new (options: Readonly<Record<string, unknown>>) => {
    initialize(): Promise<unknown>;
    createQueryRunner(): unknown;
    destroy(): Promise<void>;
  };
}

/** What TypeORM uses of a statement of better-sqlite3. */
interface Statement {
  readonly reader: boolean;
  all(...values: readonly unknown[]): unknown;
  run(...values: readonly unknown[]): unknown;
}

/** A query runner of the project's own TypeORM, on the database of a migration. */
export async function typeormOn(db: ToolDatabase, library: unknown): Promise<Opened> {
  const { DataSource } = library as TypeOrm;
  let isRolledBack = false;
  /** What TypeORM uses of better-sqlite3, whose results are values. */
  class Connection {
    prepare(sql: string): Statement {
      const { reader, isSkipped, isRollback } = kindOf(sql);
      isRolledBack ||= isRollback;
      return {
        reader,
        all: (...values: readonly unknown[]): unknown => (isSkipped ? skippedRows : db.all(sql, ...values)),
        run: (...values: readonly unknown[]): unknown =>
          isSkipped ? { changes: 0, lastInsertRowid: 0 } : db.run(sql, ...values),
      };
    }

    exec(): void {}

    pragma(text: string): unknown {
      return this.prepare(`PRAGMA ${text}`).all();
    }

    close(): void {}
  }
  const source = new DataSource({ type: 'better-sqlite3', database: ':memory:', driver: Connection });
  await source.initialize();
  return {
    args: [source.createQueryRunner()],
    close: () => source.destroy(),
    isRolledBack: () => isRolledBack,
  };
}
