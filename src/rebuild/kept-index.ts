import { indexClauses, nameKey, tokenize, unquote } from '../sql/index.ts';

/**
 * What the CREATE INDEX of a rebuild says nothing of, if else it makes the index that was there: WHERE, and COLLATE or
 * DESC of a column. Undefined if both are the same, or the new one says something else.
 */
export function missingIndexClauses(was: string, created: string): string | undefined {
  const [before, now] = [indexClauses(was), indexClauses(created)];
  if (before.get('UNIQUE') !== now.get('UNIQUE') || now.has('WHERE')) return undefined;
  const [old, columns] = [columnsOf(before.get('columns')), columnsOf(now.get('columns'))];
  const isBare = columns.every((words) => words.length === 1);
  const isSame = isBare && JSON.stringify(columns) === JSON.stringify(old.map((words) => words.slice(0, 1)));
  if (!isSame || !old.every(isColumn)) return undefined;
  const clauses = [...old.flatMap((words) => words.slice(1)), ...(before.has('WHERE') ? ['where'] : [])];
  const missing = ['collate', 'desc', 'where'].filter((word) => clauses.includes(word));
  return missing.length === 0 ? undefined : missing.map((word) => word.toUpperCase()).join(', ');
}

/** `name COLLATE NOCASE DESC` and not an expression. */
function isColumn([, ...rest]: readonly string[]): boolean {
  return /^(?:collate \S+ ?)?(?:asc|desc)?$/.test(rest.join(' '));
}

/** The words of each column of an index; more than one for what is not just a name. */
function columnsOf(clause: string = ''): readonly (readonly string[])[] {
  const columns: string[][] = [[]];
  for (const { text } of tokenize(clause.slice(1, -1))) {
    if (text === ',') columns.push([]);
    else columns.at(-1)!.push(nameKey(unquote(text)));
  }
  return columns;
}
