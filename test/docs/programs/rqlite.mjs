// Stands in for an rqlite node: preloaded by `node --import`, it answers the requests of the process from rqlite.db.
import Database from 'better-sqlite3';

const db = new Database('rqlite.db');

globalThis.fetch = async (address, { body }) => {
  const { pathname, search } = new URL(address);
  const statements = JSON.parse(body);
  const answer = pathname === '/db/query' ? [query(statements[0])] : execute(statements);
  if (pathname === '/db/execute' && search !== '?transaction') throw new Error('not in a transaction');
  return { ok: true, status: 200, text: async () => JSON.stringify({ results: answer }) };
};

function query(sql) {
  try {
    const statement = db.prepare(sql);
    return { columns: statement.columns().map(({ name }) => name), values: statement.raw().all() };
  } catch (error) {
    return { error: error.message };
  }
}

function execute(statements) {
  const results = [];
  try {
    db.exec('BEGIN IMMEDIATE');
    for (const [sql, ...params] of statements) {
      const statement = db.prepare(sql);
      if (statement.reader) statement.all(...params);
      else statement.run(...params);
      results.push({});
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    results.push({ error: error.message });
  }
  return results;
}
