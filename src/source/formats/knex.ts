import { run, type Opened, type ToolDatabase } from './tool-database.ts';

type Client = new (...args: readonly unknown[]) => object;
type Knex = (config: Readonly<Record<string, unknown>>) => { destroy(): Promise<void> };

/** A Knex of the project's own version, on the database of a migration. */
export function knexOn(db: ToolDatabase, library: unknown, client: unknown): Opened {
  const knex = defaultOf(library) as Knex;
  let isRolledBack = false;
  const connection = {
    prepare: (sql: string) => {
      const control = /^\s*(begin|commit|rollback|savepoint|release)\b/i.exec(sql)?.[1]?.toLowerCase();
      isRolledBack ||= control === 'rollback';
      const execute = async (values: readonly unknown[]) =>
        // The run has a transaction of its own, in which this cannot be switched.
        control !== undefined || /^\s*pragma\s+foreign_keys\b/i.test(sql)
          ? { rows: [{ foreign_keys: 0 }], changes: 0, lastInsertRowid: 0 }
          : await run(db, sql, values);
      return {
        reader: /^\s*(?:select|with|values|pragma|explain)\b|\breturning\b/i.test(sql),
        all: async (values: readonly unknown[]) => (await execute(values)).rows,
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
  return {
    args: [instance],
    close: () => instance.destroy(),
    check: () => {
      if (isRolledBack)
        throw new Error('a transaction within the migration was rolled back, which the migration cannot be in part');
    },
  };
}

/** CommonJS imported as an ES module has its exports as the default one. */
function defaultOf(module: unknown): unknown {
  return (module as { readonly default?: unknown }).default ?? module;
}
