import { run, type Opened, type ToolDatabase } from './tool-database.ts';

/** The used part of Kysely. */
interface Kysely {
  readonly Kysely: new (config: { readonly dialect: unknown }) => { destroy(): Promise<void> };
  readonly SqliteAdapter: new () => unknown;
  readonly SqliteIntrospector: new (db: unknown) => unknown;
  readonly SqliteQueryCompiler: new () => unknown;
}

interface CompiledQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A Kysely of the project's own version, on the database of a migration. */
export function kyselyOn(db: ToolDatabase, library: unknown): Opened {
  const kysely = library as Kysely;
  const nothing = async (): Promise<void> => undefined;
  const connection = {
    executeQuery: async ({ sql, parameters }: CompiledQuery) => {
      const { rows, changes, lastInsertRowid } = await run(db, sql, parameters);
      return { rows, numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    },
  };
  // The run has a transaction of its own. Without a rollback in it, Kysely fails where one is needed.
  const driver = {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: nothing,
    commitTransaction: nothing,
    releaseConnection: nothing,
    destroy: nothing,
  };
  const instance = new kysely.Kysely({
    dialect: {
      createAdapter: () => new kysely.SqliteAdapter(),
      createDriver: () => driver,
      createIntrospector: (own: unknown) => new kysely.SqliteIntrospector(own),
      createQueryCompiler: () => new kysely.SqliteQueryCompiler(),
    },
  });
  return { args: [instance], close: () => instance.destroy() };
}
