import { setNames } from './mentions.ts';
import { isKeyword, TokenReader } from './reader.ts';
import { depthZero } from './select.ts';
import { tablesRead } from './tables-read.ts';
import type { ObjectName, SqlStatement, ParsedStatement, Token } from './types.ts';

/** An UPDATE or DELETE in parts, so that a condition can be added. */
export interface Batchable {
  /** The table it changes. */
  readonly table: ObjectName;
  /** The qualifier of its columns in the statement: the alias, else the table's name. */
  readonly alias: string;
  /** Everything before WHERE. */
  readonly head: string;
  /** The WHERE condition; undefined without one. */
  readonly condition: string | undefined;
  /** The columns that SET assigns. */
  readonly assigned: readonly string[];
  /** The other tables that it reads, as name keys, common table expressions included. */
  readonly reads: ReadonlySet<string>;
}

/**
 * Splits an UPDATE or DELETE that runs in batches; undefined for another statement, and for one to which no condition can
 * be added (ORDER BY, LIMIT, RETURNING). The grammar is in sqlite.org/lang_update.html and lang_delete.html.
 */
export function batchable(statement: SqlStatement, facts: ParsedStatement): Batchable | undefined {
  if (facts.verb !== 'update' && facts.verb !== 'delete') return undefined;
  const { tokens } = statement;
  const outer = [...depthZero(tokens, 0, tokens.length)];
  const verb = outer.find((i) => isKeyword(tokens[i], facts.verb))!;
  const behind = outer.filter((i) => i > verb);
  if (behind.some((i) => ['order', 'limit', 'returning'].some((word) => isKeyword(tokens[i], word)))) return undefined;
  const where = behind.find((i) => isKeyword(tokens[i], 'where'));
  const cut = where === undefined ? undefined : tokens[where]!.start - statement.offset;
  return {
    table: facts.name,
    alias: aliasOf(tokens, verb) ?? facts.name.name,
    head: statement.sql.slice(0, cut),
    condition: cut === undefined ? undefined : statement.sql.slice(cut + 'where'.length),
    assigned: facts.verb === 'update' ? setNames(statement) : [],
    reads: tablesRead(statement),
  };
}

function aliasOf(tokens: readonly Token[], verb: number): string | undefined {
  const reader = new TokenReader(tokens, verb + 1);
  if (!reader.keyword('from') && reader.keyword('or')) reader.index++;
  reader.objectName();
  return reader.keyword('as') ? reader.name() : undefined;
}
