/** Tables with rows that several subjects use, and the statements of a rebuild. */

export const t = `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
  INSERT INTO t VALUES (1, 'ada', 'a@x'), (2, 'bea', 'b@x'), (3, 'cia', 'c@x');`;

export const u = `CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
  INSERT INTO u VALUES (7, 'eva', 'e@x');`;

export const tag = `CREATE TABLE tag (id INTEGER PRIMARY KEY, tag TEXT);
  INSERT INTO tag VALUES (1, 'red'), (2, 'blue');`;

/** Without a key. */
export const x = `CREATE TABLE x (a TEXT, b TEXT);
  INSERT INTO x VALUES ('one', 'uno'), ('two', 'due'), ('two', 'due'), ('six', 'sei');`;

/** A key of two columns, without a rowid. */
export const seat = `CREATE TABLE seat (hall TEXT, place TEXT, guest TEXT, PRIMARY KEY (hall, place)) WITHOUT ROWID;
  INSERT INTO seat VALUES ('red', 'a1', 'ada'), ('red', 'a2', 'bea'), ('blue', 'a1', 'cia');`;

export const newT = `CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT, email TEXT);`;

/** Drops the table and gives its name to `n`. */
export function replace(table: string): string {
  return `DROP TABLE ${table}; ALTER TABLE n RENAME TO ${table};`;
}

/** A rebuild in the order that SQLite documents: new table, copy, drop, rename. */
export function rebuild(table: string, columns: string, copy: string, options = ''): string {
  return `CREATE TABLE n (${columns}) ${options}; ${copy}; ${replace(table)}`;
}
