import type { SchemaObject } from '../../schema/index.ts';
import { codeTokens, sameName, unquote } from '../../sql/index.ts';

/** Why a view or trigger that `usesOrder` is not created again. */
export const otherOrder = 'it counts on the order of the columns, which is another one now';

/** Whether columns have other places. With another number of columns, SQLite itself refuses what counts on their order. */
export function isMoved(before: readonly string[], now: readonly string[]): boolean {
  return before.length === now.length && before.some((name, i) => !sameName(name, now[i]!));
}

/**
 * Whether a view or trigger gives the columns of a table other names by their order: a view with a list of names, and a
 * trigger, that has `SELECT *`, or a trigger with an INSERT into the table that names no columns.
 */
export function usesOrder({ type, name, sql }: SchemaObject, table: string): boolean {
  if (type !== 'view' && type !== 'trigger') return false;
  const tokens = codeTokens(sql!);
  const is = (i: number, pattern: RegExp): boolean => pattern.test(tokens[i]?.text ?? '');
  const selectsAll = tokens.some(
    // In EXISTS (SELECT * ...) the columns do not matter.
    ({ text }, i) =>
      text === '*' && (is(i - 1, /^[,.]$/) || (is(i - 1, /^(?:select|distinct|all)$/i) && !is(i - 2, /^\($/))),
  );
  if (type === 'view') {
    const own = tokens.findIndex((token) => token.kind !== 'operator' && sameName(unquote(token.text), name));
    return selectsAll && is(own + 1, /^\($/);
  }
  const insertsByOrder = tokens.some(
    (token, i) => is(i - 1, /^into$/i) && sameName(unquote(token.text), table) && !is(i + 1, /^\($/),
  );
  return selectsAll || insertsByOrder;
}
