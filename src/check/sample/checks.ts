import type { Value } from '../../bridge/index.ts';
import { codeTokens, constraintsOf, normalize, parseTable, textOf, tokenize } from '../../sql/index.ts';
import { literalAt, nameAt } from './value-hints.ts';

/** A CHECK, the names in it, and values that may satisfy it. */
export interface Check {
  readonly name: string | undefined;
  /** The expression in its normal form. */
  readonly text: string;
  /** The keys of all names in it, columns among them. */
  readonly names: ReadonlySet<string>;
  /** Its literals, and values derived from patterns, limits and lengths. */
  readonly values: readonly Value[];
}

/** The CHECKs of a CREATE TABLE text, of columns and of the table. */
export function checksOf(sql: string | undefined): readonly Check[] {
  const table = sql === undefined ? undefined : parseTable(sql);
  if (table === undefined) return [];
  return constraintsOf(table).flatMap(({ constraint: { kind, name, expression } }) => {
    if (kind !== 'check' || expression === undefined) return [];
    return [checkOf(name, textOf(table.sql, expression))];
  });
}

function checkOf(name: string | undefined, sql: string): Check {
  const tokens = codeTokens(sql);
  const names = new Set<string>();
  const values: Value[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const found = nameAt(tokens, i);
    if (found !== undefined) names.add(found);
    const literal = literalAt(tokens, i);
    if (literal === undefined) continue;
    const before = tokens[i - 1]?.text.toLowerCase();
    if (typeof literal.value === 'number') values.push(...around(literal.value));
    else if (before === 'like') values.push(literal.value.replaceAll(/[%_]/g, 'x'));
    else if (before === 'glob') values.push(globExample(literal.value));
    else values.push(literal.value);
    i = literal.end - 1;
  }
  return { name, text: normalize(tokens), names, values };
}

/** A limit may be inclusive or exclusive, a length, or a number of floats. */
function around(limit: number): Value[] {
  const values: Value[] = [limit, limit + 1, limit - 1];
  if (Number.isInteger(limit) && limit > 0 && limit <= 1000)
    values.push(
      'm'.repeat(limit),
      new Uint8Array(limit).fill(77),
      new Uint8Array(4 * limit),
      'a'.repeat(limit + 1),
      'a'.repeat(limit - 1),
    );
  return values;
}

/** A text that a GLOB pattern matches: `[0-9][a-z]*` gives `0a`. */
function globExample(pattern: string): string {
  return pattern
    .replace(/\[\^[^\]]*\]/g, '!')
    .replace(/\[(.)[^\]]*\]/g, '$1')
    .replaceAll('*', '')
    .replaceAll('?', 'x');
}

/** The keys of the names in the CHECK of an error; in all CHECKs if it cannot be identified. */
export function namesOfFailed(checks: readonly Check[], message: string): ReadonlySet<string> {
  const found = /CHECK constraint failed: ([^]*)$/.exec(message)?.[1];
  const text = found === undefined ? undefined : normalize(tokenize(found));
  const failed = checks.filter((check) => check.name === found || check.text === text);
  return new Set((failed.length > 0 ? failed : checks).flatMap((check) => [...check.names]));
}
