import { dunlinError } from '../errors/index.ts';
import {
  namesIn,
  nameKey,
  sameName,
  textOf,
  codeTokens,
  unquote,
  type ConstraintText,
  type TableText,
} from '../sql/index.ts';
import type { RebuildLocation, TableChange } from './changes.ts';

/**
 * Refuses a table whose constraints name a dropped column. SQLite would only report that there is no such column, or take
 * its quoted name for a string (sqlite.org/quirks.html, section 8).
 */
export function refuseDangling(table: TableText, changes: readonly TableChange[], location: RebuildLocation): void {
  for (const change of changes) {
    if (change.kind !== 'drop-column') continue;
    const { column } = change;
    if (table.columns.some(({ name }) => sameName(name.name, column))) continue;
    const found = findNaming(table, column);
    if (found === undefined) continue;
    const fact = `${column} is dropped, but ${found.words} names it`;
    throw dunlinError('REBUILD_INVALID', { ...location, fact, remedy: found.remedy });
  }
}

/** What names a column, and the call that drops that as well. */
interface ColumnUse {
  readonly words: string;
  readonly remedy: string;
}

function findNaming(table: TableText, column: string): ColumnUse | undefined {
  const uses = [
    ...table.constraints.map((constraint) => naming(table, constraint, column, undefined)),
    ...table.columns.flatMap(({ name, constraints }) =>
      constraints.map((constraint) => naming(table, constraint, column, name.name)),
    ),
  ];
  return uses.find((use) => use !== undefined);
}

/** `of` is the column of a column constraint. */
function naming(
  { sql }: TableText,
  constraint: ConstraintText,
  column: string,
  of: string | undefined,
): ColumnUse | undefined {
  const { kind, name, columns, expression } = constraint;
  const list = columns.map((one) => one.name);
  const text = expression === undefined ? '' : textOf(sql, expression).trim();
  const calls: Partial<Record<ConstraintText['kind'], readonly [words: string, call: string]>> = {
    unique: [`UNIQUE (${list.join(', ')})`, `dropUnique(${literals(list)})`],
    'foreign-key': [`FOREIGN KEY (${list.join(', ')})`, `dropForeignKey(${literals(list)})`],
    'primary-key': [`PRIMARY KEY (${list.join(', ')})`, 'dropPrimaryKey()` or `setPrimaryKey(...)'],
    check: [`CHECK (${text})`, `dropCheck(${JSON.stringify(text)})`],
    generated: [`the generated column ${of} (${text})`, `dropColumn(${literals([of ?? ''])})`],
  };
  const call = calls[kind];
  const isNamed = list.some((one) => sameName(one, column)) || names(text).has(nameKey(column));
  if (call === undefined || !isNamed) return undefined;
  const [words, byWhat] = call;
  // Two constraints may have the same text, so prefer the name.
  const remedy =
    name === undefined || kind === 'generated' || kind === 'primary-key'
      ? byWhat
      : `dropConstraint(${literals([name])})`;
  return { words: name === undefined ? words : `constraint ${name}, ${words},`, remedy };
}

/** The keys of the names in an expression that may be columns. */
function names(expression: string): ReadonlySet<string> {
  const tokens = codeTokens(expression);
  return new Set(namesIn(tokens).map(({ last }) => nameKey(unquote(tokens[last]!.text))));
}

function literals(names: readonly string[]): string {
  const texts = names.map((name) => `'${name.replaceAll(/[\\']/g, '\\$&')}'`);
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}
