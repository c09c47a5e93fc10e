import type { Value } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { tokenize } from '../sql/index.ts';

/** Refuses too few or too many values; node:sqlite would bind NULL for a missing one. */
export function requireParameters(sql: string, given: number): void {
  if (given === 0 && !/[?@$]|:[a-z_]/i.test(sql)) return;
  const variables = tokenize(sql).filter((token) => token.kind === 'variable');
  const positional = variables.every((token) => token.text === '?');
  if (variables.length === given && positional) return;
  throw dunlinError('PARAMETER_COUNT', { sql, expected: variables.length, given, positional });
}

/** An expression of SQL, with the values of its parameters. */
export interface Expression {
  readonly sql: string;
  readonly values: readonly Value[];
}

/**
 * Writes an expression in place of the parameters whose value a driver cannot bind. `expressionOf` returns undefined for
 * a value that it can. Every parameter is a `?`.
 */
export function replaceParameters(
  sql: string,
  params: readonly Value[],
  expressionOf: (value: Value) => Expression | undefined,
): Expression {
  const expressions = params.map(expressionOf);
  if (expressions.every((one) => one === undefined)) return { sql, values: params };
  const variables = tokenize(sql).filter((token) => token.kind === 'variable');
  const parts = variables.map(
    ({ start }, i) => sql.slice(variables[i - 1]?.end ?? 0, start) + (expressions[i]?.sql ?? '?'),
  );
  return {
    sql: parts.join('') + sql.slice(variables.at(-1)?.end ?? 0),
    values: params.flatMap((value, i) => expressions[i]?.values ?? [value]),
  };
}
