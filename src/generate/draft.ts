import { script, type Op } from '../bridge/index.ts';
import { isRefusal } from '../rebuild/index.ts';
import { terminated } from '../schema/index.ts';
import { quoteIfNeeded, sameName } from '../sql/index.ts';
import { shownName, fillPlaceholders, placeholdersIn } from './placeholders.ts';
import type { Named, Rename } from './types.ts';

/** A comment with the statements below it. */
interface Part {
  readonly comment: string;
  readonly statements: readonly string[];
}

/** More combinations of values than these are not tried. */
const mostTries = 300;

/** Values to try in place of a placeholder, so that the statements after it can run. */
const candidates = ['0', '1', `'x'`, `''`, `x'00'`, '1.5', 'NULL', 'rowid + 1000', `'x' || rowid`, '-1'];

/** The statements of one direction. Each runs on the scratch database as it is written. */
export class Draft {
  readonly sample: Map<string, string> = new Map();
  readonly losses: string[] = [];
  readonly drops: string[] = [];
  readonly direction: 'up' | 'down';
  /** Why SQLite refused the last attempt. */
  refusal: string = '';
  readonly #parts: Part[] = [];
  readonly #renames: readonly Rename[];

  /** `renames`: also those that only make a name free for another. */
  constructor(direction: 'up' | 'down', renames: readonly Rename[]) {
    this.direction = direction;
    this.#renames = renames;
  }

  /** Writes and runs statements. Placeholders get sample values. */
  *add(comment: string, ...statements: readonly string[]): Op<void> {
    for (const sql of statements) yield* this.#run(sql);
    this.#parts.push({ comment, statements });
  }

  /** Notes what an UP part drops. A DOWN part undoes what UP has made, and needs no declaration for that. */
  drop(...names: readonly Named[]): void {
    if (this.direction === 'up') this.dropByRebuild(...names);
  }

  /** Notes a table that goes before another gets its name. */
  dropFirst(table: string): void {
    if (this.direction === 'down') return;
    this.drops.push(quoteIfNeeded(table));
    this.losses.push(quoteIfNeeded(table));
  }

  /** Notes what a rebuild leaves out, which a DOWN part has to declare as well. */
  dropByRebuild(...names: readonly Named[]): void {
    this.drops.push(...names.map((name) => this.#keyOf(name)));
    this.declare(...names);
  }

  /** Notes values that change, so that `check` does not expect them back. */
  change(...names: readonly Named[]): void {
    if (this.direction === 'up') this.declare(...names);
  }

  /** Notes what has to stand in the `destructive` line. */
  declare(...names: readonly Named[]): void {
    this.losses.push(...names.map((name) => this.#keyOf(name)));
  }

  /** The name that a declaration needs: the one before the migration. */
  #keyOf({ table, column }: Named): string {
    const first = this.firstTable(table);
    if (column === undefined) return quoteIfNeeded(first);
    const isColumn = (one: Rename): boolean =>
      one.column !== undefined && sameName(one.table, first) && sameName(one.to, column);
    return shownName({ table: first, column: this.#renames.find(isColumn)?.column ?? column });
  }

  /** What a table was called before the migration. */
  firstTable(table: string): string {
    return this.#renames.find((one) => one.column === undefined && sameName(one.to, table))?.table ?? table;
  }

  /** Undoes everything if SQLite refuses it, or if `work` returns false. */
  *attempt(work: () => Op<boolean>): Op<boolean> {
    const [parts, losses, drops] = [this.#parts.length, this.losses.length, this.drops.length];
    const sample = new Map(this.sample);
    yield* script('SAVEPOINT dunlin_attempt');
    let done = false;
    try {
      done = yield* work();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.refusal = error.message;
    }
    if (!done) {
      yield* script('ROLLBACK TO dunlin_attempt; PRAGMA legacy_alter_table = OFF');
      this.#parts.length = parts;
      this.losses.length = losses;
      this.drops.length = drops;
      this.sample.clear();
      for (const [key, value] of sample) this.sample.set(key, value);
    }
    yield* script('RELEASE dunlin_attempt');
    return done;
  }

  get text(): string {
    return this.#parts
      .map(({ comment, statements }) => [...commentLines(comment), ...statements.map(terminated)].join('\n'))
      .join('\n\n');
  }

  *#run(sql: string): Op<void> {
    const open = placeholdersIn(sql).filter((key) => !this.sample.has(key));
    if (open.length === 0) return yield* script(fillPlaceholders(sql, (key) => this.sample.get(key)));
    let refusal: unknown;
    for (let i = 0; i < Math.min(candidates.length ** open.length, mostTries); i++) {
      for (const [place, key] of open.entries())
        this.sample.set(key, candidates[(i + Math.floor(i / candidates.length ** place)) % candidates.length]!);
      yield* script('SAVEPOINT dunlin_value');
      try {
        yield* script(fillPlaceholders(sql, (key) => this.sample.get(key)));
        yield* script('RELEASE dunlin_value');
        return;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusal = error;
        yield* script('ROLLBACK TO dunlin_value; RELEASE dunlin_value');
      }
    }
    throw refusal;
  }
}

function commentLines(comment: string): readonly string[] {
  return comment === '' ? [] : comment.split('\n').map((line) => `-- ${line}`);
}
