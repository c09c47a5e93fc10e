import { isSqlError, query, queryOne, type Op, type Value } from '../../bridge/index.ts';
import { countRows } from '../../schema/index.ts';
import { nameKey, quote } from '../../sql/index.ts';
import { namesOfFailed, type Check } from './checks.ts';
import type { SampleColumn } from './sample-table.ts';
import type { Slot } from './slots.ts';
import { withSavepoint } from './savepoint.ts';

/** The limit of INSERTs per row. Most need one. */
const attempts = 600;

export interface Target {
  readonly name: string;
  readonly checks: readonly Check[];
  readonly hasForeignKeys: boolean;
  readonly hasTriggers: boolean;
}

/**
 * Inserts one row. If SQLite refuses, tries other values for the columns in its message, one at a time, then several.
 * Returns the reason if no row was inserted.
 */
export function* insertRow(target: Target, slots: readonly Slot[], free: boolean): Op<string | undefined> {
  const budget = { left: attempts };
  const attempt = function* (chosen: readonly number[]): Op<string | undefined> {
    budget.left -= 1;
    return yield* tryInsert(target, slots, chosen, free);
  };
  let chosen = slots.map(() => 0);
  const first = yield* attempt(chosen);
  let reason = first;
  const seen = new Set<string>();
  const met = new Set<number>();
  while (reason !== undefined && !seen.has(reason)) {
    seen.add(reason);
    const involved = involvedIn(reason, target, slots);
    for (const i of involved) met.add(i);
    let progress: { chosen: number[]; reason: string } | undefined;
    for (const [i, choice] of singles(involved, slots)) {
      if (budget.left <= 0) return first;
      const other = chosen.with(i, choice);
      const found = yield* attempt(other);
      if (found === undefined) return undefined;
      // SQLite checks in a fixed order, so another failure means that this rule is satisfied.
      if (!seen.has(found)) progress ??= { chosen: other, reason: found };
    }
    if (progress !== undefined) ({ chosen, reason } = progress);
  }
  if (reason === undefined) return undefined;
  const next = numbers(slots.length);
  while (budget.left > 0) {
    const other = chosen.map((choice, i) => (met.has(i) ? anyChoice(slots[i]!, choice, next) : choice));
    if ((yield* attempt(other)) === undefined) return undefined;
  }
  return first;
}

function* singles(involved: readonly number[], slots: readonly Slot[]): Generator<readonly [number, number]> {
  for (const i of involved) for (let choice = 1; choice < slots[i]!.choices.length; choice++) yield [i, choice];
}

/** The slots whose columns the message names; all for other messages, such as a trigger's. */
function involvedIn(reason: string, target: Target, slots: readonly Slot[]): readonly number[] {
  const all = slots.map((_, i) => i);
  const names = reason.startsWith('CHECK ')
    ? namesOfFailed(target.checks, reason)
    : new Set([...reason.matchAll(/\.([^,]+?)(?=,|$)/g)].map((match) => nameKey(match[1]!)));
  const named = all.filter((i) => slots[i]!.columns.some(({ key }) => names.has(key)));
  return named.length > 0 ? named : all;
}

/** OR ABORT overrides ON CONFLICT REPLACE, which would delete another sample row. */
function* tryInsert(
  target: Target,
  slots: readonly Slot[],
  chosen: readonly number[],
  free: boolean,
): Op<string | undefined> {
  const { name } = target;
  const given = slots.flatMap(({ columns, choices }, i) =>
    columns.map((column, j) => ({ column, value: choices[chosen[i]!]![j]! })),
  );
  // Leave out the rowid so that SQLite chooses it: a CHECK or a trigger may refuse NULL.
  const values = given.filter(({ column, value }) => !(column.rowid && value === null));
  const sql = insertStatement(
    name,
    values.map(({ column }) => column),
  );
  const before = target.hasTriggers ? yield* countRows(name) : 0;
  return yield* withSavepoint(name, function* () {
    yield* query(
      sql,
      values.map(({ value }): Value => value),
    );
    if (target.hasTriggers && (yield* countRows(name)) <= before) return 'a trigger takes the row away again';
    return target.hasForeignKeys && !free ? yield* violation(name) : undefined;
  });
}

/** An INSERT of one row, with a parameter for each column. */
export function insertStatement(table: string, columns: readonly SampleColumn[]): string {
  const into = `INSERT OR ABORT INTO main.${quote(table)}`;
  if (columns.length === 0) return `${into} DEFAULT VALUES`;
  return `${into} (${columns.map(({ name }) => quote(name)).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
}

/** The reason why a table violates a foreign key. They are off during inserts, as in a migration. */
export function* violation(table: string): Op<string | undefined> {
  try {
    const sql = `SELECT parent FROM pragma_foreign_key_check(?, 'main') WHERE EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = parent COLLATE NOCASE) LIMIT 1`;
    const row = yield* queryOne<{ parent: string }>(sql, [table]);
    return row === undefined ? undefined : `it refers to no row of ${row.parent}`;
  } catch (error) {
    // "foreign key mismatch": SQLite cannot check, and could not write such a table with foreign keys on.
    if (!isSqlError(error)) throw error;
    return undefined;
  }
}

/** The present choice, NULL, or any: a CHECK over several columns often requires NULL in some. */
function anyChoice({ choices }: Slot, chosen: number, next: (limit: number) => number): number {
  const kind = next(3);
  if (kind === 0) return chosen;
  const empty = choices.findIndex((values) => values.every((value) => value === null));
  return kind === 1 && empty !== -1 ? empty : next(choices.length);
}

/** Numbers below a limit, the same in every run. */
function numbers(start: number): (limit: number) => number {
  let state = start >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
