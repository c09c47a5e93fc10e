import type { Op } from '../../bridge/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { insertWithout, keepClauses, missingIndexClauses, sharedGenerated } from '../../rebuild/index.ts';
import { objectKey, readColumns, readInventory, type Inventory } from '../../schema/index.ts';
import { nameKey, sameName, splitStatements, type SqlStatement } from '../../sql/index.ts';
import { isNamed, namesTable, type KeepContext, type KeptRebuild } from './kept-rebuild.ts';

/** The statement that runs in place of one, so that rebuilds keep the clauses that their texts leave out. */
export function* rewriteStatement(
  entry: StepStatement,
  rebuilds: readonly KeptRebuild[],
  context: KeepContext,
): Op<StepStatement> {
  const { facts, statement } = entry;
  let { sql } = statement;
  if (facts.verb === 'create' && facts.object === 'table') {
    for (const one of rebuilds)
      if (one.createStatement === entry) sql = yield* withClauses(one, facts.name.name, sql, context);
  } else if (facts.verb === 'create' && facts.object === 'index')
    sql = indexAsBefore(facts.name.name, facts.table, sql, rebuilds, context);
  else if (facts.verb === 'insert') {
    const { name } = facts.name;
    const one = rebuilds.find(({ createStatement, isEnded }) => !isEnded && namesTable(createStatement, name));
    if (one !== undefined) sql = yield* withoutGenerated(one, name, statement);
  }
  return sql === statement.sql ? entry : { ...entry, statement: splitStatements(sql, statement)[0]! };
}

/** The CREATE TABLE with what it leaves out; as it is if IF NOT EXISTS will find a table. */
function* withClauses(
  one: KeptRebuild,
  created: string,
  sql: string,
  { parts: { clauses, removed }, declared }: KeepContext,
): Op<string> {
  const { tables } = yield* readInventory(() => false);
  if (tables.has(nameKey(created))) return sql;
  const isDeclared = (column: string): boolean => {
    if (isNamed(removed.columns, `${one.name}.${column}`)) {
      declared.add(`${one.name}.${column}`);
      one.removed.add(`generated column ${column}`);
    }
    return declared.includesColumn(one.name, column);
  };
  const { sql: text, kept } = keepClauses(oldText(one, tables), sql, clauses, isDeclared);
  for (const clause of kept) one.kept.add(clause);
  return text;
}

/**
 * The INSERT into a new table without its generated columns. drizzle-kit lists them, and SQLite refuses that
 * (sqlite.org/gencol.html, section 2.3). What was no generated column before may be lost by this, which the guards
 * measure.
 */
function* withoutGenerated(one: KeptRebuild, table: string, statement: SqlStatement): Op<string> {
  const generated = (yield* readColumns(table)).filter((column) => column.generated !== null).map(({ name }) => name);
  const sql = insertWithout(statement, generated);
  if (sql === undefined) return statement.sql;
  const { tables } = yield* readInventory(() => false);
  const shared = sharedGenerated(oldText(one, tables), tables.get(nameKey(table))!.sql!);
  for (const name of shared) one.kept.add(`generated column ${name}`);
  return sql;
}

/** The old text of an index that a migration creates again, if the new one only says less. */
function indexAsBefore(
  name: string,
  table: string,
  sql: string,
  rebuilds: readonly KeptRebuild[],
  { parts: { removed }, dropped }: KeepContext,
): string {
  const key = objectKey('index', name);
  const one = rebuilds.findLast(({ objects, isEnded }) => isEnded && objects.has(key));
  if (one === undefined || dropped.has(key) || !sameName(one.name, table)) return sql;
  const was = one.objects.get(key)!.sql!;
  const missing = missingIndexClauses(was, sql);
  if (missing === undefined) return sql;
  if (isNamed(removed.conditions, `${table}.${name}`)) {
    one.removed.add(`WHERE of index ${name}`);
    return sql;
  }
  one.kept.add(`${missing} of index ${name}`);
  return was;
}

function oldText({ name, table }: KeptRebuild, tables: Inventory['tables']): string {
  return table ?? tables.get(nameKey(name))?.sql ?? '';
}
