import Database from 'better-sqlite3';

type Connection = Database.Database;
type Work<T> = (db: Connection) => T | Promise<T>;

/**
 * A few connections to one file. `drained` is what a schema change needs: it waits until every connection is back,
 * keeps new users waiting meanwhile, and passes one of them to the caller.
 */
export class ConnectionPool {
  readonly #all: readonly Connection[];
  readonly #idle: Connection[];
  #waiting: (() => void)[] = [];
  #draining = false;

  constructor(database: string, size: number = 3) {
    this.#all = Array.from({ length: size }, () => open(database));
    this.#idle = [...this.#all];
  }

  async use<T>(work: Work<T>): Promise<T> {
    while (this.#draining || this.#idle.length === 0) await this.#change();
    const db = this.#idle.pop()!;
    try {
      return await work(db);
    } finally {
      this.#idle.push(db);
      this.#changed();
    }
  }

  async drained<T>(work: Work<T>): Promise<T> {
    while (this.#draining) await this.#change();
    this.#draining = true;
    try {
      while (this.#idle.length < this.#all.length) await this.#change();
      return await work(this.#all[0]!);
    } finally {
      this.#draining = false;
      this.#changed();
    }
  }

  async close(): Promise<void> {
    await this.drained(() => {
      for (const db of this.#all) db.close();
    });
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}

function open(database: string): Connection {
  const db = new Database(database);
  db.pragma('journal_mode = WAL');
  db.pragma('foreign_keys = ON');
  return db;
}
