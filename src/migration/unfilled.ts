import { tokenize } from '../sql/index.ts';
import type { MigrationDefinition } from './types.ts';

const header = /^--\s*(?:migration|description|author|date|schema[- ]version|dunlin)\s*:/i;

/**
 * Whether an UP part is as `dunlin create` leaves it: there is nothing in it. A comment of its own, besides the lines of
 * the header and directives, says that it is meant to do nothing.
 */
export function isUnfilled(up: string): boolean {
  return tokenize(up).every(({ kind, text }) => text === ';' || (kind === 'comment' && header.test(text)));
}

/** The same for the `up` of a definition. */
export function doesNothing(up: MigrationDefinition['up']): boolean {
  return typeof up === 'string' ? isUnfilled(up) : emptyFunction.test(Function.prototype.toString.call(up));
}

/** The text of a function with nothing in it, or with one call of `exec` without SQL, as the template has it. */
const emptyFunction =
  /^(?:async\b\s*)?(?:function\b\s*)?[\w$]*\s*(?:\(\s*[\w$]*\s*\)|[\w$]+)\s*(?:=>\s*)?(?:\{\s*(?:(?:return\s+|await\s+)*[\w$]+\.exec\(\s*(?:``|''|"")?\s*\)\s*;?)?\s*\}|[\w$]+\.exec\(\s*(?:``|''|"")?\s*\))$/;
