// What a database has, as a set of texts, so that what a migration lost is a difference of two sets.
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Opens the database of a folder for `work`. */
export function withDatabase(folder, work) {
  const db = new Database(join(folder, 'app.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** The facts, each with the words that count it: `2 rows of posts`, `trigger users_log`. */
export function factsOf(db) {
  const facts = new Map();
  const add = (fact, kind = fact) => facts.set(fact, kind);
  for (const table of ['teams', 'users', 'posts']) {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all();
    for (const row of db.prepare(`SELECT ${columns.map((name) => `"${name}"`)} FROM ${table}`).all()) {
      add(`row ${row.id} of ${table}`, `rows of ${table}`);
      // A number and its text are the same value.
      for (const [column, value] of Object.entries(row))
        add(`${table} ${row.id} ${column}: ${value}`, `values of ${column}`);
    }
  }
  const objects = db
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL")
    .all();
  for (const { type, name, sql } of objects) {
    add(`${type} ${name}`);
    if (type === 'index' && /\bWHERE\b/i.test(sql)) add(`WHERE of index ${name}`);
  }
  for (const option of optionsOf(db)) add(option);
  return facts;
}

/** What the text of the table says that Drizzle's schema may not. */
function optionsOf(db) {
  const sql = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'users'").pluck().get();
  const generated = db.prepare("SELECT name FROM pragma_table_xinfo('users') WHERE hidden IN (2, 3)").pluck().all();
  const sequence = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'users'").pluck().get();
  return [
    ...(/\)\s*STRICT\s*$/i.test(sql) ? ['STRICT'] : []),
    ...(/\bCOLLATE NOCASE\b/i.test(sql) ? ['COLLATE NOCASE'] : []),
    ...generated.map((name) => `generated column ${name}`),
    ...(sequence === undefined ? [] : [`highest id of users: ${sequence}`]),
  ];
}

/** What is in the first and not in the second, in words. What the change itself removes or renames does not count. */
export function lost(before, after, { gone, renamed: [from, to] = [] }) {
  const missing = [...before].filter(([fact, kind]) => {
    const [, table, id] = /^(\w+) (\d+) \w+: /.exec(fact) ?? [];
    // The values of a row that is lost are not counted again.
    if (table !== undefined && !after.has(`row ${id} of ${table}`)) return false;
    if (kind === `values of ${gone}`) return false;
    return !after.has(kind === `values of ${from}` ? fact.replace(` ${from}: `, ` ${to}: `) : fact);
  });
  const counts = new Map();
  for (const [, kind] of missing) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => (/^(?:rows|values) of /.test(kind) ? `${count} ${kind}` : kind));
}

/** Views that cannot be read, and the trigger if the statement that fires it fails. */
export function broken(db) {
  const views = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'").pluck().all();
  const statements = [
    ...views.map((name) => [`view ${name}`, `SELECT * FROM ${name}`]),
    ['UPDATE users', 'EXPLAIN UPDATE users SET role = role'],
  ];
  return statements.flatMap(([name, sql]) => {
    try {
      db.prepare(sql).all();
      return [];
    } catch (error) {
      return [`${name} fails: ${error.message}`];
    }
  });
}
