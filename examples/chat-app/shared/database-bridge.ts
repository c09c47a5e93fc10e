import Database from 'better-sqlite3';
import type { DatabaseBridge, Row, Value } from 'dunlin';

/**
 * The application's only interface to a database, for the renderer, the main process and the migrations: Dunlin's
 * `DatabaseBridge`, always synchronous. Another driver needs another `openBridge` and nothing else.
 */
export interface ChatBridge extends DatabaseBridge {
  query(sql: string, params?: readonly Value[]): readonly Row[];
  script(sql: string): void;
  inTransaction(): boolean;
  close(): void;
}

export function openBridge(file: string): ChatBridge {
  const db = new Database(file);
  db.defaultSafeIntegers(true);
  db.pragma('foreign_keys = ON');

  return {
    driver: 'chat-app (better-sqlite3)',
    sync: true,
    query(sql, params = []) {
      const statement = db.prepare<Value[], Record<string, Value>>(sql);
      const values = params.map(toBound);
      if (!statement.reader) {
        statement.run(...values);
        return [];
      }
      return statement.all(...values).map(toRow);
    },
    script: (sql) => void db.exec(sql),
    inTransaction: () => db.inTransaction,
    close: () => void db.close(),
  };
}

/** better-sqlite3 binds a number as REAL; a whole number has to be an INTEGER. */
function toBound(value: Value): Value {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value;
}

/** Integers are read as bigints, so that none is rounded; those that a number can hold become numbers. */
function toRow(row: Record<string, Value>): Row {
  for (const [column, value] of Object.entries(row))
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[column] = Number(value);
  return row;
}
