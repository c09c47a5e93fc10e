import { describe, expect, it } from 'vitest';
import { isDunlinError } from '../../src/errors/index.ts';
import { apply, column, content, open, rows, value, type Connection } from './support.ts';
import { tried } from '../support/fault-points.ts';

/*
 * Random schemas, rows and migrations, run with guards and, on a copy, bare. The generator knows what each statement
 * does to which table, so what it expects does not come from the reader of SQL that the guards use.
 */

interface Statement {
  readonly sql: string;
  /** The table of which it plainly deletes or replaces rows. */
  readonly says?: string;
  /** The table to which it adds rows itself. */
  readonly adds?: string;
  /** The beginning of a rebuild: what the table has at this moment has to be there at its end. */
  readonly rebuilds?: string;
  /** The statement that ends it. */
  readonly refills?: string;
  /** A DROP that says all. */
  readonly ends?: string;
  readonly renames?: readonly [from: string, to: string];
}

/** mulberry32: small, and the same everywhere. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class Generator {
  readonly #next: () => number;
  #names: string[] = [];
  #made = 0;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  schema(): string {
    const tables = this.#below(3) + 2;
    const sql: string[] = [];
    for (let i = 0; i < tables; i++) {
      const name = `t${i}`;
      this.#names.push(name);
      sql.push(
        this.#create(name, this.#chance(0.15) ? ' UNIQUE ON CONFLICT REPLACE' : this.#chance(0.4) ? ' UNIQUE' : ''),
      );
      for (let row = 1; row <= this.#below(6); row++)
        sql.push(`INSERT OR IGNORE INTO ${name} VALUES (${row}, ${this.#below(9)}, 'v${row}');`);
    }
    if (this.#chance(0.3)) sql.push(this.#trigger());
    return sql.join('\n');
  }

  migration(): Statement[] {
    const kinds = [
      this.#delete,
      this.#insert,
      this.#update,
      this.#replace,
      this.#rename,
      this.#swap,
      this.#drop,
      this.#renew,
      this.#copy,
    ];
    const operations = [
      ...kinds,
      this.#rebuild,
      this.#rebuild,
      this.#oldFirst,
      this.#throughTemporary,
      () => [{ sql: this.#trigger() }],
    ];
    return Array.from({ length: this.#below(4) + 1 }, () => this.#pick(operations).call(this)).flat();
  }

  #delete(): Statement[] {
    const t = this.#name();
    return [{ sql: `DELETE FROM ${this.#spelt(t)} WHERE k < ${this.#below(9)};`, says: t }];
  }

  #insert(): Statement[] {
    const t = this.#name();
    return [{ sql: `INSERT INTO ${this.#spelt(t)} (k, v) VALUES (${this.#below(20)}, 'new');`, adds: t }];
  }

  #update(): Statement[] {
    return [{ sql: `UPDATE ${this.#name()} SET k = ${this.#below(9)} WHERE id % 3 = ${this.#below(3)};` }];
  }

  #replace(): Statement[] {
    const t = this.#name();
    const sql = this.#pick([
      `REPLACE INTO ${t} VALUES (${this.#below(5)}, ${this.#below(9)}, 'r');`,
      `INSERT OR REPLACE INTO ${t} (k, v) SELECT k, v FROM ${this.#name()};`,
      `UPDATE OR REPLACE ${t} SET k = ${this.#below(9)};`,
    ]);
    return [{ sql, says: t }];
  }

  #copy(): Statement[] {
    const t = this.#name();
    return [{ sql: `INSERT OR IGNORE INTO ${t} (k, v) SELECT k + 100, v FROM ${this.#name()};`, adds: t }];
  }

  #rename(): Statement[] {
    const [from, to] = [this.#name(), `r${this.#made++}`];
    return [this.#renaming(from, to)];
  }

  #swap(): Statement[] {
    const [a, b] = [this.#name(), this.#name()];
    if (a === b) return [];
    const x = `x${this.#made++}`;
    return [this.#renaming(a, x), this.#renaming(b, a), this.#renaming(x, b)];
  }

  #drop(): Statement[] {
    const t = this.#name();
    if (this.#names.length < 3) return [];
    this.#names = this.#names.filter((name) => name !== t);
    return [{ sql: `DROP TABLE ${this.#spelt(t)};`, ends: t }];
  }

  #renew(): Statement[] {
    const t = this.#name();
    return [{ sql: `DROP TABLE IF EXISTS ${t};`, ends: t }, { sql: this.#create(t, '') }];
  }

  #rebuild(): Statement[] {
    const [t, n] = [this.#name(), `n${this.#made++}`];
    return [
      { sql: this.#create(n, this.#chance(0.2) ? ' UNIQUE ON CONFLICT REPLACE' : '') },
      { sql: `INSERT INTO ${n} SELECT * FROM ${this.#spelt(t)}${this.#filter()};` },
      { sql: `DROP TABLE ${this.#spelt(t)};`, rebuilds: t },
      { sql: `ALTER TABLE ${n} RENAME TO ${t};`, refills: t },
    ];
  }

  #oldFirst(): Statement[] {
    const [t, o] = [this.#name(), `o${this.#made++}`];
    return [
      { sql: `ALTER TABLE ${t} RENAME TO ${o};`, rebuilds: t },
      { sql: this.#create(t, '') },
      { sql: `INSERT INTO ${t} (v, k, id) SELECT v, k, id FROM "${o}"${this.#filter()};`, refills: t },
      { sql: `DROP TABLE ${o};` },
    ];
  }

  #throughTemporary(): Statement[] {
    const [t, k] = [this.#name(), this.#chance(0.3) ? this.#name() : `k${this.#made++}`];
    return [
      { sql: `CREATE TEMP TABLE ${k} AS SELECT * FROM main.${t};` },
      { sql: `DROP TABLE main.${t};`, rebuilds: t },
      { sql: this.#create(`main.${t}`, '') },
      { sql: `INSERT INTO main.${t} SELECT * FROM temp.${k}${this.#filter()};`, refills: t },
      { sql: `DROP TABLE temp.${k};` },
    ];
  }

  #renaming(from: string, to: string): Statement {
    this.#names = this.#names.map((name) => (name === from ? to : name));
    return { sql: `ALTER TABLE ${from} RENAME TO ${to};`, renames: [from, to] };
  }

  #trigger(): string {
    const event = this.#pick(['INSERT', 'UPDATE', 'DELETE']);
    const other = this.#name();
    const body = this.#pick([
      `DELETE FROM ${other} WHERE k = ${this.#below(9)};`,
      `INSERT OR IGNORE INTO ${other} (k, v) VALUES (${this.#below(30)}, 'trigger');`,
      `UPDATE OR REPLACE ${other} SET k = 1 WHERE k > 5;`,
      `UPDATE ${other} SET v = replace(v, 'n', 'm');`,
    ]);
    return `CREATE TRIGGER tr${this.#made++} AFTER ${event} ON ${this.#name()} BEGIN ${body} END;`;
  }

  #create(name: string, unique: string): string {
    return `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, k INTEGER${unique}, v TEXT);`;
  }

  #filter(): string {
    return this.#chance(0.5) ? '' : ` WHERE k < ${this.#below(12)}`;
  }

  #spelt(name: string): string {
    return this.#pick([name, `"${name.toUpperCase()}"`, `[${name}]`, `main.${name}`]);
  }

  #name(): string {
    return this.#pick(this.#names);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }

  #below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  #chance(p: number): boolean {
    return this.#next() < p;
  }
}

/** Finds the rows that a statement removes, by their ids: others may come in their place, and the number stays. */
class RemovedRows {
  /** The tables, by their first names, that lost rows, whether a statement says so or not. */
  readonly vanished = new Set<string>();
  readonly #ids: (name: string) => ReadonlySet<unknown>;
  readonly #declared = new Set<string>();
  readonly #unexplained = new Set<string>();
  readonly #rebuilding = new Set<string>();
  #before = new Map<string, ReadonlySet<unknown>>();

  constructor(ids: (name: string) => ReadonlySet<unknown>) {
    this.#ids = ids;
  }

  /** Those of which no statement of the migration says that it deletes or replaces rows. */
  get undeclared(): ReadonlySet<string> {
    return new Set([...this.#unexplained].filter((table) => !this.#declared.has(table)));
  }

  /** `here`: where each table is, by its present name. */
  before(here: ReadonlyMap<string, string>, declared: string | undefined, rebuilt: string | undefined): void {
    if (declared !== undefined) this.#declared.add(declared);
    for (const [now, first] of here) if (!this.#rebuilding.has(first)) this.#before.set(first, this.#ids(now));
    if (rebuilt !== undefined) this.#rebuilding.add(rebuilt);
  }

  after(here: ReadonlyMap<string, string>, refilled: string | undefined, added: string | undefined): void {
    if (refilled !== undefined) this.#rebuilding.delete(refilled);
    for (const [now, first] of here) {
      if (this.#rebuilding.has(first)) continue;
      const [before, after] = [this.#before.get(first) ?? new Set(), this.#ids(now)];
      const gone = [...before].filter((id) => !after.has(id));
      if (gone.length === 0) continue;
      this.vanished.add(first);
      // What triggers do is only counted: one that adds as many rows as it removes is not noticed.
      const came = [...after].filter((id) => !before.has(id));
      if (first === added || first === refilled || came.length < gone.length) this.#unexplained.add(first);
    }
  }
}

/** What happened to the tables of the beginning when the statements ran bare. */
class Bare {
  readonly #connection: Connection;
  /** By present name: which tables of the beginning are where. */
  #here: Map<string, string>;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.handle.exec('PRAGMA foreign_keys = OFF');
    this.#here = new Map(this.#tables().map((name) => [name, name]));
  }

  /** Runs one migration; returns the tables that lost rows without a word, and those that lost any. */
  run(migration: readonly Statement[]): { lost: string[]; fewer: string[]; failed: boolean } {
    const begin = new Map(this.#tables().map((name) => [name, this.#count(name)]));
    /** What each table has to have at the end, by its name at the run's beginning. */
    const floors = new Map([...this.#here].map(([now, first]) => [first, this.#count(now)]));
    const gone: string[] = [];
    const removedRows = new RemovedRows((name) => this.#ids(name));
    this.#connection.handle.exec('SAVEPOINT m');
    for (const { sql, says, adds, rebuilds, refills, ends, renames } of migration) {
      const [declared, rebuilt, added] = [says, rebuilds, adds].map((name) => this.#here.get(name ?? ''));
      removedRows.before(this.#here, declared, rebuilt);
      if (rebuilt !== undefined) floors.set(rebuilt, Math.max(floors.get(rebuilt) ?? 0, this.#count(rebuilds!)));
      const ended = ends !== undefined && this.#here.has(ends) ? this.#count(ends) : 0;
      try {
        this.#connection.handle.exec(sql);
      } catch {
        this.#connection.handle.exec('ROLLBACK TO m; RELEASE m');
        return { lost: [], fewer: [], failed: true };
      }
      if (declared !== undefined) floors.set(declared, 0);
      if (ends !== undefined && this.#here.delete(ends) && ended > 0) gone.push(ends);
      if (renames !== undefined) this.#rename(...renames);
      removedRows.after(this.#here, this.#here.get(refills ?? ''), added);
    }
    this.#connection.handle.exec('RELEASE m');
    for (const name of rows(this.#connection.bridge, `SELECT name FROM temp.sqlite_schema`))
      this.#connection.handle.exec(`DROP TABLE temp.${String(name['name'])}`);
    const lost = [...this.#here]
      .filter(([now, first]) => this.#count(now) < (floors.get(first) ?? 0) || removedRows.undeclared.has(first))
      .map(([now]) => now);
    const end = new Set(this.#tables());
    const fewer = [...begin].filter(([name, n]) => end.has(name) && this.#count(name) < n).map(([name]) => name);
    return { lost, fewer: [...fewer, ...lost, ...gone, ...removedRows.vanished], failed: false };
  }

  #rename(from: string, to: string): void {
    const first = this.#here.get(from);
    this.#here.delete(from);
    if (first !== undefined) this.#here.set(to, first);
  }

  #tables(): string[] {
    return rows(
      this.#connection.bridge,
      `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
    ).map((row) => String(row['name']));
  }

  #ids(name: string): ReadonlySet<unknown> {
    return new Set(column(this.#connection, `SELECT id FROM main."${name}"`));
  }

  #count(name: string): number {
    return Number(value(this.#connection, `SELECT count(*) FROM main."${name}"`));
  }
}

const batches = 15;
const perBatch = 40;
describe('guards against random migrations', () => {
  const outcomes = new Map<string, number>();

  it.each(Array.from({ length: batches }, (_, index) => index))('agree with what really happens, batch %d', (batch) => {
    for (let index = 0; index < perBatch; index++) oneCase(batch * perBatch + index);
    tried('guards', perBatch);
  });

  it('came upon every kind of end often enough', () => {
    const total = [...outcomes.values()].reduce((sum, n) => sum + n, 0);
    expect(total).toBe(batches * perBatch);
    expect(outcomes.get('ok') ?? 0).toBeGreaterThan(total * 0.2);
    expect(outcomes.get('ROWS_LOST') ?? 0).toBeGreaterThan(total * 0.15);
  });

  function oneCase(seed: number): void {
    const generator = new Generator(seed);
    const schema = generator.schema();
    const migrations = [generator.migration(), generator.migration()].slice(0, 1 + (seed % 2));
    const guarded = open('better-sqlite3', schema);
    const copy = open('better-sqlite3', schema);
    const bare = new Bare(copy);
    const texts = migrations.map((statements) => statements.map(({ sql }) => sql).join('\n') || 'SELECT 1;');
    let code = 'ok';
    let failedAt = migrations.length;
    try {
      apply(guarded, texts, { verify: 'off' });
    } catch (error) {
      if (!isDunlinError(error) || error.failed === undefined) throw error;
      code = error.code;
      failedAt = error.failed.version - 1;
    }
    outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
    const story = `seed ${seed}: ${code}\n${schema}\n--\n${texts.join('\n--\n')}`;
    for (const [index, migration] of migrations.entries()) {
      if (index === failedAt) expect(content(guarded), story).toBe(content(copy));
      if (index > failedAt) break;
      const { lost, fewer, failed } = bare.run(migration);
      if (index < failedAt) expect([failed, lost], story).toEqual([false, []]);
      else if (code === 'ROWS_LOST') expect(fewer, story).not.toEqual([]);
      else if (code === 'STATEMENT_FAILED') expect(failed, story).toBe(true);
      else expect(failed, story).toBe(false);
    }
    if (code === 'ok') expect(content(guarded), story).toBe(content(copy));
    void guarded.bridge.close?.();
    void copy.bridge.close?.();
  }
});
