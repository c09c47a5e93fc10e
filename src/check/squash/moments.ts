import type { Op } from '../../bridge/index.ts';
import type { Migration } from '../../migration/index.ts';
import { hasRows, readTables } from '../../schema/index.ts';
import {
  classify,
  codeTokens,
  inMain,
  nameKey,
  quote,
  unquote,
  type SqlStatement,
  type Token,
} from '../../sql/index.ts';
import type { Content } from './content.ts';

/**
 * Statements that write the time or chance into a table that has rows. Two runs show the second and today's date shows the
 * day, but a year, a number of days or a `random() < 0` is equal in both. Renamed tables are followed, and what is copied
 * into a table of another name is not.
 */
export function findMoments({ rows }: Content, migrations: readonly Migration[]): readonly string[] {
  const kept = new Map(rows.filter((one) => one.rows.length > 0).map(({ table }) => [nameKey(table), table]));
  const found: string[] = [];
  for (const { id, statement } of statementsOf(migrations).toReversed()) {
    const parsed = classify(statement);
    if (parsed.verb === 'alter' && parsed.change.kind === 'rename-table') {
      const table = kept.get(nameKey(parsed.change.to));
      if (table !== undefined) kept.set(nameKey(parsed.name.name), table);
    } else if (parsed.verb === 'insert' || parsed.verb === 'update') {
      const moment = momentIn(statement.tokens);
      const table = kept.get(nameKey(parsed.name.name));
      if (moment !== undefined && table !== undefined)
        found.push(`${id} writes into table ${table}, which has rows, with ${moment}`);
    }
  }
  return found.toReversed();
}

function statementsOf(
  migrations: readonly Migration[],
): readonly { readonly id: string; readonly statement: SqlStatement }[] {
  return migrations.flatMap((migration) =>
    migration.kind === 'sql'
      ? migration.content.up.statements.map((statement) => ({ id: migration.id, statement }))
      : [],
  );
}

/** Rows that have a default which depends on the time, such as the year. */
export function* findDefaults({ inventory }: Content): Op<readonly string[]> {
  const found: string[] = [];
  for (const { name, columns } of yield* readTables())
    for (const { name: column, default: value } of inventory.tables.has(nameKey(name)) ? columns : []) {
      const moment = value === null ? undefined : momentIn(codeTokens(value));
      if (moment !== undefined && (yield* hasRows(`${inMain(name)} WHERE ${quote(column)} IS (${value})`)))
        found.push(`table ${name} has the default of ${column} in a row, with ${moment}`);
    }
  return found;
}

const constants = /^current_(?:date|time|timestamp)$/;
const chance = /^random(?:blob)?$/;
const clocks = /^(?:date|time|datetime|julianday|unixepoch|strftime)$/;

/** What in an expression depends on the time or on chance, as it is written. A clock without a time value means now. */
function momentIn(tokens: readonly Token[]): string | undefined {
  const hasClock = tokens.some((_, i) => isCall(tokens, i, clocks));
  const index = tokens.findIndex((token, i) => {
    if (token.kind === 'word' && constants.test(nameKey(token.text))) return true;
    if (token.kind === 'string' || token.kind === 'quoted') return hasClock && nameKey(unquote(token.text)) === 'now';
    if (isCall(tokens, i, chance)) return true;
    const isFormat = nameKey(token.text) === 'strftime';
    return isCall(tokens, i, clocks) && tokens[i + (isFormat ? 3 : 2)]?.text === ')';
  });
  return tokens[index]?.text;
}

function isCall(tokens: readonly Token[], i: number, name: RegExp): boolean {
  return tokens[i]!.kind === 'word' && name.test(nameKey(tokens[i]!.text)) && tokens[i + 1]?.text === '(';
}

/** The numbers in the header that a migration sets, to 0 as well. */
export function numbersSet(migrations: readonly Migration[]): ReadonlySet<string> {
  const names = statementsOf(migrations).flatMap(({ statement }) => {
    const parsed = classify(statement);
    return parsed.verb === 'pragma' && parsed.value !== undefined ? [parsed.name] : [];
  });
  const code = migrations.flatMap((one) =>
    one.kind === 'sql' ? [] : (one.text.match(/user_version|application_id/g) ?? []),
  );
  return new Set([...names, ...code]);
}
