import { kindOf, run, skippedRows, type Opened, type Ran, type ToolDatabase } from './tool-database.ts';

type Client = new (...args: readonly unknown[]) => object;
type Knex = (config: Readonly<Record<string, unknown>>) => { destroy(): Promise<void> };

/** A Knex of the project's own version, on the database of a migration. */
export function knexOn(db: ToolDatabase, library: unknown, client: unknown): Opened {
  const knex = defaultOf(library) as Knex;
  let isRolledBack = false;
  const connection = {
    prepare: (sql: string) => {
      const { reader, isSkipped, isRollback } = kindOf(sql);
      isRolledBack ||= isRollback;
      const execute = async (values: readonly unknown[]): Promise<Ran> =>
        isSkipped ? { rows: skippedRows, changes: 0, lastInsertRowid: 0 } : await run(db, sql, values);
      return {
        reader,
        all: async (values: readonly unknown[]): Promise<readonly unknown[]> => (await execute(values)).rows,
        run: execute,
      };
    },
  };
  class OnMigration extends (defaultOf(client) as Client) {
    _driver(): undefined {
      return undefined;
    }

    async acquireRawConnection(): Promise<unknown> {
      return connection;
    }

    async destroyRawConnection(): Promise<void> {}
  }
  const instance = knex({
    client: OnMigration,
    connection: { filename: 'the database of the migration' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  return { args: [instance], close: () => instance.destroy(), isRolledBack: () => isRolledBack };
}

/** CommonJS imported as an ES module has its exports as the default one. */
function defaultOf(module: unknown): unknown {
  return (module as { readonly default?: unknown }).default ?? module;
}
