import { perform, memory } from '../support/memory.ts';
import { readModel, type SchemaModel } from '../../src/schema/index.ts';

/** The model of the schema that these statements make. */
export function modelOf(sql: string): SchemaModel {
  return perform(
    readModel(() => false),
    memory(sql),
  );
}

/** An ordinary schema with every kind of relation. */
export const shop = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, boss INTEGER REFERENCES users (id));
  CREATE TABLE profiles (user_id INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE, bio TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES Users (ID), total DECIMAL(10, 2));
  CREATE TABLE items (
    order_id INTEGER NOT NULL, line INTEGER NOT NULL, twice AS (line * 2), PRIMARY KEY (order_id, line),
    FOREIGN KEY (order_id) REFERENCES orders (id)
  ) WITHOUT ROWID;
  CREATE TABLE returns (id TEXT PRIMARY KEY, order_id, line, place REFERENCES places,
    FOREIGN KEY (order_id, line) REFERENCES items (order_id, line) ON UPDATE SET NULL);
  CREATE TABLE settings (key, value);
  CREATE VIEW totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id;
  CREATE VIEW broken AS SELECT x FROM nowhere;
`;
