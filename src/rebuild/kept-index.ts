import { indexClauses, nameKey, tokenize, unquote } from '../sql/index.ts';

/**
 * What the CREATE INDEX of a rebuild says nothing of, if else it makes the index that was there: WHERE, and COLLATE or
 * DESC of a column; and an expression that drizzle-kit has quoted like a name. Undefined if both are the same, or the new
 * one says something else.
 */
export function missingIndexClauses(was: string, created: string): string | undefined {
  const [before, now] = [indexClauses(was), indexClauses(created)];
  const isWhereMissing = before.has('WHERE') && !now.has('WHERE');
  if (before.get('UNIQUE') !== now.get('UNIQUE')) return undefined;
  if (before.get('WHERE') !== now.get('WHERE') && !isWhereMissing) return undefined;
  const [old, columns] = [columnsOf(before.get('columns')), columnsOf(now.get('columns'))];
  if (old.length !== columns.length || !old.every((words, i) => isWrittenAs(words, columns[i]!))) return undefined;
  const clauses = [...old.filter(isColumn).flatMap((words) => words.slice(1)), ...(isWhereMissing ? ['where'] : [])];
  const missing = ['collate', 'desc', 'where']
    .filter((word) => clauses.includes(word))
    .map((word) => word.toUpperCase());
  const expressions = old.filter((words) => !isColumn(words)).map((words) => words.join(''));
  return missing.length + expressions.length === 0 ? undefined : [...missing, ...expressions].join(', ');
}

/** Whether the new index has only the name of the column, or the expression as a quoted name: `lower(email)`. */
function isWrittenAs(old: readonly string[], now: readonly string[]): boolean {
  if (now.length !== 1) return false;
  return isColumn(old) ? old[0] === now[0] : JSON.stringify(columnsOf(`(${now[0]})`)) === JSON.stringify([old]);
}

/** `name COLLATE NOCASE DESC` and not an expression. */
function isColumn([, ...rest]: readonly string[]): boolean {
  return /^(?:collate \S+ ?)?(?:asc|desc)?$/.test(rest.join(' '));
}

/** The words of each column of an index; more than one for what is not just a name. */
function columnsOf(clause: string = ''): readonly (readonly string[])[] {
  const columns: string[][] = [[]];
  let depth = 0;
  for (const { text } of tokenize(clause.slice(1, -1))) {
    if (text === '(') depth++;
    if (text === ')') depth--;
    if (text === ',' && depth === 0) columns.push([]);
    else columns.at(-1)!.push(nameKey(unquote(text)));
  }
  return columns;
}
