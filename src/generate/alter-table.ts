import { query, type Op } from '../bridge/index.ts';
import { hasRows, type PartChange } from '../schema/index.ts';
import {
  canonical,
  constraintsOf,
  inMain,
  isOperator,
  codeTokens,
  isKeyword,
  namesIn,
  unquote,
  type Token,
  nameKey,
  quoteIfNeeded,
  sameName,
  textOf,
  type ColumnText,
  type ConstraintText,
  type TableText,
} from '../sql/index.ts';
import { shownName, placeholder, type FillOf } from './placeholders.ts';
import type { Named } from './types.ts';

/** The statements of ALTER TABLE that may make one table of another, with what they drop. */
export interface Alterations {
  readonly statements: readonly string[];
  readonly drops: readonly Named[];
  /** Columns whose NULL gets a value. */
  readonly changes: readonly Named[];
  /** They change rows, so triggers would fire. */
  readonly updates: boolean;
}

/** What the SQLite can that has to run the migration. */
export interface Abilities {
  /** ALTER COLUMN SET and DROP NOT NULL, ADD and DROP CONSTRAINT: 3.53. */
  readonly constraints: boolean;
}

/** Undefined: some difference needs a rebuild. */
export function* alterations(
  was: TableText,
  is: TableText,
  parts: readonly PartChange[],
  abilities: Abilities,
  fills: FillOf,
): Op<Alterations | undefined> {
  const name = is.name.name;
  const alter = `ALTER TABLE ${quoteIfNeeded(name)}`;
  const [renamed, added, dropped, required]: [string[], string[], string[], string[]] = [[], [], [], []];
  const drops: Named[] = [];
  const changes: Named[] = [];
  let checksDiffer = false;
  let updates = false;
  const isEmpty = !(yield* hasRows(inMain(name)));
  const add = (column: string): boolean => {
    const text = columnOf(is, column)!;
    const key = shownName({ table: name, column: text.name.name });
    const fill = fills(key);
    const notNull = text.constraints.find(({ kind }) => kind === 'not-null');
    const isMissing = notNull !== undefined && !hasValue(is, text) && !isGenerated(text);
    let definition = textOf(is.sql, text);
    if (isMissing) {
      if (!abilities.constraints || notNull.name !== undefined || /conflict/i.test(textOf(is.sql, notNull)))
        return false;
      definition = (is.sql.slice(text.start, notNull.start).trimEnd() + is.sql.slice(notNull.end, text.end)).trim();
    } else if (isEmpty && needsConstant(is, text)) return false;
    added.push(`${alter} ADD COLUMN ${definition}`);
    if (isMissing || fill !== undefined) {
      updates = true;
      added.push(`UPDATE ${quoteIfNeeded(name)} SET ${quoteIfNeeded(text.name.name)} = ${fill ?? placeholder(key)}`);
    }
    if (isMissing) required.push(`${alter} ALTER COLUMN ${quoteIfNeeded(text.name.name)} SET NOT NULL`);
    return true;
  };
  const drop = (column: string): void => {
    dropped.push(`${alter} DROP COLUMN ${quoteIfNeeded(column)}`);
    if (!isGenerated(columnOf(was, column)!)) drops.push({ table: name, column });
  };
  for (const change of parts) {
    if (change.kind === 'moved') continue;
    if (change.part === 'constraint') {
      if (![change.before, change.after].every((text) => text === undefined || isCheck(text))) return undefined;
      checksDiffer = true;
    } else if (change.part !== 'column') return undefined;
    else if (change.kind === 'removed') drop(change.name);
    else if (change.kind === 'renamed') {
      drop(change.was!);
      if (!add(change.name)) return undefined;
    } else if (change.kind === 'added') {
      if (!add(change.name)) return undefined;
    } else {
      for (const property of change.properties) {
        const column = quoteIfNeeded(change.name);
        if (property === 'name')
          renamed.push(`${alter} RENAME COLUMN ${quoteIfNeeded(columnOf(was, change.name)!.name.name)} TO ${column}`);
        else if (property === 'CHECK') checksDiffer = true;
        else if (property === 'NOT NULL' && abilities.constraints) {
          const isRequired = columnOf(is, change.name)!.constraints.some(({ kind }) => kind === 'not-null');
          if (isRequired) {
            updates = true;
            const key = shownName({ table: name, column: change.name });
            const fill = fills(key) ?? placeholder(key);
            required.push(`UPDATE ${quoteIfNeeded(name)} SET ${column} = ${fill} WHERE ${column} IS NULL`);
            changes.push({ table: name, column: change.name });
          }
          required.push(`${alter} ALTER COLUMN ${column} ${isRequired ? 'SET' : 'DROP'} NOT NULL`);
        } else return undefined;
      }
    }
  }
  const checks =
    checksDiffer && abilities.constraints ? checkChanges(was, is, alter) : checksDiffer ? undefined : noChecks;
  if (checks === undefined) return undefined;
  return {
    statements: [...renamed, ...checks.dropped, ...added, ...required, ...dropped, ...checks.added],
    drops,
    changes,
    updates,
  };
}

function isCheck(text: string): boolean {
  return /^(?:constraint\s+(?:"(?:[^"]|"")*"|\S+)\s+)?check\b/i.test(text);
}

function isGenerated({ constraints }: ColumnText): boolean {
  return constraints.some(({ kind }) => kind === 'generated');
}

function hasValue({ sql }: TableText, { constraints }: ColumnText): boolean {
  const value = constraints.findLast(({ kind }) => kind === 'default')?.expression;
  return value !== undefined && nameKey(textOf(sql, value)).replace(/[()\s]/g, '') !== 'null';
}

/** Without a row SQLite accepts a default that it cannot add to a table with rows (sqlite.org/lang_altertable.html, section 4). */
function needsConstant({ sql }: TableText, column: ColumnText): boolean {
  const value = column.constraints.findLast(({ kind }) => kind === 'default')?.expression;
  const text = value === undefined ? '' : textOf(sql, value);
  return (
    /^current_/i.test(text) || isOperator(codeTokens(text)[0], '(') || column.constraints.some(({ stored }) => stored)
  );
}

const noChecks = { dropped: [], added: [] } as const;

/** Undefined: a CHECK without a name goes, which no statement can name. */
function checkChanges(
  was: TableText,
  is: TableText,
  alter: string,
): { readonly dropped: readonly string[]; readonly added: readonly string[] } | undefined {
  const [before, after] = [checksOf(was), checksOf(is)];
  const gone = [...before].filter(([form]) => !after.has(form)).map(([, { name }]) => name);
  const made = [...after].filter(([form]) => !before.has(form));
  if (gone.includes(undefined) || !made.every(([, check]) => isNeverNull(was, is, check))) return undefined;
  return {
    dropped: gone.map((name) => `${alter} DROP CONSTRAINT ${quoteIfNeeded(name!)}`),
    added: made.map(([, check]) => `${alter} ADD ${textOf(is.sql, check)}`),
  };
}

/**
 * Whether a CHECK is never NULL, which a CHECK accepts and ADD CHECK of SQLite 3.53 refuses: it is made of columns without
 * NULL, values and comparisons.
 */
function isNeverNull(was: TableText, is: TableText, { expression }: ConstraintText): boolean {
  const tokens = expression === undefined ? [] : codeTokens(textOf(is.sql, expression));
  const isSafe = ({ kind, text }: Token): boolean =>
    kind === 'operator' ? /^(?:[(),]|[<>]=?|<>|!=|==?)$/.test(text) : !isKeyword({ kind, text } as Token, 'null');
  const names = namesIn(tokens);
  const isFilled = ({ last }: { readonly last: number }): boolean => {
    const name = unquote(tokens[last]!.text);
    return [was, is].every((table) => {
      const column = columnOf(table, name);
      return column !== undefined && !isGenerated(column) && column.constraints.some(({ kind }) => kind === 'not-null');
    });
  };
  const isCall = (_: Token, i: number): boolean =>
    tokens[i]!.kind === 'word' &&
    isOperator(tokens[i + 1], '(') &&
    !isKeyword(tokens[i], 'in') &&
    !isKeyword(tokens[i], 'and') &&
    !isKeyword(tokens[i], 'or') &&
    !isKeyword(tokens[i], 'not');
  return tokens.every(isSafe) && !tokens.some(isCall) && names.every(isFilled);
}

function checksOf(table: TableText): ReadonlyMap<string, ConstraintText> {
  return new Map(
    constraintsOf(table)
      .filter(({ constraint }) => constraint.kind === 'check')
      .map(({ constraint }) => [canonical(textOf(table.sql, constraint)), constraint]),
  );
}

export function columnOf({ columns }: TableText, name: string): ColumnText | undefined {
  return columns.find((column) => sameName(column.name.name, name));
}

/** Whether the SQLite at hand, and the oldest that is asked for, have the ALTER TABLE of 3.53. */
export function* readAbilities(floor: string | undefined): Op<Abilities> {
  const [row] = yield* query<{ version: string }>('SELECT sqlite_version() AS version');
  const isNew = (version: string): boolean => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major > 3 || (major === 3 && minor >= 53);
  };
  return { constraints: isNew(row!.version) && (floor === undefined || isNew(floor)) };
}
