import { query, type Op } from '../bridge/index.ts';
import type { Step, StepStatement } from '../plan/index.ts';
import { compareEffectively, objectKey, type Inventory, type PartChange, type SchemaObject } from '../schema/index.ts';
import { isKeyword, nameKey, quote, type SqlStatement, type ParsedStatement, type Token } from '../sql/index.ts';

type Create = Extract<ParsedStatement, { verb: 'create' }>;
type Drop = Extract<ParsedStatement, { verb: 'drop' }>;

/** A statement that does nothing: `CREATE TABLE IF NOT EXISTS users`, and why. */
interface IdleStatement {
  readonly statement: string;
  readonly reason: string;
}

/** Whether a statement has IF NOT EXISTS or IF EXISTS. */
export function isConditional(facts: ParsedStatement): boolean {
  return (facts.verb === 'create' && facts.ifNotExists) || (facts.verb === 'drop' && facts.ifExists);
}

/**
 * Why a statement with IF NOT EXISTS or IF EXISTS is going to do nothing; undefined where it does something. Call it
 * before the statement runs.
 *
 * A CREATE may find an object that differs from the one it would create; the following migrations then build on another
 * schema here than in a new database. A DROP IF EXISTS whose object the same migration (`statements`) creates is expected
 * to find none in some databases, so it gets no note. A repeatable migration uses both to be able to run again, so only a
 * different object is worth a note.
 */
export function* findIdleStatement(
  { facts, statement }: StepStatement,
  { statements, repeatable }: Pick<Step, 'statements' | 'repeatable'>,
): Op<IdleStatement | undefined> {
  if (facts.verb === 'create' && facts.ifNotExists)
    return yield* idleCreate(facts, statement, repeatable !== undefined);
  if (repeatable !== undefined) return undefined;
  if (facts.verb === 'drop' && facts.ifExists && !statements.some((other) => makes(other.facts, facts)))
    return yield* idleDrop(facts);
  return undefined;
}

function* idleCreate(facts: Create, statement: SqlStatement, onlyDifferent: boolean): Op<IdleStatement | undefined> {
  const { object, name } = facts;
  const [found] = yield* findObjects(object, name.name, yield* schemaOf(facts));
  if (found === undefined) return undefined;
  const differences = found.type === object ? differencesOf(madeBy(facts, statement, found), found) : [];
  if (onlyDifferent && found.type === object && differences.length === 0) return undefined;
  const how = differences.length === 0 ? '' : `, and is different: ${differences.join('; ')}`;
  return {
    statement: `${headOf(statement)} ${name.name}`,
    reason: `${found.type} ${found.name} exists already${how}`,
  };
}

/**
 * The schema in which an object is made. An index or a trigger without one goes where its table is found, which is first
 * among the temporary ones (sqlite.org/lang_naming.html).
 */
function* schemaOf(facts: Create): Op<string> {
  if (facts.object !== 'index' && facts.temporary) return 'temp';
  if (facts.name.schema !== undefined) return facts.name.schema;
  if (facts.object !== 'index' && facts.object !== 'trigger') return 'main';
  return (yield* findObjects('table', facts.table, 'temp')).length > 0 ? 'temp' : 'main';
}

function* idleDrop({ object, name }: Drop): Op<IdleStatement | undefined> {
  const schemas = name.schema === undefined ? ['main', 'temp'] : [name.schema];
  for (const schema of schemas) if ((yield* findObjects(object, name.name, schema)).length > 0) return undefined;
  return {
    statement: `DROP ${object.toUpperCase()} IF EXISTS ${name.name}`,
    reason: `there is no such ${object}`,
  };
}

/**
 * The objects because of which a CREATE does nothing. For a table or a view, that is a table or a view. For an index, it is
 * an index: a table that has the name is an error (sqlite.org/lang_createindex.html).
 */
function* findObjects(object: Drop['object'], name: string, schema: string): Op<readonly SchemaObject[]> {
  const types = object === 'index' || object === 'trigger' ? [object] : ['table', 'view'];
  const rows = yield* query<{ type: SchemaObject['type']; name: string; tbl_name: string; sql: string | null }>(
    `SELECT type, name, tbl_name, sql FROM ${quote(schema)}.sqlite_schema WHERE type IN ('${types.join(`', '`)}') AND name = ? COLLATE NOCASE`,
    [name],
  );
  return rows.map((row) => ({ type: row.type, name: row.name, table: row.tbl_name, sql: row.sql ?? undefined }));
}

/** Whether a statement creates the object that a DROP names. */
function makes(facts: ParsedStatement, { object, name }: Drop): boolean {
  if (facts.verb === 'alter')
    return facts.change.kind === 'rename-table' && nameKey(facts.change.to) === nameKey(name.name);
  return facts.verb === 'create' && facts.object === object && nameKey(facts.name.name) === nameKey(name.name);
}

function existsAt(tokens: readonly Token[]): number {
  return tokens.findIndex((token) => isKeyword(token, 'exists'));
}

/** "CREATE TEMP TABLE IF NOT EXISTS" */
function headOf({ tokens }: SqlStatement): string {
  return tokens
    .slice(0, existsAt(tokens) + 1)
    .map(({ text }) => text.toUpperCase())
    .join(' ');
}

/**
 * The object as SQLite would store it, without what stands before the name (sqlite.org/schematab.html); under the name
 * of the one that is there, whose capitals may be others. Undefined where a SELECT makes it.
 */
function madeBy(facts: Create, { sql, tokens }: SqlStatement, { name }: SchemaObject): SchemaObject | undefined {
  if (facts.object === 'table' && facts.asSelect) return undefined;
  const nameAt = existsAt(tokens) + (facts.name.schema === undefined ? 1 : 3);
  const kind =
    facts.object === 'table' && facts.virtual
      ? 'VIRTUAL TABLE'
      : `${facts.object === 'index' && facts.unique ? 'UNIQUE ' : ''}${facts.object.toUpperCase()}`;
  const rest = sql.slice(tokens[nameAt]!.end - tokens[0]!.start);
  const table = facts.object === 'index' || facts.object === 'trigger' ? facts.table : name;
  return { type: facts.object, name, table, sql: `CREATE ${kind} ${quote(name)} ${rest}` };
}

/** How what is there differs from what would have been made. */
function differencesOf(made: SchemaObject | undefined, found: SchemaObject): readonly string[] {
  if (made === undefined) return [];
  if (nameKey(made.table) !== nameKey(found.table)) return [`it is on ${found.table}, not on ${made.table}`];
  return compareEffectively(only(made), only(found)).flatMap(({ parts }) =>
    parts.length === 0 ? ['its text differs'] : parts.map(describePart),
  );
}

/** A schema that has this object only. */
function only(object: SchemaObject): Inventory {
  const { type, name } = object;
  return {
    tables: new Map(type === 'table' ? [[nameKey(name), object]] : []),
    others: new Map(type === 'table' ? [] : [[objectKey(type, name), object]]),
    hasSequences: false,
  };
}

function describePart({ kind, part, name, properties, was }: PartChange): string {
  const what = part === 'column' ? `column ${name}` : name;
  if (kind === 'added') return `it has ${what} as well`;
  if (kind === 'removed') return `it lacks ${what}`;
  if (kind === 'moved') return `${what} stands at another place`;
  if (kind === 'renamed') return `column ${was} is called ${name}`;
  return `${what} differs${properties.length === 0 ? '' : ` in ${properties.join(', ')}`}`;
}
