// As much of the interface of the package sqlite3 as Sequelize and `sqlite` use, on better-sqlite3.
const BetterSqlite3 = require('better-sqlite3');

/** better-sqlite3 wants the names of parameters without their `$`. */
const named = (values) =>
  values.map((one) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).map(([name, value]) => [name.replace(/^\$/, ''), value]))
      : one,
  );

class Database {
  constructor(filename, mode, done = mode) {
    this.filename = filename;
    this.db = new BetterSqlite3(filename);
    setImmediate(() => done.call(this, null));
  }

  #call(work, done, context) {
    let error = null;
    let result;
    try {
      result = work();
    } catch (thrown) {
      error = thrown;
    }
    setImmediate(() => done?.call(context, error, result));
    return this;
  }

  run(sql, ...rest) {
    const done = rest.pop();
    const context = { sql, changes: 0, lastID: 0 };
    const execute = () => {
      if (rest.length === 0) return void this.db.exec(sql);
      const { changes, lastInsertRowid } = this.db.prepare(sql).run(...named(rest));
      Object.assign(context, { changes, lastID: lastInsertRowid });
    };
    return this.#call(execute, done, context);
  }

  all(sql, ...rest) {
    const done = rest.pop();
    const execute = () => {
      const statement = this.db.prepare(sql);
      return statement.reader ? statement.all(...named(rest)) : (statement.run(...named(rest)), []);
    };
    return this.#call(execute, done, { sql });
  }

  exec(sql, done) {
    return this.#call(() => this.db.exec(sql), done, { sql });
  }

  serialize(work) {
    work();
  }

  close(done) {
    return this.#call(() => this.db.close(), done);
  }
}

module.exports = { Database, OPEN_READONLY: 1, OPEN_READWRITE: 2, OPEN_CREATE: 4 };
